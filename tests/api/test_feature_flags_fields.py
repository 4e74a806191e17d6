"""All that a flag tells, and all that it refuses."""

from datetime import timedelta

import pytest

from tests.api.management import SPLIT, Experiments, Flags, Json, made, refusal
from tests.api.people import acting_as, add_user
from tests.api.stack import Stack

EVERYBODY: Json = {"properties": [], "rollout_percentage": 100}
FIELDS = {
    "id",
    "name",
    "key",
    "filters",
    "deleted",
    "active",
    "archived",
    "created_by",
    "created_at",
    "updated_at",
    "version",
    "last_modified_by",
    "ensure_experience_continuity",
    "experiment_set",
    "experiment_set_metadata",
    "surveys",
    "features",
    "rollback_conditions",
    "performed_rollback",
    "can_edit",
    "tags",
    "evaluation_contexts",
    "usage_dashboard",
    "analytics_dashboards",
    "has_enriched_analytics",
    "user_access_level",
    "is_remote_configuration",
    "has_encrypted_payloads",
    "status",
    "evaluation_runtime",
    "bucketing_identifier",
    "last_called_at",
    "is_used_in_replay_settings",
}


def condition(**members: object) -> Json:
    """Filters with one condition on one property."""
    item = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"} | members
    return {"groups": [{"properties": [item]}]}


def group(**members: object) -> Json:
    return {"groups": [members]}


def test_a_flag_has_every_field(flags: Flags) -> None:
    assert flags.create("f").keys() == FIELDS


def test_a_flag_says_who_wrote_it_last(stack: Stack, flags: Flags) -> None:
    flag = flags.create("f")
    assert flag["last_modified_by"] == flag["created_by"]
    bob = add_user(stack, "bob")
    with acting_as(stack, bob) as client:
        after = made(client.patch(flags.url(flag), json={"name": "x"}))
    assert after["last_modified_by"]["email"] == "bob@example.com"
    assert after["created_by"]["email"] == "ada@example.com"


def test_two_who_change_the_same_are_told_who_was_faster(stack: Stack, flags: Flags) -> None:
    seen = flags.create("f", name="old")
    bob = add_user(stack, "bob")
    with acting_as(stack, bob) as client:
        made(client.patch(flags.url(seen), json={"name": "theirs"}))
    answer = flags.try_patch(seen, name="mine", version=1, original_flag=seen)
    assert answer.json() == {
        "type": "server_error",
        "code": "conflict",
        "detail": (
            "The feature flag was updated by bob@example.com since you started editing it. "
            "Please refresh and try again."
        ),
        "attr": None,
    }
    assert answer.status_code == 409


@pytest.mark.both_databases
def test_tags_are_kept_and_found(flags: Flags) -> None:
    both = flags.create("both", tags=["Beta", " checkout page ", "beta"])
    assert both["tags"] == ["beta", "checkout page"]
    flags.create("one", tags=["checkout"])
    flags.create("none")
    for tags, found in (
        ('["beta"]', ["both"]),
        ('["BETA", "checkout"]', ["one", "both"]),
        ('["checkout page"]', ["both"]),
        ('["check"]', []),
        ('["%"]', []),
        ("beta,checkout", ["one", "both"]),
    ):
        assert flags.keys(tags=tags) == found, tags
    assert flags.patch(both, tags=[])["tags"] == []
    assert flags.keys(tags='["beta"]') == []
    assert refusal(flags.try_patch(both, tags="beta"))[:2] == (
        "not_a_list",
        'Expected a list of items but got type "str".',
    )


def test_a_flag_that_serves_everybody_the_same_for_long_is_stale(
    stack: Stack, flags: Flags, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled = flags.create("settled")
    flags.create("off", active=False)
    flags.create("several", SPLIT)
    assert flags.keys(active="STALE") == []
    later = stack.platform.stores.clock.now() + timedelta(days=30)
    monkeypatch.setattr(type(stack.platform.stores.clock), "now", lambda _: later)
    assert {flag["key"]: flag["status"] for flag in flags.listed()["results"]} == {
        "settled": "STALE",
        "off": "INACTIVE",
        "several": "ACTIVE",
    }
    assert flags.keys(active="STALE") == ["settled"]
    assert flags.patch(settled, name="x")["status"] == "ACTIVE"


def test_a_flag_may_be_there_for_its_payload(flags: Flags) -> None:
    flag = flags.create("config", is_remote_configuration=True)
    flags.create("plain")
    assert flag["is_remote_configuration"] is True
    assert flags.keys(type="remote_config") == ["config"]
    assert flags.keys(type="boolean") == ["plain"]
    assert flags.patch(flag, is_remote_configuration=None)["is_remote_configuration"] is False


def test_a_deleted_flag_with_experiments_leaves_its_key_and_gets_it_back(
    experiments: Experiments, flags: Flags
) -> None:
    draft = experiments.create(feature_flag_key="cta")
    flag = draft["feature_flag"]
    gone = flags.patch(flag, deleted=True)
    assert gone["key"] == f"cta:deleted:{flag['id']}"
    assert experiments.get(draft)["feature_flag_key"] == gone["key"]
    assert flags.patch(flag, deleted=False)["key"] == "cta"
    flags.patch(flag, deleted=True)
    other = experiments.create(feature_flag_key="cta")
    assert other["feature_flag"]["id"] != flag["id"]
    assert flags.patch(flag, deleted=False)["key"] == "cta-2"


def test_a_flag_of_deleted_experiments_alone_leaves_its_key_too(
    experiments: Experiments, flags: Flags
) -> None:
    draft = experiments.create(feature_flag_key="cta")
    experiments.patch(draft, deleted=True)
    gone = flags.patch(draft["feature_flag"], deleted=True)
    assert gone["key"] == f"cta:deleted:{gone['id']}"


PERSONS = (
    "Filters are not valid (person-aggregated conditions can only use person, cohort, and flag "
    "properties)"
)
GROUPS = "Filters are not valid (group-aggregated conditions can only use group properties)"
SHARES = "Invalid variant definitions: Variant rollout percentages must sum to 100."


REFUSED: list[tuple[Json, str, str]] = [
    (
        {"groups": []},
        "invalid_input",
        "Feature flags must have at least one condition set (group).",
    ),
    (
        group(rollout_percentage="5"),
        "invalid_input",
        "groups[0].rollout_percentage must be a number or null, got str",
    ),
    (
        group(rollout_percentage=120),
        "invalid_input",
        "groups[0].rollout_percentage must be between 0 and 100, got 120",
    ),
    (
        {"groups": [{}], "multivariate": {"variants": [{"key": "a"}]}},
        "invalid_input",
        "multivariate.variants[0].rollout_percentage must be a number, got null",
    ),
    (
        {
            "groups": [{}],
            "multivariate": {"variants": [{"key": "a", "rollout_percentage": 99.9}]},
        },
        "invalid_input",
        SHARES,
    ),
    (
        group(variant="gone"),
        "invalid_input",
        "Filters are not valid (variant override does not exist)",
    ),
    (condition(type="event"), "invalid_input", PERSONS),
    (condition(type="group"), "invalid_input", PERSONS),
    (
        {**condition(type="person"), "aggregation_group_type_index": 0},
        "invalid_input",
        GROUPS,
    ),
    (condition(operator="resembles"), "invalid_operator", "Invalid operator: 'resembles'."),
    (
        condition(operator="min"),
        "unsupported_operator",
        "Operator 'min' is not supported in feature flags.",
    ),
    (
        condition(operator="regex", value="("),
        "invalid_value",
        "Invalid value for operator regex: (",
    ),
    (
        condition(operator="is_date_before", value="soon"),
        "invalid_date",
        "Invalid date value: soon",
    ),
    (
        condition(key="id", type="cohort", operator="in", value=5),
        "cohort_does_not_exist",
        "Cohort with id 5 does not exist",
    ),
    (
        {"groups": [{}], "payloads": {"true": "{"}},
        "invalid_input",
        "Payload value is not valid JSON",
    ),
    (
        {"groups": [{}], "payloads": {"test": "1"}},
        "invalid_input",
        "Payload keys must be 'true' for boolean flags",
    ),
    (
        {"groups": [{}], "multivariate": {"variants": SPLIT}, "payloads": {"true": "1"}},
        "invalid_input",
        "Payload keys must match a variant key for multivariate flags",
    ),
]


def test_filters_that_make_no_sense_are_refused_on_every_write(flags: Flags) -> None:
    flag = flags.create("old")
    for filters, code, detail in REFUSED:
        assert refusal(flags.try_create(key="new", filters=filters)) == (code, detail, "filters")
        assert refusal(flags.try_patch(flag, filters=filters)) == (code, detail, "filters")
    assert flags.get(flag) == flag
    assert flags.keys() == ["old"]
