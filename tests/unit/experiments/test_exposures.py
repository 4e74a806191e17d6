"""Exposures by day and the checks of the split."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from splitplot.experiments.exposures import (
    BiasRisk,
    ExposureSummary,
    bias_risk,
    exposure_summary,
    is_even,
    sample_ratio,
)
from splitplot.experiments.plan import MULTIPLE, ExposureCount, MultipleVariants
from splitplot.flags.model import VariantShare
from tests.unit.stats.stats_cases import case_id, cases

START = datetime(2025, 3, 1, tzinfo=UTC)


def split(**percentages: float) -> tuple[VariantShare, ...]:
    return tuple(
        VariantShare(key=key, share=percentage / 100) for key, percentage in percentages.items()
    )


EVEN = split(control=50, test=50)


def quarter_counts(exposures: list[list[str]]) -> list[ExposureCount]:
    first: dict[str, datetime] = {}
    seen: dict[str, set[str]] = {}
    for text, unit, variant in exposures:
        instant = datetime.fromisoformat(text)
        first[unit] = min(instant, first.get(unit, instant))
        seen.setdefault(unit, set()).add(variant)
    counter = Counter[tuple[str, datetime]]()
    for unit, instant in first.items():
        variant = MULTIPLE if len(seen[unit]) > 1 else next(iter(seen[unit]))
        quarter = instant.replace(minute=instant.minute // 15 * 15, second=0)
        counter[variant, quarter] += 1
    return [
        ExposureCount(variant=variant, quarter=quarter, units=units)
        for (variant, quarter), units in counter.items()
    ]


@pytest.mark.parametrize("case", cases("exposures"), ids=case_id)
def test_exposures_are_counted_on_days_of_the_project(case: dict[str, Any]) -> None:
    summary = exposure_summary(
        quarter_counts(case["exposures"]),
        window=(START, datetime.fromisoformat(case["end"])),
        timezone=ZoneInfo(case["timezone"]),
        shares=EVEN,
    )
    days = [day.isoformat() for day in summary.days]
    assert (days[0], days[-1]) == (case["first_day"], case["last_day"])
    assert {s.variant: list(s.counts) for s in summary.series} == case["counts"]
    assert {s.variant: s.total for s in summary.series} == case["totals"]
    assert [s.variant for s in summary.series] == list(case["counts"])
    assert summary.total == sum(case["totals"].values())


def test_a_draft_has_no_days() -> None:
    summary = exposure_summary((), window=None, timezone=UTC, shares=EVEN)
    assert summary == ExposureSummary(
        start=None,
        end=None,
        days=(),
        series=summary.series,
        sample_ratio=None,
        bias_risk=None,
    )
    assert [(s.variant, s.counts, s.total) for s in summary.series] == [
        ("control", (), 0),
        ("test", (), 0),
    ]


def test_series_follow_the_flag_without_its_excluded_variants() -> None:
    summary = exposure_summary(
        [ExposureCount(variant="b", quarter=START, units=3)],
        window=(START, START + timedelta(hours=1)),
        timezone=UTC,
        shares=split(b=40, bad=20, a=40),
        excluded=("bad",),
    )
    assert [(s.variant, s.counts) for s in summary.series] == [("b", (3,)), ("a", (0,))]
    assert summary.days == (date(2025, 3, 1),)


def test_the_summary_carries_the_checks_of_the_split() -> None:
    summary = exposure_summary(
        [
            ExposureCount(variant="control", quarter=START, units=900),
            ExposureCount(variant="test", quarter=START, units=100),
            ExposureCount(variant=MULTIPLE, quarter=START, units=2),
        ],
        window=(START, START),
        timezone=UTC,
        shares=split(control=80, test=20),
    )
    assert summary.sample_ratio is not None
    assert summary.sample_ratio.expected == (("control", 800.0), ("test", 200.0))
    assert summary.sample_ratio.is_mismatch
    assert summary.sample_ratio.sequential_p_value < 1e-9
    assert summary.bias_risk == BiasRisk(multiple_share=2 / 1002)


@pytest.mark.parametrize("case", cases("sample_ratio"), ids=case_id)
def test_the_split_check_equals_the_reference(case: dict[str, Any]) -> None:
    found = sample_ratio(
        case["observed"], shares=split(**case["percentages"]), excluded=case["excluded"]
    )
    if case["expected"] is None:
        assert found is None
        return
    assert found is not None
    assert dict(found.expected) == pytest.approx(case["expected"], rel=1e-9)
    assert found.p_value == pytest.approx(case["p_value"], rel=1e-8, abs=0)
    assert found.is_mismatch is (case["p_value"] < 0.001)


def test_one_variant_with_a_share_has_no_split_to_check() -> None:
    assert sample_ratio({"test": 500}, shares=split(control=0, test=100)) is None


@pytest.mark.parametrize("case", cases("bias_risk"), ids=case_id)
def test_the_bias_check_equals_the_reference(case: dict[str, Any]) -> None:
    keys = ["control", "a", "b"][: len(case["rollout"])]
    shares = split(**dict(zip(keys, case["rollout"], strict=True)))
    totals = dict(zip(keys, case["counts"], strict=True)) | {MULTIPLE: case["multiple"]}
    risk = bias_risk(totals, shares=shares, handling=MultipleVariants(case["handling"]))
    assert (risk is not None) is case["warns"]
    if risk is not None:
        assert risk.multiple_share * 100 == pytest.approx(case["percentage"], rel=1e-9)


def test_nobody_exposed_is_no_risk() -> None:
    shares = split(control=80, test=20)
    assert bias_risk({}, shares=shares, handling=MultipleVariants.EXCLUDE) is None


@pytest.mark.parametrize(
    ("percentages", "expected"),
    [
        ([], True),
        ([100], True),
        ([50, 50], True),
        ([34, 33, 33], True),
        ([33, 34, 33], False),
        ([15, 15, 14, 14, 14, 14, 14], True),
        ([33.33, 33.33, 33.34], False),
        ([60, 40], False),
    ],
)
def test_an_even_split_is_the_automatic_one(*, percentages: list[float], expected: bool) -> None:
    shares = split(**{f"v{i}": percentage for i, percentage in enumerate(percentages)})
    assert is_even(shares) is expected
