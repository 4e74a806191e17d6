"""Formulas: how they are read, what is refused, and what they say of events."""

import math

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.metrics.hogql import parse_formula
from splitplot.experiments.metrics.hogql.tokens import MOST_CHARACTERS, MOST_WORDS
from splitplot.experiments.sources.formulas import (
    Arithmetic,
    Constant,
    Fold,
    Folded,
    Operation,
    PropertyNumber,
    PropertyText,
    Reader,
    folded,
    properties_in,
    value_of,
)

Properties = dict[str, str | float]


def reader(properties: Properties) -> Reader:
    def number(each: PropertyNumber) -> float | None:
        value = properties.get(each.key)
        return value if isinstance(value, float) else None

    def text(each: PropertyText) -> str | None:
        value = properties.get(each.key)
        return None if value is None else str(value)

    return Reader(
        number=number, text=text, parse=lambda text: float(text) if text[0] == "4" else None
    )


def computed(text: str, *events: Properties, of_columns: bool = False) -> float:
    return folded(parse_formula(text, of_columns=of_columns), [reader(each) for each in events])


EVENT: Properties = {"a": 7.0, "b": -2.5, "zero": 0.0, "plan": "pro", "text": "42"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(1)", 1),
        ("SUM( 1 )", 1),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("12 / 2 / 3", 2),
        ("-properties.a", -7),
        ("--properties.a", 7),
        ("- -2", 2),
        ("1.5e2 + .5 + 1.", 151.5),
        ("properties['a'] + properties[\"b\"]", 4.5),
        ("properties.a / properties.zero", 0),
        ("count(properties.a / properties.zero)", 0),
        ("count(properties.nothing)", 0),
        ("count(properties.plan)", 1),
        ("count(null)", 0),
        ("sum(null)", 0),
        ("sum(properties.plan)", 0),
        ("sum(properties.a + properties.nothing)", 0),
        ("abs(properties.b)", 2.5),
        ("abs(properties.nothing)", 0),
        ("toInt(properties.b)", -2),
        ("toFloat('42') + toFloat(properties.a)", 49),
        ("toFloat('no')", 0),
        ("toFloat(if(1 = 1, '42', properties.plan))", 42),
        ("toInt('4.9')", 4),
        ("round(properties.b)", -2),
        ("round(2.5)", 3),
        ("round(1.256, 2)", 1.26),
        ("round(properties.nothing)", 0),
        ("round(1e300 * 1e300)", 0),
        ("1e300 * 1e300", 0),
        ("coalesce(properties.nothing, properties.a)", 7),
        ("coalesce(properties.nothing, null)", 0),
        ("ifNull(properties.nothing, 3)", 3),
        ("if(properties.plan = 'pro', 1, 2)", 1),
        ("if(properties.plan != 'pro', properties.a, properties.b)", -2.5),
        ("if(properties.a = properties.a, 1, 2)", 1),
        ("if(properties.a < properties.b, 1, 2)", 2),
        ("if(properties.a > 6 and properties.b <= -2.5, 1, 2)", 1),
        ("if(properties.a >= 8 or not properties.b = -2.5, 1, 2)", 2),
        ("if(not not 1 == 1, 1, 2)", 1),
        ("if(1 <> 1, 1, 2)", 2),
        ("if(properties.nothing = 'x', 1, 2)", 2),
        ("if(properties.nothing != 'x', 1, 2)", 2),
        ("if(properties.nothing > 1, 1, 2)", 2),
        ("if('it''s' = 'it\\'s', 1, 2)", 1),
        ("if(\"a'b\" = 'a\\'b', 1, 2)", 1),
        ("countIf(properties.a > 1)", 1),
        ("uniqIf(properties.plan, properties.a > 100)", 0),
        ("avgIf(properties.a, properties.a > 1)", 7),
    ],
)
def test_a_formula_has_a_value(text: str, value: float) -> None:
    assert computed(text, EVENT) == pytest.approx(value)


def test_events_are_folded() -> None:
    events: list[Properties] = [{"a": 4.0, "k": "x"}, {"a": 1.0, "k": "x"}, {"k": "y"}]
    values = {
        fold: computed(f"{fold}(properties.a)", *events) for fold in ("sum", "avg", "min", "max")
    }
    assert values == {"sum": 5, "avg": 2.5, "min": 1, "max": 4}
    assert computed("count()", *events) == 3
    assert computed("count(DISTINCT properties.k)", *events) == 2
    assert computed("uniq(properties.a)", *events) == 2
    assert computed("avg(properties.a)") == 0


def test_rows_have_columns_and_no_person() -> None:
    assert computed("a + properties.a", EVENT, of_columns=True) == 14
    with pytest.raises(InvalidInput, match="character 7"):
        parse_formula("person.properties.a", of_columns=True)
    with pytest.raises(InvalidInput, match="'a' is not known at character 1"):
        parse_formula("a")


def test_a_persons_properties_are_told_apart() -> None:
    formula = parse_formula("sumIf(person.properties.a, person.properties['b'] = 'x')")
    assert [(each.key, each.is_of_person) for each in properties_in(formula)] == [
        ("a", True),
        ("b", True),
    ]


@pytest.mark.parametrize(
    ("text", "problem", "place"),
    [
        ("", "unexpected the end", 1),
        ("sum(properties.a", r"expected '\)' instead of the end", 17),
        ("sum(1) + 1", r"unexpected '\+'", 8),
        ("1 + sum(1)", "the aggregate sum has to stand outermost", 5),
        ("1 1", "unexpected '1'", 3),
        ("1 ; 2", "unexpected ';'", 3),
        ("1 = 2", "expected a number, not a condition,", 1),
        ("'a'", "expected a number, not a text,", 1),
        ("if(1, 2, 3)", "expected a condition, not a number,", 4),
        ("if(1 = 1, 1 = 1, 2)", "expected a number, not a condition,", 11),
        ("if('a' = 1, 2, 3)", "expected a text, not a number,", 10),
        ("if('a' < properties.a, 2, 3)", "texts are compared with = and != only", 4),
        ("if(properties.a = null, 2, 3)", "nothing is equal to null", 4),
        ("sum()", "sum takes one value", 5),
        ("sum(1, 2)", "sum takes one value", 8),
        ("count(distinct)", "count takes one value", 15),
        ("countIf()", "a condition is missing", 9),
        ("count(1 = 1)", "a condition is counted with countIf", 7),
        ("sleep(1)", "the function 'sleep' is not known", 1),
        ("abs(1, 2)", "wrong number of arguments for abs", 1),
        ("round(1, 2.5)", "round takes a whole number of digits", 10),
        ("round(1, properties.a)", "round takes a whole number of digits", 10),
        ("round(1, 99)", "round takes a whole number of digits", 10),
        ("properties.", "expected the name of a property", 12),
        ("properties['']", "expected the name of a property", 12),
        ("properties[1]", "expected the name of a property", 12),
        ("properties['a'", r"expected '\]'", 15),
        ("properties", r"expected '\['", 11),
        ("person.name", "expected person.properties", 1),
        ("event", "'event' is not known", 1),
        ("1e999", "the number is too large", 1),
        ("'open", 'unexpected "\'"', 1),
        ("(" * 13 + "1" + ")" * 13, "nested more than 12 levels deep", 13),
        ("1" + "+1" * MOST_WORDS, "more than 120 words", 121),
        ("1" * (MOST_CHARACTERS + 1), "longer than 1000 characters", 1001),
        ("select 1", "'select' is not known", 1),
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text: str, problem: str, place: int) -> None:
    with pytest.raises(InvalidInput, match=f"{problem}.* at character {place}\\.") as refused:
        parse_formula(text)
    assert (refused.value.code, refused.value.attr) == ("unsupported_expression", "math_hogql")


@pytest.mark.parametrize("operation", list(Operation))
def test_nothing_comes_of_nothing(operation: Operation) -> None:
    formula = Arithmetic(operation, Constant(None), Constant(1.0))
    assert value_of(formula, reader({})) is None


def test_what_is_infinite_does_not_count() -> None:
    formula = Folded(fold=Fold.MAX, value=Constant(math.inf))
    assert folded(formula, [reader({})]) == 0
