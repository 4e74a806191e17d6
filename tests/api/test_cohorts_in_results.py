"""Results of experiments, filtered by who is in a cohort."""

from dataclasses import replace

import pytest

from splitplot.filters.model import Properties
from tests.api.cohorts import Cohorts, behaviour
from tests.api.management import Json, refusal
from tests.api.stack import Stack
from tests.api.trial import PURCHASES, Trial, launched


@pytest.fixture
def cohorts(stack: Stack) -> Cohorts:
    return Cohorts(stack=stack)


def among(cohort: Json, operator: str = "in") -> Json:
    return {"key": "id", "type": "cohort", "value": cohort["id"], "operator": operator}


def exposed(trial: Trial) -> Trial:
    """Ten units of each variant; three sign up, all of those buy for one."""
    for variant in ("control", "test"):
        trial.expose(variant, 10, signups=3, amounts=(1.0,) * 3)
    return trial


def sums(answer: Json) -> dict[str, tuple[int, float]]:
    """Units and sum of each variant."""
    variants = [answer["baseline"], *answer["variant_results"]]
    return {each["key"]: (each["number_of_samples"], each["sum"]) for each in variants}


def test_a_metric_counts_only_events_of_a_cohorts_persons(stack: Stack, cohorts: Cohorts) -> None:
    trial = exposed(launched(stack))
    signed_up = cohorts.of(behaviour("signup"))
    source = {"kind": "EventsNode", "event": "$feature_flag_called"}
    metric = {**PURCHASES, "source": {**source, "properties": [among(signed_up)]}}
    assert sums(trial.ask(metric=metric)) == {"control": (10, 3.0), "test": (10, 3.0)}
    metric = {**PURCHASES, "source": {**source, "properties": [among(signed_up, "not_in")]}}
    assert sums(trial.ask(metric=metric)) == {"control": (10, 7.0), "test": (10, 7.0)}


def test_an_answer_changes_with_the_cohort(stack: Stack, cohorts: Cohorts) -> None:
    trial = exposed(launched(stack))
    signed_up = cohorts.of(behaviour("signup"))
    source = {"kind": "EventsNode", "event": "purchase", "properties": [among(signed_up)]}
    metric = {**PURCHASES, "source": source}
    assert sums(trial.ask(metric=metric))["test"] == (10, 3.0)
    trial._append("signup", "test-9", 3, {})
    trial._append("purchase", "test-9", 4, {"amount": 1})
    cohorts.follow()
    assert sums(trial.ask(metric=metric))["test"] == (10, 4.0)


def test_internal_users_can_be_a_cohort(stack: Stack, cohorts: Cohorts) -> None:
    trial = exposed(launched(stack))
    internal = cohorts.of(behaviour("signup"))
    filters: tuple[Properties, ...] = (among(internal, "not_in"),)
    with stack.platform.stores.metadata.transaction() as repositories:
        repositories.accounts.save_project(replace(stack.project, test_account_filters=filters))
    assert sums(trial.ask(metric=PURCHASES)) == {"control": (7, 0.0), "test": (7, 0.0)}


def test_a_cohort_that_cannot_be_a_filter_is_refused(
    stack: Stack, cohorts: Cohorts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("splitplot.services.cohorts.members.MOST_FILTERED", 2)
    trial = exposed(launched(stack))
    signed_up = cohorts.of(behaviour("signup"))
    for cohort, code in (({"id": 4711}, "cohort_does_not_exist"), (signed_up, "cohort_too_large")):
        source = {"kind": "EventsNode", "event": "buy", "properties": [among(cohort)]}
        query = {
            "kind": "ExperimentQuery",
            "experiment_id": trial.experiment.id,
            "metric": {**PURCHASES, "source": source},
        }
        answer = stack.client.post(stack.url("query/"), json={"query": query})
        assert refusal(answer)[0] == code
