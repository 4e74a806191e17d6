"""Cohorts: sets of people, listed (static) or described by their properties (dynamic)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import count
from typing import TypeAlias

from splitplot.errors import InvalidInput, NotFound, SplitplotError
from splitplot.filters.match import compile_filter
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.filters.numbers import number_of
from splitplot.filters.wire import parse_filter
from splitplot.people.behaviour import is_behavioural, parse_behaviour, values_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """The person that a cohort is asked about.

    Attributes:
        properties: Of the person, as they are now.
        static_cohorts: For every known static cohort, whether the person is listed.
        now: Aware; relative dates count from it.
        performed: Cohort and the number of its behaviour, to when the person last showed
            it; what is absent the person never did. None: nobody knows what they did.
    """

    properties: Properties
    static_cohorts: Mapping[int, bool]
    now: datetime
    performed: Mapping[tuple[int, int], datetime] | None = None

    @classmethod
    def of(
        cls,
        properties: Properties,
        memberships: Mapping[tuple[int, int], datetime | None],
        *,
        static_cohorts: Iterable[int],
        now: datetime,
    ) -> "Candidate":
        """A person of whom everything is known.

        Args:
            properties: Of the person.
            memberships: Cohort and number of a behaviour to when the person last showed
                it; a list has one with the number 0 and no time.
            static_cohorts: All that there are.
            now: As in the attributes.
        """
        return cls(
            properties,
            {number: (number, 0) in memberships for number in static_cohorts},
            now,
            {place: at for place, at in memberships.items() if at is not None},
        )


# None: nobody can say, because it depends on what the person did.
Membership: TypeAlias = Callable[[Candidate], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """A cohort, ready to be asked.

    Attributes:
        has: Whether the candidate is in it; None when it depends on behaviour that nobody
            knows. Raises NotFound for a cohort (or one that it is made of) that does not
            exist, InvalidInput for one that is made of itself.
        property_keys: Person properties that the answer may depend on.
        is_behavioural: Some part of it depends on behaviour.
        lists: Cohorts whose stored members the answer may depend on.
    """

    has: Membership
    property_keys: frozenset[str] = frozenset()
    is_behavioural: bool = False
    lists: frozenset[int] = frozenset()


def compile_cohort(
    cohort_id: int,
    documents: Mapping[int, Properties],
    *,
    zone: tzinfo = UTC,
    matching_version: int = 1,
) -> Cohort:
    """Prepare a cohort for questions.

    Args:
        cohort_id: Of a key in `documents`; any other cohort is taken for a static one.
        documents: Dynamic cohorts, id to nested property groups as on the wire.
        zone: Where dates and times without an offset are read.
        matching_version: See `filters.match`.
    """
    compiler = _Compiler(documents=documents, zone=zone, matching_version=matching_version)
    try:
        return compiler.cohort(cohort_id, parents=())
    except RecursionError:
        return _failing(InvalidInput("The cohort is nested too deeply.", code="cohort_too_deep"))


def cohort_id_of(value: JsonValue) -> int | None:
    """The id in a cohort filter's value, which may be a number or its text."""
    number = number_of(value)
    return int(number) if number is not None and number.is_integer() else None


def wants_membership(operator: Operator | None) -> bool | None:
    """True when a cohort filter asks for members, False for others, None for neither."""
    if operator in (Operator.IN, Operator.EXACT):
        return True
    return False if operator is Operator.NOT_IN else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiler:
    documents: Mapping[int, Properties]
    zone: tzinfo
    matching_version: int

    def cohort(self, cohort_id: int, *, parents: tuple[int, ...]) -> Cohort:
        if cohort_id in parents:
            return _failing(
                InvalidInput(f"Cohort {cohort_id} is made of itself.", code="cohort_cycle")
            )
        document = self.documents.get(cohort_id)
        if document is None:
            return _static(cohort_id)
        wrapped = document.get("properties")
        node = wrapped if isinstance(wrapped, Mapping) else document
        place = _Place(cohort_id=cohort_id, parents=(*parents, cohort_id), behaviours=count())
        return self._node(node, place)

    def _node(self, node: Properties, place: "_Place") -> Cohort:
        values = values_of(node)
        if values is None:
            return self._leaf(node, place)
        parts = [self._node(value, place) for value in values]
        is_any = str(node.get("type", "AND")).upper() == "OR"
        members = tuple(part.has for part in parts)
        # A group without parts asks for nothing, so everybody satisfies it.
        has = _any_of(members) if is_any and members else _all_of(members)
        return _combined(has, parts)

    def _leaf(self, document: Properties, place: "_Place") -> Cohort:
        if is_behavioural(document):
            return _behavioural(document, place.cohort_id, next(place.behaviours))
        leaf = parse_filter(document)
        if leaf.kind is FilterKind.COHORT:
            return self._other_cohort(leaf, parents=place.parents)
        is_about_person = leaf.kind is FilterKind.PERSON
        compiled = compile_filter(leaf, zone=self.zone, matching_version=self.matching_version)
        negation = leaf.negation

        def has(candidate: Candidate) -> bool:
            holds = is_about_person and compiled.holds(candidate.properties, now=candidate.now)
            return holds is not negation

        return Cohort(has=has, property_keys=frozenset({leaf.key}))

    def _other_cohort(self, leaf: PropertyFilter, *, parents: tuple[int, ...]) -> Cohort:
        wanted, cohort_id = wants_membership(leaf.operator), cohort_id_of(leaf.value)
        if wanted is None or cohort_id is None:
            return Cohort(has=_nobody)
        other = self.cohort(cohort_id, parents=parents)
        expected = wanted is not leaf.negation

        def has(candidate: Candidate) -> bool | None:
            is_member = other.has(candidate)
            return None if is_member is None else is_member is expected

        return _combined(has, [other])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """The cohort that is being compiled, and those that it is a part of.

    Attributes:
        behaviours: The number of the next behaviour, as in `behaviours_of`.
    """

    cohort_id: int
    parents: tuple[int, ...]
    behaviours: Iterator[int]


def _combined(has: Membership, parts: Iterable[Cohort]) -> Cohort:
    parts = tuple(parts)
    return Cohort(
        has=has,
        property_keys=frozenset().union(*(part.property_keys for part in parts)),
        is_behavioural=any(part.is_behavioural for part in parts),
        lists=frozenset().union(*(part.lists for part in parts)),
    )


def _behavioural(document: Properties, cohort_id: int, number: int) -> Cohort:
    try:
        behaviour = parse_behaviour(document)
    except InvalidInput as error:
        return _failing(error)
    negation = document.get("negation") is True

    def has(candidate: Candidate) -> bool | None:
        if candidate.performed is None:
            return None
        last_at = candidate.performed.get((cohort_id, number))
        bound = behaviour.bound(now=candidate.now)
        is_recent = last_at is not None and (bound is None or last_at >= bound)
        return is_recent is not negation

    return Cohort(has=has, is_behavioural=True, lists=frozenset({cohort_id}))


def _static(cohort_id: int) -> Cohort:
    def has(candidate: Candidate) -> bool:
        try:
            return candidate.static_cohorts[cohort_id]
        except KeyError:
            message = f"Cohort {cohort_id} does not exist."
            raise NotFound(message, code="cohort_not_found") from None

    return Cohort(has=has, lists=frozenset({cohort_id}))


def _failing(error: SplitplotError) -> Cohort:
    def has(_candidate: Candidate) -> bool:
        raise error

    return Cohort(has=has)


def _nobody(_candidate: Candidate) -> bool:
    return False


def _all_of(members: tuple[Membership, ...]) -> Membership:
    def has(candidate: Candidate) -> bool | None:
        answers = {member(candidate) for member in members}
        if False in answers:
            return False
        return None if None in answers else True

    return has


def _any_of(members: tuple[Membership, ...]) -> Membership:
    def has(candidate: Candidate) -> bool | None:
        answers = {member(candidate) for member in members}
        if True in answers:
            return True
        return None if None in answers else False

    return has
