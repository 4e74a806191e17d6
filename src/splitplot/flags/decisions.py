"""How a flag decides: early access, holdout, conditions, rollout and variant, in this order."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import TypeAlias

from splitplot.errors import SplitplotError
from splitplot.flags.answers import Answers
from splitplot.flags.bucketing import (
    HOLDOUT_PREFIX,
    VARIANT_SALT,
    digest_of,
    encode_id,
    rollout_cut,
    rollout_prefix,
    variant_cuts,
)
from splitplot.flags.conditions import Question, Questions
from splitplot.flags.model import Condition, Evaluation, Flag, Rules
from splitplot.flags.subject import Subject

Decision: TypeAlias = Callable[[Subject], Evaluation]
_EarlyDecision: TypeAlias = Callable[[Subject], Evaluation | None]
_UnitId: TypeAlias = Callable[[Subject], bytes | None]

# How a condition's outcome ranks. The highest rank is told, the later of two equals; an
# outcome that decides ends the search.
_NO_GROUP, _NO_MATCH, _OUT, _DECIDES = 1, 2, 3, 4
_Outcome: TypeAlias = tuple[int, Evaluation]
_NO_GROUP_ID: tuple[None] = (None,)


class EarlyStepKind(StrEnum):
    """What is asked before the conditions are; the words are the wire's."""

    EARLY_ACCESS = "early_access"
    SUPER_CONDITION = "super_condition"
    HOLDOUT = "holdout"


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStep:
    """What may decide before the conditions do.

    Attributes:
        decide: None leaves the decision to what follows.
        share: Whom the hash lets through; None when nobody is hashed.
        prefix: What is hashed in front of the id.
        unit_id: Whose id is hashed.
    """

    kind: EarlyStepKind
    decide: _EarlyDecision
    share: float | None = None
    prefix: bytes = b""
    unit_id: _UnitId = attrgetter("distinct_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCompiler:
    """Turns one flag's rules into its decision."""

    flag: Flag
    rules: Rules
    answers: Answers

    @property
    def keeps_experience(self) -> bool:
        """Whether an id kept across login may be hashed in place of the person's."""
        return (
            self.flag.ensure_experience_continuity
            and not self._is_by_device
            and self.rules.group_type_index is None
        )

    @property
    def _is_by_device(self) -> bool:
        return self.flag.bucketing_identifier == "device_id"

    def conditions(self, questions: Sequence[Questions]) -> "tuple[CompiledCondition, ...]":
        """The rules' conditions, from the questions of each."""
        return tuple(
            self._condition(index, condition, asked)
            for index, (condition, asked) in enumerate(
                zip(self.rules.conditions, questions, strict=True)
            )
        )

    def decision(
        self, early: tuple[EarlyStep, ...], conditions: "tuple[CompiledCondition, ...]"
    ) -> Decision:
        """What the flag serves to a subject; raises what its cohorts raise.

        Args:
            early: The flag's `early_steps`.
            conditions: The flag's `conditions`.
        """
        if early or len(conditions) != 1:
            return self._search(tuple(step.decide for step in early), conditions)
        if conditions[0].is_plain:
            return conditions[0].plain_decision()
        outcome = conditions[0].outcome()
        return lambda subject: outcome(subject)[1]

    def _search(
        self, early: tuple[_EarlyDecision, ...], conditions: "tuple[CompiledCondition, ...]"
    ) -> Decision:
        outcomes = tuple(condition.outcome() for condition in conditions)
        undecided, after_skips = self.answers.no_group_type(None), self.answers.after_skips

        def decide(subject: Subject) -> Evaluation:
            for decide_early in early:
                decided = decide_early(subject)
                if decided is not None:
                    return decided
            best_rank, best, has_skipped = _NO_GROUP, undecided, False
            for outcome in outcomes:
                rank, evaluation = outcome(subject)
                if rank >= best_rank:
                    if rank == _DECIDES:
                        return evaluation
                    best_rank, best = rank, evaluation
                has_skipped = has_skipped or rank == _NO_GROUP
            return after_skips(best) if has_skipped and best_rank == _NO_MATCH else best

        return decide

    def _condition(self, index: int, condition: Condition, asked: Questions) -> "CompiledCondition":
        answers, variants = self.answers, self.rules.variants
        by_variant = tuple(answers.match(index, variant.key) for variant in variants)
        pinned = [
            answer
            for answer, variant in zip(by_variant, variants, strict=True)
            if variant.key == condition.variant
        ]
        out = answers.out_of_rollout(index)
        by_group = condition.group_type_index is not None
        skipped = (_NO_GROUP, answers.no_group_type(index)) if by_group else (_OUT, out)
        is_everybody = condition.rollout_share == 1
        return CompiledCondition(
            prefix=rollout_prefix(self.flag.key),
            unit_id=self._unit_id(condition.group_type_index),
            questions=asked.questions,
            cut=None if is_everybody else rollout_cut(condition.rollout_share),
            variant_cuts=() if pinned else variant_cuts(item.share for item in variants),
            matches=(pinned[0],) if pinned else (*by_variant, answers.match(index, None)),
            no_match=(_NO_MATCH, answers.no_match(index, is_behavioural=asked.is_behavioural)),
            out=(_DECIDES if self.rules.early_exit else _OUT, out),
            skipped=skipped,
            is_by_distinct_id=not (by_group or self._is_by_device or self.keeps_experience),
        )

    def _unit_id(self, group_type_index: int | None) -> _UnitId:
        if group_type_index is not None:
            return lambda subject: subject.groups.get(group_type_index, _NO_GROUP_ID)[0]
        if self._is_by_device:
            return attrgetter("device_id")
        return self._person_id()

    def _person_id(self) -> Callable[[Subject], bytes]:
        if not self.keeps_experience:
            return attrgetter("distinct_id")
        flag_key = self.flag.key

        def kept_id(subject: Subject) -> bytes:
            kept = subject.hash_ids.get(flag_key)
            return subject.person_id if kept is None else encode_id(kept)

        return kept_id

    def early_steps(self, super_questions: Sequence[Questions]) -> tuple[EarlyStep, ...]:
        """What comes before the conditions, from the questions of the super condition."""
        steps: list[EarlyStep] = []
        if self.rules.enrollment:
            steps.append(self._enrollment())
        if self.rules.super_condition is not None:
            steps.append(self._super_condition(self.rules.super_condition, super_questions[0]))
        if self.rules.holdout is not None:
            steps.append(self._holdout(self.rules.holdout.share))
        return tuple(steps)

    def _enrollment(self) -> EarlyStep:
        key, on, off = enrollment_key(self.flag), self.answers.super_on, self.answers.super_off

        def decide(subject: Subject) -> Evaluation | None:
            if key not in subject.person:
                return None
            chosen = subject.person[key]
            return on if chosen is True or chosen == "true" else off

        return EarlyStep(kind=EarlyStepKind.EARLY_ACCESS, decide=decide)

    def _super_condition(self, condition: Condition, asked: Questions) -> EarlyStep:
        keys = [item.key for item in condition.filters]
        on, off = self.answers.super_on, self.answers.super_off
        person_id, prefix = self._person_id(), rollout_prefix(self.flag.key)
        cut = rollout_cut(condition.rollout_share)

        def decide(subject: Subject) -> Evaluation | None:
            if not any(key in subject.person for key in keys):
                return None
            holds = all(question(subject) for question in asked.questions)
            return on if holds and digest_of(prefix, person_id(subject)) < cut else off

        return EarlyStep(
            kind=EarlyStepKind.SUPER_CONDITION,
            decide=decide,
            share=condition.rollout_share,
            prefix=prefix,
            unit_id=person_id,
        )

    def _holdout(self, share: float) -> EarlyStep:
        held_out, cut = self.answers.held_out, rollout_cut(share)
        unit_id, person_id = self._unit_id(self.rules.group_type_index), self._person_id()
        # Without a device the person is held out in its place; without a group nobody is.
        may_stand_in = self.rules.group_type_index is None

        def hashed_id(subject: Subject) -> bytes | None:
            hashed = unit_id(subject)
            return person_id(subject) if hashed is None and may_stand_in else hashed

        def decide(subject: Subject) -> Evaluation | None:
            hashed = hashed_id(subject)
            if hashed is None or digest_of(HOLDOUT_PREFIX, hashed) >= cut:
                return None
            return held_out

        return EarlyStep(
            kind=EarlyStepKind.HOLDOUT,
            decide=decide,
            share=share,
            prefix=HOLDOUT_PREFIX,
            unit_id=hashed_id,
        )


def enrollment_key(flag: Flag) -> str:
    """The person property that says whether the person chose early access."""
    return f"$feature_enrollment/{flag.key}"


def guarded(decide: Decision, answers: Answers) -> Decision:
    """The same decision; an error becomes an answer that says so."""

    def decide_or_fail(subject: Subject) -> Evaluation:
        try:
            return decide(subject)
        except SplitplotError as error:
            return answers.failure(error)

    return decide_or_fail


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledCondition:
    """One condition.

    Attributes:
        cut: None lets everybody in.
        matches: Answers by variant index; one past the last is the match without any.
        skipped: The outcome when there is no unit to ask about.
        is_by_distinct_id: Nobody but the distinct id is hashed.
    """

    prefix: bytes
    unit_id: _UnitId
    questions: tuple[Question, ...]
    cut: bytes | None
    variant_cuts: tuple[bytes, ...]
    matches: tuple[Evaluation, ...]
    no_match: _Outcome
    out: _Outcome
    skipped: _Outcome
    is_by_distinct_id: bool

    def decides(self, subject: Subject) -> tuple[bool, Evaluation]:
        """The condition's answer, and whether none after it is asked."""
        rank, evaluation = self.outcome()(subject)
        return rank == _DECIDES, evaluation

    @property
    def is_plain(self) -> bool:
        """Nothing but the hash of the distinct id matters."""
        return self.is_by_distinct_id and not self.questions

    # What follows is run for every flag of every request; hence local names.

    def outcome(self) -> Callable[[Subject], _Outcome]:
        unit_id_of, questions, prefix, cut = self.unit_id, self.questions, self.prefix, self.cut
        cuts, no_match, out, skipped = self.variant_cuts, self.no_match, self.out, self.skipped
        outcomes = tuple((_DECIDES, answer) for answer in self.matches)
        match = outcomes[0]

        def outcome(subject: Subject) -> _Outcome:
            unit_id = unit_id_of(subject)
            if unit_id is None:
                return skipped
            for question in questions:
                if not question(subject):
                    return no_match
            if cut is not None and digest_of(prefix, unit_id) >= cut:
                return out
            if not cuts:
                return match
            return outcomes[bisect_right(cuts, digest_of(prefix, unit_id, VARIANT_SALT))]

        return outcome

    def plain_decision(self) -> Decision:
        """The same where only the distinct id's hash matters."""
        prefix, cut, cuts, matches = self.prefix, self.cut, self.variant_cuts, self.matches
        out, match = self.out[1], self.matches[0]
        if cut is None and not cuts:
            return lambda _subject: match

        def decide(subject: Subject) -> Evaluation:
            unit_id = subject.distinct_id
            if cut is not None and digest_of(prefix, unit_id) >= cut:
                return out
            if not cuts:
                return match
            return matches[bisect_right(cuts, digest_of(prefix, unit_id, VARIANT_SALT))]

        return decide
