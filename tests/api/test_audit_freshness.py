"""A kept answer must not outlive what it was computed from."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from tests.api.management import Experiments, made
from tests.api.stack import Stack

METRIC = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "uuid": "m",
    "source": {"kind": "EventsNode", "event": "buy", "math": "sum", "math_property": "amount"},
}
CALLED = "$feature_flag_called"


class Shop:
    """A launched experiment with three exposed units and two purchases."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.experiment = Experiments(stack=stack).create(
            feature_flag_key="shop",
            start_date="2025-03-01T00:00:00Z",
            end_date="2025-03-15T00:00:00Z",
        )
        for unit, variant in (("a", "control"), ("b", "control"), ("c", "test")):
            self.send(CALLED, unit, {"$feature_flag": "shop", "$feature_flag_response": variant})
        self.send("buy", "a", {"amount": 10}, "2025-03-03T00:00:00Z")
        self.send("buy", "c", {"amount": 4}, "2025-03-05T00:00:00Z")

    def send(
        self,
        event: str,
        unit: str,
        properties: Mapping[str, object],
        timestamp: str = "2025-03-02T00:00:00Z",
    ) -> None:
        sent = {
            "event": event,
            "distinct_id": unit,
            "uuid": str(uuid4()),
            "properties": properties,
            "timestamp": timestamp,
        }
        body = {"api_key": self.stack.project.api_token, "batch": [sent]}
        assert self.stack.anonymous.post("/batch/", json=body).status_code == 200

    def sums(self) -> tuple[list[tuple[int, float]], bool]:
        """Units and sum of each variant, and whether the answer was kept."""
        query = {
            "kind": "ExperimentQuery",
            "experiment_id": self.experiment["id"],
            "metric": METRIC,
        }
        answer: Any = made(self.stack.client.post(self.stack.url("query/"), json={"query": query}))
        rows = (answer["baseline"], *answer["variant_results"])
        return [(row["number_of_samples"], row["sum"]) for row in rows], answer["is_cached"]

    def patch(self, **body: object) -> None:
        Experiments(stack=self.stack).patch(self.experiment, **body)

    def settings(self, **body: object) -> None:
        made(self.stack.client.patch(self.stack.url(), json=body))


@pytest.fixture
def shop(duckdb_stack: Stack) -> Shop:
    shop = Shop(duckdb_stack)
    assert shop.sums() == ([(2, 10), (1, 4)], False)
    assert shop.sums() == ([(2, 10), (1, 4)], True)
    return shop


def test_new_events_are_in_the_next_answer(shop: Shop) -> None:
    shop.send("buy", "b", {"amount": 7}, "2025-03-03T00:00:00Z")
    assert shop.sums() == ([(2, 17), (1, 4)], False)


def test_a_merge_is_in_the_next_answer(shop: Shop) -> None:
    shop.send("$identify", "a", {"$anon_distinct_id": "b"})
    assert shop.sums() == ([(1, 10), (1, 4)], False)
    shop.send("$merge_dangerously", "c", {"alias": "a"})
    assert shop.sums() == ([(0, 0), (0, 0)], False)


def test_a_person_who_becomes_internal_is_gone_from_the_next_answer(shop: Shop) -> None:
    internal = {"key": "email", "operator": "is_not", "value": "qa@us.example", "type": "person"}
    shop.settings(test_account_filters=[internal])
    assert shop.sums() == ([(2, 10), (1, 4)], False)
    shop.send("visit", "a", {"$set": {"email": "qa@us.example"}})
    assert shop.sums() == ([(1, 0), (1, 4)], False)
    shop.settings(test_account_filters=[])
    assert shop.sums()[0] == [(2, 10), (1, 4)]


def test_changed_dates_are_in_the_next_answer(shop: Shop) -> None:
    shop.patch(end_date="2025-03-04T00:00:00Z")
    assert shop.sums() == ([(2, 10), (1, 0)], False)
    shop.patch(start_date="2025-03-02T00:00:01Z")
    assert shop.sums() == ([(0, 0), (0, 0)], False)


def test_changed_exposure_criteria_are_in_the_next_answer(shop: Shop) -> None:
    both = {"$feature_flag": "shop", "$feature_flag_response": "test"}
    shop.send(CALLED, "a", both, "2025-03-02T12:00:00Z")
    assert shop.sums() == ([(1, 0), (1, 4)], False)
    shop.patch(exposure_criteria={"multiple_variant_handling": "first_seen"})
    assert shop.sums() == ([(2, 10), (1, 4)], False)
