"""The filters of a condition, compiled to questions about a subject."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import TypeAlias

from splitplot.filters.match import CompiledFilter, compile_filter
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.flags.model import Condition, FlagId
from splitplot.flags.subject import PRESENT_OF_INITIAL, Subject
from splitplot.people.cohorts import (
    Candidate,
    cohort_id_of,
    compile_cohort,
    wants_membership,
)

Question: TypeAlias = Callable[[Subject], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a flag's filters may refer to beyond the subject.

    Attributes:
        flag_ids: How a filter may name another flag: its id as text, or its key.
        cohorts: Dynamic cohorts as on the wire.
        zone: Where dates and times without an offset are read.
        matching_version: See `filters.match`.
    """

    flag_ids: Mapping[str, FlagId]
    cohorts: Mapping[int, Properties]
    zone: tzinfo
    matching_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """A condition's filters: all must hold, in this order.

    Attributes:
        person_keys: Person properties that the answers may depend on.
        group_keys: Group type index and property, likewise.
        is_behavioural: A cohort among them depends on what the person did.
        cohort_lists: Cohorts whose stored members the answers may depend on.
        may_fail: Asking may raise, since a cohort may not exist.
    """

    questions: tuple[Question, ...]
    person_keys: frozenset[str] = frozenset()
    group_keys: frozenset[tuple[int, str]] = frozenset()
    is_behavioural: bool = False
    cohort_lists: frozenset[int] = frozenset()
    may_fail: bool = False


def compile_questions(condition: Condition, surroundings: Surroundings) -> Questions:
    """Compile the filters; questions about cohorts come last, being the dearest."""
    parts = [
        _compile(item, condition.group_type_index, surroundings) for item in in_order(condition)
    ]
    return Questions(
        questions=tuple(question for part in parts for question in part.questions),
        person_keys=frozenset().union(*(part.person_keys for part in parts)),
        group_keys=frozenset().union(*(part.group_keys for part in parts)),
        is_behavioural=any(part.is_behavioural for part in parts),
        cohort_lists=frozenset().union(*(part.cohort_lists for part in parts)),
        may_fail=any(part.may_fail for part in parts),
    )


def in_order(condition: Condition) -> tuple[PropertyFilter, ...]:
    """The filters as they are asked: one question each."""
    return tuple(sorted(condition.filters, key=lambda item: item.kind is FilterKind.COHORT))


def group_asked(item: PropertyFilter, group_type_index: int | None) -> int | None:
    """The type of the group whose property a filter is about; None when it is the person's.

    Args:
        item: About a property.
        group_type_index: The condition's.
    """
    if item.kind is FilterKind.GROUP and item.group_type_index is not None:
        return item.group_type_index
    return group_type_index


def _compile(
    item: PropertyFilter, group_type_index: int | None, surroundings: Surroundings
) -> Questions:
    match item.kind:
        case FilterKind.PERSON | FilterKind.GROUP:
            return _about_properties(item, group_type_index, surroundings)
        case FilterKind.COHORT:
            return _about_cohort(item, surroundings)
        case FilterKind.FLAG:
            return _about_flag(item, surroundings)
        case _:
            return Questions(questions=(_never,))


def _about_properties(
    item: PropertyFilter, group_type_index: int | None, surroundings: Surroundings
) -> Questions:
    compiled = compile_filter(
        item, zone=surroundings.zone, matching_version=surroundings.matching_version
    )
    group_type_index = group_asked(item, group_type_index)
    if group_type_index is not None:
        return Questions(
            questions=(_group_question(compiled, group_type_index),),
            group_keys=frozenset({(group_type_index, item.key)}),
        )
    if item.kind is FilterKind.GROUP:
        return Questions(questions=(_never,))
    return Questions(
        questions=(_person_question(compiled),), person_keys=with_stand_ins({item.key})
    )


def with_stand_ins(person_keys: set[str] | frozenset[str]) -> frozenset[str]:
    """The keys, and those that stand in for them while they are missing."""
    stand_ins = (PRESENT_OF_INITIAL.get(key) for key in person_keys)
    return frozenset(person_keys) | {key for key in stand_ins if key is not None}


def _person_question(compiled: CompiledFilter) -> Question:
    key, verdict, wanted = compiled.key, compiled.verdict, compiled.wanted
    if_missing = compiled.if_missing

    # The same as `holds`, a call less deep: most conditions of most flags come here.
    def question(subject: Subject) -> bool:
        properties = subject.person
        if key not in properties:
            return if_missing
        try:
            return verdict(properties[key], subject.now) is wanted
        except RecursionError:
            return False

    return question


def _group_question(compiled: CompiledFilter, group_type_index: int) -> Question:
    def question(subject: Subject) -> bool:
        group = subject.groups.get(group_type_index)
        return compiled.holds({} if group is None else group[1], now=subject.now)

    return question


def _about_cohort(item: PropertyFilter, surroundings: Surroundings) -> Questions:
    wanted, cohort_id = wants_membership(item.operator), cohort_id_of(item.value)
    if wanted is None or cohort_id is None:
        return Questions(questions=(_never,))
    cohort = compile_cohort(
        cohort_id,
        surroundings.cohorts,
        zone=surroundings.zone,
        matching_version=surroundings.matching_version,
    )

    def question(subject: Subject) -> bool:
        candidate = Candidate(
            subject.person, subject.static_cohorts, subject.now, subject.performed
        )
        return cohort.has(candidate) is wanted

    return Questions(
        questions=(question,),
        person_keys=with_stand_ins(cohort.property_keys),
        is_behavioural=cohort.is_behavioural,
        cohort_lists=cohort.lists,
        may_fail=True,
    )


def _about_flag(item: PropertyFilter, surroundings: Surroundings) -> Questions:
    flag_id = surroundings.flag_ids.get(item.key)
    if flag_id is None or item.operator is not Operator.FLAG_EVALUATES_TO:
        return Questions(questions=(_never,))
    expected = item.value

    def question(subject: Subject) -> bool:
        answer = subject.answers.get(flag_id)
        # A flag that is inactive or out of the request's scope has no answer: false.
        return _evaluates_to(False if answer is None else answer.value, expected)

    return Questions(questions=(question,))


def _evaluates_to(value: bool | str, expected: JsonValue) -> bool:  # noqa: FBT001 (a flag's value)
    if expected is True:
        return value is not False
    if expected is False:
        return value is False
    return isinstance(expected, str) and value == expected


def _never(_subject: Subject) -> bool:
    return False
