"""Formulas, read by descending from the loosest operator to the tightest.

formula    = aggregate "(" [arguments] ")" | any
any        = all { "or" all }
all        = not { "and" not }
not        = "not" not | compared
compared   = sum [ ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
sum        = product { ( "+" | "-" ) product }
product    = signed { ( "*" | "/" ) signed }
signed     = "-" signed | primary
primary    = number | text | "null" | property | function "(" arguments ")" | "(" any ")"
property   = [ "person" "." ] "properties" ( "." name | "[" text "]" )

Words may be written in capitals; what is no word of the grammar is refused with its place.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from splitplot.experiments.metrics.hogql.tokens import Kind, Token, refused, tokens_of
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
)

# Engines and this reader alike go through a formula by calling themselves.
DEEPEST = 12
_MOST_DIGITS = 9
_IF = "if"

_RELATIONS = {relation.value: relation for relation in Relation} | {
    "==": Relation.EQUAL,
    "<>": Relation.UNEQUAL,
}
_EQUALITIES = (Relation.EQUAL, Relation.UNEQUAL)
_FOLDS = {fold.value: (fold, False) for fold in Fold} | {
    fold.value + _IF: (fold, True) for fold in Fold
}


class _Type(StrEnum):
    """What a part of a formula is. A property is whatever is asked of it."""

    NUMBER = "a number"
    TEXT = "a text"
    TRUTH = "a condition"
    PROPERTY = "a property"
    NOTHING = "null"


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a formula: what it computes, what that is, and where it begins."""

    formula: Formula
    type: _Type
    at: int


def parse_formula(text: str, *, of_columns: bool = False) -> Folded:
    """Read a formula.

    Args:
        text: As it was written.
        of_columns: Rows of a table are meant: a name alone is a column, as `properties.name`
            is, and there is no person.

    Raises:
        InvalidInput: It is no formula, or uses what is not known here; with the place.

    Examples:
        >>> parse_formula("count()")
        Folded(fold=<Fold.COUNT: 'count'>, value=None, condition=None)
        >>> parse_formula("properties.amount").fold
        <Fold.SUM: 'sum'>
    """
    return _Parser(tokens_of(text), of_columns=of_columns).formula()


class _Parser:
    def __init__(self, tokens: tuple[Token, ...], *, of_columns: bool) -> None:
        self._tokens = tokens
        self._of_columns = of_columns
        self._place = 0
        self._depth = 0

    def formula(self) -> Folded:
        fold = _FOLDS.get(self._next.text.lower()) if self._calls else None
        if fold is None:
            folded = Folded(fold=Fold.SUM, value=_number(self._any()))
        else:
            folded = self._folded(*fold)
        if self._next.kind is not Kind.END:
            raise refused(f"unexpected {self._next.shown}", at=self._next.at)
        return folded

    # Aggregates.

    def _folded(self, fold: Fold, is_conditional: bool) -> Folded:  # noqa: FBT001 as in the table
        self._take()
        self._expect("(")
        is_distinct = fold is Fold.COUNT and not is_conditional and self._takes_word("distinct")
        parts = self._arguments(opened=True)
        condition = None
        if is_conditional:
            if not parts:
                raise refused("a condition is missing", at=self._last.at)
            condition = _condition(parts.pop())
        if len(parts) > 1 or (not parts and (fold is not Fold.COUNT or is_distinct)):
            at = parts[1].at if parts else self._last.at
            raise refused(f"{fold.value} takes one value", at=at)
        if not parts:
            return Folded(fold=fold, value=None, condition=condition)
        if is_distinct or fold is Fold.UNIQ:
            return Folded(fold=Fold.UNIQ, value=_countable(parts[0]), condition=condition)
        value = _countable(parts[0]) if fold is Fold.COUNT else _number(parts[0])
        return Folded(fold=fold, value=value, condition=condition)

    # Operators, from the loosest to the tightest.

    def _any(self) -> _Part:
        self._depth += 1
        if self._depth > DEEPEST:
            raise refused(f"it is nested more than {DEEPEST} levels deep", at=self._next.at)
        left = self._all()
        while self._takes_word("or"):
            right = self._all()
            left = _Part(Either(_condition(left), _condition(right)), _Type.TRUTH, left.at)
        self._depth -= 1
        return left

    def _all(self) -> _Part:
        left = self._not()
        while self._takes_word("and"):
            right = self._not()
            left = _Part(Both(_condition(left), _condition(right)), _Type.TRUTH, left.at)
        return left

    def _not(self) -> _Part:
        at, count = self._next.at, 0
        while self._takes_word("not"):
            count += 1
        part = self._compared()
        if not count:
            return part
        condition = _condition(part)
        return _Part(Negation(condition) if count % 2 else condition, _Type.TRUTH, at)

    def _compared(self) -> _Part:
        left = self._sum()
        relation = _RELATIONS.get(self._next.text) if self._next.kind is Kind.SIGN else None
        if relation is None:
            return left
        self._take()
        right = self._sum()
        return _Part(_comparison(relation, left, right), _Type.TRUTH, left.at)

    def _sum(self) -> _Part:
        left = self._product()
        while (sign := self._takes_sign("+", "-")) is not None:
            left = _calculated(sign, left, self._product())
        return left

    def _product(self) -> _Part:
        left = self._signed()
        while (sign := self._takes_sign("*", "/")) is not None:
            left = _calculated(sign, left, self._signed())
        return left

    def _signed(self) -> _Part:
        at, count = self._next.at, 0
        while self._takes_sign("-") is not None:
            count += 1
        part = self._primary()
        if count % 2 == 0:
            return part if not count else _Part(_number(part), _Type.NUMBER, at)
        negated = Arithmetic(Operation.MINUS, Constant(0.0), _number(part))
        return _Part(negated, _Type.NUMBER, at)

    # What operators are between.

    def _primary(self) -> _Part:
        token = self._take()
        match token.kind:
            case Kind.NUMBER:
                number = float(token.text)
                if not math.isfinite(number):
                    raise refused("the number is too large", at=token.at)
                return _Part(Constant(number), _Type.NUMBER, token.at)
            case Kind.TEXT:
                return _Part(Constant(token.text), _Type.TEXT, token.at)
            case Kind.NAME:
                return self._named(token)
            case Kind.SIGN if token.text == "(":
                part = self._any()
                self._expect(")")
                return part
            case _:
                raise refused(f"unexpected {token.shown}", at=token.at)

    def _named(self, token: Token) -> _Part:
        if self._next.text == "(" and self._next.kind is Kind.SIGN:
            return self._called(token)
        if token.text.lower() == "null":
            return _Part(Constant(None), _Type.NOTHING, token.at)
        if token.text == "properties":
            return self._property(token, is_of_person=False)
        if token.text == "person" and not self._of_columns:
            self._expect(".")
            if self._take().text != "properties":
                raise refused("expected person.properties", at=token.at)
            return self._property(token, is_of_person=True)
        if self._of_columns:
            return _Part(PropertyText(key=token.text), _Type.PROPERTY, token.at)
        raise refused(f"{token.shown} is not known", at=token.at)

    def _property(self, token: Token, *, is_of_person: bool) -> _Part:
        if self._takes_sign(".") is not None:
            name, kind = self._take(), Kind.NAME
        else:
            self._expect("[")
            name, kind = self._take(), Kind.TEXT
        if name.kind is not kind or not name.text:
            raise refused("expected the name of a property", at=name.at)
        if kind is Kind.TEXT:
            self._expect("]")
        formula = PropertyText(key=name.text, is_of_person=is_of_person)
        return _Part(formula, _Type.PROPERTY, token.at)

    def _called(self, token: Token) -> _Part:
        name = token.text.lower()
        if name in _FOLDS:
            raise refused(f"the aggregate {token.text} has to stand outermost", at=token.at)
        if name not in _ARGUMENTS:
            raise refused(f"the function {token.shown} is not known", at=token.at)
        parts = self._arguments()
        least, most = _ARGUMENTS[name]
        if not least <= len(parts) <= most:
            raise refused(f"wrong number of arguments for {token.text}", at=token.at)
        return _applied(name, parts, token)

    def _arguments(self, *, opened: bool = False) -> list[_Part]:
        if not opened:
            self._expect("(")
        parts: list[_Part] = []
        if self._takes_sign(")") is not None:
            return parts
        parts.append(self._any())
        while self._takes_sign(",") is not None:
            parts.append(self._any())
        self._expect(")")
        return parts

    # Words.

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    @property
    def _last(self) -> Token:
        return self._tokens[self._place - 1]

    @property
    def _calls(self) -> bool:
        """Whether a function's name comes next."""
        is_name = self._next.kind is Kind.NAME
        return is_name and self._tokens[self._place + 1].text == "("

    def _take(self) -> Token:
        token = self._next
        if token.kind is not Kind.END:
            self._place += 1
        return token

    def _takes_word(self, word: str) -> bool:
        is_next = self._next.kind is Kind.NAME and self._next.text.lower() == word
        if is_next:
            self._take()
        return is_next

    def _takes_sign(self, *signs: str) -> str | None:
        is_next = self._next.kind is Kind.SIGN and self._next.text in signs
        return self._take().text if is_next else None

    def _expect(self, sign: str) -> None:
        if self._takes_sign(sign) is None:
            raise refused(f"expected {sign!r} instead of {self._next.shown}", at=self._next.at)


# What each function takes, at least and at most.
_ARGUMENTS = {
    "if": (3, 3),
    "coalesce": (1, 10),
    "ifnull": (2, 2),
    "abs": (1, 1),
    "round": (1, 2),
    "tofloat": (1, 1),
    "toint": (1, 1),
}


def _applied(name: str, parts: list[_Part], token: Token) -> _Part:
    match name:
        case "if":
            condition = _condition(parts[0])
            (then, otherwise), of_type = _alike(parts[1:])
            return _Part(Choice(condition, then, otherwise), of_type, token.at)
        case "coalesce" | "ifnull":
            values, of_type = _alike(parts)
            return _Part(FirstKnown(tuple(values)), of_type, token.at)
        case "tofloat":
            return _Part(_parsed(parts[0]), _Type.NUMBER, token.at)
        case "toint":
            return _Part(Applied(Function.WHOLE, _parsed(parts[0])), _Type.NUMBER, token.at)
        case "abs":
            absolute = Applied(Function.ABSOLUTE, _number(parts[0]))
            return _Part(absolute, _Type.NUMBER, token.at)
        case _:
            rounded = Rounded(_number(parts[0]), _digits(parts[1:]))
            return _Part(rounded, _Type.NUMBER, token.at)


def _digits(parts: list[_Part]) -> int:
    if not parts:
        return 0
    formula = parts[0].formula
    digits = formula.value if isinstance(formula, Constant) else None
    if not isinstance(digits, float) or not digits.is_integer() or digits > _MOST_DIGITS:
        message = f"round takes a whole number of digits from 0 to {_MOST_DIGITS}"
        raise refused(message, at=parts[0].at)
    return int(digits)


def _calculated(sign: str, left: _Part, right: _Part) -> _Part:
    formula = Arithmetic(Operation(sign), _number(left), _number(right))
    return _Part(formula, _Type.NUMBER, left.at)


def _comparison(relation: Relation, left: _Part, right: _Part) -> Comparison:
    types = {left.type, right.type}
    if _Type.NOTHING in types:
        raise refused("nothing is equal to null: use ifNull or coalesce", at=left.at)
    if _Type.TEXT in types or (_Type.NUMBER not in types and relation in _EQUALITIES):
        if relation not in _EQUALITIES:
            raise refused("texts are compared with = and != only", at=left.at)
        return Comparison(relation, _text(left), _text(right))
    return Comparison(relation, _number(left), _number(right))


def _alike(parts: list[_Part]) -> tuple[list[Formula], _Type]:
    """The parts as values of one type, and that type."""
    types = {part.type for part in parts}
    if _Type.TEXT in types:
        return [_text(part) for part in parts], _Type.TEXT
    if _Type.NUMBER in types or _Type.TRUTH in types:
        return [_number(part) for part in parts], _Type.NUMBER
    return [part.formula for part in parts], _Type.PROPERTY


def _number(part: _Part) -> Formula:
    match part.type:
        case _Type.NUMBER | _Type.NOTHING:
            return part.formula
        case _Type.PROPERTY:
            return _as_number(part.formula)
        case wrong:
            raise refused(f"expected a number, not {wrong.value},", at=part.at)


def _as_number(formula: Formula) -> Formula:
    """What is made of properties alone, as a number."""
    match formula:
        case PropertyText():
            return PropertyNumber(key=formula.key, is_of_person=formula.is_of_person)
        case Choice():
            then, otherwise = _as_number(formula.then), _as_number(formula.otherwise)
            return Choice(formula.condition, then, otherwise)
        case FirstKnown():
            return FirstKnown(tuple(map(_as_number, formula.values)))
        case _:
            return formula


def _text(part: _Part) -> Formula:
    if part.type in (_Type.NUMBER, _Type.TRUTH):
        raise refused(f"expected a text, not {part.type.value},", at=part.at)
    return part.formula


def _parsed(part: _Part) -> Formula:
    return NumberOf(part.formula) if part.type is _Type.TEXT else _number(part)


def _condition(part: _Part) -> Formula:
    if part.type is not _Type.TRUTH:
        raise refused(f"expected a condition, not {part.type.value},", at=part.at)
    return part.formula


def _countable(part: _Part) -> Formula:
    if part.type is _Type.TRUTH:
        raise refused("a condition is counted with countIf", at=part.at)
    return part.formula
