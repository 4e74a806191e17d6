"""Cohorts: sets of people, listed (static) or described by their properties (dynamic)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

from splitplot.errors import InvalidInput, NotFound, SplitplotError
from splitplot.filters.match import compile_filter
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.filters.numbers import number_of
from splitplot.filters.wire import parse_filter


@dataclass(frozen=True, slots=True)
class Candidate:
    """The person that a cohort is asked about.

    Attributes:
        properties: Of the person, as they are now.
        static_cohorts: For every known static cohort, whether the person is listed.
        now: Aware; relative dates count from it.
    """

    properties: Properties
    static_cohorts: Mapping[int, bool]
    now: datetime


# None: nobody can say, because it depends on what the person did.
Membership: TypeAlias = Callable[[Candidate], bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """A cohort, ready to be asked.

    Attributes:
        has: Whether the candidate is in it; None when it depends on behaviour, which
            properties cannot tell. Raises NotFound for a cohort (or one that it is made
            of) that does not exist, InvalidInput for one that is made of itself.
        property_keys: Person properties that the answer may depend on.
        is_behavioural: Some part of it depends on behaviour.
    """

    has: Membership
    property_keys: frozenset[str]
    is_behavioural: bool


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
        return self._node(node, parents=(*parents, cohort_id))

    def _node(self, node: Properties, *, parents: tuple[int, ...]) -> Cohort:
        values = node.get("values")
        if not isinstance(values, Sequence) or isinstance(values, str):
            return self._leaf(node, parents=parents)
        parts = [
            self._node(value, parents=parents) for value in values if isinstance(value, Mapping)
        ]
        is_any = str(node.get("type", "AND")).upper() == "OR"
        members = tuple(part.has for part in parts)
        # A group without parts asks for nothing, so everybody satisfies it.
        has = _any_of(members) if is_any and members else _all_of(members)
        return _combined(has, parts)

    def _leaf(self, document: Properties, *, parents: tuple[int, ...]) -> Cohort:
        if document.get("type") in ("behavioral", "behavioural"):
            return Cohort(has=_unknown, property_keys=frozenset(), is_behavioural=True)
        leaf = parse_filter(document)
        if leaf.kind is FilterKind.COHORT:
            return self._other_cohort(leaf, parents=parents)
        is_about_person = leaf.kind is FilterKind.PERSON
        compiled = compile_filter(leaf, zone=self.zone, matching_version=self.matching_version)
        negation = leaf.negation

        def has(candidate: Candidate) -> bool:
            holds = is_about_person and compiled.holds(candidate.properties, now=candidate.now)
            return holds is not negation

        return Cohort(has=has, property_keys=frozenset({leaf.key}), is_behavioural=False)

    def _other_cohort(self, leaf: PropertyFilter, *, parents: tuple[int, ...]) -> Cohort:
        wanted, cohort_id = wants_membership(leaf.operator), cohort_id_of(leaf.value)
        if wanted is None or cohort_id is None:
            return Cohort(has=_nobody, property_keys=frozenset(), is_behavioural=False)
        other = self.cohort(cohort_id, parents=parents)
        expected = wanted is not leaf.negation

        def has(candidate: Candidate) -> bool | None:
            is_member = other.has(candidate)
            return None if is_member is None else is_member is expected

        return _combined(has, [other])


def _combined(has: Membership, parts: Iterable[Cohort]) -> Cohort:
    parts = tuple(parts)
    return Cohort(
        has=has,
        property_keys=frozenset().union(*(part.property_keys for part in parts)),
        is_behavioural=any(part.is_behavioural for part in parts),
    )


def _static(cohort_id: int) -> Cohort:
    def has(candidate: Candidate) -> bool:
        try:
            return candidate.static_cohorts[cohort_id]
        except KeyError:
            message = f"Cohort {cohort_id} does not exist."
            raise NotFound(message, code="cohort_not_found") from None

    return Cohort(has=has, property_keys=frozenset(), is_behavioural=False)


def _failing(error: SplitplotError) -> Cohort:
    def has(_candidate: Candidate) -> bool:
        raise error

    return Cohort(has=has, property_keys=frozenset(), is_behavioural=False)


def _unknown(_candidate: Candidate) -> None:
    return None


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
