"""What is wrong with an experiment: a tuple of checks, each a decision on a few facts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from splitplot.experiments.exposures import MULTIPLE_LIMIT, BiasRisk, SampleRatio
from splitplot.experiments.model import Experiment
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag
from splitplot.flags.wire import parse_rules

# A launched experiment may take this long to see its first unit.
GRACE = timedelta(hours=24)


class Severity(StrEnum):
    """How much a finding matters."""

    WARNING = "warning"
    INFO = "info"


class FindingCode(StrEnum):
    """What was found; stable words of the API."""

    SRM = "srm"
    ZERO_EXPOSURES = "zero_exposures"
    BIAS_RISK_MULTIPLE_EXCLUDED = "bias_risk_multiple_excluded"
    FORCED_VARIANT_RELEASE_CONDITION = "forced_variant_release_condition"
    FLAG_OFF_WHILE_RUNNING = "flag_off_while_running"
    VARIANT_SHIPPED_WHILE_RUNNING = "variant_shipped_while_running"
    FLAG_LIVE_AFTER_END = "flag_live_after_end"
    FLAG_LIVE_BEFORE_LAUNCH = "flag_live_before_launch"
    NO_METRIC = "no_metric"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        detail: Which form of it; None when there is only one.
        message: A plain sentence.
        facts: The figures that it rests on.
    """

    code: FindingCode
    severity: Severity
    message: str
    detail: str | None = None
    facts: Properties = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagFacts:
    """What a flag serves now.

    Attributes:
        is_active: Whether it is switched on.
        rollout: The largest share that a release condition lets in, in [0, 1].
        largest_share: The largest variant's share, in [0, 1].
        conditions: Release conditions.
        pinned_conditions: Those of them that give every unit one fixed variant.
    """

    is_active: bool
    rollout: float
    largest_share: float
    conditions: int
    pinned_conditions: int

    @property
    def is_splitting(self) -> bool:
        """Whether units get different variants of it."""
        return self.is_active and self.rollout > 0 and 0 < self.largest_share < 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFacts:
    """All that the checks look at.

    Attributes:
        start_date: None for a draft.
        end_date: None until it is ended.
        metrics: Primary and secondary metrics together.
        exposed: Units exposed, those with several variants included; None when they
            cannot be counted.
        sample_ratio: See `exposures.sample_ratio`.
        bias_risk: See `exposures.bias_risk`.
    """

    now: datetime
    start_date: datetime | None
    end_date: datetime | None
    flag: FlagFacts
    metrics: int
    exposed: int | None
    sample_ratio: SampleRatio | None
    bias_risk: BiasRisk | None

    @property
    def is_launched(self) -> bool:
        """Whether it was ever started."""
        return self.start_date is not None

    @property
    def is_running(self) -> bool:
        """Started and not ended, whether or not its flag is on."""
        return self.is_launched and self.end_date is None


def flag_facts(flag: Flag) -> FlagFacts:
    """What a flag serves now, read from its document."""
    rules = parse_rules(flag.filters)
    keys = {variant.key for variant in rules.variants}
    return FlagFacts(
        is_active=flag.active,
        rollout=max((0.0, *(condition.rollout_share for condition in rules.conditions))),
        largest_share=max((0.0, *(variant.share for variant in rules.variants))),
        conditions=len(rules.conditions),
        pinned_conditions=sum(condition.variant in keys for condition in rules.conditions),
    )


def health_facts(
    experiment: Experiment,
    *,
    now: datetime,
    metrics: int,
    exposed: int | None,
    sample_ratio: SampleRatio | None,
    bias_risk: BiasRisk | None,
) -> HealthFacts:
    """The facts about an experiment as it is now; see `HealthFacts`."""
    return HealthFacts(
        now=now,
        start_date=experiment.start_date,
        end_date=experiment.end_date,
        flag=flag_facts(experiment.flag),
        metrics=metrics,
        exposed=exposed,
        sample_ratio=sample_ratio,
        bias_risk=bias_risk,
    )


def find_problems(facts: HealthFacts) -> tuple[Finding, ...]:
    """Every finding, in the order of the checks."""
    return tuple(finding for check in CHECKS if (finding := check(facts)) is not None)


def check_sample_ratio(facts: HealthFacts) -> Finding | None:
    """The counts do not fit the split."""
    ratio = facts.sample_ratio
    if ratio is None or not ratio.is_mismatch:
        return None
    return Finding(
        code=FindingCode.SRM,
        severity=Severity.WARNING,
        message="Units are not split as the flag says; results may be biased.",
        facts={
            "p_value": ratio.p_value,
            "sequential_p_value": ratio.sequential_p_value,
            "expected": dict(ratio.expected),
        },
    )


def check_exposures(facts: HealthFacts) -> Finding | None:
    """A day after launch nobody was exposed."""
    if facts.start_date is None or not facts.is_running or facts.exposed != 0:
        return None
    if facts.now - facts.start_date < GRACE:
        return None
    return Finding(
        code=FindingCode.ZERO_EXPOSURES,
        severity=Severity.WARNING,
        message="Nobody was exposed since the launch more than a day ago.",
        facts={"hours_since_launch": (facts.now - facts.start_date) / timedelta(hours=1)},
    )


def check_bias(facts: HealthFacts) -> Finding | None:
    """Left-out units may bias an uneven split."""
    if not facts.is_running or facts.bias_risk is None:
        return None
    return Finding(
        code=FindingCode.BIAS_RISK_MULTIPLE_EXCLUDED,
        severity=Severity.WARNING,
        message="Units that saw several variants are left out of an uneven split.",
        facts={
            "multiple_share": facts.bias_risk.multiple_share,
            "limit": MULTIPLE_LIMIT,
            "exposed": facts.exposed,
        },
    )


def check_pinned_conditions(facts: HealthFacts) -> Finding | None:
    """Release conditions give out a fixed variant instead of splitting."""
    flag = facts.flag
    if facts.end_date is not None or flag.pinned_conditions == 0:
        return None
    is_every = flag.pinned_conditions == flag.conditions
    return Finding(
        code=FindingCode.FORCED_VARIANT_RELEASE_CONDITION,
        severity=Severity.WARNING if is_every else Severity.INFO,
        detail="all_conditions_pinned" if is_every else "some_conditions_pinned",
        message="Release conditions give units a fixed variant instead of a random one.",
        facts={"pinned_conditions": flag.pinned_conditions, "conditions": flag.conditions},
    )


def check_flag_is_on(facts: HealthFacts) -> Finding | None:
    """The experiment runs, but its flag serves nobody."""
    if not facts.is_running or (facts.flag.is_active and facts.flag.rollout > 0):
        return None
    is_disabled = not facts.flag.is_active
    return Finding(
        code=FindingCode.FLAG_OFF_WHILE_RUNNING,
        severity=Severity.WARNING,
        detail="running_but_flag_disabled" if is_disabled else "running_but_no_rollout",
        message="The experiment is running, but its flag serves no variant.",
        facts={"is_active": facts.flag.is_active, "rollout": facts.flag.rollout},
    )


def check_variant_shipped(facts: HealthFacts) -> Finding | None:
    """Everybody gets one variant although the experiment has not ended."""
    if not facts.is_running or facts.flag.largest_share < 1:
        return None
    return Finding(
        code=FindingCode.VARIANT_SHIPPED_WHILE_RUNNING,
        severity=Severity.WARNING,
        message="One variant is served to everybody, but the experiment has not ended.",
        facts={"largest_share": facts.flag.largest_share},
    )


def check_flag_after_end(facts: HealthFacts) -> Finding | None:
    """The flag still splits after the end. A variant shipped to everybody is no finding."""
    if facts.end_date is None or not facts.flag.is_splitting:
        return None
    return Finding(
        code=FindingCode.FLAG_LIVE_AFTER_END,
        severity=Severity.INFO,
        message="The experiment has ended, but its flag still serves different variants.",
        facts=_serving(facts),
    )


def check_flag_before_launch(facts: HealthFacts) -> Finding | None:
    """The flag splits already."""
    if facts.is_launched or not facts.flag.is_splitting:
        return None
    return Finding(
        code=FindingCode.FLAG_LIVE_BEFORE_LAUNCH,
        severity=Severity.INFO,
        message="The flag serves variants already; exposures before the launch do not count.",
        facts=_serving(facts),
    )


def check_metrics(facts: HealthFacts) -> Finding | None:
    """Launched, but nothing is measured."""
    if not facts.is_launched or facts.metrics > 0:
        return None
    return Finding(
        code=FindingCode.NO_METRIC,
        severity=Severity.INFO,
        message="The experiment was launched without a metric.",
    )


def _serving(facts: HealthFacts) -> Properties:
    return {"rollout": facts.flag.rollout, "largest_share": facts.flag.largest_share}


CHECKS: tuple[Callable[[HealthFacts], Finding | None], ...] = (
    check_sample_ratio,
    check_exposures,
    check_bias,
    check_pinned_conditions,
    check_flag_is_on,
    check_variant_shipped,
    check_flag_after_end,
    check_flag_before_launch,
    check_metrics,
)
