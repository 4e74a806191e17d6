"""What is kept of units against the oracle: one question again and again, while events arrive.

Events arrive in any order, persons merge and change, the experiment's end moves, and in
between the project's settings are edited.
"""

import random
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from splitplot.adapters.event_store.precomputed import units as kept_units
from tests.api.audit_oracle import EPOCH, Trial, World, micros
from tests.api.audit_scenarios import DAY, HOUR, Maker
from tests.api.management import made
from tests.api.stack import Stack, running_stack, settings_in
from tests.api.test_audit_results import (
    check_metric,
    send,
    set_up,
    trial_of,
    with_action,
)

# A few on every run; many more with the slow tests.
SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 62))]
ROUNDS = 4
METRICS = 5
FOREVER = micros(datetime(2100, 1, 1, tzinfo=UTC))


class MovedClock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.at = 0

    def now(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.at)


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, clock: MovedClock) -> Iterator[Stack]:
    """A server on DuckDB whose results are asked for when the clock says so.

    It keeps as much as it likes: the few events of an audit allow next to nothing.
    """
    folder: Path = tmp_path_factory.mktemp("audit")
    events_url = f"duckdb:///{folder / 'events.duckdb'}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(kept_units, "MOST_ROWS_PER_EVENT", 1000)
        with running_stack(settings_in(folder, events_url=events_url)) as running:
            patched.setattr(running.platform.results, "_clock", clock)
            yield running


class Audit:
    """One scenario, told in rounds."""

    def __init__(self, server: Stack, clock: MovedClock, seed: int) -> None:
        self.server, self.clock = server, clock
        self.pick = random.Random(f"rounds of {seed}")  # noqa: S311 - no secret
        maker = Maker(seed)
        self.scenario = maker.make()
        self.world = World()
        self.steps = maker.action_steps()
        self.action = with_action(server, self.scenario, self.steps)
        self.world.actions[self.action] = self.steps
        self.other_steps = maker.action_steps()
        self.is_endless = self.pick.random() < 0.3
        self.experiment = set_up(server, self.scenario)
        if self.is_endless:
            self._patch(f"experiments/{self.experiment['id']}/", end_date=None)
        # The others are never kept.
        asked = [metric for metric in self.scenario.metrics if self._is_kept(metric)]
        self.metrics = self.pick.sample(asked, min(METRICS, len(asked)))
        self.asked_before: set[tuple[object, ...]] = set()
        self.edits = 0

    def _is_kept(self, metric: Any) -> bool:  # noqa: ANN401 - JSON
        if "value_breakdown_property" in metric or "breakdownAttributionType" in metric:
            return False
        # The oracle counts everybody in retention, as long as all are matured.
        return not (self.scenario.matured and metric["metric_type"] == "retention")

    def moments(self) -> list[int]:
        """When results are asked for, in order."""
        s = self.scenario
        if not self.is_endless and self.pick.random() < 0.3:
            return [s.end + 400 * DAY] * ROUNDS
        edges = [s.start + DAY, s.end, s.end - 1, s.end + 1, s.end + 2 * DAY, s.end + 40 * DAY]
        anywhere = [s.start + n * HOUR for n in self.pick.sample(range(1, 200), ROUNDS)]
        return sorted(self.pick.sample([*edges, *anywhere], ROUNDS))

    def edit(self) -> None:
        """Somebody changes what the project's questions depend on."""
        kind = self.pick.choice(["accounts", "zone", "action", "criteria"])
        s = self.scenario
        if kind == "accounts":
            internal = {"key": "plan", "operator": "is_not", "value": "pro", "type": "person"}
            s.account_filters = [internal]
            self._patch("", test_account_filters=s.account_filters)
        elif kind == "zone":
            s.zone = "Asia/Kathmandu"
            self._patch("", timezone=s.zone)
        elif kind == "action":
            self.world.actions[self.action] = self.other_steps
            self._patch(f"actions/{self.action}/", steps=self.other_steps)
        else:
            s.criteria["multiple_variant_handling"] = "first_seen"
            self._patch(f"experiments/{self.experiment['id']}/", exposure_criteria=s.criteria)
        self.edits += 1

    def _patch(self, path: str, **body: object) -> None:
        made(self.server.client.patch(self.server.url(path), json=body))

    def ask_all(self, *, compares_with_direct: bool) -> None:
        now = self.clock.at
        is_over = not self.is_endless and now >= self.scenario.end
        seen = copy(self.world)
        if not is_over:
            seen.rows = [row for row in self.world.rows if row.at <= now]
        for metric in self.metrics:
            answer = self._ask(metric)
            question = (metric["uuid"], is_over, self.edits)
            # An edit may leave a metric what it was.
            if question in self.asked_before:
                assert answer["is_precomputed"] is True, (metric, now)
            self.asked_before.add(question)
            check_metric(answer, metric, seen, self.scenario, trial=self._trial())
            if compares_with_direct:
                direct = self._ask(metric, precomputation_mode="direct")
                assert direct["is_precomputed"] is False
                check_metric(direct, metric, seen, self.scenario, trial=self._trial())

    def _ask(self, metric: object, **more: object) -> Any:  # noqa: ANN401 - JSON
        query = {
            "kind": "ExperimentQuery",
            "experiment_id": self.experiment["id"],
            "metric": metric,
            **more,
        }
        body = {"query": query, "refresh": "force_blocking"}
        return made(self.server.client.post(self.server.url("query/"), json=body))

    def _trial(self) -> Trial:
        end = FOREVER if self.is_endless else self.scenario.end
        return trial_of(self.scenario, now=self.clock.at, end=end)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_question_that_is_asked_again_has_the_result_that_was_worked_out_by_hand(
    server: Stack, clock: MovedClock, seed: int
) -> None:
    audit = Audit(server, clock, seed)
    batches = audit.scenario.batches
    edited_in = audit.pick.choice([None, 1, 2])
    for number, clock.at in enumerate(audit.moments()):
        for batch in batches[number::ROUNDS]:
            send(server, batch)
            audit.world.receive(batch, audit.scenario.moments)
        if number == edited_in:
            audit.edit()
        audit.ask_all(compares_with_direct=number == ROUNDS - 1)
