from dataclasses import dataclass

from splitplot.filters.model import PropertyFilter
from splitplot.filters.parts import with_each


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    name: str
    only: PropertyFilter | None = None
    several: tuple[PropertyFilter | str, ...] = ()


def test_parts_are_changed_wherever_they_stand() -> None:
    a, b = PropertyFilter(key="a", value=1), PropertyFilter(key="b", value=1)
    whole = (Whole(name="x", only=a), Whole(name="y", several=("a", a)), 3, Whole)
    changed = with_each(whole, PropertyFilter, lambda _: b)
    assert changed == (Whole(name="x", only=b), Whole(name="y", several=("a", b)), 3, Whole)


def test_what_is_not_changed_is_the_same() -> None:
    whole = (Whole(name="x", only=PropertyFilter(key="a", value=1)), Whole(name="y"))
    assert with_each(whole, PropertyFilter, lambda part: part) is whole
