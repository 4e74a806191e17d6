"""Who was exposed, day by day, and whether the split can be trusted."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import accumulate

from splitplot.errors import Undefined
from splitplot.experiments.plan import MULTIPLE, ExposureCount, MultipleVariants
from splitplot.flags.model import VariantShare
from splitplot.stats import sample_ratio_test, sequential_sample_ratio_test

MINIMUM_UNITS = 100
MISMATCH_ALPHA = 0.001
# More units than this with several variants, and leaving them out may bias the rest.
MULTIPLE_LIMIT = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureSeries:
    """Units of one variant exposed up to the end of each day.

    Attributes:
        variant: A variant's key or `$multiple`.
        counts: Cumulative, one for each day.
    """

    variant: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Units at the end of the last day; 0 without days."""
        return self.counts[-1] if self.counts else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRatio:
    """Whether the units are split as the flag says.

    Attributes:
        expected: Units expected of each variant that has a share, in flag order.
        p_value: Of the chi-square test, for one look.
        sequential_p_value: Always-valid, for reading it every day.
    """

    expected: tuple[tuple[str, float], ...]
    p_value: float
    sequential_p_value: float

    @property
    def is_mismatch(self) -> bool:
        """Whether the one-look test finds a mismatch at 0.001."""
        return self.p_value < MISMATCH_ALPHA


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasRisk:
    """Leaving out units with several variants may bias an uneven split.

    Attributes:
        multiple_share: Units with several variants among all exposed ones, in [0, 1].
    """

    multiple_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureSummary:
    """The exposures of one experiment within its window.

    Attributes:
        start: None for a draft, which has no days.
        end: The moment up to which exposures count; None for a draft.
        days: Calendar days in the project's time zone, first to last.
        series: Analysed variants in flag order, then `$multiple` if any unit is, then
            the holdout if it was asked for.
        sample_ratio: None below 100 units or two variants with a share.
        bias_risk: None when there is none.
    """

    start: datetime | None
    end: datetime | None
    days: tuple[date, ...]
    series: tuple[ExposureSeries, ...]
    sample_ratio: SampleRatio | None
    bias_risk: BiasRisk | None

    @property
    def total(self) -> int:
        """All exposed units, those with several variants included."""
        return sum(series.total for series in self.series)


def exposure_summary(
    counts: Sequence[ExposureCount],
    *,
    window: tuple[datetime, datetime] | None,
    timezone: tzinfo,
    shares: Sequence[VariantShare],
    excluded: Collection[str] = (),
    handling: MultipleVariants = MultipleVariants.EXCLUDE,
    holdout: str | None = None,
) -> ExposureSummary:
    """Exposures by day, with the checks of the split.

    Args:
        counts: Units by variant and quarter of an hour of first exposure; within the
            window, analysed variants and `$multiple` only.
        window: First and last instant, aware; None for a draft.
        timezone: The project's; days are days there.
        shares: All variants of the flag, in flag order.
        excluded: Variants that are not analysed.
        handling: What becomes of units that saw several analysed variants.
        holdout: Whose units are counted too, and shown behind the variants; the checks
            leave them out.
    """
    analysed = tuple(share.key for share in shares if share.key not in excluded)
    days = () if window is None else _days(window, timezone)
    by_day = Counter[tuple[str, date]]()
    for count in counts:
        by_day[count.variant, count.quarter.astimezone(timezone).date()] += count.units
    totals = Counter[str]()
    for count in counts:
        totals[count.variant] += count.units
    shown = (
        *analysed,
        *((MULTIPLE,) if totals[MULTIPLE] else ()),
        *((holdout,) if holdout else ()),
    )
    start, end = window or (None, None)
    return ExposureSummary(
        start=start,
        end=end,
        days=days,
        series=tuple(
            ExposureSeries(
                variant=variant, counts=tuple(accumulate(by_day[variant, day] for day in days))
            )
            for variant in shown
        ),
        sample_ratio=sample_ratio(totals, shares=shares, excluded=excluded),
        bias_risk=bias_risk(totals, shares=shares, excluded=excluded, handling=handling),
    )


def sample_ratio(
    totals: Mapping[str, int], *, shares: Sequence[VariantShare], excluded: Collection[str] = ()
) -> SampleRatio | None:
    """Check the split of the analysed variants that have a share.

    Args:
        totals: Units by variant; a missing one is 0, `$multiple`, holdouts and other
            keys are left out.
        shares: All variants of the flag, in flag order.
        excluded: Variants that are not analysed.

    Returns:
        None when there are fewer than 100 units or two such variants.
    """
    checked = [share for share in shares if share.share > 0 and share.key not in excluded]
    observed = [totals.get(share.key, 0) for share in checked]
    if sum(observed) < MINIMUM_UNITS:
        return None
    design = [share.share for share in checked]
    try:
        test = sample_ratio_test(observed, design)
        sequential = sequential_sample_ratio_test(observed, design)
    except Undefined:
        return None
    return SampleRatio(
        expected=tuple(
            (share.key, mean) for share, mean in zip(checked, test.expected, strict=True)
        ),
        p_value=test.p_value,
        sequential_p_value=sequential.p_value,
    )


def bias_risk(
    totals: Mapping[str, int],
    *,
    shares: Sequence[VariantShare],
    excluded: Collection[str] = (),
    handling: MultipleVariants,
) -> BiasRisk | None:
    """Check whether leaving out units with several variants may bias the result.

    Under an uneven split a unit that is served twice leaves the small variants at a
    higher rate than the large ones, so those that stay differ.

    Args:
        totals: Units by variant, `$multiple` included.
        shares: All variants of the flag, in flag order.
        excluded: Variants that are not analysed; they and unknown keys do not count.
        handling: Only with `exclude` are units left out.
    """
    analysed = [share.key for share in shares if share.key not in excluded]
    multiple = totals.get(MULTIPLE, 0)
    total = multiple + sum(totals.get(variant, 0) for variant in analysed)
    if handling is not MultipleVariants.EXCLUDE or is_even(shares) or total == 0:
        return None
    share = multiple / total
    return BiasRisk(multiple_share=share) if share > MULTIPLE_LIMIT else None


def is_even(shares: Sequence[VariantShare]) -> bool:
    """Whether the split is the automatic one: whole percentages, the rest to the first ones.

    Examples:
        >>> is_even([VariantShare(key=key, share=s / 100) for key, s in
        ...          (("control", 34), ("a", 33), ("b", 33))])
        True
        >>> is_even([VariantShare(key="a", share=0.8), VariantShare(key="b", share=0.2)])
        False
    """
    if not shares:
        return True
    each, rest = divmod(100, len(shares))
    return all(
        abs(share.share * 100 - (each + (position < rest))) < 1e-6
        for position, share in enumerate(shares)
    )


def _days(window: tuple[datetime, datetime], timezone: tzinfo) -> tuple[date, ...]:
    first, last = (instant.astimezone(timezone).date() for instant in window)
    return tuple(first + timedelta(days=days) for days in range((last - first).days + 1))
