"""Results that are brought up to date: the setting, and the query's own word about it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from splitplot.http.provenance import Wire
from tests.api.stack import running_stack, settings_in
from tests.api.trial import PURCHASES, SIGNUP_TO_PURCHASE, START, Trial, launched

_numbers_of_experiments = count(1)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A server with events, which every test's experiment is about."""
    folder = tmp_path_factory.mktemp("precomputation")
    events_url = f"duckdb:///{folder / 'events.duckdb'}"
    with running_stack(settings_in(folder, events_url=events_url)) as running:
        trial = launched(running, end_date=None)
        trial.expose("control", 8, signups=5, amounts=(10, 20.5))
        trial.expose("test", 9, signups=6, amounts=(30, 1, 2))
        yield trial


@pytest.fixture
def trial(first: Trial) -> Trial:
    """An experiment that is under way, of which nobody has asked anything yet."""
    number = next(_numbers_of_experiments)
    with first.stack.platform.stores.metadata.transaction() as repositories:
        experiment = repositories.experiments.add(
            replace(first.experiment, start_date=START - timedelta(seconds=number))
        )
    return replace(first, experiment=experiment)


def _more(trial: Trial, number: int) -> None:
    trial._append("purchase", "control-1", 3 + number, {"amount": 4.25 * number})
    trial._append("signup", f"test-{number}", 1, {})


def _numbers(answer: Wire) -> Wire:
    """What an answer says about the experiment."""
    where_from = {
        *("cache_key", "is_cached", "last_refresh", "next_allowed_client_refresh"),
        *("cache_target_age", "is_precomputed", "clickhouse_sql"),
    }
    return {key: value for key, value in answer.items() if key not in where_from}


@pytest.mark.parametrize("metric", [PURCHASES, SIGNUP_TO_PURCHASE], ids=["mean", "funnel"])
def test_the_way_of_computation_does_not_change_the_numbers(
    trial: Trial, metric: dict[str, Any]
) -> None:
    seen = []
    for number in range(1, 4):
        _more(trial, number)
        usual = trial.ask(metric=metric)
        wanted = trial.ask(metric=metric, precomputation_mode="precomputed")
        direct = trial.ask(metric=metric, precomputation_mode="direct")
        assert _numbers(usual) == _numbers(wanted) == _numbers(direct)
        seen.append((usual["is_precomputed"], wanted["is_precomputed"], direct["is_precomputed"]))

    # The first question leaves nothing behind; the others are answered by what is kept.
    assert seen == [(False, False, False), (True, True, False), (True, True, False)]


def test_a_kept_answer_is_never_one_that_was_made_otherwise(trial: Trial) -> None:
    trial.ask(metric=PURCHASES)
    _more(trial, 1)

    first = trial.ask(metric=PURCHASES)
    again = trial.ask(metric=PURCHASES)
    direct = trial.ask(metric=PURCHASES, precomputation_mode="direct")

    assert (again["is_cached"], again["is_precomputed"]) == (True, True)
    assert (direct["is_cached"], direct["is_precomputed"]) == (False, False)
    assert direct["cache_key"] != first["cache_key"]


def test_with_the_setting_off_everything_is_computed_from_events(trial: Trial) -> None:
    path = trial.stack.url(f"experiments/{trial.experiment.id}/")
    off = {"exposure_preaggregation_enabled": False, "primary_metrics_ordered_uuids": ["0b3c"]}
    changed = trial.stack.client.patch(path, json=off)
    assert changed.status_code == 200, changed.text

    for number in range(1, 4):
        _more(trial, number)
        answer = trial.ask(metric=PURCHASES, precomputation_mode="precomputed")
        assert answer["is_precomputed"] is False


def test_the_sql_of_an_answer_is_what_made_its_sums(trial: Trial) -> None:
    direct = trial.ask(metric=PURCHASES)["clickhouse_sql"]
    _more(trial, 1)
    kept = trial.ask(metric=PURCHASES)["clickhouse_sql"]

    assert "kept_units" in kept
    assert "kept_units" not in direct


def test_an_unknown_way_of_computation_is_refused(trial: Trial) -> None:
    query = {
        "kind": "ExperimentQuery",
        "experiment_id": trial.experiment.id,
        "metric": PURCHASES,
        "precomputation_mode": "guessed",
    }

    refused = trial.stack.client.post(trial.stack.url("query/"), json={"query": query})

    assert (refused.status_code, refused.json()["attr"]) == (400, "precomputation_mode")


def test_an_experiment_that_ends_is_computed_anew(trial: Trial) -> None:
    for number in (1, 2):
        _more(trial, number)
        trial.ask(metric=PURCHASES)
    path = trial.stack.url(f"experiments/{trial.experiment.id}/end/")
    assert trial.stack.client.post(path, json={}).status_code == 200

    first, second = trial.ask(metric=PURCHASES), None
    trial._append("purchase", "control-2", int(timedelta(days=1) / timedelta(minutes=1)), {})
    second = trial.ask(metric=PURCHASES)

    assert (first["is_precomputed"], second["is_precomputed"]) == (False, True)
    assert _numbers(second) == _numbers(trial.ask(metric=PURCHASES, precomputation_mode="direct"))
