"""The rows of an event source: filtered, and belonging to the unit of today."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import ibis
from ibis.expr import types as ir

from splitplot.accounts.model import ProjectId
from splitplot.adapters.event_store.capabilities import is_list_of_persons
from splitplot.adapters.event_store.compile.dialect import Dialect, Document
from splitplot.adapters.event_store.compile.lists import is_listed
from splitplot.adapters.event_store.compile.predicates import NEVER, holds, is_native
from splitplot.adapters.event_store.values import GROUP_TYPES
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import EventSource, ExposurePlan
from splitplot.filters.match import compile_filter
from splitplot.filters.model import FilterKind, PropertyFilter
from splitplot.ports.event_store import PerformersPlan

_MICROSECOND = timedelta(microseconds=1)

# Runs a query with one column of texts.
ReadTexts = Callable[[ir.Table], Sequence[str]]

# All nullable, as a column is behind an outer join, so that tables can be united.
EVENT_COLUMNS = {
    "project_id": "int32",
    "uuid": "uuid",
    "name": "string",
    "distinct_id": "string",
    "person_id": "uuid",
    "timestamp": "timestamp(6)",
    "flag_key": "string",
    "flag_response": "string",
    "session_id": "string",
    **{f"group_{index}": "string" for index in GROUP_TYPES},
}
MAPPING_COLUMNS = {"project_id": "int32", "source_id": "uuid", "person_id": "uuid"}
PEOPLE_COLUMNS = {"project_id": "int32", "person_id": "uuid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What every part of a plan's query shares.

    Attributes:
        has_mappings: Some of the project's persons were merged, so ids must be looked up.
        as_of: What relative dates in filters count back from.
        zone: Where filters read dates without an offset.
        known_until: See `ExposurePlan`.
        read_texts: For filters that the engine does not compute itself.
        most_texts: How many different texts of a property such a filter looks at.
        table: Where the events are.
        by_unit: Every unit is a part of its own: what comes out are not sums of units, but
            what each of them adds to the sums.
    """

    dialect: Dialect
    project_id: ProjectId
    has_mappings: bool
    as_of: datetime
    zone: tzinfo
    read_texts: ReadTexts
    most_texts: int
    known_until: datetime | None = None
    table: str = "events"
    by_unit: bool = False

    def moment(self, events: ir.Table) -> ir.IntegerValue:
        """When an event happened, in microseconds since 1970."""
        return self.dialect.microseconds(events.timestamp)

    def events(self) -> ir.Table:
        own = {"properties": self.dialect.document_type, **self.dialect.event_columns}
        table = ibis.table({**EVENT_COLUMNS, **own}, name=self.table)
        conditions = [table.project_id == self.project_id]
        if self.known_until is not None:
            conditions.append(table.timestamp <= self.dialect.instant(self.known_until))
        return table.filter(conditions)

    def arrivals(self) -> ir.Table:
        """Events of all projects, with what says when they arrived."""
        own = {"properties": self.dialect.document_type, **self.dialect.event_columns}
        columns = {**EVENT_COLUMNS, **own, **self.dialect.arrival_columns}
        return ibis.table(columns, name=self.dialect.arrivals)


def rows(
    scope: Scope,
    source: EventSource,
    *,
    since: datetime,
    until: datetime,
    is_until_included: bool,
    also: Sequence[PropertyFilter] = (),
) -> ir.Table:
    """The source's events in a span, `since` included, for which `also` holds too.

    Read whose they are with `person_of` and `unit_of`.
    """
    events = scope.events()
    until_instant = scope.dialect.instant(until)
    is_before = (
        events.timestamp <= until_instant if is_until_included else events.timestamp < until_instant
    )
    conditions = [events.timestamp >= scope.dialect.instant(since), is_before]
    events = events.filter([*conditions, *_named(events, source)])
    if scope.has_mappings:
        events = _with_mappings(scope, events)
    return _filtered(scope, events, source, also)


def arrived(scope: Scope, plan: PerformersPlan) -> ir.Table:
    """The plan's events, each as often as it arrived."""
    dialect = scope.dialect
    events = scope.arrivals()
    conditions = [events.project_id == scope.project_id, *_named(events, plan.source)]
    if plan.after is not None:
        conditions.append(dialect.arrived_after(events, plan.after))
    if plan.since is not None:
        conditions.append(events.timestamp >= dialect.instant(plan.since))
    if plan.until is not None:
        conditions.append(events.timestamp <= dialect.instant(plan.until))
    events = events.filter(conditions)
    if scope.has_mappings:
        events = _with_mappings(scope, events)
    return _filtered(scope, events, plan.source)


def person_of(events: ir.Table) -> ir.Value:
    """The person of today."""
    if "mapped_id" in events.columns:
        return ibis.coalesce(events.mapped_id, events.person_id)
    return events.person_id


def unit_of(events: ir.Table, plan: ExposurePlan) -> ir.Value:
    """The unit that a row belongs to; null for events of nobody."""
    if plan.group_type_index is None:
        return person_of(events)
    return events[f"group_{plan.group_type_index}"]


def _with_mappings(scope: Scope, events: ir.Table) -> ir.Table:
    mappings = ibis.table(MAPPING_COLUMNS, name="person_mappings")
    mappings = mappings.filter(mappings.project_id == scope.project_id)
    mappings = mappings.select(source_id="source_id", mapped_id="person_id")
    return events.left_join(mappings, events.person_id == mappings.source_id)


def with_person_properties(scope: Scope, events: ir.Table) -> ir.Table:
    """The rows with `person_properties`, those of the person of today."""
    if "person_properties" in events.columns:
        return events
    columns = {**PEOPLE_COLUMNS, "properties": scope.dialect.document_type}
    people = ibis.table(columns, name="person_properties")
    people = people.filter(people.project_id == scope.project_id)
    people = people.select(described_id="person_id", person_properties="properties")
    return events.left_join(people, person_of(events) == people.described_id)


def _named(events: ir.Table, source: EventSource) -> list[ir.BooleanValue]:
    """What the events' names have to be: little is read of the others."""
    conditions = [] if source.event is None else [events.name == source.event]
    names = [each.event for each in source.alternatives or ()]
    if source.alternatives is not None and None not in names:
        conditions.append(events.name.isin(sorted({str(name) for name in names})))
    return conditions


def _filtered(
    scope: Scope, events: ir.Table, source: EventSource, also: Sequence[PropertyFilter] = ()
) -> ir.Table:
    """The events, named as the source says, for which all filters hold."""
    if any(condition.kind is FilterKind.PERSON for condition in (*source.every_filter, *also)):
        events = with_person_properties(scope, events)
    conditions = [_holds(scope, events, condition) for condition in (*source.filters, *also)]
    if source.alternatives is not None and any(each.filters for each in source.alternatives):
        conditions.append(_is_any(scope, events, source.alternatives))
    return events.filter(conditions) if conditions else events


def _is_any(scope: Scope, events: ir.Table, alternatives: Sequence[EventSource]) -> ir.BooleanValue:
    verdicts = []
    for each in alternatives:
        held = [_holds(scope, events, condition) for condition in each.filters]
        verdicts.append(ibis.and_(*_named(events, each), *held))
    return ibis.or_(*verdicts)


def _holds(scope: Scope, events: ir.Table, condition: PropertyFilter) -> ir.BooleanValue:
    verdict = _verdict(scope, events, condition)
    return ~verdict if condition.negation else verdict


def _verdict(scope: Scope, events: ir.Table, condition: PropertyFilter) -> ir.BooleanValue:
    """What the filter says, its negation left aside; never null."""
    if is_list_of_persons(condition):
        return is_listed(person_of(events), condition)
    document = _document(events, condition)
    if is_native(condition):
        return holds(condition, document, scope.dialect)
    return is_among_accepted(scope, events, condition, document)


def is_among_accepted(
    scope: Scope, events: ir.Table, condition: PropertyFilter, document: Document
) -> ir.BooleanValue:
    """The filter as a list of the stored texts that satisfy it, judged outside the engine.

    The operators that engines lack look at a value's text alone, so this is exact.

    Raises:
        InvalidInput: The property has too many different texts.
    """
    text = scope.dialect.text(document, condition.key)
    stored = events.select(text=text)
    stored = stored.filter(stored.text.notnull()).distinct()
    texts = scope.read_texts(stored.limit(scope.most_texts + 1))
    if len(texts) > scope.most_texts:
        raise InvalidInput(
            f"operator '{condition.operator}' cannot be used on '{condition.key}': "
            f"it has more than {scope.most_texts} different values",
            code="unsupported_operator",
            attr="properties",
        )
    judged = compile_filter(condition, zone=scope.zone)
    accepted = [each for each in texts if judged.holds({condition.key: each}, now=scope.as_of)]
    is_accepted = text.isin(sorted(accepted)).fill_null(NEVER)
    return is_accepted | text.isnull() if judged.if_missing else is_accepted


def _document(events: ir.Table, condition: PropertyFilter) -> Document:
    is_of_person = condition.kind is FilterKind.PERSON
    return events.person_properties if is_of_person else events.properties


def microseconds_of(span: timedelta) -> int:
    """At most what can be added to any instant without leaving 64 bits."""
    return min(span // _MICROSECOND, 1 << 62)
