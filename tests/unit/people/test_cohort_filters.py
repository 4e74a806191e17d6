from dataclasses import dataclass
from uuid import UUID

from splitplot.filters.model import FilterKind, JsonValue, Operator, PropertyFilter
from splitplot.people.cohort_filters import cohorts_in, with_members

ANN, BOB = UUID(int=1), UUID(int=2)
PLAIN = PropertyFilter(key="plan", value="pro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    name: str
    filters: tuple[PropertyFilter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    first: Part
    others: tuple[Part, ...] = ()
    only: PropertyFilter | None = None


def among(value: JsonValue, operator: Operator = Operator.IN) -> PropertyFilter:
    return PropertyFilter(key="id", value=value, operator=operator, kind=FilterKind.COHORT)


def persons(*ids: UUID, operator: Operator = Operator.IN) -> PropertyFilter:
    return PropertyFilter(
        key="person_id",
        value=tuple(str(each) for each in ids),
        operator=operator,
        kind=FilterKind.COHORT,
    )


def test_cohorts_are_found_wherever_they_stand() -> None:
    plan = Plan(
        first=Part(name="a", filters=(PLAIN, among(1))),
        others=(Part(name="b"), Part(name="c", filters=(among("2"),))),
        only=among(3, Operator.EXACT),
    )
    assert cohorts_in(plan) == {1, 2, 3}


def test_persons_take_the_place_of_cohorts() -> None:
    untouched = Part(name="b", filters=(PLAIN,))
    plan = Plan(
        first=Part(name="a", filters=(PLAIN, among(1))),
        others=(untouched, Part(name="c", filters=(among("2", Operator.NOT_IN),))),
        only=among(1, Operator.EXACT),
    )
    resolved = with_members(plan, {1: [BOB, ANN], 2: []})
    assert resolved == Plan(
        first=Part(name="a", filters=(PLAIN, persons(ANN, BOB))),
        others=(untouched, Part(name="c", filters=(persons(operator=Operator.NOT_IN),))),
        only=persons(ANN, BOB),
    )
    assert resolved.others[0] is untouched
    assert cohorts_in(resolved) == frozenset()


def test_a_plan_without_cohorts_stays_as_it_is() -> None:
    plan = Plan(first=Part(name="a", filters=(PLAIN, among("x"))))
    assert cohorts_in(plan) == frozenset()
    assert with_members(plan, {}) is plan
