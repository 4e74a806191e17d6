"""From the rows of a frame to sums per variant; the engine of the frame does the summing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
from narwhals.stable.v2.typing import IntoFrame

from splitplot.errors import InvalidInput

Variant: TypeAlias = str | int | bool | float
_Table: TypeAlias = nw.LazyFrame[Any]

# What the columns are called while they are summed.
_VARIANT, _UNIT, _ROWS, _KNOWN = "variant", "unit", "rows", "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """One variant's units.

    Attributes:
        count: Units.
        sums: Of each column.
        products: Of each pair of columns, as a square.
    """

    count: int
    sums: tuple[float, ...]
    products: tuple[tuple[float, ...], ...]


def sums_by_variant(
    frame: IntoFrame,
    *,
    variant: str,
    columns: Sequence[str],
    unit: str | None = None,
    binary: bool = False,
) -> dict[Variant, Sums]:
    """Sums of the columns over the units of each variant, variants in the order of their names.

    Args:
        frame: Any that narwhals reads; a lazy one is summed where it lies.
        variant: Column that says which variant a row belongs to.
        columns: Columns of numbers or booleans; a missing one is not 0.
        unit: Column of the unit, whose rows are added up first; None if a row is a unit.
        binary: Every value is 0 or 1, and a unit with a 1 in any row counts as 1.

    Raises:
        InvalidInput: A column is missing or has no numbers, a row lacks its variant, its
            unit or a value, a binary value is neither 0 nor 1, or a unit is in two variants.

    Examples:
        >>> import pyarrow as pa
        >>> frame = pa.table({"arm": ["a", "b", "a"], "spent": [1.5, 2.0, 2.5]})
        >>> sums_by_variant(frame, variant="arm", columns=["spent"])["a"]
        Sums(count=2, sums=(4.0,), products=((8.5,),))
    """
    table = _selected(frame, variant=variant, unit=unit, columns=columns)
    names = _names(columns)
    table = _marked(table, names, binary=binary)
    if unit is not None:
        table = _folded(table, names, binary=binary)
    pairs = [(i, j) for i in range(len(names)) for j in range(i, len(names))]
    squared = table.with_columns(
        *((nw.col(names[i]) * nw.col(names[j])).alias(f"product_{i}_{j}") for i, j in pairs)
    )
    products = [f"product_{i}_{j}" for i, j in pairs]
    grouped = squared.group_by(_VARIANT).agg(
        nw.len().alias("count"), nw.col(_ROWS, _KNOWN, *names, *products).sum()
    )
    found = {}
    for row in grouped.collect().rows(named=True):
        if row[_KNOWN] != row[_ROWS]:
            raise InvalidInput(_unknown(columns, binary=binary), attr=columns[0])
        found[key_of(row[_VARIANT], name=variant)] = Sums(
            count=row["count"],
            sums=tuple(row[name] for name in names),
            products=tuple(
                tuple(row[f"product_{min(i, j)}_{max(i, j)}"] for j in range(len(names)))
                for i in range(len(names))
            ),
        )
    if unit is not None:
        _check_units(table, unit)
    return in_order(found)


def observations_by_variant(
    frame: IntoFrame, *, variant: str, column: str, unit: str | None
) -> dict[Variant, list[list[float]]]:
    """The column's values for each unit of each variant, read into memory.

    Raises:
        InvalidInput: As for `sums_by_variant`.

    Examples:
        >>> import pyarrow as pa
        >>> frame = pa.table({"arm": ["a", "a", "a"], "who": [1, 2, 1], "took": [3, 4, 5]})
        >>> observations_by_variant(frame, variant="arm", column="took", unit="who")
        {'a': [[3.0, 5.0], [4.0]]}
    """
    table = _selected(frame, variant=variant, unit=unit, columns=[column])
    marked = _marked(table, _names([column]), binary=False)
    found: dict[Variant, dict[object, list[float]]] = {}
    for number, row in enumerate(marked.collect().iter_rows(named=True)):
        if not row[_KNOWN]:
            raise InvalidInput(_unknown([column], binary=False), attr=column)
        units = found.setdefault(key_of(row[_VARIANT], name=variant), {})
        units.setdefault(number if unit is None else row[_UNIT], []).append(row["value_0"])
    if unit is not None:
        _check_units(_folded(marked, _names([column]), binary=False), unit)
    return in_order({key: list(units.values()) for key, units in found.items()})


def key_of(value: Any, *, name: str) -> Variant:  # noqa: ANN401 - whatever the engine returns
    """A variant's key as a value of the language, not of the frame's engine.

    Raises:
        InvalidInput: There is none.
    """
    key: Variant | None = value.item() if hasattr(value, "item") else value
    # Whatever is missing is not equal to itself, or is nothing.
    if key is None or key != key:  # noqa: PLR0124 - NaN
        raise InvalidInput(f"A row of {name} has no variant.", attr=name)
    return key


def in_order(found: dict[Variant, Any]) -> dict[Variant, Any]:
    """The same by the variants' names, whatever order the engine had."""
    return dict(sorted(found.items(), key=lambda item: str(item[0])))


def _selected(
    frame: IntoFrame, *, variant: str, unit: str | None, columns: Sequence[str]
) -> _Table:
    # Only what is needed, under names that cannot clash.
    table: _Table = nw.from_native(frame).lazy()
    schema = table.collect_schema()
    for name in (variant, *columns, *([] if unit is None else [unit])):
        if name not in schema:
            raise InvalidInput(f"The frame has no column {name}.", attr=name)
    for name in columns:
        if not (schema[name].is_numeric() or schema[name] == nw.Boolean):
            raise InvalidInput(f"{name} must hold numbers or booleans.", attr=name)
    return table.select(
        nw.col(variant).alias(_VARIANT),
        *([] if unit is None else [nw.col(unit).alias(_UNIT)]),
        *(
            nw.col(column).cast(nw.Float64).alias(name)
            for column, name in zip(columns, _names(columns), strict=True)
        ),
    )


def _names(columns: Iterable[str]) -> list[str]:
    return [f"value_{number}" for number, _ in enumerate(columns)]


def _marked(table: _Table, names: Sequence[str], *, binary: bool) -> _Table:
    # A row is known when all its values can be used. Missing ones are null in one engine
    # and NaN in another; neither is finite.
    known = nw.all_horizontal(
        *(
            (nw.col(name) == 0) | (nw.col(name) == 1) if binary else nw.col(name).is_finite()
            for name in names
        ),
        ignore_nulls=False,
    )
    return table.with_columns(
        nw.lit(1).alias(_ROWS), known.fill_null(value=False).cast(nw.Int64).alias(_KNOWN)
    )


def _folded(table: _Table, names: Sequence[str], *, binary: bool) -> _Table:
    # One row for each unit of a variant.
    values = nw.col(*names).max() if binary else nw.col(*names).sum()
    return table.group_by(_VARIANT, _UNIT).agg(nw.col(_ROWS, _KNOWN).sum(), values)


def _check_units(folded: _Table, unit: str) -> None:
    seen = folded.select(
        nw.len().alias("count"),
        nw.col(_UNIT).n_unique().alias("different"),
        nw.col(_UNIT).null_count().alias("missing"),
    ).collect()
    if seen["missing"][0]:
        raise InvalidInput(f"A row has no {unit}.", attr=unit)
    if seen["count"][0] != seen["different"][0]:
        raise InvalidInput(f"A {unit} is in more than one variant.", attr=unit)


def _unknown(columns: Sequence[str], *, binary: bool) -> str:
    what = "0 or 1" if binary else "a finite number"
    return f"Each row of {' and '.join(columns)} must be {what}; a missing value is not zero."
