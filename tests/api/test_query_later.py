"""Queries whose answers are fetched later."""

import time
from typing import Any

import httpx
import pytest

from tests.api.people import acting_as, add_user
from tests.api.stack import Stack
from tests.api.trial import PURCHASES, Trial, launched


@pytest.fixture
def trial(stack: Stack) -> Trial:
    made = launched(stack)
    made.expose("control", 4, amounts=(1.0, 2.0))
    made.expose("test", 4, amounts=(3.0,))
    return made


def asked(trial: Trial, refresh: str, **also: object) -> httpx.Response:
    query = {"kind": "ExperimentQuery", "experiment_id": trial.experiment.id, "metric": PURCHASES}
    body = {"query": query, "refresh": refresh, **also}
    return trial.stack.client.post(trial.stack.url("query/"), json=body)


def polled(trial: Trial, query_id: str) -> dict[str, Any]:
    """The status as soon as it is complete."""
    give_up_at = time.monotonic() + 10
    while True:
        answer = trial.stack.client.get(trial.stack.url(f"query/{query_id}/"))
        status: dict[str, Any] = answer.json()["query_status"]
        assert answer.status_code == (200 if status["complete"] else 202)
        if status["complete"]:
            return status
        assert time.monotonic() < give_up_at


@pytest.mark.parametrize("refresh", ["async", "lazy_async", "force_async"])
def test_what_has_to_be_computed_is_fetched_by_its_id(trial: Trial, refresh: str) -> None:
    answer = asked(trial, refresh)
    status = answer.json()["query_status"]
    assert status["query_async"] is True
    assert status["team_id"] == trial.stack.project.id
    done = polled(trial, status["id"])
    assert (done["error"], done["error_message"]) == (False, None)
    assert done["start_time"] <= done["pickup_time"] <= done["end_time"] < done["expiration_time"]
    at_once = trial.ask(metric=PURCHASES)
    assert at_once["is_cached"] is True
    assert done["results"]["variant_results"] == at_once["variant_results"]


@pytest.mark.parametrize("refresh", ["async", "lazy_async", "async_except_on_cache_miss"])
def test_what_is_kept_is_answered_at_once(trial: Trial, refresh: str) -> None:
    trial.ask(metric=PURCHASES)
    answer = asked(trial, refresh)
    assert (answer.status_code, answer.json()["is_cached"]) == (200, True)


def test_forced_it_is_computed_anew(trial: Trial) -> None:
    trial.ask(metric=PURCHASES)
    status = asked(trial, "force_async").json()["query_status"]
    assert polled(trial, status["id"])["results"]["is_cached"] is False


def test_on_a_cache_miss_one_mode_waits(trial: Trial) -> None:
    answer = asked(trial, "async_except_on_cache_miss")
    assert (answer.status_code, answer.json()["is_cached"]) == (200, False)


def test_the_client_may_name_its_query(trial: Trial) -> None:
    assert asked(trial, "async", client_query_id="mine").json()["query_status"]["id"] == "mine"
    assert polled(trial, "mine")["error"] is False


@pytest.mark.parametrize("client_query_id", ["", "x" * 129, 7])
def test_a_name_that_is_none_is_refused(trial: Trial, client_query_id: object) -> None:
    answer = asked(trial, "async", client_query_id=client_query_id)
    assert (answer.status_code, answer.json()["attr"]) == (400, "client_query_id")


def test_what_cannot_be_asked_is_refused_right_away(stack: Stack) -> None:
    draft = launched(stack, start_date=None, end_date=None)
    for refresh in ("async", "force_async"):
        answer = asked(draft, refresh)
        assert (answer.status_code, answer.json()["code"]) == (400, "not_launched")


def test_a_cancelled_query_is_gone(trial: Trial) -> None:
    asked(trial, "async", client_query_id="mine")
    url = trial.stack.url("query/mine/")
    assert trial.stack.client.delete(url).status_code == 204
    for again in (trial.stack.client.get(url), trial.stack.client.delete(url)):
        assert (again.status_code, again.json()["code"]) == (404, "not_found")


def test_nobody_else_fetches_the_answer(trial: Trial) -> None:
    asked(trial, "async", client_query_id="mine")
    with acting_as(trial.stack, add_user(trial.stack, "bob")) as bob:
        for verb in ("GET", "DELETE"):
            answer = bob.request(verb, trial.stack.url("query/mine/"))
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert polled(trial, "mine")["complete"] is True
