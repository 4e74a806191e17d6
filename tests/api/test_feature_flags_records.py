from typing import Any

import pytest

from tests.api.management import SPLIT, Experiments, Flags, broken_rule, made, refusal, variants

pytestmark = pytest.mark.both_databases

EVERYBODY = [{"properties": [], "rollout_percentage": 100}]


def test_a_flag_is_made_with_defaults(flags: Flags) -> None:
    made_flag = flags.create("new", name="What it does")
    assert made_flag["version"] == 1
    assert made_flag["active"] is True
    assert made_flag["status"] == "ACTIVE"
    assert made_flag["experiment_set"] == []
    assert made_flag["created_by"]["email"] == "ada@example.com"
    assert made_flag["user_access_level"] == "manager"
    assert made_flag["filters"] == {
        "groups": [{**EVERYBODY[0], "aggregation_group_type_index": None}],
        "aggregation_group_type_index": None,
    }
    assert flags.get(made_flag) == made_flag


@pytest.mark.parametrize(
    ("body", "code", "detail", "attr"),
    [
        ({}, "required", "This field is required.", "key"),
        ({"key": ""}, "blank", "This field may not be blank.", "key"),
        (
            {"key": "x" * 401},
            "max_length",
            "Ensure this field has no more than 400 characters.",
            "key",
        ),
        (
            {"key": "a b"},
            "invalid_key",
            "Only letters, numbers, hyphens (-) & underscores (_) are allowed.",
            "key",
        ),
        (
            {"key": "a"},
            "invalid_input",
            "Feature flags must have at least one condition set (group).",
            "filters",
        ),
        (
            {"key": "taken", "filters": {"groups": EVERYBODY}},
            "unique",
            "There is already a feature flag with this key.",
            "key",
        ),
        (
            {"key": "a", "active": "maybe"},
            "invalid_input",
            "Must be a valid boolean.",
            "active",
        ),
        (
            {"key": "a", "evaluation_runtime": "moon"},
            "invalid_choice",
            '"moon" is not a valid choice.',
            "evaluation_runtime",
        ),
    ],
)
def test_what_makes_no_flag_is_refused(
    flags: Flags, body: dict[str, Any], *, code: str, detail: str, attr: str
) -> None:
    flags.create("taken")
    assert refusal(flags.try_create(**body)) == (code, detail, attr)
    assert flags.keys() == ["taken"]


def test_every_write_counts_up_the_version(flags: Flags) -> None:
    flag = flags.create("f")
    assert flags.patch(flag, name="a")["version"] == 2
    assert flags.patch(flag, active=False)["version"] == 3


def test_filters_without_groups_change_nothing(flags: Flags) -> None:
    flag = flags.create("f", SPLIT)
    after = flags.patch(flag, filters={"multivariate": None})
    assert after["filters"] == flag["filters"]


def test_flags_are_listed_by_what_they_are(experiments: Experiments, flags: Flags) -> None:
    flags.create("plain", name="Landing")
    flags.create("several", SPLIT, active=False)
    flags.create("server", evaluation_runtime="server", evaluation_contexts=["app"])
    experiments.create(feature_flag_key="tested")
    for query, keys in (
        ({}, ["tested", "server", "several", "plain"]),
        ({"order": "key"}, ["plain", "server", "several", "tested"]),
        ({"search": "LAND"}, ["plain"]),
        ({"search": "sever"}, ["several"]),
        ({"active": "false", "order": "key"}, ["several", "tested"]),
        ({"active": "STALE"}, []),
        ({"type": "boolean", "order": "key"}, ["plain", "server"]),
        ({"type": "multivariant"}, ["several"]),
        ({"type": "experiment"}, ["tested"]),
        ({"type": "remote_config"}, []),
        ({"evaluation_runtime": "server"}, ["server"]),
        ({"has_evaluation_contexts": "true"}, ["server"]),
        ({"tags": '["x"]'}, []),
        ({"archived": "true"}, []),
        ({"created_by_id": "999"}, []),
        ({"limit": 1, "offset": 1}, ["server"]),
    ):
        assert flags.keys(**query) == keys, query
    assert broken_rule(flags.try_list(order="secret")) == "Invalid order field: 'secret'"


def test_a_flag_knows_its_experiments(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create(name="A", feature_flag_key="shared")
    running = experiments.launched(name="B", feature_flag_key="shared")
    flag = flags.get(draft["feature_flag"])
    assert flag["experiment_set"] == [draft["id"], running["id"]]
    assert flag["experiment_set_metadata"] == [
        {"id": draft["id"], "name": "A", "is_running": False},
        {"id": running["id"], "name": "B", "is_running": True},
    ]


def test_a_deleted_flag_can_be_seen_but_is_not_listed(flags: Flags) -> None:
    flag = flags.create("f")
    assert flags.patch(flag, deleted=True)["status"] == "DELETED"
    assert flags.keys() == []
    assert flags.get(flag)["deleted"] is True


def test_a_deleted_flag_frees_its_key_and_comes_back_under_another(flags: Flags) -> None:
    old = flags.create("f")
    flags.patch(old, deleted=True)
    flags.create("f")
    assert flags.patch(old, deleted=False)["key"] == "f-2"


def test_the_flag_of_a_running_experiment_cannot_be_deleted(
    experiments: Experiments, flags: Flags
) -> None:
    running = experiments.launched(name="Button")
    flag = running["feature_flag"]
    detail = (
        'Cannot delete a feature flag that is linked to running experiment(s): "Button" '
        f"(ID: {running['id']}). Please stop the experiment(s) before deleting the flag."
    )
    assert refusal(flags.try_patch(flag, deleted=True)) == ("invalid_input", detail, None)
    experiments.act(running, "end")
    flags.patch(flag, deleted=True)


def test_a_flag_that_others_ask_about_stays_on(flags: Flags) -> None:
    needed = flags.create("needed")
    item = {
        "key": str(needed["id"]),
        "type": "flag",
        "operator": "flag_evaluates_to",
        "value": True,
    }
    needing = flags.create("needing", filters={"groups": [{"properties": [item]}]})
    names = f"needing (ID: {needing['id']})"
    for action, change in (("disable", {"active": False}), ("delete", {"deleted": True})):
        detail = (
            f"Cannot {action} this feature flag because other flags depend on it: {names}. "
            "Please update or disable the dependent flags first."
        )
        assert broken_rule(flags.try_patch(needed, **change)) == detail
    flags.patch(needing, active=False)
    flags.patch(needed, active=False)


def test_a_flag_cannot_be_destroyed(flags: Flags) -> None:
    flag = flags.create("f")
    answer = flags.stack.client.delete(flags.url(flag))
    assert (answer.status_code, answer.content) == (405, b"")
    assert flags.get(flag) == flag


def test_two_who_change_the_same_are_told(flags: Flags) -> None:
    seen = flags.create("f", name="old")
    flags.patch(seen, name="theirs")
    mine = {"version": seen["version"], "original_flag": seen}
    answer = flags.try_patch(seen, name="mine", **mine)
    assert answer.json()["type"] == "server_error"
    code, detail, _ = refusal(answer, status=409)
    assert code == "conflict"
    assert detail.endswith("since you started editing it. Please refresh and try again.")
    assert flags.patch(seen, active=False, name="old", **mine)["name"] == "old"
    assert flags.patch(seen, name="mine", version=1)["name"] == "mine"


def test_a_put_needs_a_key(flags: Flags) -> None:
    flag, client = flags.create("f"), flags.stack.client
    assert refusal(client.put(flags.url(flag), json={"name": "x"}))[2] == "key"
    after = made(client.put(flags.url(flag), json={"key": "g", "name": "x"}))
    assert (after["key"], after["name"]) == ("g", "x")


def test_persisting_does_not_go_with_devices(flags: Flags) -> None:
    detail = (
        "Cannot enable 'persist across authentication steps' when using device ID bucketing. "
        "These features are incompatible."
    )
    flag = flags.create("f", bucketing_identifier="device_id")
    answer = flags.try_patch(flag, ensure_experience_continuity=True)
    assert broken_rule(answer) == detail


def test_payloads_are_kept_as_json_texts(flags: Flags) -> None:
    flag = flags.create("f", variants(control=50, test=50))
    payloads = {"test": {"colour": "blue"}, "control": '"plain"'}
    after = flags.patch(flag, filters={**flag["filters"], "payloads": payloads})
    assert after["filters"]["payloads"] == {"test": '{"colour": "blue"}', "control": '"plain"'}
