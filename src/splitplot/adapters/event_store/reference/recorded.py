"""The events of a project in memory, and which of them a source names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from uuid import UUID

from splitplot.adapters.event_store.capabilities import is_list_of_persons, persons_of
from splitplot.adapters.event_store.values import name_of, valid_text, value_of
from splitplot.adapters.event_store.warehouse.rows import TableRow
from splitplot.events.model import Event
from splitplot.experiments.plan import (
    NO_VALUE,
    Breakdown,
    EventSource,
    ExposurePlan,
    UnitProperty,
)
from splitplot.experiments.sources.formulas import PropertyText, Reader
from splitplot.filters.match import compile_filter
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.filters.text import text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The events of one project, and who is who now.

    Attributes:
        person_ids: Person of today by derived id; ids that are absent are their own.
        person_properties: By person of today.
        as_of: What relative dates in filters count back from.
        zone: Where dates without an offset are read.
        tables: The rows of the project's own tables, by place.
    """

    events: Sequence[Event]
    person_ids: Mapping[UUID, UUID]
    person_properties: Mapping[UUID, Properties]
    as_of: datetime
    zone: tzinfo
    tables: Mapping[str, Sequence[TableRow]] = field(default_factory=dict)

    def person_of(self, event: Event) -> UUID:
        return self.person_ids.get(event.person_id, event.person_id)

    def unit_of(self, event: Event, plan: ExposurePlan) -> str | None:
        if plan.group_type_index is None:
            return str(self.person_of(event))
        return name_of(event.properties, f"$group_{plan.group_type_index}")

    def values_of(self, event: Event, breakdown: Breakdown) -> tuple[str, ...]:
        return tuple(self.value_of(event, each) for each in breakdown.properties)

    def value_of(self, event: Event, unit_property: UnitProperty) -> str:
        """What a breakdown knows of the property at an event."""
        kind = FilterKind.PERSON if unit_property.is_of_person else FilterKind.EVENT
        value = self._properties(event, kind).get(unit_property.key)
        return NO_VALUE if value is None or value == "" else valid_text(text_of(value))

    def reader_of(self, event: Event) -> Reader:
        """The event as formulas see it."""

        def value(key: str, *, is_of_person: bool) -> JsonValue:
            kind = FilterKind.PERSON if is_of_person else FilterKind.EVENT
            return self._properties(event, kind).get(key)

        def text(formula: PropertyText) -> str | None:
            found = value(formula.key, is_of_person=formula.is_of_person)
            return None if found is None else valid_text(text_of(found))

        return Reader(
            number=lambda each: value_of(value(each.key, is_of_person=each.is_of_person)),
            text=text,
            parse=value_of,
        )

    def of(self, source: EventSource, *, also: Iterable[PropertyFilter] = ()) -> Iterable[Event]:
        """The events of a source for which `also` holds too."""
        belongs = self._belonging(source)
        conditions = [self._question(condition) for condition in also]
        for event in self.events:
            if belongs(event) and all(holds(event) for holds in conditions):
                yield event

    def _belonging(self, source: EventSource) -> Callable[[Event], bool]:
        """Whether an event is one of the source."""
        conditions = [self._question(condition) for condition in source.filters]
        if source.alternatives is not None:
            alternatives = [self._belonging(each) for each in source.alternatives]
            conditions.append(lambda event: any(belongs(event) for belongs in alternatives))
        return lambda event: (
            (source.event is None or source.event == event.name)
            and all(holds(event) for holds in conditions)
        )

    def _question(self, condition: PropertyFilter) -> Callable[[Event], bool]:
        verdict = self._verdict(condition)
        return lambda event: verdict(event) is not condition.negation

    def _verdict(self, condition: PropertyFilter) -> Callable[[Event], bool]:
        if is_list_of_persons(condition):
            named = frozenset(persons_of(condition))
            is_wanted = condition.operator is not Operator.NOT_IN
            return lambda event: (str(self.person_of(event)) in named) is is_wanted
        compiled, kind = compile_filter(condition, zone=self.zone), condition.kind
        return lambda event: compiled.holds(self._properties(event, kind), now=self.as_of)

    def _properties(self, event: Event, kind: FilterKind) -> Properties:
        if kind is FilterKind.PERSON:
            return self.person_properties.get(self.person_of(event), {})
        return event.properties
