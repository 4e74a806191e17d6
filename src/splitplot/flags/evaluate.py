"""What a project's flags serve to a unit.

Compile the flags once, pick those that a request is about, and evaluate them for as many
contexts as there are. Nothing here reads or writes anything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from types import MappingProxyType

from splitplot.filters.model import Properties
from splitplot.flags.compile import (
    CompiledFlag,
    as_missing_dependency,
    compile_flag,
    stored_groups,
    stored_person_keys,
)
from splitplot.flags.conditions import Surroundings
from splitplot.flags.dependencies import (
    dependents_of,
    order_by_dependency,
    with_dependencies,
)
from splitplot.flags.explain import Explanation, explain
from splitplot.flags.model import Evaluation, EvaluationContext, Flag
from splitplot.flags.scope import Runtime, Scope
from splitplot.flags.subject import Subject, subject_of

_EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Evaluations:
    """The answers to one request.

    Attributes:
        has_errors: A flag failed or had to be left out; the others are right.
    """

    evaluations: tuple[Evaluation, ...]
    has_errors: bool

    def __iter__(self) -> Iterator[Evaluation]:
        return iter(self.evaluations)

    def values(self) -> dict[str, bool | str]:
        """Flag key to variant, or to whether the flag is on."""
        return {item.flag_key: item.value for item in self.evaluations}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The flags of one request, dependencies first, and what their answers depend on.

    Attributes:
        has_cycles: Flags were left out because they depend on themselves.
        has_fallible: Some flag's evaluation can fail.
        person_keys: Person properties that an answer may depend on.
        stored_person_keys: Those among them that are looked up if the request omits them.
        group_keys: Group type index and property, likewise.
        group_types: Group type names by index; empty when no flag asks for groups.
        cohort_lists: Cohorts whose stored members an answer may depend on.
        continuity_keys: Flags that may hash an id that was kept across a login.
        is_self_contained: No answer depends on what is stored, whatever the request says.
    """

    flags: tuple[CompiledFlag, ...]
    has_cycles: bool
    has_dependencies: bool
    has_fallible: bool
    person_keys: frozenset[str]
    stored_person_keys: frozenset[str]
    group_keys: frozenset[tuple[int, str]]
    group_types: tuple[str, ...]
    cohort_lists: frozenset[int]
    continuity_keys: frozenset[str]
    is_self_contained: bool

    def evaluate(self, context: EvaluationContext) -> Evaluations:
        """What the flags serve to the unit."""
        subject = subject_of(context, person_keys=self.person_keys, group_types=self.group_types)
        if not context.stored.is_known or self.has_dependencies:
            evaluations = self._one_after_the_other(subject, context)
        else:
            evaluations = tuple([flag.decide(subject) for flag in self.flags])
        may_fail = self.has_fallible or not context.stored.is_known
        has_errors = self.has_cycles or (may_fail and any(item.failed for item in evaluations))
        return Evaluations(evaluations, has_errors)

    def _one_after_the_other(
        self, subject: Subject, context: EvaluationContext
    ) -> tuple[Evaluation, ...]:
        for flag in self.flags:
            is_answerable = context.stored.is_known or not flag.depends_on_stored(
                context, self.group_types
            )
            answer = flag.decide(subject) if is_answerable else flag.answers.unreadable
            subject.answers[flag.id] = answer
        return tuple(subject.answers.values())

    def explain(self, flag_key: str, context: EvaluationContext) -> Explanation | None:
        """What one of the flags serves to the unit, and why; None when it is not among them."""
        flag = next((flag for flag in self.flags if flag.key == flag_key), None)
        if flag is None:
            return None
        subject = subject_of(context, person_keys=self.person_keys, group_types=self.group_types)
        self._one_after_the_other(subject, context)
        return explain(flag, subject, subject.answers[flag.id])

    def depends_on_stored(self, context: EvaluationContext) -> bool:
        """Whether an answer may depend on something stored that the request omits."""
        return not self.is_self_contained and (
            bool(self.continuity_keys or self.cohort_lists)
            or not self.stored_person_keys <= context.person_properties.keys()
            or bool(self.stored_groups(context))
        )

    def stored_groups(self, context: EvaluationContext) -> frozenset[int]:
        """Types of the request's groups whose stored properties may matter."""
        return stored_groups(self.group_keys, self.group_types, context)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, weakref_slot=True)
class FlagSet:
    """All flags of a project, compiled.

    Attributes:
        flags: Active ones that are in no cycle, dependencies first.
        cyclic: Active ones that are in a cycle of dependencies, or behind one.
        cares_for_runtime: Some flag is for one runtime only.
    """

    flags: tuple[CompiledFlag, ...]
    cyclic: tuple[CompiledFlag, ...]
    group_types: tuple[str, ...]
    cares_for_runtime: bool
    _by_runtime: Mapping[Runtime | None, Selection]

    def select(self, scope: Scope) -> Selection:
        """The flags that a request with this scope is about."""
        if scope.flag_keys is None and not scope.contexts and not scope.survey_only:
            return self._by_runtime[scope.runtime]
        return _select(self.flags, self.cyclic, self.group_types, scope)


def evaluate(
    flags: FlagSet, context: EvaluationContext, *, scope: Scope = _EVERYTHING
) -> Evaluations:
    """What the flags serve to a unit.

    Flags for one runtime only are left out unless the scope names it.
    """
    return flags.select(scope).evaluate(context)


def compile_flags(
    flags: Iterable[Flag],
    *,
    group_types: tuple[str, ...] = (),
    cohorts: Mapping[int, Properties] = MappingProxyType({}),
    zone: tzinfo = UTC,
    matching_version: int = 1,
) -> FlagSet:
    """Compile a project's flags.

    Args:
        flags: Inactive ones included: others may depend on them. Deleted ones are as
            good as unknown.
        group_types: Names; the position is the index that flags use.
        cohorts: Dynamic cohorts, id to nested property groups as on the wire.
        zone: The project's; dates in filters that name no offset are read there.
        matching_version: 1, or 2 where `exact` knows no truthiness.

    Examples:
        >>> from datetime import datetime
        >>> from splitplot.flags import FlagId
        >>> at = datetime(2026, 1, 1, tzinfo=UTC)
        >>> flag = Flag(
        ...     id=FlagId(1), key="on", name="", active=True, created_at=at, updated_at=at,
        ...     filters={"groups": [{"properties": [], "rollout_percentage": 100}]},
        ... )
        >>> answers = evaluate(
        ...     compile_flags([flag]), EvaluationContext(distinct_id="user-1", now=at)
        ... )
        >>> answers.values()
        {'on': True}
    """
    known = [flag for flag in flags if not flag.deleted]
    surroundings = Surroundings(
        flag_ids={flag.key: flag.id for flag in known} | {str(flag.id): flag.id for flag in known},
        cohorts=cohorts,
        zone=zone,
        matching_version=matching_version,
    )
    compiled = {flag.id: compile_flag(flag, surroundings) for flag in known if flag.active}
    dependencies = {item.id: item.dependencies for item in compiled.values()}
    order = order_by_dependency(dependencies)
    broken = dependents_of(
        [item.id for item in compiled.values() if item.is_missing_dependency], dependencies
    )
    ordered = tuple(
        as_missing_dependency(compiled[flag_id]) if flag_id in broken else compiled[flag_id]
        for flag_id in order.ordered
    )
    cyclic = tuple(compiled[flag_id] for flag_id in order.cyclic)
    return FlagSet(
        flags=ordered,
        cyclic=cyclic,
        group_types=group_types,
        cares_for_runtime=any(item.runtime in tuple(Runtime) for item in ordered),
        _by_runtime={
            runtime: _select(ordered, cyclic, group_types, Scope(runtime=runtime))
            for runtime in (None, *Runtime)
        },
    )


def _select(
    flags: tuple[CompiledFlag, ...],
    cyclic: tuple[CompiledFlag, ...],
    group_types: tuple[str, ...],
    scope: Scope,
) -> Selection:
    chosen = tuple(flag for flag in flags if _is_seen(flag, scope))
    keys = scope.flag_keys
    if keys is not None:
        wanted = with_dependencies(
            [flag.id for flag in chosen if flag.key in keys],
            {flag.id: flag.dependencies for flag in chosen},
        )
        chosen = tuple(flag for flag in chosen if flag.id in wanted)
    uses_groups = any(flag.uses_groups for flag in chosen)
    person_keys = frozenset().union(*(flag.person_keys for flag in chosen))
    stored_keys = stored_person_keys(person_keys)
    group_keys = frozenset().union(*(flag.group_keys for flag in chosen))
    cohort_lists = frozenset().union(*(flag.cohort_lists for flag in chosen))
    continuity_keys = frozenset(flag.key for flag in chosen if flag.keeps_experience)
    return Selection(
        flags=chosen,
        has_cycles=any(
            _is_seen(flag, scope) and (keys is None or flag.key in keys) for flag in cyclic
        ),
        has_dependencies=any(flag.dependencies for flag in chosen),
        has_fallible=any(flag.may_fail for flag in chosen),
        person_keys=person_keys,
        stored_person_keys=stored_keys,
        group_keys=group_keys,
        group_types=group_types if uses_groups else (),
        cohort_lists=cohort_lists,
        continuity_keys=continuity_keys,
        is_self_contained=not (stored_keys or group_keys or cohort_lists or continuity_keys),
    )


def _is_seen(flag: CompiledFlag, scope: Scope) -> bool:
    return scope.holds(key=flag.key, runtime=flag.runtime, contexts=flag.contexts)
