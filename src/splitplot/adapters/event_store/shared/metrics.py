"""Metrics as sums over units of which one pass has read everything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.means import clamped
from splitplot.adapters.event_store.compile.retentions import Retention
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of
from splitplot.adapters.event_store.rows import microseconds_since_epoch
from splitplot.adapters.event_store.shared.scan import Scan, since_of
from splitplot.adapters.event_store.shared.wishes import (
    Moments,
    Past,
    Start,
    covariate_of,
    value_of,
)
from splitplot.adapters.event_store.values import later
from splitplot.experiments.plan import (
    EventSource,
    ExposurePlan,
    FunnelPlan,
    MeanPlan,
    RatioPlan,
    RetentionPlan,
    Source,
    Winsorization,
)

# How often a unit may enter for its chains to be followed one by one: each looks at all
# of its events. Units that enter more often are another query's.
MOST_ENTRIES = 64

# Clocks that are set back make a day longer.
_LONGEST_DAY = timedelta(days=2)

Numbers = tuple[object, ...]


class SharedMetric(Protocol):
    """One metric's part in what is computed of all units at once."""

    @property
    def clamps(self) -> Sequence["Side"]:
        """Numbers that are clamped before they are added up."""
        ...

    @property
    def stages(self) -> int:
        """How many times columns are added, each time with a view to those before."""
        ...

    def columns(self, units: ir.Table, stage: int) -> dict[str, ir.Value]:
        """What the metric adds to each unit at a stage, from 0 on."""
        ...

    def sums(self, units: ir.Table) -> dict[str, ir.Value]:
        """What it adds up; equal names are equal sums."""
        ...

    def rows(self, sums: Mapping[str, object]) -> list[Numbers]:
        """The numbers of a variant as the metric's own query has them."""
        ...


@dataclass(frozen=True, slots=True)
class Side:
    """A number of each unit, and where it is clamped the column it has then."""

    column: str
    rule: Winsorization | None

    @property
    def name(self) -> str:
        if self.rule is None:
            return self.column
        bounds = (self.rule.lower, self.rule.upper, self.rule.ignore_zeros)
        return "_".join(map(str, (self.column, "within", *bounds)))

    def clamped(self, units: ir.Table) -> ir.Value:
        value = units[self.column]
        return value if self.rule is None else clamped(units, self.column, self.rule)


class SharedMean:
    def __init__(self, metric: MeanPlan, scan: Scan) -> None:
        self._threshold = metric.threshold
        self._side = Side(scan.wish(value_of(metric)), metric.winsorization)
        looks_back = metric.lookback is not None
        self._covariate = scan.wish(covariate_of(metric)) if looks_back else None
        self._name = self._side.name
        if self._threshold is not None:
            self._name = f"{self._name}_from_{self._threshold}"
        self.stages = 0
        self.clamps = [self._side] if metric.winsorization else []
        self._names = [f"{self._name} total", f"{self._name} squares"]
        if self._covariate is not None:
            self._names += [f"{self._covariate} total", f"{self._covariate} squares"]
            self._names.append(f"{self._name} by {self._covariate}")

    def columns(self, units: ir.Table, stage: int) -> dict[str, ir.Value]:
        del units, stage
        return {}

    def sums(self, units: ir.Table) -> dict[str, ir.Value]:
        value = units[self._side.name]
        if self._threshold is not None:
            value = (value >= self._threshold).cast("float64")
        sums = [value.sum(), (value * value).sum()]
        if self._covariate is not None:
            covariate = units[self._covariate]
            sums += [covariate.sum(), (covariate * covariate).sum(), (value * covariate).sum()]
        return dict(zip(self._names, sums, strict=True))

    def rows(self, sums: Mapping[str, object]) -> list[Numbers]:
        return [(sums["units"], *(sums[name] for name in self._names))]


class SharedRatio:
    def __init__(self, metric: RatioPlan, scan: Scan) -> None:
        over, under = metric.numerator, metric.denominator
        self._over = Side(scan.wish(value_of(over)), over.winsorization)
        self._under = Side(scan.wish(value_of(under)), under.winsorization)
        self.stages = 0
        self.clamps = [side for side in self._sides if side.rule is not None]
        self._names = [
            *(f"{side.name} {sum_}" for side in self._sides for sum_ in ("total", "squares")),
            f"{self._over.name} by {self._under.name}",
        ]

    @property
    def _sides(self) -> tuple[Side, Side]:
        return self._over, self._under

    def columns(self, units: ir.Table, stage: int) -> dict[str, ir.Value]:
        del units, stage
        return {}

    def sums(self, units: ir.Table) -> dict[str, ir.Value]:
        over, under = (units[side.name] for side in self._sides)
        sums = [over.sum(), (over * over).sum(), under.sum(), (under * under).sum()]
        sums.append((over * under).sum())
        return dict(zip(self._names, sums, strict=True))

    def rows(self, sums: Mapping[str, object]) -> list[Numbers]:
        return [(sums["units"], *(sums[name] for name in self._names))]


class SharedFunnel:
    """An ordered funnel no event of which serves two steps.

    A chain is an entry with the moment of the step that was reached last. From each the
    earliest event of the next step is taken, not later than the window after the entry.
    """

    def __init__(self, metric: FunnelPlan, scan: Scan, exposure: ExposurePlan, name: str) -> None:
        self._window = microseconds_of(metric.window)
        last = later(exposure.end, metric.window)
        self._steps = [
            scan.list_moments(Moments(_event(step), metric.window, last)) for step in metric.steps
        ]
        self._past: str | None = None
        if metric.lookback is not None:
            self._past = scan.wish(Past(_event(metric.steps[-1]), metric.lookback))
        self._name = name
        self.stages = len(self._steps) + 2
        self.clamps: list[Side] = []

    def columns(self, units: ir.Table, stage: int) -> dict[str, ir.Value]:
        if stage == 0:
            # The same for every funnel.
            entered = units.entered.map(lambda moment: _chain(moment - units.first))
            return {"entered_chains": ibis.ifelse(units.entries <= MOST_ENTRIES, entered, None)}
        if stage > len(self._steps) + 1:
            return {}
        if stage > len(self._steps):
            lengths = enumerate(units[self._chains(step)].length() for step in self._numbers)
            return {f"{self._name}_reached_{step}": length for step, length in lengths}
        listed = self._steps[stage - 1]

        def following(chain: ir.StructValue) -> ir.StructValue:
            last = chain.entry + self._window
            events = listed.which(units, lambda since: (since >= chain.at) & (since <= last))
            return ibis.struct({"entry": chain.entry, "events": events})

        chains = ibis.ifelse(listed.is_there(units), units[self._chains(stage - 1)], None)
        followed = chains.map(following)
        reached = followed.filter(lambda chain: chain.events.length() > 0)
        return {
            self._chains(stage): reached.map(
                lambda chain: _chain(chain.entry, at=since_of(chain.events.mins()))
            )
        }

    @property
    def _numbers(self) -> range:
        return range(len(self._steps) + 1)

    def _chains(self, step: int) -> str:
        return f"{self._name}_chains_{step}" if step else "entered_chains"

    def sums(self, units: ir.Table) -> dict[str, ir.Value]:
        sums = {}
        for step in self._numbers:
            did = units[f"{self._name}_reached_{step}"] > 0
            sums[f"{self._name} {step}"] = units.count(where=did)
            if self._past is not None:
                did_before = did & (units[self._past] > 0)
                sums[f"{self._name} {step} before"] = units.count(where=did_before)
        return sums

    def rows(self, sums: Mapping[str, object]) -> list[Numbers]:
        every = self._furthest(sums, "")
        if self._past is None:
            return list(enumerate(every))
        before = self._furthest(sums, " before")
        return [
            row
            for step, units in enumerate(every)
            for row in ((0, step, units - before[step]), (1, step, before[step]))
        ]

    def _furthest(self, sums: Mapping[str, object], kind: str) -> list[int]:
        """How many units have each step as their furthest."""
        reached = [int(str(sums[f"{self._name} {step}{kind}"])) for step in self._numbers]
        return [here - there for here, there in zip(reached, [*reached[1:], 0], strict=True)]


class SharedRetention:
    """Retention whose start is no event that could be a completion."""

    def __init__(
        self,
        metric: RetentionPlan,
        scan: Scan,
        exposure: ExposurePlan,
        name: str,
        *,
        scope: Scope,
    ) -> None:
        self._metric = metric
        self._clock = Retention(exposure, metric, scope)
        self._last = later(self._clock.until, metric.latest)
        completions = Moments(_event(metric.completion), _reach_of(metric), self._last)
        self._completions = scan.list_moments(completions)
        self._start: str | None = None
        if metric.start is not None:
            start = Start(_event(metric.start), metric.window, metric.takes_last_start)
            self._start = scan.wish(start)
        self._name = name
        self.stages = 2
        self.clamps: list[Side] = []

    def columns(self, units: ir.Table, stage: int) -> dict[str, ir.Value]:
        return [self._started, self._retained][stage](units) if stage < self.stages else {}

    def _started(self, units: ir.Table) -> dict[str, ir.Value]:
        start = units.first if self._start is None else units[self._start]
        if self._metric.started_by is not None:
            is_over = start <= microseconds_since_epoch(self._metric.started_by)
            start = ibis.ifelse(is_over, start, None)
        return {f"{self._name}_start": start, f"{self._name}_at": self._clock.on_clock(start)}

    def _retained(self, units: ir.Table) -> dict[str, ir.Value]:
        start, at = units[f"{self._name}_start"], units[f"{self._name}_at"]
        earliest = at + microseconds_of(self._metric.earliest)
        latest = at + microseconds_of(self._metric.latest)
        last = microseconds_since_epoch(self._last)

        def is_return(since: ir.IntegerValue) -> ir.BooleanValue:
            moment = units.first + since
            on_clock = self._clock.on_clock(moment)
            is_in_time = (on_clock >= earliest) & (on_clock <= latest)
            return is_in_time & (moment >= start) & (moment < last)

        returns = self._completions.which(units, is_return).length()
        can_return = self._completions.is_there(units) & start.notnull()
        return {f"{self._name}_returns": ibis.ifelse(can_return, returns, 0)}

    def sums(self, units: ir.Table) -> dict[str, ir.Value]:
        has_started = units[f"{self._name}_start"].notnull()
        came_back = has_started & (units[f"{self._name}_returns"] > 0)
        return {
            f"{self._name} started": units.count(where=has_started),
            f"{self._name} retained": units.count(where=came_back),
        }

    def rows(self, sums: Mapping[str, object]) -> list[Numbers]:
        started = sums["units" if self._metric.counts_all_exposed else f"{self._name} started"]
        return [(started, sums[f"{self._name} retained"])]


def _event(source: Source) -> EventSource:
    assert isinstance(source, EventSource)  # noqa: S101 nothing else is shared
    return source


def _chain(entry: ir.IntegerValue, *, at: ir.IntegerValue | None = None) -> ir.StructValue:
    return ibis.struct({"entry": entry, "at": entry if at is None else at})


def _reach_of(metric: RetentionPlan) -> timedelta | None:
    """How long after its first exposure a unit can still come back; None for ever."""
    if metric.start is None:
        return metric.latest + _LONGEST_DAY
    return None if metric.window is None else metric.window + metric.latest + _LONGEST_DAY
