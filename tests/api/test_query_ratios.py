"""Ratio and retention metrics, asked through the API: the figures are those of the vectors."""

import json
import math
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from splitplot.filters.model import Properties
from splitplot.ports.event_store import AppendBatch, ProjectEvent
from tests.api.stack import Stack
from tests.api.trial import EXPOSED_AT, Trial, launched
from tests.factories import an_event

VECTORS = Path(__file__).parents[1] / "cases" / "stats" / "frequentist.json"
REVENUE_PER_VISIT: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "ratio",
    "numerator": {
        "kind": "EventsNode",
        "event": "purchase",
        "math": "sum",
        "math_property": "amount",
    },
    "denominator": {"kind": "EventsNode", "event": "visit"},
}
RETURNS: Properties = {
    "kind": "ExperimentMetric",
    "metric_type": "retention",
    "start_event": {"kind": "EventsNode", "event": "signup"},
    "completion_event": {"kind": "EventsNode", "event": "back"},
    "retention_window_start": 1,
    "retention_window_end": 2,
    "retention_window_unit": "day",
    "start_handling": "first_seen",
}

Row = tuple[str, str, float, Properties]


def vector(name: str) -> dict[str, Any]:
    cases: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"))["cases"]
    return next(case for case in cases if case["id"] == name)


def happened(trial: Trial, rows: list[Row]) -> None:
    """Events by unit, name and hours after noon."""
    project_id = trial.stack.project.id
    events = (
        an_event(
            name=name,
            distinct_id=unit,
            timestamp=EXPOSED_AT + timedelta(hours=hours),
            properties=properties,
            project_id=project_id,
        )
        for unit, name, hours, properties in rows
    )
    batch = AppendBatch(events=tuple(ProjectEvent(project_id=project_id, event=e) for e in events))
    trial.stack.platform.stores.events.append(batch)


def exposed(variant: str, count: int) -> list[Row]:
    shown: Properties = {"$feature_flag": "checkout-button", "$feature_flag_response": variant}
    return [(f"{variant}-{n}", "$feature_flag_called", 0.0, shown) for n in range(count)]


def with_sums(sums: dict[str, Any], visits: list[int]) -> Iterator[tuple[float, int]]:
    """An amount for each number of visits, so that all sums are those of the vector.

    Amounts are a line over visits, and beside it as much spread as the squares ask for.
    """
    count, mean = sums["count"], sums["denominator_sum"] / sums["count"]
    slope = (sums["product_sum"] - mean * sums["sum"]) / sum((d - mean) ** 2 for d in visits)
    line = [sums["sum"] / count + slope * (d - mean) for d in visits]
    signs = {d: cycle((1, -1)) for d in visits}
    # Signs cancel among equal numbers of visits; of an odd number the last has none.
    last_odd = {d: visits.count(d) - 1 for d in set(visits) if visits.count(d) % 2}
    seen = dict.fromkeys(visits, -1)
    spread = []
    for d in visits:
        seen[d] += 1
        spread.append(0 if seen[d] == last_odd.get(d) else next(signs[d]))
    rest = sums["sum_squares"] - sum(amount**2 for amount in line)
    scale = math.sqrt(rest / sum(map(abs, spread)))
    for on_line, sign, d in zip(line, spread, visits, strict=True):
        yield on_line + scale * sign, d


# How many units have how many visits, from one to five: as the vector's sums ask.
VISITS = {"test": (50, 150, 100, 150, 50), "control": (125, 20, 185, 180, 10)}


def test_a_ratio_has_the_figures_of_the_reference(stack: Stack) -> None:
    config: Properties = {"alpha": 0.01, "difference_type": "ABSOLUTE"}
    trial = launched(stack, stats_config={"method": "frequentist", "frequentist": config})
    wanted = vector("F11")
    for variant, side in (("control", "control"), ("test", "treatment")):
        visits = [d for d, units in enumerate(VISITS[variant], start=1) for _ in range(units)]
        rows = exposed(variant, len(visits))
        for number, (amount, count) in enumerate(with_sums(wanted[side], visits)):
            unit = f"{variant}-{number}"
            rows.append((unit, "purchase", 1.0, {"amount": amount}))
            rows += [(unit, "visit", 2.0, {})] * count
        happened(trial, rows)

    answer = trial.ask(metric=REVENUE_PER_VISIT)

    (variant,) = answer["variant_results"]
    for row, side in ((answer["baseline"], "control"), (variant, "treatment")):
        sums = wanted[side]
        assert row["number_of_samples"] == sums["count"]
        assert row["sum"] == pytest.approx(sums["sum"], rel=1e-12)
        assert row["sum_squares"] == pytest.approx(sums["sum_squares"], rel=1e-12)
        assert row["denominator_sum"] == sums["denominator_sum"]
        assert row["denominator_sum_squares"] == sums["denominator_sum_squares"]
        assert row["numerator_denominator_sum_product"] == pytest.approx(sums["product_sum"])
        assert row["splitplot"]["value"] == pytest.approx(sums["sum"] / sums["denominator_sum"])
        assert "step_counts" not in row
    assert variant["p_value"] == pytest.approx(wanted["p_value"], rel=1e-8)
    assert variant["confidence_interval"] == pytest.approx(wanted["interval"], rel=1e-8)
    assert variant["significant"] is wanted["significant"]


def retained(trial: Trial, variant: str, sums: dict[str, Any], *, idle: int) -> None:
    """Starters of whom some came back the next day, and units that never started."""
    count, returned = int(sums["count"]), int(sums["sum"])
    rows = exposed(variant, count + idle)
    rows += [(f"{variant}-{n}", "signup", 1.0, {}) for n in range(count)]
    # Half an hour before midnight is the same day, half an hour after it the next.
    rows += [(f"{variant}-{n}", "back", 12.5, {}) for n in range(returned)]
    rows += [(f"{variant}-{n}", "back", 11.5, {}) for n in range(returned, count + idle)]
    happened(trial, rows)


def test_retention_has_the_figures_of_the_reference(stack: Stack) -> None:
    trial = launched(stack, stats_config={"method": "frequentist"})
    wanted = vector("F7")
    retained(trial, "control", wanted["control"], idle=45)
    retained(trial, "test", wanted["treatment"], idle=60)

    answer = trial.ask(metric=RETURNS)

    assert answer["baseline"]["validation_failures"] == []
    (variant,) = answer["variant_results"]
    assert {key: variant[key] for key in variant if "sum" in key or key == "number_of_samples"} == {
        "number_of_samples": 640,
        "sum": 310,
        "sum_squares": 310,
        "denominator_sum": 640,
        "denominator_sum_squares": 640,
        "numerator_denominator_sum_product": 310,
    }
    assert variant["splitplot"]["value"] == 310 / 640
    assert variant["p_value"] == pytest.approx(wanted["p_value"], rel=1e-8)
    assert variant["confidence_interval"] == pytest.approx(wanted["interval"], rel=1e-8)
    assert variant["significant"] is False


def test_retention_of_everybody_counts_who_never_started(stack: Stack) -> None:
    trial = launched(stack)
    retained(trial, "control", {"count": 60, "sum": 20}, idle=40)
    retained(trial, "test", {"count": 50, "sum": 25}, idle=50)

    answer = trial.ask(metric={**RETURNS, "count_all_exposed": True})

    (variant,) = answer["variant_results"]
    assert [row["number_of_samples"] for row in (answer["baseline"], variant)] == [100, 100]
    assert [row["splitplot"]["value"] for row in (answer["baseline"], variant)] == [0.2, 0.25]


def test_retention_that_too_few_started_says_so(stack: Stack) -> None:
    trial = launched(stack)
    retained(trial, "control", {"count": 49, "sum": 20}, idle=40)
    retained(trial, "test", {"count": 50, "sum": 4}, idle=0)

    answer = trial.ask(metric=RETURNS)

    assert answer["baseline"]["validation_failures"] == ["not-enough-exposures"]
    (variant,) = answer["variant_results"]
    assert variant["validation_failures"] == ["not-enough-metric-data"]
    assert (variant["chance_to_win"], variant["credible_interval"]) == (None, None)
