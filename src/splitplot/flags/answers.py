"""Every answer that one flag can give, made once."""

from dataclasses import dataclass, field

from splitplot.errors import SplitplotError
from splitplot.filters.model import JsonValue
from splitplot.flags.model import Evaluation, Flag, Reason, Rules

# The payload of a match without a variant.
_ON = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Makes the flag's answers, and holds those that do not belong to a condition.

    Attributes:
        super_on: An early-access property says yes; its payload is always that of `true`.
        super_off: It says no; the payload is served all the same.
        held_out: The unit is kept out of the flag's experiment.
        missing_dependency: A flag that this one asks about does not exist.
        unreadable: What is stored about the unit could not be read.
    """

    flag: Flag
    rules: Rules
    super_on: Evaluation = field(init=False)
    super_off: Evaluation = field(init=False)
    held_out: Evaluation = field(init=False)
    missing_dependency: Evaluation = field(init=False)
    unreadable: Evaluation = field(init=False)
    _skipped: dict[Evaluation, Evaluation] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        by_name = {
            "super_on": self._super(enabled=True),
            "super_off": self._super(enabled=False),
            "held_out": self._held_out(),
            "missing_dependency": self._answer(
                Reason.MISSING_DEPENDENCY, "Flag cannot be evaluated due to missing dependency"
            ),
            "unreadable": self._answer(
                "storage_unavailable", "What is stored could not be read", failed=True
            ),
        }
        for name, answer in by_name.items():
            object.__setattr__(self, name, answer)

    def match(self, index: int, variant: str | None) -> Evaluation:
        return self._answer(
            Reason.CONDITION_MATCH,
            f"Matched condition set {index + 1}",
            condition_index=index,
            enabled=True,
            variant=variant,
            payload=self._payload(variant),
        )

    def out_of_rollout(self, index: int) -> Evaluation:
        return self._answer(
            Reason.OUT_OF_ROLLOUT_BOUND, "Out of rollout bound", condition_index=index
        )

    def no_match(self, index: int, *, is_behavioural: bool) -> Evaluation:
        description = "No matching condition set"
        if is_behavioural:
            description += "; a cohort defined by behaviour could not be checked"
        answer = self._answer(Reason.NO_CONDITION_MATCH, description, condition_index=index)
        self._skipped[answer] = self._answer(
            Reason.NO_CONDITION_MATCH,
            f"{description}; conditions on groups that were not given were skipped",
            condition_index=index,
        )
        return answer

    def after_skips(self, no_match: Evaluation) -> Evaluation:
        """The same answer when a condition was skipped because its group is unknown."""
        return self._skipped[no_match]

    def no_group_type(self, index: int | None) -> Evaluation:
        return self._answer(Reason.NO_GROUP_TYPE, "No group type", condition_index=index)

    def failure(self, error: SplitplotError) -> Evaluation:
        return self._answer(error.code, error.message, failed=True)

    def _super(self, *, enabled: bool) -> Evaluation:
        return self._answer(
            Reason.SUPER_CONDITION_VALUE,
            "Super condition value",
            condition_index=0,
            enabled=enabled,
            payload=self._payload(None),
        )

    def _held_out(self) -> Evaluation:
        variant = None if self.rules.holdout is None else self.rules.holdout.variant
        return self._answer(
            Reason.HOLDOUT_CONDITION_VALUE,
            "Holdout condition value",
            enabled=True,
            variant=variant,
            payload=self._payload(variant),
        )

    def _payload(self, variant: str | None) -> JsonValue:
        # Encrypted payloads have an endpoint of their own, for callers with a secret key.
        if self.flag.has_encrypted_payloads:
            return None
        return self.rules.payloads.get(_ON if variant is None else variant)

    def _answer(
        self,
        reason: str,
        description: str,
        *,
        condition_index: int | None = None,
        enabled: bool = False,
        variant: str | None = None,
        payload: JsonValue = None,
        failed: bool = False,
    ) -> Evaluation:
        return Evaluation(
            flag_id=self.flag.id,
            flag_key=self.flag.key,
            flag_version=self.flag.version,
            has_experiment=self.flag.has_experiment,
            enabled=enabled,
            reason=reason,
            description=description,
            condition_index=condition_index,
            variant=variant,
            payload=payload,
            failed=failed,
        )
