"""The contract's event-level cases, on every engine."""

import pytest

from splitplot.experiments.plan import SummaryPlan, VariantSummary
from splitplot.ports.event_store import EventStore
from tests.contract.event_store.cases import (
    Case,
    batch_of,
    daily_exposures,
    exposure_plan,
    load_cases,
    metric_plan,
)

CASES = load_cases()


def _of_kind(kind: str) -> pytest.MarkDecorator:
    cases = [case for case in CASES if case.kind == kind]
    return pytest.mark.parametrize("case", cases, ids=[case.id for case in cases])


@_of_kind("metric")
def test_a_metric_has_the_sums_of_the_contract(store: EventStore, case: Case) -> None:
    store.append(batch_of(case))
    plan = SummaryPlan(exposure=exposure_plan(case), metric=metric_plan(case))

    summaries = store.summarize(plan)

    assert [_wire(summary) for summary in summaries] == [
        {"key": variant, **{name: _close(value) for name, value in sums.items()}}
        for variant, sums in case.expected.items()
    ]


@_of_kind("exposures")
def test_exposures_are_counted_as_in_the_contract(store: EventStore, case: Case) -> None:
    store.append(batch_of(case))

    counts = store.count_exposures(exposure_plan(case))

    assert daily_exposures(case, counts) == case.expected


def _wire(summary: VariantSummary) -> dict[str, object]:
    row: dict[str, object] = {
        "key": summary.variant,
        "number_of_samples": summary.count,
        "sum": summary.sum,
        "sum_squares": summary.sum_squares,
    }
    if summary.step_counts is not None:
        row["step_counts"] = list(summary.step_counts)
    return row


def _close(value: object) -> object:
    return pytest.approx(value, rel=1e-9) if isinstance(value, int | float) else value
