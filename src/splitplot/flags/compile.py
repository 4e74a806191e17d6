"""A flag, compiled so that evaluating it is little more than its hashes.

All answers that a flag can give are made here, once. What remains for each subject is to
find out which of them it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from splitplot.filters.model import FilterKind
from splitplot.flags.answers import Answers
from splitplot.flags.conditions import Surroundings, compile_questions
from splitplot.flags.decisions import (
    CompiledCondition,
    Decision,
    DecisionCompiler,
    EarlyStep,
    enrollment_key,
    guarded,
)
from splitplot.flags.model import EvaluationContext, Flag, FlagId, Rules
from splitplot.flags.wire import parse_rules


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompiledFlag:
    """A flag, ready to be asked.

    Attributes:
        decide: What the flag serves to a subject.
        early: The parts of that decision that come before the conditions.
        conditions: Its conditions, in the order of the rules.
        answers: Its answers that do not come from conditions.
        dependencies: Flags that its filters ask about.
        is_missing_dependency: A flag that it asks about does not exist.
        person_keys: Person properties that the answer may depend on.
        group_keys: Group type index and property, likewise.
        uses_groups: The id or the properties of a group matter.
        cohort_lists: Cohorts whose stored members the answer may depend on.
        keeps_experience: An id kept across login may take the place of the person's.
    """

    id: FlagId
    key: str
    decide: Decision
    early: tuple[EarlyStep, ...]
    conditions: tuple[CompiledCondition, ...]
    answers: Answers
    runtime: str
    contexts: frozenset[str]
    dependencies: frozenset[FlagId]
    is_missing_dependency: bool
    person_keys: frozenset[str]
    group_keys: frozenset[tuple[int, str]]
    uses_groups: bool
    cohort_lists: frozenset[int]
    keeps_experience: bool
    may_fail: bool

    def depends_on_stored(self, context: EvaluationContext, group_types: tuple[str, ...]) -> bool:
        """Whether the answer may depend on something that the request does not say."""
        return (
            self.keeps_experience
            or bool(self.cohort_lists)
            or not stored_person_keys(self.person_keys) <= context.person_properties.keys()
            or bool(stored_groups(self.group_keys, group_types, context))
        )


def stored_person_keys(keys: frozenset[str]) -> frozenset[str]:
    """The person properties among these that are looked up; every request has its id."""
    return keys - {"distinct_id"}


def stored_groups(
    keys: Iterable[tuple[int, str]], group_types: tuple[str, ...], context: EvaluationContext
) -> frozenset[int]:
    """Types of the request's groups whose stored properties may matter.

    Args:
        keys: Group type index and property that is asked for.
        group_types: Names by index.
        context: A property that it gives itself does not count.
    """
    return frozenset(
        index
        for index, key in keys
        if index < len(group_types)
        and group_types[index] in context.groups
        and key != "$group_key"
        and key not in context.group_properties.get(group_types[index], {})
    )


def as_missing_dependency(flag: CompiledFlag) -> CompiledFlag:
    """The flag, when it or one it depends on asks about a flag that does not exist."""
    answer = flag.answers.missing_dependency
    return replace(
        flag,
        decide=lambda _subject: answer,
        early=(),
        conditions=(),
        person_keys=frozenset(),
        group_keys=frozenset(),
        cohort_lists=frozenset(),
        keeps_experience=False,
        may_fail=False,
    )


def compile_flag(flag: Flag, surroundings: Surroundings) -> CompiledFlag:
    """Compile one flag; it must be active."""
    rules = parse_rules(flag.filters)
    answers = Answers(flag=flag, rules=rules)
    conditions = [compile_questions(item, surroundings) for item in rules.conditions]
    super_condition = rules.super_condition
    supers = [] if super_condition is None else [compile_questions(super_condition, surroundings)]
    person_keys = frozenset().union(*(part.person_keys for part in [*conditions, *supers]))
    if rules.enrollment:
        person_keys |= {enrollment_key(flag)}
    group_keys = frozenset().union(*(part.group_keys for part in conditions))
    names = _dependency_names(rules)
    by_group = any(item.group_type_index is not None for item in rules.conditions)
    compiler = DecisionCompiler(flag=flag, rules=rules, answers=answers)
    may_fail = any(part.may_fail for part in [*conditions, *supers])
    early, compiled = compiler.early_steps(supers), compiler.conditions(conditions)
    decide = compiler.decision(early, compiled)
    return CompiledFlag(
        id=flag.id,
        key=flag.key,
        decide=guarded(decide, answers) if may_fail else decide,
        early=early,
        conditions=compiled,
        answers=answers,
        runtime=flag.evaluation_runtime,
        contexts=frozenset(flag.evaluation_contexts),
        dependencies=frozenset(
            surroundings.flag_ids[name] for name in names if name in surroundings.flag_ids
        ),
        is_missing_dependency=not names <= surroundings.flag_ids.keys(),
        person_keys=person_keys,
        group_keys=group_keys,
        uses_groups=by_group or bool(group_keys) or rules.group_type_index is not None,
        cohort_lists=frozenset().union(*(part.cohort_lists for part in [*conditions, *supers])),
        keeps_experience=compiler.keeps_experience and _hashes(rules),
        may_fail=may_fail,
    )


def _dependency_names(rules: Rules) -> frozenset[str]:
    return frozenset(
        item.key
        for condition in rules.conditions
        for item in condition.filters
        if item.kind is FilterKind.FLAG
    )


def _hashes(rules: Rules) -> bool:
    """Whether any answer of the flag can depend on a hash."""
    return (
        bool(rules.variants)
        or rules.holdout is not None
        or any(condition.rollout_share != 1 for condition in rules.conditions)
    )
