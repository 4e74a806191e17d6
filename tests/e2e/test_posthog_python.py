"""The ordinary PostHog SDK for Python, unchanged, against a server process."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from posthog import Posthog

from tests.e2e.client import Client
from tests.e2e.server_process import Server

USERS = 300
CONVERSION: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "funnel",
    "uuid": "c0a8b1de-57c5-4d2a-8b3c-0f6fb8a1d001",
    "series": [{"kind": "EventsNode", "event": "purchase"}],
}
REVENUE: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "uuid": "c0a8b1de-57c5-4d2a-8b3c-0f6fb8a1d002",
    "source": {"kind": "EventsNode", "event": "purchase", "math": "sum", "math_property": "amount"},
}
EXPERIMENT = {
    "name": "Checkout",
    "feature_flag_key": "checkout",
    "parameters": {
        "feature_flag_variants": [
            {"key": "control", "rollout_percentage": 50},
            {"key": "test", "rollout_percentage": 50},
        ]
    },
    "metrics": [CONVERSION, REVENUE],
}


@pytest.fixture
def sdk(server: Server) -> Iterator[Posthog]:
    client = Posthog(server.keys["project_token"], host=server.url, sync_mode=False)
    yield client
    client.shutdown()


def buys(user: int) -> bool:
    return user % 3 == 0


# Most programs still call it; both ways must work.
@pytest.mark.filterwarnings("ignore:`get_feature_flag` is deprecated:DeprecationWarning")
def test_flag_exposure_conversion_and_result_by_way_of_the_sdk(
    server: Server, sdk: Posthog
) -> None:
    with Client(server) as team:
        experiment = team.post("experiments/", EXPERIMENT)
        team.post(f"experiments/{experiment['id']}/launch/")
        served, purchases = walk_users_through(sdk)
        sdk.flush()

        stored = list(team.events())
        answers = {
            metric["metric_type"]: team.query(
                kind="ExperimentQuery", experiment_id=experiment["id"], metric=metric
            )
            for metric in (CONVERSION, REVENUE)
        }

    assert set(served.values()) == {"control", "test"}
    check_what_arrived(stored, served, purchases)
    check_results(answers, served)


def walk_users_through(sdk: Posthog) -> tuple[dict[str, str], dict[str, str]]:
    """What the flag served each user, and the id of each purchase."""
    served: dict[str, str] = {}
    purchases: dict[str, str] = {}
    for number in range(USERS):
        user = f"user-{number}"
        if number % 2:
            served[user] = str(sdk.get_feature_flag("checkout", user))
        else:
            served[user] = str(sdk.evaluate_flags(user).get_flag("checkout"))
        if buys(number):
            properties = {"amount": 10 + number % 5}
            sent = sdk.capture("purchase", distinct_id=user, properties=properties)
            purchases[user] = str(sent)
    return served, purchases


def check_what_arrived(
    stored: list[dict[str, Any]], served: dict[str, str], purchases: dict[str, str]
) -> None:
    by_name = Counter(event["event"] for event in stored)
    assert by_name == {"$feature_flag_called": USERS, "purchase": len(purchases)}
    for event in stored:
        properties = event["properties"]
        assert properties["$lib"] == "posthog-python"
        assert event["person"]["distinct_ids"] == [event["distinct_id"]]
        if event["event"] == "purchase":
            assert event["id"] == purchases[event["distinct_id"]]
            number = int(event["distinct_id"].removeprefix("user-"))
            assert properties["amount"] == 10 + number % 5
        else:
            assert properties["$feature_flag"] == "checkout"
            assert properties["$feature_flag_response"] == served[event["distinct_id"]]
            assert properties["$feature/checkout"] == served[event["distinct_id"]]


def check_results(answers: dict[str, Any], served: dict[str, str]) -> None:
    amounts: dict[str, list[int]] = {"control": [], "test": []}
    for number in range(USERS):
        amounts[served[f"user-{number}"]].append(10 + number % 5 if buys(number) else 0)
    for kind, answer in answers.items():
        for arm in (answer["baseline"], *answer["variant_results"]):
            values = amounts[arm["key"]]
            if kind == "funnel":
                values = [int(value > 0) for value in values]
            assert arm["number_of_samples"] == len(values)
            assert arm["sum"] == sum(values)
            assert arm["sum_squares"] == sum(value**2 for value in values)
            assert arm["validation_failures"] == []
