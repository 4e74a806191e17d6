"""The shared scenarios and the operator table, through HTTP and with stored state."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from splitplot.flags import Flag
from tests.api.flag_server import FlagServer, running_flag_server
from tests.unit.flags.flag_cases import GROUP_TYPES, condition, flag_of_case, load_cases, make_flag

SCENARIOS = load_cases("scenarios")["rows"]
OPERATORS = load_cases("operators")["rows"]
HASHES = load_cases("hash_vectors")
HOLDOUTS = load_cases("holdout_vectors")["rows"]
CONSISTENCY = load_cases("consistency")["rows"]


@pytest.fixture
def server() -> Iterator[FlagServer]:
    with running_flag_server() as running:
        yield running


@pytest.fixture(scope="module")
def shared_server() -> Iterator[FlagServer]:
    """For tests that only add flags with keys of their own."""
    with running_flag_server() as running:
        yield running


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: f"{case['id']} {case['name']}")
def test_every_scenario_with_its_state_stored(server: FlagServer, case: dict[str, Any]) -> None:
    request, state = dict(case["request"]), case["state"]
    server.put_group_types(*GROUP_TYPES)
    server.put(*(flag_of_case(document) for document in case["flags"]))
    # What scenarios send as overrides is stored here instead: the answer must not differ.
    person = server.put_person(request["distinct_id"], **request.pop("person_properties", {}))
    server.keep(person, state.get("overrides", {}))
    for key, is_member in state.get("static", {}).items():
        server.put_cohort(int(key), members=[person] if is_member else [])
    for key, group in state.get("cohorts", {}).items():
        server.put_cohort(int(key), group)
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


@pytest.fixture(scope="module")
def operator_server() -> Iterator[FlagServer]:
    """Has a flag for every row of the table, and a person with the row's property."""
    with running_flag_server() as running:
        running.put(*(operator_flag(row) for row in OPERATORS))
        for row in OPERATORS:
            running.put_person(f"has {row['id']}", **properties_of(row))
        yield running


def operator_flag(row: dict[str, Any]) -> Flag:
    document = {"key": "p", "type": "person", "value": row["value"]}
    if "operator" in row:
        document["operator"] = row["operator"]
    return make_flag(row["id"], condition(document), flag_id=0)


def properties_of(row: dict[str, Any]) -> dict[str, Any]:
    return {"p": row["property"]} if "property" in row else {}


@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row["id"])
def test_every_operator_through_http(operator_server: FlagServer, row: dict[str, Any]) -> None:
    asked = {"flag_keys_to_evaluate": [row["id"]]}
    sent = operator_server.values("nobody", person_properties=properties_of(row), **asked)
    stored = operator_server.values(f"has {row['id']}", **asked)
    assert sent == stored == {row["id"]: row["expected"]}


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


@pytest.mark.parametrize("percentage", [10, 50])
def test_every_holdout_vector_through_http(shared_server: FlagServer, percentage: int) -> None:
    keys = [f"{name}-held-out-{percentage}" for name in ("one", "other")]
    holdout = {"id": 42, "exclusion_percentage": percentage}
    shared_server.put(
        *(make_flag(key, condition(), filters={"holdout": holdout}, flag_id=0) for key in keys)
    )
    for row in HOLDOUTS:
        values = shared_server.values(row["distinct_id"], flag_keys_to_evaluate=keys)
        served = "holdout-42" if row[f"held_out_at_{percentage}"] else True
        assert values == dict.fromkeys(keys, served), row["id"]


@pytest.mark.parametrize("row", CONSISTENCY, ids=lambda row: row["id"])
def test_a_thousand_ids_through_http_fall_where_they_fall_in_the_sdks(
    shared_server: FlagServer, row: dict[str, Any]
) -> None:
    key = row["flag_key"]
    flag = make_flag(
        key,
        condition(rollout=row["rollout_percentage"]),
        filters={"multivariate": {"variants": row["variants"]}},
    )
    shared_server.put(flag)
    words = []
    for number in range(1000):
        values = shared_server.values(f"distinct_id_{number}", flag_keys_to_evaluate=[key])
        words.append(values[key] if isinstance(values[key], str) else str(values[key]).lower())
    assert words[: len(row["first"])] == row["first"]
    assert hashlib.sha256(",".join(words).encode()).hexdigest() == row["sha256"]
