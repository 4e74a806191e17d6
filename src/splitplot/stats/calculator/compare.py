"""A treatment against its control, by any engine, method and scale."""

from splitplot.stats.calculator.comparison import Engine, read_pair, read_settings
from splitplot.stats.calculator.compatible import compatible_answer
from splitplot.stats.calculator.consistent import consistent_answer
from splitplot.stats.calculator.documents import Answer, Fields


def compare(fields: Fields) -> Answer:
    """Compare a treatment with its control.

    Args:
        fields: `treatment` and `control` are required; `engine`, `method`,
            `difference_type`, `alpha`, `ci_level`, `tuning_parameter` and `prior` have
            defaults.

    Returns:
        What the method defines, of: effect, variance, standard_error, statistic,
        degrees_of_freedom, p_value, interval, chance_to_win, risk, log_e_value,
        significant, theta.

    Raises:
        InvalidInput: A field is missing or wrong.
        Undefined: The data cannot answer.

    Examples:
        >>> sums = {
        ...     "method": "frequentist",
        ...     "treatment": {"kind": "proportion", "n": 1471, "sum": 62},
        ...     "control": {"kind": "proportion", "n": 1529, "sum": 87},
        ... }
        >>> ours = compare(Fields(sums))
        >>> round(ours["p_value"], 4), ours["significant"]
        (0.0622, False)
        >>> theirs = compare(Fields(sums | {"engine": "posthog"}))
        >>> round(theirs["p_value"], 4), theirs["significant"]
        (0.031, True)
    """
    engine = fields.choice("engine", Engine.SPLITPLOT)
    settings = read_settings(fields)
    pair = read_pair(fields, engine)
    if engine is Engine.POSTHOG:
        return compatible_answer(pair, settings)
    return consistent_answer(pair, settings)
