"""Why a flag serves what it serves: the parts of its decision, each asked by itself.

Nothing is decided here. The answer is the one that was given, and every part is asked by
the very functions that the answer came from.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from splitplot.errors import SplitplotError
from splitplot.filters.model import FilterKind, JsonValue, PropertyFilter
from splitplot.flags.bucketing import VARIANT_SALT, point_of
from splitplot.flags.compile import CompiledFlag
from splitplot.flags.conditions import Question, group_asked, in_order
from splitplot.flags.decisions import CompiledCondition, EarlyStep, EarlyStepKind
from splitplot.flags.model import Condition, Evaluation, Reason, VariantShare
from splitplot.flags.subject import Subject


class ConditionOutcome(StrEnum):
    """What became of a condition; the words are the wire's."""

    MATCH = "match"
    OUT_OF_ROLLOUT = "out_of_rollout"
    NO_MATCH = "no_match"
    NO_UNIT = "no_unit"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedFilter:
    """One filter of a condition.

    Attributes:
        holds: None when it cannot be asked, since its cohort does not exist.
        is_seen: The subject has the property.
        seen: Its value, if it does.
    """

    filter: PropertyFilter
    holds: bool | None
    is_seen: bool = False
    seen: JsonValue = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedCondition:
    """One condition, asked whether or not an earlier one has decided.

    Attributes:
        is_reached: Nothing before it decided.
        decides: It was reached, and nothing after it was asked.
        filters: In the order in which they are asked; all have to hold.
        rollout_share: See `Condition`.
        rollout_point: Where the unit falls; in when at most the share. None without a unit.
        variant_point: Where it falls among the variants; None when there is nothing to
            choose between.
        pinned_variant: The variant that everybody gets who matches.
    """

    index: int
    outcome: ConditionOutcome
    is_reached: bool
    decides: bool
    filters: tuple[ExplainedFilter, ...]
    rollout_share: float
    rollout_point: float | None
    variant_point: float | None
    pinned_variant: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedStep:
    """What comes before the conditions; the first one that decides has the last word.

    Attributes:
        share: None when nobody is hashed; likewise `point`.
    """

    kind: EarlyStepKind
    decides: bool
    share: float | None
    point: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRange:
    """The points from `start`, inclusive, to `end`, exclusive, get the variant."""

    key: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A flag's answer to a subject, and its parts.

    Attributes:
        steps: Empty, as `conditions` is, when the rules were not looked at: a flag that
            this one asks about does not exist, or what is stored could not be read.
    """

    evaluation: Evaluation
    steps: tuple[ExplainedStep, ...] = ()
    conditions: tuple[ExplainedCondition, ...] = ()
    variants: tuple[VariantRange, ...] = ()


def explain(flag: CompiledFlag, subject: Subject, evaluation: Evaluation) -> Explanation:
    """The parts of the flag's answer.

    Args:
        flag: Which one.
        subject: Who asked; has the answers of flags that this one asks about.
        evaluation: What the flag answered.
    """
    if evaluation is flag.answers.unreadable:
        return Explanation(evaluation=evaluation)
    rules = flag.answers.rules
    is_open = True
    steps: list[ExplainedStep] = []
    for step in flag.early:
        steps.append(_step(step, subject, is_reached=is_open))
        is_open = is_open and not steps[-1].decides
    conditions: list[ExplainedCondition] = []
    for index, (compiled, condition) in enumerate(
        zip(flag.conditions, rules.conditions, strict=False)
    ):
        conditions.append(_condition(index, compiled, condition, subject, is_reached=is_open))
        is_open = is_open and not conditions[-1].decides
    return Explanation(
        evaluation=evaluation,
        steps=tuple(steps),
        conditions=tuple(conditions),
        variants=_ranges(rules.variants),
    )


def _step(step: EarlyStep, subject: Subject, *, is_reached: bool) -> ExplainedStep:
    unit_id = None if step.share is None else step.unit_id(subject)
    try:
        decides = is_reached and step.decide(subject) is not None
    except SplitplotError:
        # The whole flag fails with it.
        decides = True
    return ExplainedStep(
        kind=step.kind,
        decides=decides,
        share=step.share,
        point=None if unit_id is None else point_of(step.prefix, unit_id),
    )


def _condition(
    index: int,
    compiled: CompiledCondition,
    condition: Condition,
    subject: Subject,
    *,
    is_reached: bool,
) -> ExplainedCondition:
    unit_id = compiled.unit_id(subject)
    try:
        ends, evaluation = compiled.decides(subject)
        outcome = ConditionOutcome.NO_UNIT if unit_id is None else _OUTCOMES[evaluation.reason]
    except SplitplotError:
        ends, outcome = True, ConditionOutcome.FAILED
    rollout_point = None if unit_id is None else point_of(compiled.prefix, unit_id)
    return ExplainedCondition(
        index=index,
        outcome=outcome,
        is_reached=is_reached,
        decides=is_reached and ends,
        filters=tuple(
            _filter(item, question, condition, subject)
            for item, question in zip(in_order(condition), compiled.questions, strict=True)
        ),
        rollout_share=condition.rollout_share,
        rollout_point=rollout_point,
        variant_point=(
            None
            if unit_id is None or not compiled.variant_cuts
            else point_of(compiled.prefix, unit_id, VARIANT_SALT)
        ),
        pinned_variant=None if compiled.variant_cuts else compiled.matches[0].variant,
    )


_OUTCOMES: dict[str, ConditionOutcome] = {
    Reason.CONDITION_MATCH: ConditionOutcome.MATCH,
    Reason.OUT_OF_ROLLOUT_BOUND: ConditionOutcome.OUT_OF_ROLLOUT,
    Reason.NO_CONDITION_MATCH: ConditionOutcome.NO_MATCH,
}


def _filter(
    item: PropertyFilter, question: Question, condition: Condition, subject: Subject
) -> ExplainedFilter:
    try:
        holds = question(subject)
    except SplitplotError:
        return ExplainedFilter(filter=item, holds=None)
    if item.kind not in (FilterKind.PERSON, FilterKind.GROUP):
        return ExplainedFilter(filter=item, holds=holds)
    index = group_asked(item, condition.group_type_index)
    group = None if index is None else subject.groups.get(index)
    properties = subject.person if index is None else {} if group is None else group[1]
    return ExplainedFilter(
        filter=item,
        holds=holds,
        is_seen=item.key in properties,
        seen=properties.get(item.key),
    )


def _ranges(variants: tuple[VariantShare, ...]) -> tuple[VariantRange, ...]:
    ends = [min(max(end, 0.0), 1.0) for end in accumulate(item.share for item in variants)]
    ends = list(accumulate(ends, max))
    return tuple(
        VariantRange(key=variant.key, start=start, end=end)
        for variant, start, end in zip(variants, [0.0, *ends], ends, strict=False)
    )
