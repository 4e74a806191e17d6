"""OpenFeature's own clients over OFREP: the page about them as it stands, and the edges."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import FlagEvaluationDetails, Reason

from tests.e2e.clients import (
    EVERYBODY,
    Shop,
    blocks_of,
    needs_node,
    program_of,
    run_node,
    run_python,
    running_shop,
)

pytestmark = pytest.mark.xdist_group("openfeature clients")
ADA = EvaluationContext("ada", {"plan": "pro", "groups": {"company": "acme"}})


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("openfeature")) as running:
        add_typed(running, "limits", {"uploads": 5})
        add_typed(running, "ratio", 1.0)
        add_typed(running, "days", 3)
        off = {"groups": [{"properties": [], "rollout_percentage": 0}]}
        running.team.post("feature_flags/", {"key": "off", "filters": off})
        asleep = {"key": "asleep", "active": False, "filters": {"groups": [EVERYBODY]}}
        running.team.post("feature_flags/", asleep)
        yield running


def add_typed(shop: Shop, key: str, value: object) -> None:
    """A flag whose value is this, for everybody."""
    filters = {"groups": [EVERYBODY], "payloads": {"true": value}, "typed_payloads": True}
    shop.team.post("feature_flags/", {"key": key, "filters": filters})


@pytest.fixture(scope="module")
def client(shop: Shop) -> Iterator[OpenFeatureClient]:
    yield client_of(shop, shop.team.token)
    api.clear_providers()


def client_of(shop: Shop, key: str) -> OpenFeatureClient:
    """A client with a provider of its own."""
    provider = OFREPProvider(
        shop.server.url, headers_factory=lambda: {"Authorization": f"Bearer {key}"}
    )
    api.set_provider(provider, domain=key)
    return api.get_client(domain=key)


def test_the_program_for_python_prints_what_it_shows_and_its_events_arrive(shop: Shop) -> None:
    printed = run_python(program_of("openfeature.md", "python"), shop.env)
    assert printed == blocks_of("openfeature.md", "text")[0].splitlines()
    check_what_arrived(shop, "user-42", "test")


@needs_node
def test_the_program_for_node_prints_what_it_shows_and_its_events_arrive(shop: Shop) -> None:
    printed = run_node(program_of("openfeature.md", "js"), shop.env)
    assert printed == blocks_of("openfeature.md", "text")[1].splitlines()
    check_what_arrived(shop, "user-43", "control")


def check_what_arrived(shop: Shop, user: str, variant: str) -> None:
    events = shop.events(distinct_id=user)
    assert Counter(event["event"] for event in events) == {"$feature_flag_called": 1, "purchase": 1}
    (shown,) = [event for event in events if event["event"] == "$feature_flag_called"]
    assert shown["properties"]["$feature_flag_response"] == variant
    exposures: Any = shop.team.query(
        kind="ExperimentExposureQuery",
        experiment_id=shop.experiment["id"],
        experiment_name=shop.experiment["name"],
        feature_flag=shop.experiment["feature_flag"],
        start_date=shop.experiment["start_date"],
        exposure_criteria=shop.experiment["exposure_criteria"],
    )
    assert exposures["total_exposures"][variant] == 1


def test_every_type_arrives_with_variant_and_reason(client: OpenFeatureClient) -> None:
    details: list[FlagEvaluationDetails[Any]] = [
        client.get_object_details("limits", {}, ADA),
        client.get_float_details("ratio", 0.5, ADA),
        client.get_integer_details("days", 0, ADA),
        client.get_boolean_details("beta", default_value=False, evaluation_context=ADA),
        client.get_boolean_details("banner", default_value=False, evaluation_context=ADA),
    ]
    assert [(each.value, each.variant, each.reason, each.error_code) for each in details] == [
        ({"uploads": 5}, "on", Reason.STATIC, None),
        (1.0, "on", Reason.STATIC, None),
        (3, "on", Reason.STATIC, None),
        (True, "on", Reason.TARGETING_MATCH, None),
        (True, "on", Reason.STATIC, None),
    ]
    checkout = client.get_string_details("checkout", "none", ADA)
    assert (checkout.value, checkout.reason) == (checkout.variant, Reason.SPLIT)
    assert checkout.value in {"control", "test"}
    assert checkout.flag_metadata["reason_code"] == "condition_match"


def test_what_is_off_is_false_and_says_why(client: OpenFeatureClient) -> None:
    off = client.get_boolean_details("off", default_value=True, evaluation_context=ADA)
    assert (off.value, off.variant, off.reason) == (False, "off", Reason.UNKNOWN)
    asleep = client.get_boolean_details("asleep", default_value=True, evaluation_context=ADA)
    assert (asleep.value, asleep.variant, asleep.reason) == (False, "off", Reason.DISABLED)


def test_trouble_gives_the_programs_own_value_and_a_code(
    shop: Shop, client: OpenFeatureClient
) -> None:
    for asked, flag, about, code in (
        (client, "nothing", ADA, ErrorCode.FLAG_NOT_FOUND),
        (client, "beta", None, ErrorCode.TARGETING_KEY_MISSING),
        (client, "checkout", ADA, ErrorCode.TYPE_MISMATCH),
        (client_of(shop, "phc_nobody"), "beta", ADA, ErrorCode.GENERAL),
    ):
        details = asked.get_boolean_details(flag, default_value=True, evaluation_context=about)
        assert (details.value, details.error_code) == (True, code)
        assert details.error_message
