"""Verdicts of the engine of then as documents of the wire."""

from collections.abc import Sequence

from splitplot.experiments.legacy.metrics import LegacyFunnel, LegacyMetric, LegacyTrend
from splitplot.experiments.legacy.results import LegacyVariant, LegacyVerdict
from splitplot.filters.model import JsonValue, Properties
from splitplot.stats.legacy import Conversions

# What clients take for "it does not matter yet".
_NO_LOSS = 1.0


def legacy_document(metric: LegacyMetric, verdict: LegacyVerdict) -> dict[str, JsonValue]:
    """What both kinds of metric answer, wherever they are asked for.

    The expected loss goes by its own name for a funnel, and as `p_value` for a trend.
    """
    result = verdict.result
    keys = [variant.key for variant in verdict.variants]
    loss = _NO_LOSS if result.expected_loss is None else result.expected_loss
    return {
        "insight": _insight(metric, verdict.variants),
        "variants": [_variant(each, verdict.variants[0]) for each in verdict.variants],
        "probability": dict(zip(keys, result.probabilities, strict=True)),
        "significant": result.is_significant,
        "significance_code": result.code.value,
        "expected_loss" if isinstance(metric, LegacyFunnel) else "p_value": loss,
        "credible_intervals": {
            key: [interval.lower, interval.upper]
            for key, interval in zip(keys, result.intervals, strict=True)
        },
    }


def values_of(verdict: LegacyVerdict) -> dict[str, float]:
    """Each variant's conversion rate or count."""
    return {variant.key: variant.value for variant in verdict.variants}


def _variant(variant: LegacyVariant, control: LegacyVariant) -> Properties:
    measured = variant.measured
    if isinstance(measured, Conversions):
        return {
            "key": variant.key,
            "success_count": measured.successes,
            "failure_count": measured.failures,
        }
    base = control.measured.exposure
    return {
        "key": variant.key,
        "count": variant.value,
        # Relative to control's; there is no such number when control has none.
        "exposure": measured.exposure / base if base else None,
        "absolute_exposure": measured.exposure,
    }


def _insight(metric: LegacyMetric, variants: Sequence[LegacyVariant]) -> list[JsonValue]:
    """The series that the figures are of: a list of steps, or a count, for each variant."""
    if isinstance(metric, LegacyTrend):
        event = metric.counted.source.event
        return [_series(event, variant) for variant in variants]
    return [
        [
            {**_event(step.event), "order": order, "count": count, **_breakdown(variant)}
            for order, (step, count) in enumerate(zip(metric.steps, variant.steps, strict=True))
        ]
        for variant in variants
    ]


def _series(event: str | None, variant: LegacyVariant) -> Properties:
    label = f"{event or 'All events'} - {variant.key}"
    return {**_event(event), "label": label, "count": variant.value, **_breakdown(variant)}


def _event(event: str | None) -> Properties:
    return {"action_id": event, "name": event or "All events", "type": "events"}


def _breakdown(variant: LegacyVariant) -> Properties:
    return {"breakdown": [variant.key], "breakdown_value": [variant.key]}
