"""What a flag does in plain lines, and which of them a change replaces."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from splitplot.filters.model import FilterKind, JsonValue, PropertyFilter
from splitplot.flags.model import Condition, Flag, Rules
from splitplot.flags.wire import parse_rules


class Mark(StrEnum):
    """What becomes of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """One line, before or after or both."""

    mark: Mark
    text: str


def flag_lines(flag: Flag) -> tuple[str, ...]:
    """What the flag does, a sentence for each part of it."""
    return tuple(line for part in _parts(flag) for line in part)


def flag_diff(before: Flag, after: Flag) -> tuple[DiffLine, ...]:
    """The lines of both, in reading order: what goes stands before what comes."""
    pairs = zip(_parts(before), _parts(after), strict=True)
    return tuple(line for old, new in pairs for line in _differences(old, new))


def _parts(flag: Flag) -> tuple[tuple[str, ...], ...]:
    """Its switch, its rules and its variants: a line of one is never one of another."""
    rules = parse_rules(flag.filters)
    switch = "The flag is on." if flag.active else "The flag is off: nobody gets a variant."
    conditions = (
        f"Rule {number}: {_condition(condition)}"
        for number, condition in enumerate(rules.conditions, start=1)
    )
    return (switch,), tuple(conditions), tuple(_variants(rules))


def _differences(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[DiffLine]:
    matcher = SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            yield from (DiffLine(mark=Mark.SAME, text=text) for text in old[old_start:old_end])
            continue
        yield from (DiffLine(mark=Mark.REMOVED, text=text) for text in old[old_start:old_end])
        yield from (DiffLine(mark=Mark.ADDED, text=text) for text in new[new_start:new_end])


def _condition(condition: Condition) -> str:
    who = " and ".join(map(_filter, condition.filters)) or "everybody"
    served = "" if condition.variant is None else f", who get {condition.variant!r}"
    return f"{_percentage(condition.rollout_share)} of {who}{served}."


def _filter(condition: PropertyFilter) -> str:
    if condition.kind is FilterKind.COHORT:
        return f"{'not ' if condition.negation else ''}in cohort {_value(condition.value)}"
    operator = "(unknown comparison)" if condition.operator is None else condition.operator.value
    words = operator.replace("_", " ")
    return f"{condition.key} {words} {_value(condition.value)}".rstrip()


def _value(value: JsonValue) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    return str(value)


def _variants(rules: Rules) -> Iterator[str]:
    for variant in rules.variants:
        yield f"Variant {variant.key!r}: {_percentage(variant.share)} of them."
    if rules.holdout is not None:
        yield f"Holdout {rules.holdout.variant!r}: {_percentage(rules.holdout.share)} are kept out."


def _percentage(share: float) -> str:
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"
