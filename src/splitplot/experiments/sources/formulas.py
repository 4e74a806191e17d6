"""Formulas over the properties of an event: values that any event store can carry out.

A number, a text or nothing is known of every event. Whatever is computed from nothing is
nothing; a comparison with it is false. Division by zero gives nothing.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

Scalar: TypeAlias = float | str | bool | None


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same; None is nothing."""

    value: float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyNumber:
    """The finite number that a property is worth, the text of a number included."""

    key: str
    is_of_person: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyText:
    """A property's text; nothing where it is missing or null."""

    key: str
    is_of_person: bool = False


@dataclass(frozen=True, slots=True)
class NumberOf:
    """The number that a text is the text of."""

    text: "Formula"


class Operation(StrEnum):
    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    OVER = "/"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    operation: Operation
    left: "Formula"
    right: "Formula"


class Function(StrEnum):
    """Of one number; `whole` drops what is behind the point."""

    ABSOLUTE = "abs"
    WHOLE = "toInt"


@dataclass(frozen=True, slots=True)
class Applied:
    function: Function
    number: "Formula"


@dataclass(frozen=True, slots=True)
class Rounded:
    """To so many digits behind the point; halves go up."""

    number: "Formula"
    digits: int = 0


class Relation(StrEnum):
    """The last four are for numbers only."""

    EQUAL = "="
    UNEQUAL = "!="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of two numbers, or of two texts."""

    relation: Relation
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Both:
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Either:
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Negation:
    condition: "Formula"


@dataclass(frozen=True, slots=True)
class Choice:
    condition: "Formula"
    then: "Formula"
    otherwise: "Formula"


@dataclass(frozen=True, slots=True)
class FirstKnown:
    """The first that is not nothing."""

    values: tuple["Formula", ...]


Formula: TypeAlias = (
    Constant
    | PropertyNumber
    | PropertyText
    | NumberOf
    | Arithmetic
    | Applied
    | Rounded
    | Comparison
    | Both
    | Either
    | Negation
    | Choice
    | FirstKnown
)


class Fold(StrEnum):
    """How what is known of a unit's events becomes one number."""

    SUM = "sum"
    AVG = "avg"
    MIN = "min"
    MAX = "max"
    COUNT = "count"
    UNIQ = "uniq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """One number of a unit's events. Events of which nothing is known do not count.

    Attributes:
        fold: How they become one.
        value: What is folded, for each event; None counts the events themselves.
        condition: Only events for which it is true; None: all of them.
    """

    fold: Fold
    value: Formula | None
    condition: Formula | None = None


# How an event answers for a property: its number and its text.
NumberAt: TypeAlias = Callable[[PropertyNumber], float | None]
TextAt: TypeAlias = Callable[[PropertyText], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One event, as formulas see it.

    Attributes:
        number: What a property is worth as a number.
        text: A property's text.
        parse: The number that a text is the text of.
    """

    number: NumberAt
    text: TextAt
    parse: Callable[[str], float | None]


def value_of(formula: Formula, event: Reader) -> Scalar:
    """What a formula says of one event."""
    match formula:
        case Constant() | PropertyNumber() | PropertyText():
            return _read(formula, event)
        case Choice():
            chosen = formula.then if value_of(formula.condition, event) else formula.otherwise
            return value_of(chosen, event)
        case FirstKnown():
            values = (value_of(each, event) for each in formula.values)
            return next((value for value in values if value is not None), None)
        case Comparison() | Both() | Either() | Negation():
            return _is_true(formula, event)
        case _:
            return _number(formula, event)


def folded(formula: Folded, events: Sequence[Reader]) -> float:
    """The one number of these events; 0 where there is none.

    Examples:
        >>> event = Reader(number=lambda each: 2.0, text=lambda each: "2", parse=float)
        >>> doubled = Arithmetic(Operation.TIMES, PropertyNumber(key="price"), Constant(2.0))
        >>> folded(Folded(fold=Fold.SUM, value=doubled), [event, event])
        8.0
    """
    condition = formula.condition
    counted = [each for each in events if condition is None or value_of(condition, each)]
    if formula.value is None:
        return float(len(counted))
    values = [value_of(formula.value, each) for each in counted]
    known = [value for value in values if value is not None and _is_finite(value)]
    match formula.fold:
        case Fold.COUNT:
            return float(len(known))
        case Fold.UNIQ:
            return float(len(set(known)))
        case fold:
            numbers = [value for value in known if isinstance(value, float)]
            return _FOLDS[fold](numbers) if numbers else 0.0


def _is_true(formula: Comparison | Both | Either | Negation, event: Reader) -> bool:
    match formula:
        case Both():
            return bool(value_of(formula.left, event) and value_of(formula.right, event))
        case Either():
            return bool(value_of(formula.left, event) or value_of(formula.right, event))
        case Negation():
            return not value_of(formula.condition, event)
        case _:
            left, right = value_of(formula.left, event), value_of(formula.right, event)
            if isinstance(left, str) and isinstance(right, str):
                is_equal = left == right
                return is_equal if formula.relation is Relation.EQUAL else not is_equal
            if isinstance(left, float) and isinstance(right, float):
                return _RELATIONS[formula.relation](left, right)
            return False


def _read(formula: Constant | PropertyNumber | PropertyText, event: Reader) -> Scalar:
    match formula:
        case Constant():
            return formula.value
        case PropertyNumber():
            return event.number(formula)
        case _:
            return event.text(formula)


def _number(formula: NumberOf | Arithmetic | Applied | Rounded, event: Reader) -> float | None:
    match formula:
        case NumberOf():
            text = value_of(formula.text, event)
            return event.parse(text) if isinstance(text, str) else None
        case Arithmetic():
            left, right = value_of(formula.left, event), value_of(formula.right, event)
            if isinstance(left, float) and isinstance(right, float):
                return _calculated(formula.operation, left, right)
        case _:
            number = value_of(formula.number, event)
            if isinstance(number, float) and math.isfinite(number):
                return _applied(formula, number)
    return None


def _applied(formula: Applied | Rounded, number: float) -> float | None:
    match formula:
        case Applied(function=Function.ABSOLUTE):
            return abs(number)
        case Applied():
            return float(math.trunc(number))
        case _:
            scale = 10.0**formula.digits
            scaled = number * scale + 0.5
            return math.floor(scaled) / scale if math.isfinite(scaled) else None


def _calculated(operation: Operation, left: float, right: float) -> float | None:
    match operation:
        case Operation.PLUS:
            return left + right
        case Operation.MINUS:
            return left - right
        case Operation.TIMES:
            return left * right
        case _:
            return left / right if right else None


def _is_finite(value: Scalar) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


_RELATIONS: Mapping[Relation, Callable[[float, float], bool]] = MappingProxyType(
    {
        Relation.EQUAL: lambda left, right: left == right,
        Relation.UNEQUAL: lambda left, right: left != right,
        Relation.BELOW: lambda left, right: left < right,
        Relation.AT_MOST: lambda left, right: left <= right,
        Relation.ABOVE: lambda left, right: left > right,
        Relation.AT_LEAST: lambda left, right: left >= right,
    }
)
_FOLDS: Mapping[Fold, Callable[[list[float]], float]] = MappingProxyType(
    {
        Fold.SUM: math.fsum,
        Fold.AVG: lambda numbers: math.fsum(numbers) / len(numbers),
        Fold.MIN: min,
        Fold.MAX: max,
    }
)


def properties_in(formula: Folded) -> tuple[PropertyNumber | PropertyText, ...]:
    """Every property that it looks at."""
    roots = (formula.value, formula.condition)
    return tuple(each for root in roots if root is not None for each in _properties(root))


def _properties(formula: Formula) -> list[PropertyNumber | PropertyText]:
    if isinstance(formula, PropertyNumber | PropertyText):
        return [formula]
    members = (getattr(formula, field.name) for field in fields(formula))
    parts = (part for each in members for part in (each if isinstance(each, tuple) else (each,)))
    return [found for part in parts if isinstance(part, Formula) for found in _properties(part)]
