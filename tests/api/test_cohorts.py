"""Cohorts over HTTP: made, changed, listed, and asked who is in them."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from splitplot.ports.activity import ActivityListing
from tests.api.cohorts import Cohorts, behaviour, either, people_with
from tests.api.management import Experiments, Flags, refusal
from tests.api.stack import Stack

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def cohorts(stack: Stack) -> Cohorts:
    return Cohorts(stack=stack)


def test_a_new_cohort_is_calculated_in_the_background(cohorts: Cohorts) -> None:
    filters = {"properties": either(people_with("plan", "pro")), "note": "kept"}
    made = cohorts.create(name="Payers", description="Who pays", filters=filters)
    assert made["created_by"]["email"] == "ada@example.com"
    assert {name: made[name] for name in made if name not in ("created_by", "created_at")} == {
        "id": made["id"],
        "name": "Payers",
        "description": "Who pays",
        "groups": [],
        "filters": filters,
        "is_static": False,
        "is_calculating": True,
        "last_calculation": None,
        "errors_calculating": 0,
        "count": None,
        "deleted": False,
        "experiment_set": [],
    }
    cohorts.follow()
    calculated = cohorts.get(made)
    assert calculated["is_calculating"] is False
    assert calculated["last_calculation"] >= made["created_at"]
    assert calculated["count"] == 0


def test_persons_are_described_by_properties_to_any_depth(cohorts: Cohorts) -> None:
    for name, plan, country in (("ann", "pro", "DE"), ("bob", "pro", "FR"), ("cid", "free", "FR")):
        cohorts.capture("visit", name, {"$set": {"plan": plan, "country": country}})
    not_german = {**people_with("country", "DE"), "negation": True}
    group = {"type": "AND", "values": [either(people_with("plan", "pro")), either(not_german)]}
    made = cohorts.create(filters={"properties": group})
    assert cohorts.names(made) == ["bob"]
    cohorts.follow()
    assert cohorts.get(made)["count"] == 1


def test_persons_come_in_pages_without_a_count(cohorts: Cohorts) -> None:
    for number in range(5):
        cohorts.capture("visit", f"visitor-{number}")
    made = cohorts.create(filters={"properties": either()})
    first = cohorts.persons(made, limit=2)
    assert first.keys() == {"results", "next", "previous"}
    assert first["previous"] is None
    second = cohorts.stack.client.get(first["next"]).json()
    last = cohorts.stack.client.get(second["next"]).json()
    assert last["next"] is None
    seen = [person["uuid"] for page in (first, second, last) for person in page["results"]]
    assert len(seen) == len(set(seen)) == 5
    assert first["results"][0].keys() >= {
        "id", "uuid", "name", "distinct_ids", "properties", "created_at",
    }  # fmt: skip


def test_a_cohort_may_be_made_of_others(cohorts: Cohorts) -> None:
    for name, plan in (("ann", "pro"), ("bob", "pro"), ("cid", "free")):
        cohorts.capture("visit", name, {"$set": {"plan": plan}})
    payers = cohorts.create(filters={"properties": either(people_with("plan", "pro"))})
    friends = cohorts.create(is_static=True, _create_static_person_ids=["ann"])
    others = {"key": "id", "type": "cohort", "value": friends["id"], "operator": "not_in"}
    among = {"key": "id", "type": "cohort", "value": payers["id"]}
    made = cohorts.create(filters={"properties": {"type": "AND", "values": [among, others]}})
    assert cohorts.names(made) == ["bob"]


def test_the_older_groups_say_the_same(cohorts: Cohorts) -> None:
    cohorts.capture("visit", "ann", {"$set": {"plan": "pro"}})
    cohorts.capture("buy", "bob")
    cohorts.capture("visit", "cid")
    groups = [{"properties": [people_with("plan", "pro")]}, {"event_id": "buy", "days": 7}]
    made = cohorts.create(groups=groups)
    assert made["groups"] == []
    cohorts.follow()
    assert cohorts.names(made) == ["ann", "bob"]


# lists


def test_a_static_cohort_lists_persons_by_uuid_or_distinct_id(cohorts: Cohorts) -> None:
    for name in ("ann", "bob", "cid"):
        cohorts.capture("visit", name)
    bob = cohorts.person("bob")
    made = cohorts.create(is_static=True, _create_static_person_ids=["ann", bob["uuid"], "ann"])
    assert (made["is_calculating"], made["count"]) == (False, 2)
    assert made["last_calculation"] is not None
    assert cohorts.names(made) == ["ann", "bob"]


def test_the_list_of_a_static_cohort_can_be_replaced(cohorts: Cohorts) -> None:
    for name in ("ann", "bob"):
        cohorts.capture("visit", name)
    made = cohorts.create(is_static=True, _create_static_person_ids=["ann"])
    changed = cohorts.patch(made, _create_static_person_ids=["bob"])
    assert changed["count"] == 1
    assert cohorts.names(made) == ["bob"]


def test_a_person_who_is_merged_takes_their_place_along(cohorts: Cohorts) -> None:
    cohorts.capture("visit", "anon")
    cohorts.capture("visit", "user")
    made = cohorts.create(is_static=True, _create_static_person_ids=["anon", "user"])
    cohorts.capture("$identify", "user", {"$anon_distinct_id": "anon"})
    assert cohorts.names(made) == ["user"]


# list, change, delete


def test_cohorts_are_listed_newest_first_and_found_by_name(cohorts: Cohorts) -> None:
    for name in ("Payers", "Friends", "Players"):
        cohorts.create(name=name)
    assert cohorts.listed()["count"] == 3
    assert [each["name"] for each in cohorts.listed(limit=2)["results"]] == ["Players", "Friends"]
    assert [each["name"] for each in cohorts.listed(search="PAY")["results"]] == ["Payers"]


def test_changed_filters_are_calculated_anew(cohorts: Cohorts) -> None:
    cohorts.capture("buy", "ann")
    cohorts.capture("look", "bob")
    made = cohorts.create(filters={"properties": either(behaviour("buy"))})
    cohorts.follow()
    assert cohorts.names(made) == ["ann"]
    filters = {"properties": either(behaviour("look"))}
    changed = cohorts.patch(made, filters=filters)
    assert (changed["filters"], changed["is_calculating"]) == (filters, True)
    cohorts.follow()
    assert cohorts.names(made) == ["bob"]
    renamed = cohorts.patch(made, name="Lookers", description=None, filters=filters)
    assert (renamed["name"], renamed["description"]) == ("Lookers", "")
    assert renamed["is_calculating"] is False


def test_a_deleted_cohort_is_not_listed_and_can_be_restored(cohorts: Cohorts) -> None:
    made = cohorts.create()
    assert cohorts.patch(made, deleted=True)["deleted"] is True
    assert cohorts.listed()["results"] == []
    assert cohorts.get(made)["deleted"] is True
    assert cohorts.patch(made, deleted=False)["deleted"] is False
    assert cohorts.listed()["count"] == 1


def test_cohorts_are_not_destroyed(stack: Stack, cohorts: Cohorts) -> None:
    answer = stack.client.delete(cohorts.url(cohorts.create()))
    assert refusal(answer, status=405) == (
        "method_not_allowed",
        'Method "DELETE" not allowed.',
        None,
    )


def test_a_cohort_that_a_flag_asks_about_is_kept(cohorts: Cohorts, flags: Flags) -> None:
    made = cohorts.create()
    flag = flags.create("beta", filters=cohorts.condition(made))
    code, detail, attr = refusal(cohorts.try_patch(made, deleted=True))
    assert (code, attr) == ("invalid_input", "deleted")
    assert "1 active feature flag(s): beta" in detail
    flags.patch(flag, active=False)
    assert cohorts.patch(made, deleted=True)["deleted"] is True


def test_a_cohort_that_another_is_made_of_is_kept(cohorts: Cohorts) -> None:
    made = cohorts.create()
    part = {"key": "id", "type": "cohort", "value": made["id"]}
    cohorts.create(name="Whole", filters={"properties": either(part)})
    detail = (
        "This cohort is used in 1 other cohort(s): Whole. Please remove it from these before "
        "deleting it."
    )
    answer = cohorts.try_patch(made, deleted=True)
    assert refusal(answer) == ("invalid_input", detail, "deleted")


def test_a_deleted_cohort_is_no_longer_an_experiments(
    cohorts: Cohorts, experiments: Experiments
) -> None:
    made, experiment = cohorts.create(), experiments.create()
    cohorts.give_to(made, experiment)
    assert cohorts.get(made)["experiment_set"] == [experiment["id"]]
    assert experiments.get(experiment)["exposure_cohort"] == made["id"]
    assert cohorts.patch(made, deleted=True)["experiment_set"] == []
    assert experiments.get(experiment)["exposure_cohort"] is None


# refusals


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"filters": {}}, ("required", "This field is required.", "name")),
        ({"name": "x"}, ("required", "This field is required.", "filters")),
        ({"name": " "}, ("blank", "This field may not be blank.", "name")),
        (
            {"name": "x", "groups": "all"},
            ("not_a_list", 'Expected a list of items but got type "str".', "groups"),
        ),
        (
            {"name": "x", "groups": [1]},
            ("invalid_input", "A group must be an object.", "groups__0"),
        ),
        (
            {"name": "x", "groups": [{}]},
            ("invalid_input", "A group needs properties, or an event_id.", "groups__0"),
        ),
        (
            {"name": "x", "is_static": True, "_create_static_person_ids": [NOBODY]},
            (
                "does_not_exist",
                f'Person "{NOBODY}" does not exist.',
                "_create_static_person_ids__0",
            ),
        ),
        (
            {"name": "x", "filters": {"properties": {}}, "_create_static_person_ids": ["a"]},
            (
                "invalid_input",
                "Only a static cohort lists persons.",
                "_create_static_person_ids",
            ),
        ),
        (
            {"name": "x", "is_static": True, "filters": {"properties": either(behaviour("a"))}},
            (
                "invalid_input",
                "A static cohort lists its persons; it has no filters.",
                "filters",
            ),
        ),
    ],
)
def test_a_body_that_makes_no_cohort_is_refused(
    cohorts: Cohorts, body: Mapping[str, Any], expected: tuple[str, str, str]
) -> None:
    assert refusal(cohorts.post(**body)) == expected
    assert cohorts.listed()["count"] == 0


@pytest.mark.parametrize(
    ("leaf", "code"),
    [
        ({"type": "cohort", "key": "id", "value": 999}, "cohort_does_not_exist"),
        ({"type": "cohort", "key": "id", "value": 1, "operator": "gt"}, "invalid_operator"),
        ({"type": "cohort", "key": "id", "value": "x"}, "invalid_value"),
        ({"type": "hogql", "key": "1"}, "invalid_input"),
        ({"type": "person", "value": 1}, "invalid_input"),
        ({"type": "person", "key": "a", "value": 1, "operator": "in"}, "invalid_operator"),
        ({"type": "person", "key": "a", "value": "(", "operator": "regex"}, "invalid_value"),
        ({"type": "behavioral", "key": "", "value": "performed_event"}, "invalid_input"),
        ({"type": "behavioral", "key": "a", "value": "stopped"}, "unsupported_behaviour"),
        (behaviour("a", event_type="actions"), "invalid_input"),
        (behaviour("a", time_value=0, time_interval="day"), "invalid_input"),
        (behaviour("a", time_value=3, time_interval="fortnight"), "invalid_input"),
        (behaviour("a", explicit_datetime="soon"), "invalid_date"),
        (behaviour("a", event_filters=[{"key": "a", "type": "person"}]), "invalid_input"),
    ],
)
def test_what_a_cohort_cannot_ask_is_refused(
    cohorts: Cohorts, leaf: Mapping[str, Any], code: str
) -> None:
    answer = cohorts.post(name="x", filters={"properties": either(leaf)})
    assert refusal(answer)[::2] == (code, "filters")


def test_a_cohort_cannot_be_made_of_itself(cohorts: Cohorts) -> None:
    first = cohorts.create()
    part = {"key": "id", "type": "cohort", "value": first["id"]}
    second = cohorts.create(filters={"properties": either(part)})
    back = {"key": "id", "type": "cohort", "value": second["id"]}
    for leaf in (part, back):
        answer = cohorts.try_patch(first, filters={"properties": either(leaf)})
        assert refusal(answer)[0] == "cohort_cycle"
    assert cohorts.get(first)["filters"] == first["filters"]


def test_a_cohort_stays_static_or_dynamic(cohorts: Cohorts) -> None:
    listed = cohorts.create(is_static=True)
    described = cohorts.create()
    assert refusal(cohorts.try_patch(listed, is_static=False))[2] == "is_static"
    assert refusal(cohorts.try_patch(described, is_static=True))[2] == "is_static"
    answer = cohorts.try_patch(described, _create_static_person_ids=[])
    assert refusal(answer)[2] == "_create_static_person_ids"


def test_an_unknown_cohort_is_not_found(stack: Stack, cohorts: Cohorts) -> None:
    nothing = {"id": 4711}
    for answer in (
        stack.client.get(cohorts.url(nothing)),
        stack.client.get(cohorts.url(nothing) + "persons/"),
        cohorts.try_patch(nothing, name="x"),
    ):
        assert refusal(answer, status=404)[0] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "", "cohort:read"),
        ("POST", "", "cohort:write"),
        ("GET", "1/", "cohort:read"),
        ("PATCH", "1/", "cohort:write"),
        ("GET", "1/persons/", "person:read"),
    ],
)
def test_each_request_needs_its_scope(stack: Stack, method: str, path: str, scope: str) -> None:
    held = "cohort:read" if scope != "cohort:read" else "feature_flag:read"
    key = stack.key(scopes=(held,))
    answer = stack.anonymous.request(
        method, stack.url(f"cohorts/{path}"), headers={"Authorization": f"Bearer {key}"}
    )
    assert refusal(answer, status=403)[1] == f"API key missing required scope '{scope}'"


def test_who_made_and_changed_a_cohort_is_in_the_activity_log(
    stack: Stack, cohorts: Cohorts
) -> None:
    made = cohorts.create(name="Payers")
    cohorts.patch(made, name="Customers")
    listing = ActivityListing(scopes=("Cohort",), item_id=str(made["id"]))
    with stack.platform.stores.metadata.reading() as repositories:
        entries = repositories.activity.page(stack.project.id, listing).entries
    assert [(entry.activity, entry.name, entry.user_id) for entry in entries] == [
        ("updated", "Customers", stack.user.id),
        ("created", "Payers", stack.user.id),
    ]


def test_a_name_of_one_cohort_may_be_anothers_too(cohorts: Cohorts) -> None:
    name = f"Same {uuid4()}"
    assert cohorts.create(name=name)["id"] != cohorts.create(name=name)["id"]
