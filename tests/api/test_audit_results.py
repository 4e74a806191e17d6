"""Results of random experiments against an oracle that knows only what was sent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.api.audit_oracle import (
    EPOCH,
    Trial,
    World,
    aggregates,
    compare,
    exposure_answer,
    failures,
    micros,
    parts,
)
from tests.api.audit_scenarios import Maker, Scenario
from tests.api.management import made, variants
from tests.api.stack import Stack, running_stack, settings_in

# A few on every run; many more with the slow tests.
SCENARIOS = [*range(5), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(5, 60))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One server on DuckDB for all scenarios; each has units of its own."""
    folder: Path = tmp_path_factory.mktemp("audit")
    events_url = f"duckdb:///{folder / 'events.duckdb'}"
    with running_stack(settings_in(folder, events_url=events_url)) as running:
        yield running


def iso(at: int) -> str:
    return (EPOCH + timedelta(microseconds=at)).isoformat().replace("+00:00", "Z")


def send(server: Stack, batch: list[dict[str, Any]]) -> None:
    body = {"api_key": server.project.api_token, "batch": batch}
    answer = server.anonymous.post("/batch/", json=body)
    assert answer.status_code == 200, answer.text


def ask(server: Stack, **query: object) -> Any:  # noqa: ANN401 - JSON
    return made(server.client.post("/api/projects/@current/query/", json={"query": query}))


def set_up(server: Stack, scenario: Scenario) -> Any:  # noqa: ANN401 - JSON
    settings = {"timezone": scenario.zone, "test_account_filters": scenario.account_filters}
    made(server.client.patch(server.url(), json=settings))
    body: dict[str, Any] = {
        "name": scenario.flag,
        "feature_flag_key": scenario.flag,
        "start_date": iso(scenario.start),
        "end_date": iso(scenario.end),
        "parameters": {
            "feature_flag_variants": variants(**scenario.shares),
            "aggregation_group_type_index": scenario.group_index,
        },
        "exposure_criteria": scenario.criteria,
        "stats_config": scenario.stats_config,
        "excluded_variants": scenario.excluded,
        "only_count_matured_users": scenario.matured,
    }
    return made(server.client.post(server.url("experiments/"), json=body), status=201)


def trial_of(scenario: Scenario, *, now: int | None = None, end: int | None = None) -> Trial:
    return Trial(
        flag=scenario.flag,
        shares=scenario.shares,
        start=scenario.start,
        end=scenario.end if end is None else end,
        now=micros(datetime.now(UTC)) if now is None else now,
        criteria=scenario.criteria,
        excluded=scenario.excluded,
        group_index=scenario.group_index,
        test_account_filters=scenario.account_filters,
        matured=scenario.matured,
        zone=scenario.zone,
    )


def check_metric(
    answer: Any,  # noqa: ANN401 - JSON
    metric: Any,  # noqa: ANN401 - JSON
    world: World,
    scenario: Scenario,
    *,
    trial: Trial | None = None,
) -> None:
    trial = trial or trial_of(scenario)
    expected = aggregates(world, trial, metric)
    rows = {row["key"]: row for row in (answer["baseline"], *answer["variant_results"])}
    assert list(rows) == trial.analysed
    if "breakdownFilter" in metric or "value_breakdown_property" in metric:
        check_parts(answer, parts(world, trial, metric), trial, metric)
    if "breakdownFilter" in metric:
        # What is clamped, is clamped within each value.
        expected = together(parts(world, trial, metric), trial)
    for key, sums in expected.items():
        assert rows[key].get("step_counts") == sums.pop("step_counts", None), (key, metric)
        got = {name: rows[key][name] for name in sums}
        assert got == pytest.approx(sums, rel=1e-9, abs=1e-9), (key, metric)
        baseline = key == "control"
        assert rows[key]["validation_failures"] == failures(metric, sums, baseline=baseline)
    if metric["metric_type"] in {"ratio", "retention"}:
        return
    names = ("chance_to_win", "credible_interval", "p_value", "confidence_interval", "significant")
    for key in trial.analysed[1:]:
        wanted = compare(metric, scenario.stats_config, expected["control"], expected[key])
        for name in names:
            value = (wanted or {}).get(name)
            got = rows[key].get(name)
            assert got == (value if value is None else pytest.approx(value, rel=1e-8, abs=1e-12)), (
                key,
                name,
                metric,
            )


def check_parts(answer: Any, expected: Any, trial: Trial, metric: Any) -> None:  # noqa: ANN401 - JSON
    found = {part["breakdown_value"][0]: part for part in answer["breakdown_results"] or []}
    assert found.keys() == expected.keys(), metric
    for value, of_variants in expected.items():
        rows = (found[value]["baseline"], *found[value]["variants"])
        assert [row["key"] for row in rows] == trial.analysed
        for row in rows:
            sums = of_variants[row["key"]]
            got = {name: row[name] for name in sums}
            assert got == pytest.approx(sums, rel=1e-9, abs=1e-9), (value, metric)


def together(of_values: Any, trial: Trial) -> dict[str, dict[str, float]]:  # noqa: ANN401 - JSON
    names = ("number_of_samples", "sum", "sum_squares")
    return {
        key: {name: sum(one[key][name] for one in of_values.values()) for name in names}
        for key in trial.analysed
    }


def with_action(server: Stack, scenario: Scenario, steps: list[dict[str, Any]]) -> int:
    """Makes the scenario's action, and puts its id where it is to stand."""
    body = {"name": scenario.flag, "steps": steps}
    action: int = made(server.client.post(server.url("actions/"), json=body), status=201)["id"]
    for metric in scenario.metrics:
        if metric.get("source", {}).get("kind") == "ActionsNode":
            metric["source"]["id"] = action
    activation = scenario.criteria.get("activation_config", {})
    if activation.get("kind") == "ActionsNode":
        activation["id"] = action
    return action


def check_exposures(server: Stack, experiment: Any, world: World, scenario: Scenario) -> None:  # noqa: ANN401 - JSON
    answer = ask(
        server,
        kind="ExperimentExposureQuery",
        experiment_id=experiment["id"],
        exposure_criteria=scenario.criteria,
        feature_flag={
            "key": scenario.flag,
            "filters": experiment["feature_flag"]["filters"],
        },
        start_date=iso(scenario.start),
        end_date=iso(scenario.end),
    )
    expected = exposure_answer(world, trial_of(scenario), scenario.zone)
    assert answer["total_exposures"] == expected["total_exposures"]
    series = {line["variant"]: line["exposure_counts"] for line in answer["timeseries"]}
    assert series == expected["series"]
    assert list(series) == list(expected["series"])
    assert all(line["days"] == expected["days"] for line in answer["timeseries"])
    check, wanted = answer["sample_ratio_mismatch"], expected["sample_ratio_mismatch"]
    assert (check is None) == (wanted is None)
    if wanted:
        assert check["expected"] == pytest.approx(wanted["expected"])
        assert check["p_value"] == pytest.approx(wanted["p_value"], rel=1e-8)


@pytest.mark.parametrize("seed", SCENARIOS)
def test_a_random_experiment_has_the_results_that_were_worked_out_by_hand(
    server: Stack, seed: int
) -> None:
    maker = Maker(seed)
    scenario = maker.make()
    steps, world = maker.action_steps(), World()
    world.actions[with_action(server, scenario, steps)] = steps
    experiment = set_up(server, scenario)
    for batch in scenario.batches:
        send(server, batch)
        world.receive(batch, scenario.moments)
    for metric in scenario.metrics:
        answer = ask(server, kind="ExperimentQuery", experiment_id=experiment["id"], metric=metric)
        check_metric(answer, metric, world, scenario)
    check_exposures(server, experiment, world, scenario)


def test_only_units_whose_window_is_over_count_when_asked_for(server: Stack) -> None:
    now = datetime.now(UTC)
    made(server.client.patch(server.url(), json={"test_account_filters": []}))
    body = {
        "name": "matured",
        "feature_flag_key": "matured",
        "start_date": (now - timedelta(days=5)).isoformat(),
        "only_count_matured_users": True,
    }
    experiment = made(server.client.post(server.url("experiments/"), json=body), status=201)
    shown = {"$feature_flag": "matured", "$feature_flag_response": "control"}
    ages = {"old": timedelta(days=1, minutes=2), "young": timedelta(hours=23, minutes=58)}
    batch = [
        {"event": name, "distinct_id": unit, "properties": shown, "uuid": str(uuid4()),
         "timestamp": (now - age).isoformat()}
        for unit, age in ages.items()
        for name in ("$feature_flag_called", "buy")
    ]  # fmt: skip
    send(server, batch)
    metric = {
        "kind": "ExperimentMetric", "metric_type": "mean", "uuid": "matured",
        "source": {"kind": "EventsNode", "event": "buy"},
    }  # fmt: skip
    window = {"conversion_window": 1, "conversion_window_unit": "day"}
    for asked, units in ((metric | window, 1), (metric, 2)):
        answer = ask(server, kind="ExperimentQuery", experiment_id=experiment["id"], metric=asked)
        assert (answer["baseline"]["number_of_samples"], answer["baseline"]["sum"]) == (
            units,
            units,
        )
