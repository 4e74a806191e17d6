"""One pass over the events of many sources: a row for each unit with what was wished."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.means import measured
from splitplot.adapters.event_store.compile.sources import Scope, microseconds_of, rows, unit_of
from splitplot.adapters.event_store.shared.wishes import (
    ColumnWish,
    Covariate,
    Measure,
    Moments,
    Value,
    Wish,
)
from splitplot.experiments.plan import EventSource, ExposurePlan, MeanPlan

# A list holds moments of so many sources: the lowest bits of a member say of which.
_BITS = 5
_SOURCES = 1 << _BITS


@dataclass(frozen=True, slots=True)
class Listed:
    """One source's moments in the list of a unit.

    One list for several sources costs far less than a list for each. A member is
    `since * 32 + number of the source`; `since` is never negative.
    """

    column: str
    number: int

    def is_there(self, units: ir.Table) -> ir.BooleanValue:
        """Whether the unit has any: to look through lists in vain is the greatest expense."""
        return (units[_kinds_of(self.column)] & (1 << self.number)) != 0

    def which(
        self, units: ir.Table, is_wanted: Callable[[ir.IntegerValue], ir.BooleanValue]
    ) -> ir.ArrayValue:
        """The members of the source whose `since` is wanted."""
        return units[self.column].filter(
            lambda member: ((member & (_SOURCES - 1)) == self.number) & is_wanted(member >> _BITS)
        )


def since_of(member: ir.IntegerValue) -> ir.IntegerValue:
    """How long after the unit's first exposure, in microseconds."""
    return member >> _BITS


class Scan:
    """Wishes are made first; then everything is read at once.

    Args:
        exposure: Whose units.
        scope: How the engine reads events.
    """

    def __init__(self, exposure: ExposurePlan, scope: Scope) -> None:
        self._exposure = exposure
        self._scope = scope
        self._columns: dict[str, ColumnWish] = {}
        self._moments: list[Moments] = []
        self._sources: list[EventSource] = []
        # Filters may hold lists, so that texts stand for what is compared.
        self._names: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    def wish(self, wish: ColumnWish) -> str:
        """The name of the column that `units` will have for it."""
        self._number_of(wish.source)
        name = self._names.setdefault(repr(wish), f"of_unit_{len(self._names)}")
        self._columns[name] = wish
        return name

    def list_moments(self, wish: Moments) -> Listed:
        """Where they will be found."""
        number = self._number_of(wish.source)
        self._moments.append(wish)
        return Listed(_list_of(number), number % _SOURCES)

    def _number_of(self, source: EventSource) -> int:
        number = self._numbers.setdefault(repr(source), len(self._sources))
        if number == len(self._sources):
            self._sources.append(source)
        return number

    def _wishes(self, numbers: Iterable[int] | None = None) -> list[Wish]:
        """All wishes, or those about the sources of these numbers."""
        wishes: list[Wish] = [*self._columns.values(), *self._moments]
        if numbers is None:
            return wishes
        wanted = set(numbers)
        return [wish for wish in wishes if self._number_of(wish.source) in wanted]

    def units(self, exposed: ir.Table) -> ir.Table:
        """The exposed units, each with its columns; numbers of units without events are 0."""
        found = self._of_events(exposed)
        units = exposed.left_join(found, exposed.unit == found.event_unit)
        numbers = {
            name: ibis.coalesce(units[name].cast("float64"), ibis.literal(0.0))
            for name, wish in self._columns.items()
            if isinstance(wish, Value | Covariate)
        }
        others = [name for name in found.columns if name not in {*numbers, "event_unit"}]
        return units.select(*exposed.columns, *others, **numbers)

    def _of_events(self, exposed: ir.Table) -> ir.Table:
        measures = {measure: f"measure_{at}" for at, measure in enumerate(self._measures())}
        rows_ = self._in_reach(exposed, self._events(measures))
        columns: dict[str, ir.Value] = {
            name: wish.column(
                rows_,
                self._exposure,
                where=rows_.source == self._number_of(wish.source),
                measure=None if wish.measure is None else measures[wish.measure],
            )
            for name, wish in self._columns.items()
        }
        numbers = sorted({self._number_of(wish.source) for wish in self._moments})
        for name in dict.fromkeys(map(_list_of, numbers)):
            listed = [number for number in numbers if _list_of(number) == name]
            member = rows_.since * _SOURCES + rows_.source % _SOURCES
            is_listed = rows_.source.isin(listed) & (rows_.since >= 0)
            columns[name] = member.collect(where=is_listed)
            kind = ibis.literal(1, type="int64") << (rows_.source.cast("int64") % _SOURCES)
            columns[_kinds_of(name)] = kind.bit_or(where=is_listed)
        return rows_.group_by("event_unit").agg(**columns)

    def _in_reach(self, exposed: ir.Table, events: ir.Table) -> ir.Table:
        """The units' events with `since`, without most that no wish can count."""
        longest = max(wish.lookback for wish in self._wishes())
        earliest = exposed.first - microseconds_of(longest) if longest else exposed.first
        joined = exposed.inner_join(
            events, [exposed.unit == events.event_unit, events.moment >= earliest]
        )
        found = joined.select(*events.columns, "entries", since=joined.moment - joined.first)
        reaches = self._reaches()
        if reaches:
            limits = [(found.source == number, reach) for number, reach in reaches.items()]
            is_in_reach = ibis.cases(
                *((is_source, found.since <= reach) for is_source, reach in limits),
                else_=ibis.literal(True),  # noqa: FBT003 - the constant itself
            )
            found = found.filter(is_in_reach | (found.entries > 1))
        return found

    def _reaches(self) -> dict[int, int]:
        """For sources with an end: how long after the first exposure, in microseconds."""
        reaches = {}
        for number in range(len(self._sources)):
            of_source = [wish.reach for wish in self._wishes([number])]
            limits = [reach for reach in of_source if reach is not None]
            if len(limits) == len(of_source):
                reaches[number] = microseconds_of(max(limits))
        return reaches

    def _events(self, measures: dict[Measure, str]) -> ir.Table:
        """`event_unit`, `source`, `moment` and the measures of every event of each source."""
        by_name = [at for at, source in enumerate(self._sources) if _is_name_alone(source)]
        parts = [[at] for at in range(len(self._sources)) if at not in by_name]
        if by_name:
            parts.append(by_name)
        tables = [self._part(part, measures) for part in parts]
        return tables[0] if len(tables) == 1 else ibis.union(*tables, distinct=False)

    def _part(self, numbers: list[int], measures: dict[Measure, str]) -> ir.Table:
        """The events of one source, or of several that are told apart by their names."""
        part = [self._sources[number] for number in numbers]
        wishes = self._wishes(numbers)
        events = rows(
            self._scope,
            part[0] if len(part) == 1 else EventSource(event=None, alternatives=tuple(part)),
            since=self._exposure.start - max(wish.lookback for wish in wishes),
            until=max(wish.until(self._exposure) for wish in wishes),
            is_until_included=True,
        )
        source: ir.Value = ibis.literal(numbers[0])
        if len(part) > 1:
            names = zip(part[1:], numbers[1:], strict=True)
            source = ibis.cases(
                *((events.name == each.event, number) for each, number in names), else_=source
            )
        return events.select(
            event_unit=unit_of(events, self._exposure),
            source=source,
            moment=self._scope.moment(events),
            **{
                name: self._measured(
                    events, measure, [wish for wish in wishes if wish.measure == measure], len(part)
                )
                for measure, name in measures.items()
            },
        )

    def _measured(
        self, events: ir.Table, measure: Measure, wishes: list[Wish], sources: int
    ) -> ir.Value:
        """The measure of the events of which it is wished: of others it is not read."""
        nothing = ibis.null(measure.type)
        if not wishes:
            return nothing
        metric = MeanPlan(
            source=wishes[0].source,
            math=measure.math,
            value_property=measure.value_property,
            group_type_index=measure.group_type_index,
        )
        value = measured(metric, self._scope, events)["measure"]
        names = {wish.source.event for wish in wishes}
        if sources == 1 or len(names) == sources:
            return value
        return ibis.ifelse(events.name.isin(sorted(map(str, names))), value, nothing)

    def _measures(self) -> list[Measure]:
        measures = (wish.measure for wish in self._wishes())
        return list(dict.fromkeys(measure for measure in measures if measure is not None))


def _is_name_alone(source: EventSource) -> bool:
    return source.event is not None and source == EventSource(event=source.event)


def _kinds_of(column: str) -> str:
    """The column with a bit for each source that is in the list."""
    return f"{column}_kinds"


def _list_of(number: int) -> str:
    return f"moments_{number // _SOURCES}"
