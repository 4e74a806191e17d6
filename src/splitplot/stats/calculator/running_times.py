"""The compatible running time as a document, with the wire's own words."""

from splitplot.errors import Undefined
from splitplot.stats.calculator.documents import Answer, Fields
from splitplot.stats.running_time import (
    PlannedMetric,
    days_for,
    days_left,
    population_variance,
    rule_of_thumb_units,
    rule_of_thumb_variance,
)
from splitplot.stats.summaries import RatioSummary


def running_time(fields: Fields) -> Answer:
    """Units and days by the compatible rules of thumb.

    Args:
        fields: `metric_type`, `minimum_detectable_effect` (percent) and one of
            `baseline_value` and `baseline_stats` are required, unless the number of
            units is given as `target`. `exposure_rate_per_day` adds the days;
            `exposures` with `elapsed_days` the days that are left.

    Returns:
        baseline_value, variance, recommended_sample_size and, as far as asked for,
        recommended_running_time_days and remaining_days.

    Raises:
        InvalidInput: A field is missing or wrong.
        Undefined: No number of units or days comes out.

    Examples:
        >>> running_time(Fields({
        ...     "metric_type": "mean_count", "baseline_value": 4,
        ...     "minimum_detectable_effect": 5, "exposure_rate_per_day": 100,
        ... }))["recommended_running_time_days"]
        64
    """
    answer = _given(fields) if fields.has("target") else _recommended(fields)
    target = Fields(answer).count("recommended_sample_size")
    if fields.has("exposure_rate_per_day"):
        rate = fields.number("exposure_rate_per_day")
        answer["recommended_running_time_days"] = days_for(target, units_per_day=rate)
    if fields.has("elapsed_days"):
        answer["remaining_days"] = days_left(
            target, units=fields.count("exposures"), days=fields.number("elapsed_days")
        )
    return answer


def _given(fields: Fields) -> Answer:
    return {"recommended_sample_size": fields.count("target", least=1)}


def _recommended(fields: Fields) -> Answer:
    if not fields.has("metric_type"):
        raise fields.refused("metric_type", "is required", code="required")
    metric = fields.choice("metric_type", PlannedMetric.COUNT)
    baseline = _baseline(fields, metric)
    variance = _variance(fields, metric, baseline)
    units = rule_of_thumb_units(
        baseline=baseline,
        variance=variance,
        relative_effect=fields.number("minimum_detectable_effect") / 100,
        variants=fields.count("number_of_variants", 2, least=1),
    )
    return {"baseline_value": baseline, "variance": variance, "recommended_sample_size": units}


def _baseline(fields: Fields, metric: PlannedMetric) -> float:
    if fields.has("baseline_value") or not fields.has("baseline_stats"):
        return fields.number("baseline_value")
    stats = fields.inner("baseline_stats")
    if metric in {PlannedMetric.RATIO, PlannedMetric.RETENTION}:
        return _ratio(stats).value
    reached = stats.numbers("step_counts") if stats.has("step_counts") else []
    total = reached[-1] if metric is PlannedMetric.FUNNEL and reached else stats.number("sum")
    count = stats.count("number_of_samples")
    if count == 0:
        raise Undefined("There are no units.", code="no_units")
    return total / count


def _variance(fields: Fields, metric: PlannedMetric, baseline: float) -> float:
    if fields.has("variance"):
        return fields.number("variance")
    is_ratio = metric in {PlannedMetric.RATIO, PlannedMetric.RETENTION}
    if is_ratio and fields.has("baseline_stats"):
        return population_variance(_ratio(fields.inner("baseline_stats")))
    return rule_of_thumb_variance(metric, baseline)


def _ratio(stats: Fields) -> RatioSummary:
    return RatioSummary(
        count=stats.count("number_of_samples"),
        sum=stats.number("sum"),
        sum_squares=stats.number("sum_squares"),
        denominator_sum=stats.number("denominator_sum"),
        denominator_sum_squares=stats.number("denominator_sum_squares"),
        product_sum=stats.number("numerator_denominator_sum_product"),
    )
