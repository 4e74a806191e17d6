"""How many units an experiment needs, or which effect it can show with those it has."""

from splitplot.errors import Undefined
from splitplot.stats.calculator.comparison import Engine
from splitplot.stats.calculator.documents import Answer, Fields
from splitplot.stats.calculator.running_times import running_time
from splitplot.stats.calculator.summaries import SummaryKind, read_summary
from splitplot.stats.effects import Scale, base_to_divide_by, contrast_of
from splitplot.stats.power import always_valid_inflation, detectable_difference, sample_size
from splitplot.stats.running_time import days_for


def plan(fields: Fields) -> Answer:
    """Plan an experiment.

    Args:
        fields: With `treatment` and `control`, or `n_control` and `n_treatment`, the
            question is which effect these units can show. Otherwise it is how many units
            `relative_mde` or `absolute_mde` needs. With the engine posthog it is the
            compatible running time.

    Returns:
        Units and days, or detectable effects.

    Raises:
        InvalidInput: A field is missing or wrong.
        Undefined: There is no such number.

    Examples:
        >>> plan(Fields({"baseline": 20, "variance": 900, "relative_mde": 0.05}))
        {'delta': 1.0, 'n_control': 14128, 'n_treatment': 14128, 'total': 28256}
    """
    if fields.choice("engine", Engine.SPLITPLOT) is Engine.POSTHOG:
        return running_time(fields)
    if fields.has("treatment"):
        return _shown_by_data(fields)
    if fields.has("n_control"):
        return _shown_by_units(fields)
    return _needed(fields)


def _shown_by_data(fields: Fields) -> Answer:
    contrast = contrast_of(
        read_summary(fields.inner("treatment")), read_summary(fields.inner("control"))
    )
    return _detectable(fields, contrast.estimate(Scale.ABSOLUTE).variance, contrast.base)


def _shown_by_units(fields: Fields) -> Answer:
    baseline, variance = _measured(fields)
    control, treatment = (fields.count(name, least=1) for name in ("n_control", "n_treatment"))
    other = fields.positive("treatment_variance", variance)
    spread = _inflation(fields) * (variance / control + other / treatment)
    return _detectable(fields, spread, baseline)


def _detectable(fields: Fields, variance: float, baseline: float) -> Answer:
    difference = detectable_difference(
        variance, alpha=fields.share("alpha", 0.05), power=fields.share("power", 0.8)
    )
    return {
        "mde_absolute": difference,
        "mde_relative_to_control": difference / abs(base_to_divide_by(baseline)),
    }


def _needed(fields: Fields) -> Answer:
    baseline, variance = _measured(fields)
    difference = _difference(fields, baseline)
    treatments = fields.count("treatments", 1, least=1)
    size = sample_size(
        difference,
        control_variance=variance,
        treatment_variance=_treatment_variance(fields, variance, baseline + difference),
        alpha=fields.share("alpha", 0.05),
        power=fields.share("power", 0.8),
        ratio=fields.positive("ratio", 1.0),
        comparisons=treatments,
        inflation=_inflation(fields),
    )
    total = size.control + treatments * size.treatment
    answer: Answer = {
        "delta": difference,
        "n_control": size.control,
        "n_treatment": size.treatment,
        "total": total,
    }
    if fields.has("units_per_day"):
        answer["days"] = days_for(total, units_per_day=fields.positive("units_per_day"))
    return answer


def _measured(fields: Fields) -> tuple[float, float]:
    # The control's value and the variance of one unit.
    if fields.has("control"):
        summary = read_summary(fields.inner("control"))
        baseline, variance = summary.value, summary.variance
    else:
        baseline = fields.number("baseline")
        variance = _binomial(baseline) if _is_binary(fields) else fields.number("variance")
    if not variance > 0:
        raise Undefined("No unit varies.", code="no_variance")
    return baseline, variance


def _is_binary(fields: Fields) -> bool:
    is_proportion = fields.choice("kind", SummaryKind.MEAN) is SummaryKind.PROPORTION
    return is_proportion and not fields.has("variance")


def _treatment_variance(fields: Fields, variance: float, value: float) -> float:
    if _is_binary(fields):
        if not 0 < value < 1:
            raise Undefined("The share would not lie in (0, 1).", code="proportion_at_bound")
        return _binomial(value)
    return fields.positive("treatment_variance", variance)


def _binomial(share: float) -> float:
    return share * (1 - share)


def _difference(fields: Fields, baseline: float) -> float:
    if fields.has("absolute_mde"):
        if fields.has("relative_mde"):
            raise fields.refused("absolute_mde", "cannot be given beside relative_mde")
        difference = fields.number("absolute_mde")
    else:
        difference = fields.number("relative_mde") * baseline
    if difference == 0:
        raise Undefined("An effect of zero cannot be found.", code="no_effect")
    return difference


def _inflation(fields: Fields) -> float:
    correlation = fields.number("covariate_correlation", 0.0)
    if not -1 < correlation < 1:
        raise fields.refused("covariate_correlation", "must lie between -1 and 1")
    factor = fields.positive("design_effect", 1.0) * (1 - correlation * correlation)
    if not fields.flag("sequential", default=False):
        return factor
    alpha = fields.share("alpha", 0.05) / fields.count("treatments", 1, least=1)
    return factor * always_valid_inflation(alpha=alpha, power=fields.share("power", 0.8))
