"""Whether the units of each variant fit the split they were meant to have."""

from splitplot.errors import Undefined
from splitplot.stats.calculator.documents import Answer, Fields
from splitplot.stats.sample_ratio import sample_ratio_test, sequential_sample_ratio_test

# With fewer units, and for a daily alarm, the chi-square is not worth a look.
MINIMUM_UNITS = 100
ALARM = 0.001


def check_split(fields: Fields) -> Answer:
    """Test the counts of units against the designed shares.

    Args:
        fields: `observed` and `expected_share` are required, `concentration` has a
            default. A variant with no share is left aside, one without a count has 0.

    Returns:
        Expected counts, the one-look test, and the always-valid evidence.

    Raises:
        InvalidInput: A field is missing or wrong.
        Undefined: There are fewer than two variants with a share, or 100 units.

    Examples:
        >>> answer = check_split(Fields({
        ...     "observed": {"control": 1000, "test": 1100},
        ...     "expected_share": {"control": 0.5, "test": 0.5},
        ... }))
        >>> answer["expected"], round(answer["p_value"], 4), answer["mismatch"]
        ({'control': 1050.0, 'test': 1050.0}, 0.0291, False)
    """
    observed, designed = fields.inner("observed"), fields.inner("expected_share")
    for name in observed.names():
        observed.count(name, 0)
    shares = {name: _share(designed, name) for name in designed.names()}
    variants = [name for name, share in shares.items() if share > 0]
    counts = [observed.count(name, 0) for name in variants]
    if len(variants) < 2:
        raise Undefined("There are fewer than two variants.", code="too_few_variants")
    if sum(counts) < MINIMUM_UNITS:
        raise Undefined(f"There are fewer than {MINIMUM_UNITS} units.", code="too_few_units")
    weights = [shares[name] for name in variants]
    concentration = fields.positive("concentration", 100.0)
    look = sample_ratio_test(counts, weights)
    always = sequential_sample_ratio_test(counts, weights, concentration=concentration)
    return {
        "expected": dict(zip(variants, look.expected, strict=True)),
        "statistic": look.statistic,
        "degrees_of_freedom": look.df,
        "p_value": look.p_value,
        "mismatch": look.p_value < ALARM,
        "log_bayes_factor": always.log_bayes_factor,
        "sequential_p_value": always.p_value,
    }


def _share(designed: Fields, name: str) -> float:
    share = designed.number(name, 0.0)
    if share < 0:
        raise designed.refused(name, "must be 0 or more")
    return share
