"""Simulations in the background: asked for, broken off, gone on with, and given up."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest

from splitplot.adapters.jobs.memory import JobsInMemory
from splitplot.ports.jobs import Stopped
from splitplot.services.simulations.power import BLOCK
from splitplot.stats.simulations.power import SimulatedDesign, nothing_yet, power_of, simulate
from splitplot.worker.jobs import work_of
from tests.api.management import Json
from tests.api.stack import Stack, running_stack, settings_in

PATH = "power_simulations/"
ASKED = {"difference": 0.1, "variance": 1.0, "units": 1570, "looks": 10, "experiments": 4 * BLOCK}
DESIGN = SimulatedDesign(difference=0.1, variance=1.0, units=1570, looks=10)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(settings_in(tmp_path_factory.mktemp("stack"))) as running:
        yield running


def start(stack: Stack, **changes: object) -> httpx.Response:
    return stack.client.post(stack.url(PATH), json={**ASKED, **changes})


def started(stack: Stack) -> Json:
    answer = start(stack)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def read(stack: Stack, made: Json) -> Json:
    found: Json = stack.client.get(stack.url(f"{PATH}{made['id']}/")).json()
    return found


def jobs_of(stack: Stack) -> JobsInMemory:
    jobs = stack.platform.stores.jobs
    assert isinstance(jobs, JobsInMemory)
    jobs.start(work_of(stack.platform))
    return jobs


def test_a_simulation_comes_to_its_end_in_the_background(stack: Stack) -> None:
    made = started(stack)
    assert (made["status"], made["completed_experiments"], made["power"]) == ("pending", 0, None)
    jobs_of(stack).run_waiting()
    done = read(stack, made)
    assert (done["status"], done["completed_experiments"]) == ("completed", 4 * BLOCK)
    power = done["power"]
    assert power["at_end"] == pytest.approx(0.8, abs=4 * power["at_end_error"])
    assert len(power["always_valid"]) == 10


def test_one_that_is_broken_off_comes_to_the_same_result(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = started(stack)
    service, steps = stack.platform.power_simulations, iter(range(10))

    def stop_at_the_third() -> None:
        if next(steps) == 2:
            raise Stopped

    monkeypatch.setattr(service, "_checkpoint", stop_at_the_third)
    with pytest.raises(Stopped):
        jobs_of(stack).run_waiting()
    half = read(stack, made)
    assert (half["status"], half["completed_experiments"]) == ("in_progress", 2 * BLOCK)
    jobs_of(stack).run_waiting()
    done = read(stack, made)

    looks = nothing_yet(DESIGN)
    for first in range(0, 4 * BLOCK, BLOCK):
        random = np.random.default_rng([int(made["id"].replace("-", ""), 16), first])
        looks += simulate(DESIGN, random.standard_normal((BLOCK, 10)))
    assert done["status"] == "completed"
    assert done["power"]["always_valid"] == list(power_of(DESIGN, looks).always_valid)
    assert next(steps) == 5, "the first two blocks were not simulated again"


def test_one_without_a_job_is_given_one_and_a_lost_one_has_failed(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, jobs = stack.platform.power_simulations, jobs_of(stack)
    with monkeypatch.context() as without_jobs:
        without_jobs.setattr("splitplot.services.simulations.power.promise", lambda *_: None)
        made = started(stack)
    assert jobs.run_waiting() == 0
    service.reconcile()

    def fail() -> None:
        raise RuntimeError("no")

    with monkeypatch.context() as broken:
        broken.setattr(service, "_checkpoint", fail)
        jobs.run_waiting()
    service.reconcile()
    lost = read(stack, made)
    assert lost["status"] == "failed"
    assert "given up" in lost["error"]


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"variance": 0}, "variance"),
        ({"units": 5}, "looks"),
        ({"units": 1.5}, "units"),
        ({"looks": 500}, "looks"),
        ({"alpha": 1}, "alpha"),
        ({"experiments": 10**9}, "experiments"),
        ({"difference": "much"}, "difference"),
        ({"seed": 3}, "seed"),
    ],
)
def test_what_cannot_be_simulated_is_refused(
    stack: Stack, changes: dict[str, object], attr: str
) -> None:
    answer = start(stack, **changes)
    assert (answer.status_code, answer.json()["attr"]) == (400, attr)


def test_only_so_many_go_on_at_once(stack: Stack) -> None:
    answers = [start(stack).status_code for _ in range(6)]
    assert answers == [201] * 5 + [400]
    jobs_of(stack).run_waiting()
    assert start(stack).status_code == 201
