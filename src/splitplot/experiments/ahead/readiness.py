"""Whether a draft is ready to be launched: a tuple of checks, each with its evidence."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from splitplot.errors import InvalidInput
from splitplot.experiments.deciding.roles import MeasuredMetric, Role, measured_metrics
from splitplot.experiments.health import flag_facts
from splitplot.experiments.lifecycle.linked_flag import check_fit
from splitplot.experiments.model import Experiment
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.wire import parse_rules

# How far back events are looked for, and calls of the flag.
EVENTS_WITHIN = timedelta(days=28)
CALLS_WITHIN = timedelta(days=1)


class State(StrEnum):
    """What a check found. A launch should not pass what fails."""

    PASS = "pass"  # noqa: S105 a word for a state
    WARN = "warn"
    FAIL = "fail"


class CheckCode(StrEnum):
    """What was checked; stable words of the API."""

    HYPOTHESIS = "hypothesis"
    VARIANTS = "variants"
    ROLLOUT = "rollout"
    FLAG_CALLED = "flag_called"
    PRIMARY_METRIC = "primary_metric"
    METRIC_EVENTS = "metric_events"
    PLAN = "plan"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchCheck:
    """One line of the list.

    Attributes:
        message: A plain sentence with the evidence.
        subject: The metric that it is about, by its key; None for the others.
        seen_at: When what was looked for was there last.
    """

    code: CheckCode
    state: State
    message: str
    subject: str | None = None
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchFacts:
    """All that the checks look at.

    Attributes:
        last_events: When each event of the metrics was there last, within `EVENTS_WITHIN`;
            None where it was not.
        last_call: When a client last said what the flag had answered, within
            `CALLS_WITHIN`.
        needs_approval: Whether a policy will hold the launch back.
    """

    experiment: Experiment
    last_events: Mapping[str, datetime | None] = field(default_factory=dict)
    last_call: datetime | None = None
    needs_approval: bool = False


def launch_checks(facts: LaunchFacts) -> tuple[LaunchCheck, ...]:
    """Every check, in the order of the wizard's steps."""
    return tuple(found for check in _CHECKS for found in check(facts))


def metric_events(metric: Properties) -> tuple[str, ...]:
    """The names of the events that a metric is made of, each once."""
    return tuple(dict.fromkeys(_events_in(metric)))


def _check_hypothesis(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    is_there = bool((facts.experiment.description or "").strip())
    yield LaunchCheck(
        code=CheckCode.HYPOTHESIS,
        state=State.PASS if is_there else State.WARN,
        message="The hypothesis is written down."
        if is_there
        else "There is no hypothesis; later nobody will know what was expected.",
    )


def _check_variants(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    flag = facts.experiment.flag
    if flag.deleted:
        yield LaunchCheck(
            code=CheckCode.VARIANTS,
            state=State.FAIL,
            message=f"The flag {flag.key!r} has been deleted.",
        )
        return
    try:
        check_fit(flag)
    except InvalidInput as unfit:
        yield LaunchCheck(code=CheckCode.VARIANTS, state=State.FAIL, message=f"{unfit.message}.")
        return
    variants = parse_rules(flag.filters).variants
    split = ", ".join(f"{one.key} {100 * one.share:g}%" for one in variants)
    empty = [one.key for one in variants if one.share == 0]
    yield LaunchCheck(
        code=CheckCode.VARIANTS,
        state=State.WARN if empty else State.PASS,
        message=f"The flag {flag.key!r} splits {split}."
        + (f" Nobody will get {', '.join(empty)}." if empty else ""),
    )


def _check_rollout(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    flag = flag_facts(facts.experiment.flag)
    if flag.rollout == 0:
        state, message = State.FAIL, "The flag lets nobody in."
    elif flag.pinned_conditions:
        state, message = State.WARN, "A rule of the flag gives out a fixed variant."
    elif flag.is_active:
        state, message = (
            State.WARN,
            "The flag is on already; what it served before the launch does not count.",
        )
    else:
        state, message = (
            State.PASS,
            f"The flag lets in up to {100 * flag.rollout:g}% and is switched on by the launch.",
        )
    yield LaunchCheck(code=CheckCode.ROLLOUT, state=state, message=message)


def _check_calls(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    key = facts.experiment.flag.key
    yield LaunchCheck(
        code=CheckCode.FLAG_CALLED,
        state=State.WARN if facts.last_call is None else State.PASS,
        message=f"No client has asked for {key!r} in the last day: is it in the code?"
        if facts.last_call is None
        else f"Clients ask for {key!r}.",
        seen_at=facts.last_call,
    )


def _check_primary(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    found = [one for one in measured_metrics(facts.experiment) if one.role is Role.PRIMARY]
    yield LaunchCheck(
        code=CheckCode.PRIMARY_METRIC,
        state=State.PASS if found else State.FAIL,
        message=f"{len(found)} primary metric{'s' if len(found) > 1 else ''} will decide."
        if found
        else "There is no primary metric, so nothing can be decided.",
    )


def _check_events(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    for metric in measured_metrics(facts.experiment):
        names = metric_events(metric.document)
        if names:
            yield _metric_check(metric, names, facts.last_events)


def _metric_check(
    metric: MeasuredMetric, names: tuple[str, ...], last: Mapping[str, datetime | None]
) -> LaunchCheck:
    missing = [name for name in names if last.get(name) is None]
    seen = [moment for name in names if (moment := last.get(name)) is not None]
    called = metric.name or "A metric"
    return LaunchCheck(
        code=CheckCode.METRIC_EVENTS,
        state=State.WARN if missing else State.PASS,
        message=f"{called}: no event {', '.join(map(repr, missing))} in the last 28 days."
        if missing
        else f"{called}: {', '.join(map(repr, names))} arrives.",
        subject=metric.key,
        seen_at=min(seen, default=None),
    )


def _check_plan(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    days = (facts.experiment.parameters or {}).get("recommended_running_time")
    is_planned = isinstance(days, int | float) and not isinstance(days, bool) and days > 0
    yield LaunchCheck(
        code=CheckCode.PLAN,
        state=State.PASS if is_planned else State.WARN,
        message=f"Planned for about {days:g} days."
        if is_planned
        else "It is not planned how long this takes; progress cannot be shown.",
    )


def _check_approval(facts: LaunchFacts) -> Iterator[LaunchCheck]:
    yield LaunchCheck(
        code=CheckCode.APPROVAL,
        state=State.WARN if facts.needs_approval else State.PASS,
        message="The launch waits until somebody else approves it."
        if facts.needs_approval
        else "Nobody else has to approve the launch.",
    )


def _events_in(value: JsonValue) -> Iterator[str]:
    if isinstance(value, Mapping):
        name = value.get("event")
        if value.get("kind") == "EventsNode" and isinstance(name, str) and name:
            yield name
        for member in value.values():
            yield from _events_in(member)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _events_in(item)


_CHECKS: tuple[Callable[[LaunchFacts], Iterator[LaunchCheck]], ...] = (
    _check_hypothesis,
    _check_variants,
    _check_rollout,
    _check_calls,
    _check_primary,
    _check_events,
    _check_plan,
    _check_approval,
)
