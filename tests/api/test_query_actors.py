"""The people behind a step of a funnel."""

from typing import Any

import httpx
import pytest

from splitplot.filters.model import Properties
from tests.api.stack import Stack
from tests.api.trial import PURCHASES, SIGNUP_TO_PURCHASE, Trial, launched


@pytest.fixture
def trial(stack: Stack) -> Trial:
    """Of six exposed to test four sign up and two buy; of three to control nobody does."""
    made = launched(stack)
    made.expose("test", 6, signups=4, amounts=(1.0, 2.0))
    made.expose("control", 3)
    return made


def asked(
    trial: Trial, step: int, *, metric: Properties = SIGNUP_TO_PURCHASE, **source: object
) -> dict[str, object]:
    """The query for people of the test variant."""
    query = {"kind": "ExperimentQuery", "experiment_id": trial.experiment.id, "metric": metric}
    whose: dict[str, object] = {"funnelStepBreakdown": "test", **source}
    return {"kind": "ExperimentActorsQuery", "source": query, "funnelStep": step, **whose}


def ask(trial: Trial, source: dict[str, object], **also: object) -> httpx.Response:
    query = {"kind": "ActorsQuery", "source": source, **also}
    return trial.stack.client.post(trial.stack.url("query/"), json={"query": query})


def found(trial: Trial, source: dict[str, object], **also: object) -> dict[str, Any]:
    answer = ask(trial, source, **also)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("step", "people"), [(1, 4), (2, 2), (-1, 2), (-2, 2)], ids=["1", "2", "-1", "-2"]
)
def test_a_step_has_those_who_reached_it_and_those_who_got_no_further(
    trial: Trial, step: int, people: int
) -> None:
    assert len(found(trial, asked(trial, step))["results"]) == people


def test_without_a_variant_all_are_found(trial: Trial) -> None:
    everybody = asked(trial, -1, funnelStepBreakdown=None)
    answer = found(trial, everybody, select=["variant", "step"])
    assert sorted(answer["results"]) == [["control", 0]] * 3 + [["test", 0]] * 2


def test_a_query_without_its_wrapping_means_the_same(trial: Trial) -> None:
    body = {"query": asked(trial, 2)}
    bare = trial.stack.client.post(trial.stack.url("query/"), json=body)
    assert bare.json() == found(trial, asked(trial, 2))


def test_pages_follow_one_another(trial: Trial) -> None:
    pages = [found(trial, asked(trial, 1), select=["id"], limit=3, offset=n) for n in (0, 3)]
    assert [page["hasMore"] for page in pages] == [True, False]
    ids = [row[0] for page in pages for row in page["results"]]
    assert len(ids) == len(set(ids)) == 4
    assert ids == sorted(ids)


def test_persons_are_told_with_what_is_known_of_them(stack: Stack) -> None:
    trial = launched(stack)
    trial.expose("test", 1, signups=1, amounts=(1.0,))
    answer = found(trial, asked(trial, 2))
    ((actor,),) = answer["results"]
    assert (actor["type"], answer["missing_actors_count"]) == ("person", 1)


@pytest.mark.parametrize("step", [0, 3, -3, 10**12])
def test_a_step_that_the_metric_does_not_have_is_refused(trial: Trial, step: int) -> None:
    answer = ask(trial, asked(trial, step))
    assert (answer.status_code, answer.json()["attr"]) == (400, "funnelStep")


@pytest.mark.parametrize(
    ("source", "also", "attr"),
    [
        ({"metric": PURCHASES}, {}, "source__metric"),
        ({"funnelStepBreakdown": "nobody"}, {}, "funnelStepBreakdown"),
        ({}, {"select": ["password"]}, "select"),
        ({}, {"limit": 0}, "limit"),
        ({}, {"limit": 1001}, "limit"),
        ({}, {"offset": -1}, "offset"),
        ({"source": None}, {}, "source__source"),
    ],
)
def test_what_cannot_be_listed_is_refused(
    trial: Trial, source: dict[str, Any], also: dict[str, object], attr: str
) -> None:
    answer = ask(trial, asked(trial, 1, **source), **also)
    assert (answer.status_code, answer.json()["attr"]) == (400, attr)


def test_a_query_for_people_of_nothing_is_refused(trial: Trial) -> None:
    body = {"query": {"kind": "ActorsQuery"}}
    answer = trial.stack.client.post(trial.stack.url("query/"), json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["attr"]) == (
        400,
        "required",
        "source",
    )
