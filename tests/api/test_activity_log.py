"""Who changed what, when, and what it was before."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from tests.api.management import SPLIT, Experiments, Flags, Json, made, refusal
from tests.api.people import acting_as, add_user
from tests.api.stack import Stack

pytestmark = pytest.mark.both_databases


@dataclass(frozen=True, kw_only=True)
class Log:
    stack: Stack

    def page(self, **query: object) -> Json:
        texts = {name: str(value) for name, value in query.items()}
        return made(self.stack.client.get(self.stack.url("activity_log/"), params=texts))

    def entries(self, **query: object) -> list[Json]:
        found: list[Json] = self.page(**query)["results"]
        return found

    def newest(self, **query: object) -> Json:
        return self.entries(**query)[0]


@pytest.fixture
def log(stack: Stack) -> Log:
    return Log(stack=stack)


def changes(entry: Json) -> dict[str, tuple[object, object]]:
    """Field to its value before and after."""
    return {one["field"]: (one["before"], one["after"]) for one in entry["detail"]["changes"]}


def test_making_an_experiment_is_logged_for_it_and_for_its_flag(
    stack: Stack, experiments: Experiments, log: Log
) -> None:
    before = stack.platform.stores.clock.now()
    draft = experiments.create(name="Button", feature_flag_key="button", description="Why")
    made_it, made_flag = log.entries()
    assert made_it.keys() == {
        "id",
        "user",
        "activity",
        "scope",
        "item_id",
        "detail",
        "created_at",
        "unread",
    }
    assert (made_it["scope"], made_it["item_id"]) == ("Experiment", str(draft["id"]))
    assert (made_it["activity"], made_it["unread"]) == ("created", False)
    assert made_it["user"] == draft["created_by"]
    moment = datetime.fromisoformat(made_it["created_at"])
    assert before <= moment <= before + timedelta(minutes=1)
    assert (made_it["detail"]["name"], made_it["detail"]["type"]) == ("Button", None)
    assert {
        "type": "Experiment",
        "action": "created",
        "field": "description",
        "before": None,
        "after": "Why",
    } in made_it["detail"]["changes"]
    assert (made_flag["scope"], made_flag["activity"]) == ("FeatureFlag", "created")
    assert (made_flag["item_id"], made_flag["detail"]["name"]) == (
        str(draft["feature_flag"]["id"]),
        "button",
    )


def test_every_step_is_an_update_with_what_it_changed(experiments: Experiments, log: Log) -> None:
    draft = experiments.create()
    running = experiments.act(draft, "launch")
    launched, switched = log.entries()[:2]
    assert (launched["activity"], launched["scope"]) == ("updated", "Experiment")
    assert changes(launched) == {"start_date": (None, running["start_date"])}
    assert changes(switched) == {"active": (False, True)}
    assert switched["detail"]["changes"][0]["action"] == "changed"
    stopped = experiments.act(draft, "end", conclusion="won", conclusion_comment="yes")
    assert changes(log.newest()) == {
        "end_date": (None, stopped["end_date"]),
        "conclusion": (None, "won"),
        "conclusion_comment": (None, "yes"),
    }
    experiments.act(draft, "reset")
    assert changes(log.newest())["start_date"] == (running["start_date"], None)
    assert len(log.entries(scope="FeatureFlag")) == 2


def test_deleting_and_restoring_have_words_of_their_own(
    experiments: Experiments, flags: Flags, log: Log
) -> None:
    draft = experiments.create(feature_flag_key="k")
    experiments.patch(draft, deleted=True)
    assert (log.newest()["activity"], changes(log.newest())) == (
        "deleted",
        {"deleted": (False, True)},
    )
    experiments.patch(draft, deleted=False, name="Back")
    restored = log.newest()
    assert (restored["activity"], restored["detail"]["name"]) == ("restored", "Back")
    flag = draft["feature_flag"]
    flags.patch(flag, deleted=True)
    assert changes(log.newest()) == {
        "deleted": (False, True),
        "key": ("k", f"k:deleted:{flag['id']}"),
    }
    flags.patch(flag, deleted=False)
    assert log.newest()["activity"] == "restored"


def test_a_flags_new_split_is_logged_for_its_experiments_too(
    experiments: Experiments, flags: Flags, log: Log
) -> None:
    draft = experiments.create()
    flags.patch(
        draft["feature_flag"], filters={"groups": [{}], "multivariate": {"variants": SPLIT}}
    )
    told, changed = log.entries()[:2]
    assert (told["scope"], told["item_id"]) == ("Experiment", str(draft["id"]))
    assert changes(told)["parameters"][1] == {"feature_flag_variants": SPLIT}
    assert changed["scope"] == "FeatureFlag"


def test_what_changes_nothing_or_is_refused_is_not_logged(
    experiments: Experiments, flags: Flags, log: Log
) -> None:
    draft = experiments.create()
    before = log.entries()
    experiments.patch(draft, name=draft["name"])
    experiments.try_act(draft, "pause")
    flags.patch(draft["feature_flag"], name=draft["feature_flag"]["name"])
    flags.try_patch(draft["feature_flag"], key="a b")
    assert log.entries() == before


def test_the_user_is_the_one_who_acts(stack: Stack, experiments: Experiments, log: Log) -> None:
    draft = experiments.create()
    bob = add_user(stack, "bob")
    with acting_as(stack, bob) as client:
        made(client.patch(experiments.url(draft), json={"name": "Bob's"}))
    assert log.newest()["user"]["email"] == "bob@example.com"
    assert [entry["activity"] for entry in log.entries(user=bob.id)] == ["updated"]
    assert log.entries(user=999) == []


def test_the_log_is_read_by_what_was_changed(
    experiments: Experiments, flags: Flags, log: Log
) -> None:
    first, second = experiments.create(), experiments.create()
    flag = flags.create("f")
    flags.patch(flag, active=False)
    for query, found in (
        ({"scope": "FeatureFlag", "item_id": flag["id"]}, ["updated", "created"]),
        ({"scope": "Experiment"}, ["created"] * 2),
        ({"scope": "Experiment", "item_id": first["id"]}, ["created"]),
        ({"item_id": second["id"], "scopes": "Experiment, Nothing"}, ["created"]),
        ({"scope": "Nothing"}, []),
    ):
        assert [entry["activity"] for entry in log.entries(**query)] == found, query


def test_a_long_log_is_read_page_by_page_either_way(stack: Stack, flags: Flags, log: Log) -> None:
    flag = flags.create("f")
    for number in range(4):
        flags.patch(flag, name=str(number))
    whole = log.page()
    assert (whole["next"], whole["previous"], len(whole["results"])) == (None, None, 5)
    first = log.page(scope="FeatureFlag", limit=2)
    assert (first["previous"], first["results"]) == (None, whole["results"][:2])
    flags.create("other")
    second = made(stack.client.get(first["next"]))
    assert second["results"] == whole["results"][2:4]
    third = made(stack.client.get(second["next"]))
    assert (third["next"], third["results"]) == (None, whole["results"][4:])
    assert made(stack.client.get(third["previous"]))["results"] == second["results"]
    back = made(stack.client.get(second["previous"]))
    assert back["results"] == whole["results"][:2]
    newest = made(stack.client.get(back["previous"]))
    assert [entry["detail"]["name"] for entry in newest["results"]] == ["other"]
    assert newest["previous"] is None
    empty = log.page(cursor="o1")
    assert (empty["results"], empty["next"], empty["previous"]) == ([], None, None)


@pytest.mark.parametrize("query", [{"cursor": "moon"}, {"cursor": "o"}, {"user": "ada"}])
def test_what_makes_no_sense_is_refused(stack: Stack, query: dict[str, str]) -> None:
    answer = stack.client.get(stack.url("activity_log/"), params=query)
    assert refusal(answer)[0] == "invalid_input"


def test_the_log_of_another_project_is_not_shown(stack: Stack, flags: Flags) -> None:
    flags.create("f")
    created = made(stack.client.get(stack.url("activity_log/")))
    assert len(created["results"]) == 1
    key = stack.key(scopes=("feature_flag:read",))
    headers = {"Authorization": f"Bearer {key}"}
    answer = stack.anonymous.get(stack.url("activity_log/"), headers=headers)
    assert refusal(answer, status=403)[1] == "API key missing required scope 'activity_log:read'"
