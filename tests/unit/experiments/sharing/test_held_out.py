from datetime import UTC, datetime, timedelta

from splitplot.experiments.exposures import exposure_summary
from splitplot.experiments.plan import MULTIPLE, ExposureCount
from splitplot.experiments.planning import ExposureRequest, key_of, plan_exposures
from splitplot.flags.model import VariantShare
from tests.factories import a_project, flag_filters

START = datetime(2025, 3, 1, tzinfo=UTC)
AS_OF = START + timedelta(days=2)
HELD_OUT = "holdout-3"
SHARES = (VariantShare(key="control", share=0.5), VariantShare(key="test", share=0.5))


def request(*, start: datetime | None = START, holdout: str | None = HELD_OUT) -> ExposureRequest:
    return ExposureRequest(
        flag_key="f",
        flag_filters=flag_filters("control", "test"),
        criteria={},
        start=start,
        end=None,
        holdout=holdout,
    )


def test_units_held_out_are_counted_apart_from_the_others() -> None:
    plan = plan_exposures(request(), project=a_project(), as_of=AS_OF)
    assert plan.exposure is not None
    assert plan.exposure.variants == ("control", "test")
    assert plan.held_out is not None
    assert plan.held_out.variants == (HELD_OUT,)
    assert (plan.held_out.start, plan.held_out.end) == (plan.exposure.start, plan.exposure.end)


def test_nobody_counts_units_held_out_unasked_or_before_the_start() -> None:
    unasked = plan_exposures(request(holdout=None), project=a_project(), as_of=AS_OF)
    assert unasked.held_out is None
    draft = plan_exposures(request(start=None), project=a_project(), as_of=AS_OF)
    assert draft.held_out is None
    asked = plan_exposures(request(), project=a_project(), as_of=AS_OF)
    assert key_of(asked) != key_of(unasked)


def test_a_holdout_is_shown_behind_the_variants_and_in_no_check() -> None:
    counts = [("control", 900), ("test", 100), (MULTIPLE, 7), (HELD_OUT, 5000)]
    found = [
        ExposureCount(variant=variant, quarter=START, units=units) for variant, units in counts
    ]
    window = (START, START + timedelta(hours=1))
    summary = exposure_summary(found, window=window, timezone=UTC, shares=SHARES, holdout=HELD_OUT)
    assert [(one.variant, one.total) for one in summary.series] == counts
    assert summary.sample_ratio is not None
    assert summary.sample_ratio.expected == (("control", 500.0), ("test", 500.0))
    nobody = exposure_summary((), window=window, timezone=UTC, shares=SHARES, holdout=HELD_OUT)
    assert [(one.variant, one.total) for one in nobody.series] == [
        ("control", 0),
        ("test", 0),
        (HELD_OUT, 0),
    ]
