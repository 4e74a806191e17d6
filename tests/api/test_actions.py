"""Actions over HTTP, and as what experiments count."""

from datetime import datetime, timedelta

import pytest

from splitplot.experiments.history.requests import metrics_of
from splitplot.experiments.history.series import DailyResult, SeriesKey
from splitplot.experiments.metrics.fingerprint import metric_fingerprint
from splitplot.filters.model import Properties
from splitplot.ports.activity import ActivityListing
from tests.api.management import Experiments, Json, broken_rule, made, mean_metric, refusal
from tests.api.sharing import Resource
from tests.api.stack import Stack
from tests.api.trial import EXPOSED_AT, PURCHASES, START, Trial, launched

BOUGHT: Json = {"event": "purchase"}
SIGNED_UP: Json = {"event": "signup"}


@pytest.fixture
def actions(stack: Stack) -> Resource:
    return Resource(stack=stack, path="actions/", base={"name": "Paid", "steps": [BOUGHT]})


@pytest.fixture
def trial(stack: Stack) -> Trial:
    """Ten units of each variant; three sign up, two of those buy."""
    trial = launched(stack)
    for variant in ("control", "test"):
        trial.expose(variant, 10, signups=3, amounts=(1.0, 1.0))
    return trial


def on(action: Json, **members: object) -> Properties:
    return {"kind": "ActionsNode", "id": action["id"], **members}


def counting(action: Json, **members: object) -> Properties:
    return {**PURCHASES, "source": on(action, **members)}


def sums(answer: Json) -> dict[str, tuple[int, float]]:
    """Units and sum of each variant."""
    variants = [answer["baseline"], *answer["variant_results"]]
    return {each["key"]: (each["number_of_samples"], each["sum"]) for each in variants}


@pytest.mark.both_databases
def test_a_new_action_is_shown_whole(actions: Resource, stack: Stack) -> None:
    plan = {"key": "plan", "value": "pro", "operator": "exact", "type": "event"}
    step = {"event": "purchase", "properties": [plan], "url": "/pay", "url_matching": "contains"}
    action = actions.create(steps=[step], description="d", tags=[" Money", "money"], other=1)
    said = {name: action[name] for name in action if name not in ("created_by", "created_at")}
    unsaid = dict.fromkeys(
        ("selector", "tag_name", "text", "text_matching", "href", "href_matching")
    )
    assert said == {
        "id": action["id"],
        "name": "Paid",
        "description": "d",
        "tags": ["money"],
        "steps": [{**step, **unsaid}],
        "post_to_slack": False,
        "slack_message_format": "",
        "updated_at": action["created_at"],
        "deleted": False,
        "is_calculating": False,
        "last_calculated_at": action["created_at"],
        "team_id": stack.project.id,
        "is_action": True,
        "bytecode_error": None,
        "pinned_at": None,
        "creation_context": None,
        "user_access_level": "manager",
    }
    assert action["created_by"]["email"] == "ada@example.com"
    assert actions.get(action) == action


@pytest.mark.both_databases
def test_actions_are_listed_by_name_until_they_are_deleted(actions: Resource) -> None:
    for name in ("b", "C", "a", "ä"):
        actions.create(name=name)
    gone = actions.create(name="d")
    assert actions.patch(gone, deleted=True)["deleted"] is True
    assert actions.names() == ["C", "a", "b", "ä"]
    assert actions.names(search="c", limit=1) == ["C"]
    assert actions.get(gone)["deleted"] is True
    assert actions.patch(gone, deleted=False, steps=None)["steps"] == []
    assert actions.names(limit=2, offset=3) == ["d", "ä"]


def test_an_actions_name_is_its_own(actions: Resource) -> None:
    first = actions.create()
    message = f"This project already has an action with this name, ID {first['id']}"
    assert refusal(actions.try_create(**actions.base)) == ("unique", message, "name")
    second = actions.create(name="Other")
    assert refusal(actions.try_patch(second, name="Paid"))[0] == "unique"
    assert actions.patch(first, name="Paid")["name"] == "Paid"
    actions.patch(first, deleted=True)
    assert actions.patch(second, name="Paid")["name"] == "Paid"
    assert refusal(actions.try_patch(first, deleted=False))[0] == "unique"


def test_what_was_done_to_an_action_is_logged(actions: Resource, stack: Stack) -> None:
    action = actions.create()
    actions.patch(action, steps=[SIGNED_UP])
    made(actions.try_put(action, name="Other"))
    actions.patch(action, deleted=True)
    with stack.platform.stores.metadata.reading() as repositories:
        listing = ActivityListing(scopes=("Action",), limit=9)
        entries = repositories.activity.page(stack.project.id, listing).entries
    assert [entry.activity for entry in entries] == ["deleted", "updated", "updated", "created"]
    assert [change.field for change in entries[2].changes] == ["steps"]


def test_actions_are_not_destroyed(actions: Resource, stack: Stack) -> None:
    answer = stack.client.delete(actions.url(actions.create()))
    assert refusal(answer, status=405)[0] == "method_not_allowed"


def test_a_metric_counts_an_action_as_it_is_today(trial: Trial, actions: Resource) -> None:
    action = actions.create()
    assert sums(trial.ask(metric=counting(action))) == {"control": (10, 2.0), "test": (10, 2.0)}
    first = trial.ask(metric=counting(action))
    assert first["is_cached"] is True
    actions.patch(action, steps=[BOUGHT, SIGNED_UP])
    second = trial.ask(metric=counting(action))
    assert sums(second) == {"control": (10, 5.0), "test": (10, 5.0)}
    assert second["cache_key"] != first["cache_key"]
    cheap = {"key": "amount", "operator": "lt", "value": 0.5, "type": "event"}
    assert sums(trial.ask(metric=counting(action, properties=[cheap])))["test"] == (10, 0.0)
    actions.patch(action, deleted=True)
    assert sums(trial.ask(metric=counting(action)))["test"] == (10, 0.0)
    assert sums(trial.ask(metric=counting({"id": 4711})))["test"] == (10, 0.0)


def test_an_action_exposes(trial: Trial, actions: Resource) -> None:
    trial._append("signup", "test-0", 3, {"$feature/checkout-button": "test"})
    criteria = {"exposure_config": on(actions.create(steps=[SIGNED_UP]))}
    answer = trial.ask(**trial.exposure_query(exposure_criteria=criteria))
    assert answer["total_exposures"] == {"control": 0, "test": 1}


def test_an_action_about_elements_is_not_counted(trial: Trial, actions: Resource) -> None:
    action = actions.create(steps=[{"event": "$autocapture", "selector": "button"}])
    query = {
        "kind": "ExperimentQuery",
        "experiment_id": trial.experiment.id,
        "metric": counting(action),
    }
    answer = trial.stack.client.post(trial.stack.url("query/"), json={"query": query})
    assert refusal(answer)[::2] == ("not_supported", "steps")


def test_only_actions_that_are_there_can_be_measured(
    actions: Resource, experiments: Experiments, stack: Stack
) -> None:
    action, gone = actions.create(), actions.create(name="Gone")
    actions.patch(gone, deleted=True)
    metric = mean_metric(source=on(action))
    experiment = experiments.create(metrics=[metric])
    metrics = Resource(stack=stack, path="experiment_saved_metrics/", base={"name": "Saved"})
    saved = metrics.create(query=metric)
    for number in (gone["id"], 4711):
        unknown = mean_metric(source=on({"id": number}))
        message = (
            f"Action(s) with ID {number} not found or deleted. Each ActionsNode must reference "
            "an existing action belonging to this project."
        )
        assert broken_rule(experiments.try_patch(experiment, metrics=[unknown])) == message
        assert refusal(metrics.try_patch(saved, query=unknown)) == (
            "invalid_input",
            message,
            "query",
        )
    actions.patch(action, deleted=True)
    assert experiments.patch(experiment, description="still")["metrics"][0]["source"]["id"]


def test_metrics_show_the_name_of_today(
    actions: Resource, experiments: Experiments, stack: Stack
) -> None:
    action = actions.create()
    metric = mean_metric(source=on(action, name="As it was"))
    metrics = Resource(stack=stack, path="experiment_saved_metrics/", base={"name": "Saved"})
    link = {"id": metrics.create(query=metric)["id"]}
    experiment = experiments.create(metrics=[metric], saved_metrics_ids=[link])
    actions.patch(action, name="Bought")
    shown = experiments.get(experiment)
    assert shown["metrics"][0]["source"]["name"] == "Bought"
    assert shown["metrics"][0]["fingerprint"] == experiment["metrics"][0]["fingerprint"]
    (before,), (after,) = experiment["saved_metrics"], shown["saved_metrics"]
    assert after["query"]["source"]["name"] == "Bought"
    assert after["query"]["fingerprint"] == before["query"]["fingerprint"]
    actions.patch(action, deleted=True)
    assert experiments.get(experiment)["metrics"][0]["source"]["name"] == "As it was"


def a_day(moment: datetime) -> DailyResult:
    return DailyResult(
        day=moment.date(),
        query_from=START,
        query_to=moment,
        key="k",
        document=None,
        error="e",
        recorded_at=moment,
        computed_at=moment,
    )


def test_days_that_counted_another_action_are_forgotten(
    actions: Resource, experiments: Experiments, stack: Stack
) -> None:
    action = actions.create()
    created = experiments.create(metrics=[mean_metric(), mean_metric(source=on(action))])
    metadata = stack.platform.stores.metadata
    with metadata.transaction() as repositories:
        experiment = repositories.experiments.find(stack.project.id, created["id"])
        assert experiment is not None
        keys = [
            SeriesKey(
                experiment_id=experiment.id,
                metric_uuid=uuid,
                fingerprint=metric_fingerprint(metric, experiment),
            )
            for uuid, metric in metrics_of(experiment).items()
        ]
        for key in keys:
            repositories.timeseries.save_day(key, a_day(EXPOSED_AT + timedelta(days=1)))

    def kept() -> list[int]:
        with metadata.reading() as repositories:
            return [len(repositories.timeseries.days(key)) for key in keys]

    actions.patch(action, description="the same events")
    assert kept() == [1, 1]
    actions.patch(action, steps=[SIGNED_UP])
    assert kept() == [1, 0]
