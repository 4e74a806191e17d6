"""The two kinds of query of the first years."""

import json

import pytest

from tests.api.management import Json, made, refusal
from tests.api.stack import Stack
from tests.api.test_experiments_legacy import convert, happen, legacy
from tests.api.trial import Trial

PURCHASES = {"series": [{"kind": "EventsNode", "event": "purchase"}]}
STEPS = {
    "kind": "FunnelsQuery",
    "series": [{"kind": "EventsNode", "event": event} for event in ("viewed", "paid")],
    "funnelsFilter": {"funnelWindowInterval": 2, "funnelWindowIntervalUnit": "hour"},
}


def asked(trial: Trial, **query: object) -> Json:
    return {"query": {"experiment_id": trial.experiment.id, **query}}


def ask(trial: Trial, **query: object) -> Json:
    return made(trial.stack.client.post(trial.stack.url("query/"), json=asked(trial, **query)))


def refused(trial: Trial, **query: object) -> tuple[str, str, str | None]:
    return refusal(trial.stack.client.post(trial.stack.url("query/"), json=asked(trial, **query)))


def test_a_trends_query_counts_events_by_the_variant_they_carry(stack: Stack) -> None:
    trial = legacy(stack)
    for variant, count in (("control", 100), ("test", 120)):
        happen(trial, "$feature_flag_called", variant, 1000)
        happen(trial, "purchase", variant, count)
    answer = ask(trial, kind="ExperimentTrendsQuery", count_query=PURCHASES)
    assert answer["variants"] == [
        {"key": "control", "count": 100, "exposure": 1, "absolute_exposure": 1000},
        {"key": "test", "count": 120, "exposure": 1, "absolute_exposure": 1000},
    ]
    assert answer["probability"] == pytest.approx({"control": 0.0892, "test": 0.9108}, abs=1e-4)
    assert (answer["significant"], answer["significance_code"]) == (True, "significant")
    assert (answer["stats_version"], answer["is_cached"]) == (2, False)
    assert answer["p_value"] == pytest.approx(0.000614597, abs=1e-8)
    assert answer["credible_intervals"].keys() == {"control", "test"}
    assert (answer["count_query"], answer["exposure_query"]) == (PURCHASES, None)
    opened = {"series": [{"event": "opened", "math": "dau"}]}
    happen(trial, "opened", "control", 40)
    happen(trial, "opened", "test", 10)
    narrowed = ask(
        trial, kind="ExperimentTrendsQuery", count_query=PURCHASES, exposure_query=opened
    )
    assert [one["exposure"] for one in narrowed["variants"]] == [1, 0.25]
    assert narrowed["significance_code"] == "not_enough_exposure"
    assert narrowed["p_value"] == 1


def test_a_funnels_query_counts_who_came_through(stack: Stack) -> None:
    trial = legacy(stack)
    convert(trial, "control", viewed=1000, paid=100)
    convert(trial, "test", viewed=1000, paid=120)
    answer = ask(trial, kind="ExperimentFunnelsQuery", funnels_query=STEPS)
    assert answer["variants"] == [
        {"key": "control", "success_count": 100, "failure_count": 900},
        {"key": "test", "success_count": 120, "failure_count": 880},
    ]
    assert answer["expected_loss"] == pytest.approx(0.001623271838, abs=1e-8)
    assert answer["funnels_query"] == STEPS
    assert "p_value" not in answer
    again = ask(trial, kind="ExperimentFunnelsQuery", funnels_query=STEPS)
    assert again == answer | {"is_cached": True}


def test_only_a_kept_answer_may_be_wanted(stack: Stack) -> None:
    trial = legacy(stack)
    body = asked(trial, kind="ExperimentFunnelsQuery", funnels_query=STEPS)
    answer = made(stack.client.post(stack.url("query/"), json={**body, "refresh": "force_cache"}))
    assert answer.keys() == {"cache_key", "query_status"}


@pytest.mark.parametrize(
    ("variants", "missing"),
    [
        ((), (True, True, True)),
        (("control",), (False, False, True)),
        (("test",), (False, True, False)),
    ],
)
def test_what_data_are_missing_is_said_as_json(
    stack: Stack, variants: tuple[str, ...], missing: tuple[bool, ...]
) -> None:
    trial = legacy(stack)
    for variant in variants:
        happen(trial, "purchase", variant, 3)
    code, detail, attr = refused(trial, kind="ExperimentTrendsQuery", count_query=PURCHASES)
    assert (code, attr) == ("no-results", None)
    names = ("no-results", "no-control-variant", "no-test-variant")
    assert json.loads(detail) == dict(zip(names, missing, strict=True))


def test_an_old_query_needs_an_experiment_and_a_metric(stack: Stack) -> None:
    trial = legacy(stack)
    for kind, name in (
        ("ExperimentTrendsQuery", "count_query"),
        ("ExperimentFunnelsQuery", "funnels_query"),
    ):
        assert refused(trial, kind=kind) == ("required", "This field is required.", name)
        assert refused(trial, kind=kind, experiment_id=999) == (
            "invalid_input",
            "Experiment with id 999 not found",
            None,
        )
        assert refused(trial, kind=kind, experiment_id=-1)[0] == "invalid_input"
        assert refused(trial, kind=kind, experiment_id=None)[2] == "experiment_id"


def test_a_draft_has_no_answer(stack: Stack) -> None:
    trial = legacy(stack, is_draft=True)
    query = {"kind": "ExperimentTrendsQuery", "count_query": PURCHASES}
    assert refused(trial, **query)[0] == "not_launched"
