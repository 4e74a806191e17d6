"""`splitplot experiment`, asking a running server and reading a stopped one's stores."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import Client
from tests.e2e.server_process import environment, run, serving, set_up
from tests.e2e.test_real_trial import EXPERIMENT, as_events, outcomes

WAREHOUSE = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "name": "Orders in the warehouse",
    "source": {
        "kind": "ExperimentDataWarehouseNode",
        "table_name": "orders",
        "timestamp_field": "at",
        "events_join_key": "distinct_id",
        "data_warehouse_join_key": "customer",
    },
}


@dataclass(frozen=True, kw_only=True)
class Installation:
    """A stopped server's folder, and what the command printed while it ran."""

    folder: Path
    printed: dict[tuple[str, ...], Any]


COMMANDS = [
    ("list",),
    ("list", "--json"),
    ("results", "incentive"),
    ("results", "incentive", "--json"),
    ("results", "1"),
    ("results", "draft"),
    ("results", "nobody"),
]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("command")
    keys = set_up(folder)
    with serving(folder, keys=keys) as server, Client(server) as client:
        saved = client.post("experiment_saved_metrics/", {"name": "Shared", "query": WAREHOUSE})
        links = [{"id": saved["id"], "metadata": {"type": "secondary"}}]
        client.post("experiments/", {**EXPERIMENT, "saved_metrics_ids": links})
        client.post("experiments/", {"name": "Not yet", "feature_flag_key": "draft"})
        client.capture(as_events(outcomes()))
        env = environment(
            SPLITPLOT_URL=server.url, SPLITPLOT_API_KEY=keys["personal_api_key"], COLUMNS="100"
        )
        printed = {command: run("experiment", *command, env=env) for command in COMMANDS}
        busy = ("list", "--data-dir", str(folder))
        printed[("busy",)] = run("experiment", *busy)
        wrong_key = environment(SPLITPLOT_URL=server.url, SPLITPLOT_API_KEY="phx_wrong")
        printed[("wrong key",)] = run("experiment", "list", env=wrong_key)
    return Installation(folder=folder, printed=printed)


def test_experiments_are_listed(installation: Installation) -> None:
    done = installation.printed["list",]
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["id", "key"],
        ["2", "draft"],
        ["1", "incentive"],
    ]
    first = json.loads(installation.printed["list", "--json"].stdout)[1]
    assert first == {
        "id": 1,
        "name": EXPERIMENT["name"],
        "key": "incentive",
        "status": "stopped",
        "start_date": "2004-11-01T00:00:00Z",
        "end_date": "2005-06-01T00:00:00Z",
    }


def test_results_are_a_table_for_each_metric(installation: Installation) -> None:
    done = installation.printed["results", "incentive"]
    assert (done.returncode, done.stderr) == (0, "")
    assert "Came back for the result (higher is better)" in done.stdout
    offered = next(line for line in done.stdout.splitlines() if line.startswith("offered"))
    assert offered.split()[:3] == ["offered", "2,211", "0.7892"]
    assert offered.rstrip().endswith("1.3e-83  ▲ better")
    assert "Data warehouse table 'orders' not found" in done.stdout
    assert "Exposed: control 623, offered 2,211" in done.stdout
    assert "✓ as the flag says" in done.stdout
    assert installation.printed["results", "1"].stdout == done.stdout


def test_results_as_json_are_the_answers_of_the_api(installation: Installation) -> None:
    answer = json.loads(installation.printed["results", "incentive", "--json"].stdout)
    assert set(answer) == {"experiment", "metrics", "exposures"}
    came_back, elsewhere = answer["metrics"]
    assert came_back["variant_results"][0]["sum"] == sum(outcomes()["offered"])
    assert "'orders' not found" in elsewhere["error"]
    assert answer["exposures"]["total_exposures"] == {"control": 623, "offered": 2211}


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        (("results", "draft"), 2, "'Not yet' is a draft: there are no results yet."),
        (("results", "nobody"), 1, "There is no experiment 'nobody'."),
        (("busy",), 1, "in use by another process"),
        (("wrong key",), 1, "401: Personal API key found"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    installation: Installation, command: tuple[str, ...], status: int, message: str
) -> None:
    done = installation.printed[command]
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [("list", "--json"), ("results", "incentive")])
def test_a_stopped_servers_folder_says_the_same(
    installation: Installation, command: tuple[str, ...]
) -> None:
    done = run(
        *("experiment", *command, "--data-dir", str(installation.folder)),
        env=environment(COLUMNS="100"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    asked = installation.printed[command].stdout.replace("400: ", "")
    assert [line.rstrip() for line in done.stdout.splitlines()] == [
        line.rstrip() for line in asked.splitlines()
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Name either a running server with --url"),
        (("--url", "http://127.0.0.1:9", "--data-dir", "."), "Name either a running server"),
        (("--url", "http://127.0.0.1:9"), "Give a personal API key"),
        (("--url", "ftp://127.0.0.1", "--api-key", "phx_x"), "is not an http address"),
    ],
)
def test_a_command_that_names_no_one_place_is_misuse(
    options: tuple[str, ...], message: str
) -> None:
    done = run("experiment", "list", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_project_that_is_not_there_is_one_line(installation: Installation) -> None:
    done = run("experiment", "list", "--data-dir", str(installation.folder), "--project-id", "9")
    assert (done.returncode, done.stderr) == (1, "splitplot: There is no project 9.\n")
