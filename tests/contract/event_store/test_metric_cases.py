"""The contract's event-level cases, on every engine."""

from collections import defaultdict

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

    assert [wire(summary) for summary in summaries] == [
        {"key": variant, **{name: close(value) for name, value in sums.items()}}
        for variant, sums in case.expected.items()
    ]


@_of_kind("exposures")
def test_exposures_are_counted_as_in_the_contract(store: EventStore, case: Case) -> None:
    store.append(batch_of(case))

    counts = store.count_exposures(exposure_plan(case))

    assert daily_exposures(case, counts) == case.expected


@_of_kind("breakdown")
def test_a_breakdown_has_the_sums_of_the_contract(store: EventStore, case: Case) -> None:
    store.append(batch_of(case))
    plan = SummaryPlan(exposure=exposure_plan(case), metric=metric_plan(case))

    summaries = store.summarize(plan)

    parts: dict[str, dict[object, dict[str, object]]] = defaultdict(dict)
    for summary in summaries:
        row = wire(summary)
        parts[" / ".join(summary.breakdown)][row.pop("key")] = row
    assert parts == {
        value: {
            variant: {name: close(number) for name, number in sums.items()}
            for variant, sums in of_variants.items()
        }
        for value, of_variants in case.expected.items()
    }
    assert [list(of_variants) for of_variants in parts.values()] == [
        list(plan.exposure.variants)
    ] * len(parts)


def wire(summary: VariantSummary) -> dict[str, object]:
    row: dict[str, object] = {
        "key": summary.variant,
        "number_of_samples": summary.count,
        "sum": summary.sum,
        "sum_squares": summary.sum_squares,
    }
    if summary.step_counts is not None:
        row["step_counts"] = list(summary.step_counts)
    if summary.denominator_sum is not None:
        row["denominator_sum"] = summary.denominator_sum
        row["denominator_sum_squares"] = summary.denominator_sum_squares
        row["numerator_denominator_sum_product"] = summary.product_sum
    if summary.covariate_sum is not None:
        row["covariate_sum"] = summary.covariate_sum
        row["covariate_sum_squares"] = summary.covariate_sum_squares
        row["covariate_sum_product"] = summary.covariate_sum_product
    return row


def close(value: object) -> object:
    return pytest.approx(value, rel=1e-9) if isinstance(value, int | float) else value
