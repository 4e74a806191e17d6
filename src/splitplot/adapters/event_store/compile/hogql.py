"""Formulas as columns: nothing of what somebody wrote is ever a part of a query's text."""

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

import ibis
from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.dialect import function_of_one
from splitplot.adapters.event_store.compile.sources import Scope, with_person_properties
from splitplot.experiments.sources.formulas import (
    Applied,
    Arithmetic,
    Both,
    Choice,
    Comparison,
    Constant,
    Either,
    FirstKnown,
    Fold,
    Folded,
    Formula,
    Function,
    Negation,
    NumberOf,
    Operation,
    PropertyNumber,
    PropertyText,
    Relation,
    Rounded,
    properties_in,
)

_LARGEST = sys.float_info.max
# Ibis makes whole numbers of 64 bits of these, which not every number fits.
_floor = function_of_one("floor", "float64", "float64")
_trunc = function_of_one("trunc", "float64", "float64")


def with_persons_of(formula: Folded | None, scope: Scope, events: ir.Table) -> ir.Table:
    """The events, with the properties of their persons if the formula looks at them."""
    if formula is None or not any(each.is_of_person for each in properties_in(formula)):
        return events
    return with_person_properties(scope, events)


def measure_of(formula: Folded, scope: Scope, events: ir.Table) -> ir.Value:
    """What is folded, for each event; null where an event does not count."""
    columns = _Columns(scope, events)
    measure = ibis.literal(1.0) if formula.value is None else columns.value(formula.value)
    if formula.fold in _OF_NUMBERS:
        measure = finite(measure.cast("float64"))
    elif measure.type().is_floating():
        measure = finite(measure)
    if formula.condition is None:
        return measure
    return ibis.ifelse(columns.value(formula.condition), measure, None)


def fold_of(formula: Folded, measure: ir.Column) -> ir.Value:
    """The one number of a unit, from the measures of its events."""
    return _FOLDS[formula.fold](measure)


def finite(number: ir.FloatingValue) -> ir.FloatingValue:
    """The number, or null where it is infinite or none."""
    return ibis.ifelse(number.abs() <= _LARGEST, number, None)


class _Columns:
    """Formulas over the columns of one table of events, or of rows that look like them."""

    def __init__(self, scope: Scope, events: ir.Table) -> None:
        self._dialect = scope.dialect
        self._events = events

    def value(self, formula: Formula) -> ir.Value:
        match formula:
            case Constant():
                return ibis.literal(formula.value)
            case PropertyNumber() | PropertyText():
                return self._property(formula)
            case Choice():
                condition = self.value(formula.condition)
                then, otherwise = self.value(formula.then), self.value(formula.otherwise)
                return ibis.ifelse(condition, then, otherwise)
            case FirstKnown():
                return ibis.coalesce(*map(self.value, formula.values))
            case Comparison() | Both() | Either() | Negation():
                return self._truth(formula)
            case _:
                return self._number(formula)

    def _property(self, formula: PropertyNumber | PropertyText) -> ir.Value:
        is_number = isinstance(formula, PropertyNumber)
        if is_number and not formula.is_of_person:
            return self._dialect.number(self._events, formula.key)
        events = self._events
        document = events.person_properties if formula.is_of_person else events.properties
        # The member null has a text, which a string may have too.
        other_text = self._dialect.text(document, formula.key).nullif("null")
        text = ibis.coalesce(self._dialect.string(document, formula.key), other_text)
        return finite(self._dialect.to_number(text)) if is_number else text

    def _truth(self, formula: Comparison | Both | Either | Negation) -> ir.BooleanValue:
        match formula:
            case Both():
                return self.value(formula.left) & self.value(formula.right)
            case Either():
                return self.value(formula.left) | self.value(formula.right)
            case Negation():
                return ~self.value(formula.condition)
            case Comparison():
                left, right = self.value(formula.left), self.value(formula.right)
                return _RELATIONS[formula.relation](left, right).fill_null(_FALSE)

    def _number(self, formula: NumberOf | Arithmetic | Applied | Rounded) -> ir.Value:
        match formula:
            case NumberOf():
                text = self.value(formula.text).cast("string")
                return finite(self._dialect.to_number(text))
            case Arithmetic():
                left, right = self.value(formula.left), self.value(formula.right)
                operation = _OPERATIONS[formula.operation]
                return operation(left.cast("float64"), right.cast("float64"))
            case Applied():
                number = self.value(formula.number).cast("float64")
                is_absolute = formula.function is Function.ABSOLUTE
                return number.abs() if is_absolute else _trunc(number)
            case Rounded():
                scale = 10.0**formula.digits
                return _floor(self.value(formula.number).cast("float64") * scale + 0.5) / scale


_FALSE = ibis.literal(value=False)
_OF_NUMBERS = frozenset({Fold.SUM, Fold.AVG, Fold.MIN, Fold.MAX})

_FOLDS: Mapping[Fold, Callable[[ir.Column], ir.Value]] = MappingProxyType(
    {
        Fold.SUM: lambda measures: measures.sum(),
        Fold.AVG: lambda measures: measures.mean(),
        Fold.MIN: lambda measures: measures.min(),
        Fold.MAX: lambda measures: measures.max(),
        Fold.COUNT: lambda measures: measures.count(),
        Fold.UNIQ: lambda measures: measures.nunique(),
    }
)
_OPERATIONS: Mapping[Operation, Callable[[ir.Value, ir.Value], ir.Value]] = MappingProxyType(
    {
        Operation.PLUS: lambda left, right: left + right,
        Operation.MINUS: lambda left, right: left - right,
        Operation.TIMES: lambda left, right: left * right,
        Operation.OVER: lambda left, right: left / right.nullif(0.0),
    }
)
_RELATIONS: Mapping[Relation, Callable[[ir.Value, ir.Value], ir.Value]] = MappingProxyType(
    {
        Relation.EQUAL: lambda left, right: left == right,
        Relation.UNEQUAL: lambda left, right: left != right,
        Relation.BELOW: lambda left, right: left < right,
        Relation.AT_MOST: lambda left, right: left <= right,
        Relation.ABOVE: lambda left, right: left > right,
        Relation.AT_LEAST: lambda left, right: left >= right,
    }
)
