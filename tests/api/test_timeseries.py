"""Results by day over HTTP: asked for, computed in the background, read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from splitplot.adapters.jobs.memory import JobsInMemory
from splitplot.errors import Unavailable
from splitplot.experiments.model import Experiment
from splitplot.filters.model import Properties
from splitplot.ports.event_store import AppendBatch, EventSelection, ProjectEvent
from splitplot.ports.jobs import Job, Stopped
from splitplot.worker.jobs import work_of
from splitplot.worker.schedule import Schedule
from tests.api.management import Experiments, Json, broken_rule, made, mean_metric, refusal
from tests.api.stack import Stack, running_stack, settings_in
from tests.api.trial import PURCHASES, Trial, launched
from tests.factories import an_event, an_experiment

START = datetime(2025, 3, 1, 9, tzinfo=UTC)
END = datetime(2025, 3, 4, 18, tzinfo=UTC)
DAYS = ["2025-03-01", "2025-03-02", "2025-03-03", "2025-03-04"]
FINGERPRINT = "f" * 64
METRIC: Json = dict(PURCHASES) | {"conversion_window": 72, "conversion_window_unit": "hour"}
# What differs between an answer that is kept and one that is computed now.
_OF_THE_MOMENT = (
    "cache_key",
    "is_cached",
    "last_refresh",
    "next_allowed_client_refresh",
    "cache_target_age",
    "clickhouse_sql",
)


@pytest.fixture
def trial(stack: Stack) -> Trial:
    """Four days of a launched experiment that has ended, and its events.

    Each day five new units of each variant come; each buys a day later.
    """
    trial = launched(stack, start_date=START, end_date=END)
    for number in range(4):
        day = START + timedelta(days=number, hours=1)
        for variant, amount in (("control", 10.0), ("test", 12.0)):
            for unit in range(5):
                name = f"{variant}-{number}-{unit}"
                shown: Properties = {
                    "$feature_flag": "checkout-button",
                    "$feature_flag_response": variant,
                }
                put(trial, "$feature_flag_called", name, day, properties=shown)
                paid: Properties = {"amount": amount + unit}
                put(trial, "purchase", name, day + timedelta(days=1), properties=paid)
    return trial


def put(trial: Trial, name: str, unit: str, moment: datetime, *, properties: Properties) -> None:
    project_id = trial.stack.project.id
    event = an_event(
        name=name,
        distinct_id=unit,
        timestamp=moment,
        properties=properties,
        project_id=project_id,
    )
    row = ProjectEvent(project_id=project_id, event=event)
    trial.stack.platform.stores.events.append(AppendBatch(events=(row,)))


def jobs_of(stack: Stack) -> JobsInMemory:
    jobs = stack.platform.stores.jobs
    assert isinstance(jobs, JobsInMemory)
    return jobs


def do_jobs(stack: Stack) -> int:
    """Do every job that waits."""
    jobs_of(stack).start(work_of(stack.platform))
    return jobs_of(stack).run_waiting()


def place(trial: Trial, action: str) -> str:
    return trial.stack.url(f"experiments/{trial.experiment.id}/{action}/")


def try_ask(trial: Trial, **body: object) -> httpx.Response:
    return trial.stack.client.post(place(trial, "recalculate_timeseries"), json=body)


def ask(trial: Trial, metric: object = METRIC) -> Json:
    return made(try_ask(trial, metric=metric, fingerprint=FINGERPRINT))


def try_read(trial: Trial, **query: str) -> httpx.Response:
    return trial.stack.client.get(place(trial, "timeseries_results"), params=query)


def read(trial: Trial, fingerprint: str = FINGERPRINT) -> Json:
    return made(try_read(trial, metric_uuid="0b3c", fingerprint=fingerprint))


def settled(body: Json) -> Json:
    return {name: value for name, value in body.items() if name not in _OF_THE_MOMENT}


def samples(series: Json) -> list[Any]:
    points = series["timeseries"].values()
    return [point and point["baseline"]["number_of_samples"] for point in points]


# Asking


def test_case_55_asking_twice_answers_the_same_request(
    trial: Trial, experiments: Experiments
) -> None:
    first = ask(trial)
    assert first["status"] == "pending"
    assert first.keys() == {
        "id",
        "experiment_id",
        "metric_uuid",
        "fingerprint",
        "status",
        "created_at",
    }
    assert (first["experiment_id"], first["metric_uuid"]) == (trial.experiment.id, "0b3c")
    assert ask(trial)["id"] == first["id"]

    answer = try_ask(trial, fingerprint=FINGERPRINT)
    assert refusal(answer) == ("invalid_input", "metric is required", None)
    draft = experiments.create()
    answer = experiments.try_act(
        draft, "recalculate_timeseries", metric=METRIC, fingerprint=FINGERPRINT
    )
    code, detail, _ = refusal(answer)
    assert (code, detail) == (
        "invalid_input",
        "Cannot recalculate timeseries for experiment that hasn't started",
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("invalid_input", "metric is required", None)),
        ({"metric": {}, "fingerprint": "f"}, ("invalid_input", "metric is required", None)),
        ({"metric": None, "fingerprint": "f"}, ("invalid_input", "metric is required", None)),
        ({"metric": METRIC}, ("invalid_input", "fingerprint is required", None)),
        (
            {"metric": METRIC, "fingerprint": ""},
            ("invalid_input", "fingerprint is required", None),
        ),
        (
            {"metric": "revenue", "fingerprint": "f"},
            ("not_a_dict", 'Expected a dictionary of items but got type "str".', "metric"),
        ),
        (
            {"metric": METRIC, "fingerprint": ["f"]},
            ("invalid_input", "Not a valid string.", "fingerprint"),
        ),
        (
            {"metric": METRIC, "fingerprint": "f" * 401},
            (
                "max_length",
                "Ensure this field has no more than 400 characters.",
                "fingerprint",
            ),
        ),
        (
            {"metric": mean_metric(), "fingerprint": "f"},
            ("required", "metric uuid is required", "metric__uuid"),
        ),
    ],
)
def test_a_request_that_lacks_something_is_refused(
    trial: Trial, body: Json, expected: tuple[str, str, str | None]
) -> None:
    assert refusal(try_ask(trial, **body)) == expected


def test_an_experiment_that_is_not_there_has_no_days(stack: Stack) -> None:
    where = stack.url("experiments/999/")
    asked = {"metric": METRIC, "fingerprint": "f"}
    known = {"metric_uuid": "0b3c", "fingerprint": "f"}
    answers = [
        stack.client.post(f"{where}recalculate_timeseries/", json=asked),
        stack.client.get(f"{where}timeseries_results/", params=known),
        stack.client.post(f"{where}metrics_recalculation/", json={}),
        stack.client.get(f"{where}metrics_recalculation/latest/"),
        stack.client.get(f"{where}metrics_recalculation/{uuid4()}/"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5


def test_a_key_that_may_only_read_starts_nothing(trial: Trial) -> None:
    headers = {"Authorization": f"Bearer {trial.stack.key(scopes=('experiment:read',))}"}
    asked = {"metric": METRIC, "fingerprint": FINGERPRINT}
    for action, body in (("recalculate_timeseries", asked), ("metrics_recalculation", {})):
        answer = trial.stack.anonymous.post(place(trial, action), json=body, headers=headers)
        assert answer.status_code == 403, answer.text
    known = {"metric_uuid": "0b3c", "fingerprint": FINGERPRINT}
    found = trial.stack.anonymous.get(
        place(trial, "timeseries_results"), params=known, headers=headers
    )
    assert found.status_code == 200


# Reading


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ({}, "metric_uuid"),
        ({"fingerprint": "f"}, "metric_uuid"),
        ({"metric_uuid": "0b3c"}, "fingerprint"),
        ({"metric_uuid": "0b3c", "fingerprint": ""}, "fingerprint"),
    ],
)
def test_metric_and_fingerprint_are_needed_to_read(
    trial: Trial, query: dict[str, str], missing: str
) -> None:
    expected = ("invalid_input", f"{missing} query parameter is required", None)
    assert refusal(try_read(trial, **query)) == expected


def test_a_draft_has_no_days(stack: Stack, experiments: Experiments) -> None:
    draft = experiments.create()
    answer = stack.client.get(
        f"{experiments.url(draft)}timeseries_results/",
        params={"metric_uuid": "m", "fingerprint": "f"},
    )
    assert broken_rule(answer) == "Experiment has not been started yet"


def test_days_are_empty_until_they_are_computed(trial: Trial) -> None:
    series = read(trial)
    assert series["status"] == "pending"
    assert series["timeseries"] == dict.fromkeys(DAYS)
    assert (series["errors"], series["computed_at"]) == (None, None)
    assert (series["recalculation_status"], series["recalculation_created_at"]) == (None, None)
    request = ask(trial)
    series = read(trial)
    assert series["recalculation_status"] == "pending"
    assert series["recalculation_created_at"] == request["created_at"]


def test_each_day_is_what_was_known_at_its_end(trial: Trial) -> None:
    ask(trial)
    assert do_jobs(trial.stack) == 1
    series = read(trial)
    assert (series["status"], series["recalculation_status"]) == ("completed", None)
    assert samples(series) == [5, 10, 15, 20]
    # A purchase follows a day after the exposure: none counts before it was made.
    sums = [point["baseline"]["sum"] for point in series["timeseries"].values()]
    assert sums == [0, 60, 120, 240]


def test_the_last_day_of_an_ended_experiment_is_the_answer_to_the_query(trial: Trial) -> None:
    ask(trial)
    do_jobs(trial.stack)
    last = read(trial)["timeseries"][DAYS[-1]]
    assert settled(last) == settled(trial.ask(metric=METRIC))
    assert last["is_cached"] is True
    assert last["timezone"] == "UTC"


def test_asking_again_after_the_end_computes_anew(trial: Trial) -> None:
    first = ask(trial)
    do_jobs(trial.stack)
    shown: Properties = {"$feature_flag": "checkout-button", "$feature_flag_response": "control"}
    put(trial, "$feature_flag_called", "latecomer", START + timedelta(hours=2), properties=shown)
    assert samples(read(trial)) == [5, 10, 15, 20]
    second = ask(trial)
    assert second["id"] != first["id"]
    assert samples(read(trial)) == [None] * 4
    do_jobs(trial.stack)
    assert samples(read(trial)) == [6, 11, 16, 21]


def test_a_metric_that_cannot_be_computed_says_so_for_each_day(trial: Trial) -> None:
    metric = mean_metric(uuid="0b3c", metric_type="median")
    ask(trial, metric)
    do_jobs(trial.stack)
    series = read(trial)
    assert (series["status"], series["recalculation_status"]) == ("failed", None)
    assert series["timeseries"] == dict.fromkeys(DAYS)
    assert list(series["errors"]) == DAYS
    assert all(series["errors"].values())
    assert ask(trial)["status"] == "pending"


def test_days_are_those_of_the_projects_time_zone(tmp_path: Path) -> None:
    with running_stack(settings_in(tmp_path)) as stack:
        with stack.platform.stores.metadata.transaction() as repositories:
            project = repositories.accounts.find_project(stack.project.id)
            assert project is not None
            repositories.accounts.save_project(replace(project, timezone="Asia/Tokyo"))
        trial = launched(stack, start_date=START, end_date=END)
        ask(trial)
        do_jobs(stack)
        series = read(trial)
    # 18:00 in UTC is 03:00 of the next day there.
    assert list(series["timeseries"]) == [*DAYS, "2025-03-05"]
    assert series["status"] == "completed"


# Breaks and failures


def test_work_that_was_broken_off_goes_on_behind_the_last_day(trial: Trial) -> None:
    ask(trial)
    platform = trial.stack.platform
    calculation, stop = platform.timeseries.calculation, after(2)
    calculation._checkpoint = stop
    jobs = jobs_of(trial.stack)
    jobs.start(work_of(platform))
    with pytest.raises(Stopped):
        jobs.run_waiting()
    series = read(trial)
    assert samples(series) == [5, 10, None, None]
    assert (series["status"], series["recalculation_status"]) == ("partial", "in_progress")
    computed = {day: series["timeseries"][day] for day in DAYS[:2]}
    calculation._checkpoint = platform.timeseries.interruption
    do_jobs(trial.stack)
    series = read(trial)
    assert samples(series) == [5, 10, 15, 20]
    assert series["status"] == "completed"
    assert {day: series["timeseries"][day] for day in DAYS[:2]} == computed


def after(steps: int) -> Any:  # noqa: ANN401 - a checkpoint
    """A checkpoint that ends the work after so many steps."""
    left = iter(range(steps))

    def check() -> None:
        if next(left, None) is None:
            raise Stopped

    return check


def test_a_request_without_a_job_is_given_one(trial: Trial) -> None:
    jobs = jobs_of(trial.stack)
    request = ask(trial)
    jobs._waiting.clear()
    trial.stack.platform.timeseries.refresh.reconcile()
    assert list(jobs._waiting) == [f"series-{request['id']}"]


def test_requests_are_taken_while_jobs_cannot_be(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Job) -> None:
        raise Unavailable("no jobs now")

    monkeypatch.setattr(jobs_of(trial.stack), "add", refuse)
    assert ask(trial)["status"] == "pending"
    monkeypatch.undo()
    trial.stack.platform.timeseries.refresh.reconcile()
    do_jobs(trial.stack)
    assert samples(read(trial)) == [5, 10, 15, 20]


def test_a_request_whose_job_was_given_up_has_failed(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(trial)
    run = made(trial.stack.client.post(place(trial, "metrics_recalculation"), json={}), status=201)

    def fail(*_: object) -> None:
        raise Unavailable("the store is gone")

    monkeypatch.setattr(trial.stack.platform.results, "result_as_of", fail)
    do_jobs(trial.stack)
    assert read(trial)["recalculation_status"] == "in_progress"
    assert [failure.error for failure in jobs_of(trial.stack).failed()] == ["the store is gone"] * 2
    trial.stack.platform.timeseries.refresh.reconcile()
    assert read(trial)["recalculation_status"] is None
    url = place(trial, f"metrics_recalculation/{run['id']}")
    assert made(trial.stack.client.get(url))["status"] == "failed"
    monkeypatch.undo()
    ask(trial)
    do_jobs(trial.stack)
    assert read(trial)["status"] == "completed"


def test_an_experiment_that_changes_meanwhile_ends_the_request(trial: Trial) -> None:
    ask(trial)
    save(trial, replace(trial.experiment, stats_config={"method": "frequentist"}))
    do_jobs(trial.stack)
    series = read(trial)
    assert (series["status"], series["recalculation_status"]) == ("pending", None)


# Once a day


@pytest.fixture
def running(stack: Stack) -> Trial:
    """An experiment that started on the day before yesterday."""
    now = datetime.now(UTC)
    return launched(stack, start_date=now - timedelta(days=2), end_date=None)


def own_fingerprint(trial: Trial) -> str:
    experiments = Experiments(stack=trial.stack)
    metric = experiments.patch({"id": trial.experiment.id}, metrics=[dict(PURCHASES)])["metrics"][0]
    return str(metric["fingerprint"])


def give_the_project_a_past(stack: Stack) -> None:
    with stack.platform.stores.metadata.transaction() as repositories:
        project = repositories.accounts.find_project(stack.project.id)
        assert project is not None
        repositories.accounts.save_project(
            replace(project, created_at=project.created_at - timedelta(days=90))
        )


def test_running_experiments_are_refreshed_by_themselves(running: Trial) -> None:
    fingerprint = own_fingerprint(running)
    give_the_project_a_past(running.stack)
    Schedule(running.stack.platform).look_after()
    # The project's run, the experiment's part of it, and the look at approvals.
    assert do_jobs(running.stack) == 3
    series = read(running, fingerprint)
    assert series["status"] == "completed"
    assert len(series["timeseries"]) == 3
    last = list(series["timeseries"].values())[-1]
    Schedule(running.stack.platform).look_after()
    assert do_jobs(running.stack) == 0
    assert list(read(running, fingerprint)["timeseries"].values())[-1] == last


def test_the_part_of_today_is_renewed_and_the_past_is_not(running: Trial) -> None:
    fingerprint = own_fingerprint(running)
    calculation = running.stack.platform.timeseries.calculation
    calculation.refresh(running.stack.project.id, running.experiment.id)
    before = list(read(running, fingerprint)["timeseries"].values())
    calculation.refresh(running.stack.project.id, running.experiment.id)
    after_it = list(read(running, fingerprint)["timeseries"].values())
    assert after_it[:2] == before[:2]
    assert after_it[2]["last_refresh"] > before[2]["last_refresh"]


def test_a_metric_that_becomes_significant_is_told_once(running: Trial) -> None:
    """Nobody was exposed until today; then every treated unit buys, and half of the others."""
    own_fingerprint(running)
    start = running.experiment.start_date
    assert start is not None
    moment = datetime.now(UTC) - timedelta(minutes=5)
    for variant, buyers in (("control", 60), ("test", 30)):
        for number in range(120):
            unit = f"{variant}-{number}"
            shown: Properties = {
                "$feature_flag": "checkout-button",
                "$feature_flag_response": variant,
            }
            put(running, "$feature_flag_called", unit, moment, properties=shown)
            if number < buyers:
                paid: Properties = {"amount": 10.0 + number % 3}
                put(running, "purchase", unit, moment, properties=paid)
    calculation = running.stack.platform.timeseries.calculation
    for _ in range(2):
        calculation.refresh(running.stack.project.id, running.experiment.id)
    selection = EventSelection(
        project_id=running.stack.project.id, name="$experiment_metric_significant"
    )
    (told,) = running.stack.platform.stores.events.find_events(selection)
    assert told.properties["experiment_id"] == running.experiment.id
    assert (told.properties["variant"], told.properties["significant"]) == ("test", True)
    assert told.is_personless


def test_a_project_made_after_the_hour_waits_for_the_next_one(running: Trial) -> None:
    running.stack.platform.timeseries.refresh.add_due()
    assert do_jobs(running.stack) == 0


# All metrics at once


def start_run(trial: Trial, **body: object) -> httpx.Response:
    return trial.stack.client.post(place(trial, "metrics_recalculation"), json=body)


def run_at(trial: Trial, which: str) -> httpx.Response:
    return trial.stack.client.get(place(trial, f"metrics_recalculation/{which}"))


def test_a_run_computes_every_metric_once(trial: Trial) -> None:
    broken = mean_metric(uuid="dead", metric_type="median")
    stored = trial.experiment
    save(trial, replace(stored, metrics=(PURCHASES,), metrics_secondary=(broken,)))
    run = made(start_run(trial, trigger="button"), status=201)
    assert (run["status"], run["is_existing"], run["trigger"]) == ("pending", False, "button")
    assert (run["total_metrics"], run["results"]) == (2, {})
    again = made(start_run(trial))
    assert (again["id"], again["is_existing"]) == (run["id"], True)
    assert made(run_at(trial, "latest"), status=404) == {
        "detail": "No completed recalculation found"
    }

    do_jobs(trial.stack)
    ended = made(run_at(trial, "latest"))
    assert ended == made(run_at(trial, run["id"]))
    assert (ended["status"], ended["completed_metrics"], ended["failed_metrics"]) == (
        "completed",
        1,
        1,
    )
    result = ended["results"]["0b3c"]["result"]
    assert settled(result) == settled(trial.ask(metric=dict(PURCHASES)))
    assert ended["results"]["dead"]["result"] is None
    assert ended["results"]["dead"]["error"]
    assert made(start_run(trial), status=201)["id"] != run["id"]


def save(trial: Trial, experiment: Experiment) -> None:
    with trial.stack.platform.stores.metadata.transaction() as repositories:
        repositories.experiments.save(experiment)


def test_a_run_needs_a_launched_experiment_and_a_trigger_that_is_text(
    trial: Trial, experiments: Experiments
) -> None:
    assert refusal(start_run(trial, trigger={})) == (
        "invalid_input",
        "Not a valid string.",
        "trigger",
    )
    draft = experiments.create()
    code, detail, _ = refusal(experiments.try_act(draft, "metrics_recalculation"))
    assert detail == "Cannot recalculate metrics for experiment that hasn't started"
    assert code == "invalid_input"


def test_another_run_is_not_found(trial: Trial) -> None:
    run = made(start_run(trial), status=201)
    assert made(run_at(trial, str(uuid4())), status=404) == {"detail": "Recalculation not found"}
    assert refusal(run_at(trial, "no-uuid"), status=404)[1] == "Not found."
    other = launched_beside(trial)
    assert run_at(other, run["id"]).status_code == 404


def launched_beside(trial: Trial) -> Trial:
    with trial.stack.platform.stores.metadata.transaction() as repositories:
        experiment = repositories.experiments.add(
            replace(
                an_experiment(flag=trial.experiment.flag),
                project_id=trial.stack.project.id,
                start_date=START,
            )
        )
    return Trial(stack=trial.stack, experiment=experiment)


def test_a_run_of_an_experiment_that_is_gone_fails(trial: Trial) -> None:
    run = made(start_run(trial), status=201)
    save(trial, replace(trial.experiment, deleted=True))
    do_jobs(trial.stack)
    save(trial, trial.experiment)
    assert made(run_at(trial, run["id"]))["status"] == "failed"
