"""From counts per variant to the verdict of the engine of then."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from splitplot.errors import InvalidInput
from splitplot.experiments.legacy.metrics import LegacyMath
from splitplot.experiments.legacy.plans import TrendSums
from splitplot.experiments.lifecycle.parameters import CONTROL
from splitplot.experiments.plan import VariantSummary, VariantTally
from splitplot.stats.legacy import (
    Conversions,
    LegacyResult,
    Measured,
    Occurrences,
    Total,
    legacy_result,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyVariant:
    """A variant that has data.

    Attributes:
        measured: What the engine judges.
        steps: For a funnel, units that reached each step, the first one included.
    """

    key: str
    measured: Measured
    steps: tuple[int, ...] = ()

    @property
    def value(self) -> float:
        """A funnel's share that converted, rounded to three digits; else the count."""
        match self.measured:
            case Conversions():
                return round(self.measured.successes / self.measured.exposure, 3)
            case Occurrences():
                return self.measured.count
            case _:
                return self.measured.total


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyVerdict:
    """What the engine says about variants.

    Attributes:
        variants: Control first, then the others in flag order.
        result: In the same order.
    """

    variants: tuple[LegacyVariant, ...]
    result: LegacyResult


def variants_of_funnel(summaries: Sequence[VariantSummary]) -> tuple[LegacyVariant, ...]:
    """The variants whose first step anybody took."""
    return tuple(
        LegacyVariant(
            key=summary.variant,
            measured=Conversions(
                successes=int(summary.sum), failures=summary.count - int(summary.sum)
            ),
            steps=(summary.count, *(summary.step_counts or ())),
        )
        for summary in summaries
        if summary.count > 0
    )


def variants_of_trend(
    sums: TrendSums, counted: Sequence[VariantTally], exposed: Sequence[VariantTally]
) -> tuple[LegacyVariant, ...]:
    """The variants with events or exposures.

    Args:
        sums: What was counted.
        counted: What it came to.
        exposed: Exposures of the same variants, in the same order.
    """
    return tuple(
        LegacyVariant(
            key=tally.variant,
            measured=_measured(
                sums.math,
                tally,
                exposure=exposures.events if sums.counts_exposing_events else exposures.units,
            ),
        )
        for tally, exposures in zip(counted, exposed, strict=True)
        if tally.events or exposures.events
    )


def verdict(variants: Sequence[LegacyVariant]) -> LegacyVerdict:
    """Judge variants.

    Raises:
        InvalidInput: There is no control, or nothing beside it.
        Undefined: A variant's values sum to less than zero.
    """
    control = [variant for variant in variants if variant.key == CONTROL]
    treatments = [variant for variant in variants if variant.key != CONTROL]
    if not control:
        raise InvalidInput("No control variant data found", code="no_data")
    if not treatments:
        raise InvalidInput("Fewer than two variants have data.", code="no_data")
    result = legacy_result(control[0].measured, [each.measured for each in treatments])
    return LegacyVerdict(variants=(*control, *treatments), result=result)


def verdict_of_query(variants: Sequence[LegacyVariant]) -> LegacyVerdict:
    """Judge variants, where it is said as JSON what is missing.

    Raises:
        InvalidInput: There is no control, or nothing beside it.
        Undefined: A variant's values sum to less than zero.
    """
    keys = {variant.key for variant in variants}
    missing = {
        "no-results": not keys,
        "no-control-variant": CONTROL not in keys,
        "no-test-variant": not keys - {CONTROL},
    }
    if any(missing.values()):
        raise InvalidInput(json.dumps(missing), code="no-results")
    return verdict(variants)


def _measured(math: LegacyMath, tally: VariantTally, *, exposure: int) -> Measured:
    match math:
        case LegacyMath.EVENTS:
            return Occurrences(count=tally.events, exposure=exposure)
        case LegacyMath.UNITS:
            return Occurrences(count=tally.units, exposure=exposure)
        case _:
            return Total(total=tally.total, exposure=exposure)
