"""The shared scenarios and the operator table, through HTTP and with stored state."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.api.flag_server import FlagServer, running_flag_server
from tests.unit.flags.flag_cases import GROUP_TYPES, condition, flag_of_case, load_cases, make_flag

SCENARIOS = load_cases("scenarios")["rows"]
OPERATORS = load_cases("operators")["rows"]
HASHES = load_cases("hash_vectors")


@pytest.fixture
def server() -> Iterator[FlagServer]:
    with running_flag_server() as running:
        yield running


@pytest.fixture(scope="module")
def shared_server() -> Iterator[FlagServer]:
    """For tests that only add flags with keys of their own."""
    with running_flag_server() as running:
        yield running


def _marks(case: dict[str, Any]) -> list[pytest.MarkDecorator]:
    if "static" not in case["state"]:
        return []
    return [pytest.mark.xfail(reason="no membership lists are stored yet", strict=True)]


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{case['id']} {case['name']}", marks=_marks(case))
        for case in SCENARIOS
    ],
)
def test_every_scenario_with_its_state_stored(server: FlagServer, case: dict[str, Any]) -> None:
    request, state = dict(case["request"]), case["state"]
    server.put_group_types(*GROUP_TYPES)
    server.put(*(flag_of_case(document) for document in case["flags"]))
    server.source.cohorts = {int(key): value for key, value in state.get("cohorts", {}).items()}
    # What scenarios send as overrides is stored here instead: the answer must not differ.
    person = server.put_person(request["distinct_id"], **request.pop("person_properties", {}))
    server.keep(person, state.get("overrides", {}))
    response = server.post(**request)
    assert response.status_code == 200
    answer = response.json()
    assert answer["errorsWhileComputingFlags"] is False
    seen = {
        key: {
            "enabled": record["enabled"],
            "variant": record["variant"],
            "reason": record["reason"]["code"],
            "condition_index": record["reason"]["condition_index"],
            "payload": record["metadata"]["payload"],
        }
        for key, record in answer["flags"].items()
    }
    assert seen == case["expected"]


@pytest.mark.parametrize("is_stored", [False, True], ids=["sent", "stored"])
@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row["id"])
def test_every_operator_through_http(
    shared_server: FlagServer, row: dict[str, Any], *, is_stored: bool
) -> None:
    key = f"{row['id']}-{is_stored}"
    document = {"key": "p", "type": "person", "value": row["value"]}
    if "operator" in row:
        document["operator"] = row["operator"]
    shared_server.put(make_flag(key, condition(document)))
    properties = {"p": row["property"]} if "property" in row else {}
    if is_stored:
        shared_server.put_person(key, **properties)
    sent = {} if is_stored else {"person_properties": properties}
    values = shared_server.values(key, flag_keys_to_evaluate=[key], **sent)
    assert values == {key: row["expected"]}


@pytest.mark.parametrize("row", HASHES["rows"], ids=lambda row: row["id"])
def test_every_hash_vector_through_http(shared_server: FlagServer, row: dict[str, Any]) -> None:
    variants = HASHES["variant_sets"][row["variants"]]
    flag = make_flag(
        row["flag_key"],
        condition(rollout=row["rollout_percentage"]),
        filters={"multivariate": {"variants": variants}},
    )
    (stored,) = shared_server.put(flag)
    values = shared_server.values(row["distinct_id"], flag_keys=[row["flag_key"]])
    assert values == {row["flag_key"]: row["value"]}
    # Several vectors share a flag key, which only one undeleted flag can have.
    with shared_server.metadata.transaction() as repositories:
        repositories.flags.save(shared_server.project.id, replace(stored, deleted=True))
