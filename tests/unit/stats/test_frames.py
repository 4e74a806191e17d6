"""Summaries from frames of every kind, and their comparison."""

from collections.abc import Callable
from typing import Any, TypeAlias

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from splitplot.errors import InvalidInput, Undefined
from splitplot.stats import (
    Correction,
    CovariateSummary,
    MeanSummary,
    ProportionSummary,
    RatioSummary,
    adjusted_p_values,
    cuped,
    quantile_summary,
    relative_interval,
    t_test,
    welch_test,
)
from splitplot.stats.effects import Scale
from splitplot.stats.frames import (
    compare,
    covariate_summaries,
    mean_summaries,
    proportion_summaries,
    quantile_summaries,
    ratio_summaries,
)

Columns: TypeAlias = dict[str, list[Any]]
Maker: TypeAlias = Callable[[Columns], Any]

TRIAL: Columns = {
    "variant": ["test", "control", "test", "control", "test", "control"],
    "user": [1, 2, 1, 3, 4, 3],
    "spent": [10.5, 20.0, 5.0, 0.0, 2.0, 30.0],
    "orders": [1, 2, 1, 0, 1, 3],
    "before": [4.0, 8.0, 1.0, 0.0, 2.0, 9.0],
    "bought": [True, True, False, False, True, True],
}


def by_duckdb(columns: Columns) -> object:
    return duckdb.connect().from_arrow(pa.table(columns))


MAKERS = {
    "pandas": pd.DataFrame,
    "pyarrow": pa.table,
    "duckdb": by_duckdb,
}


@pytest.fixture(params=MAKERS)
def make(request: pytest.FixtureRequest) -> Maker:
    maker: Maker = MAKERS[request.param]
    return maker


def test_each_row_is_a_unit_unless_a_column_says_which(make: Maker) -> None:
    frame = make(TRIAL)
    assert mean_summaries(frame, variant="variant", value="spent") == {
        "control": MeanSummary.of([20.0, 0.0, 30.0]),
        "test": MeanSummary.of([10.5, 5.0, 2.0]),
    }
    by_user = mean_summaries(make(TRIAL), variant="variant", value="spent", unit="user")
    assert by_user == {
        "control": MeanSummary.of([20.0, 30.0]),
        "test": MeanSummary.of([15.5, 2.0]),
    }
    assert [*by_user] == ["control", "test"]


def test_a_unit_with_one_success_among_its_rows_is_one_that_did(make: Maker) -> None:
    rows = proportion_summaries(make(TRIAL), variant="variant", success="bought")
    assert rows["test"] == ProportionSummary(count=3, successes=2)
    users = proportion_summaries(make(TRIAL), variant="variant", success="bought", unit="user")
    assert users == {
        "control": ProportionSummary(count=2, successes=2),
        "test": ProportionSummary(count=2, successes=2),
    }


def test_a_ratio_has_both_numbers_of_each_unit(make: Maker) -> None:
    found = ratio_summaries(
        make(TRIAL), variant="variant", numerator="spent", denominator="orders", unit="user"
    )
    assert found == {
        "control": RatioSummary.of([(20.0, 2), (30.0, 3)]),
        "test": RatioSummary.of([(15.5, 2), (2.0, 1)]),
    }


def test_a_covariate_goes_with_the_value_of_its_unit(make: Maker) -> None:
    found = covariate_summaries(
        make(TRIAL), variant="variant", value="spent", covariate="before", unit="user"
    )
    assert found == {
        "control": CovariateSummary.of([20.0, 30.0], [8.0, 9.0]),
        "test": CovariateSummary.of([15.5, 2.0], [5.0, 2.0]),
    }


def test_quantiles_know_whose_observations_they_are(make: Maker) -> None:
    alone = quantile_summaries(make(TRIAL), variant="variant", value="spent", probability=0.5)
    assert alone["control"] == quantile_summary([[20.0], [0.0], [30.0]], probability=0.5)
    units = quantile_summaries(
        make(TRIAL), variant="variant", value="spent", probability=0.5, unit="user"
    )
    assert units["control"] == quantile_summary([[20.0], [0.0, 30.0]], probability=0.5)


def test_variants_keep_the_values_they_have_in_the_frame(make: Maker) -> None:
    numbers = make({"treated": [1, 0, 1], "y": [1, 2, 3]})
    assert [*mean_summaries(numbers, variant="treated", value="y")] == [0, 1]
    booleans = make({"treated": [True, False], "y": [1, 2]})
    assert [*mean_summaries(booleans, variant="treated", value="y")] == [False, True]


def test_categories_are_variants_like_any_other() -> None:
    frame = pd.DataFrame({"arm": pd.Categorical(["b", "a"], ["a", "b", "c"]), "y": [1, 2]})
    assert mean_summaries(frame, variant="arm", value="y") == {
        "a": MeanSummary.of([2]),
        "b": MeanSummary.of([1]),
    }
    table = pa.table({"arm": pa.array(["b", "a"]).dictionary_encode(), "y": [1, 2]})
    assert [*mean_summaries(table, variant="arm", value="y")] == ["a", "b"]


def test_columns_may_have_any_name_and_serve_twice(make: Maker) -> None:
    frame = make({"rows": ["a", "b"], "variant": [1, 2], "value_0": [3, 4]})
    found = ratio_summaries(frame, variant="rows", numerator="variant", denominator="variant")
    assert found["b"] == RatioSummary.of([(2, 2)])


def test_large_whole_numbers_do_not_overflow(make: Maker) -> None:
    frame = make({"arm": ["a", "a"], "y": [2**40, 2**40]})
    assert mean_summaries(frame, variant="arm", value="y")["a"].sum_squares == 2.0**81


@pytest.mark.parametrize(
    ("change", "attr", "message"),
    [
        ({"spent": [1.0, None, 1.0, 1.0, 1.0, 1.0]}, "spent", "missing value is not zero"),
        ({"spent": [1.0, float("inf"), 1.0, 1.0, 1.0, 1.0]}, "spent", "a finite number"),
        ({"spent": [1.0, float("nan"), 1.0, 1.0, 1.0, 1.0]}, "spent", "a finite number"),
        ({"spent": ["1"] * 6}, "spent", "numbers or booleans"),
        ({"variant": ["test", None, "test", "a", "a", "a"]}, "variant", "no variant"),
        ({"user": [1, 2, 1, 1, 4, 3]}, "user", "more than one variant"),
        ({"user": [1, None, 1, 3, 4, 3]}, "user", "no user"),
    ],
)
def test_what_cannot_be_summed_is_refused(
    make: Maker, change: Columns, attr: str, message: str
) -> None:
    for function, more in ((mean_summaries, {}), (quantile_summaries, {"probability": 0.5})):
        with pytest.raises(InvalidInput, match=message) as refused:
            function(make(TRIAL | change), variant="variant", value="spent", unit="user", **more)
        assert refused.value.attr == attr


@pytest.mark.parametrize("values", [[0, 1, 2], [0, 1, None], [0.5, 1, 0]], ids=str)
def test_a_success_is_a_plain_yes_or_no(make: Maker, values: list[float | None]) -> None:
    frame = make({"arm": ["a", "b", "a"], "did": values})
    with pytest.raises(InvalidInput, match="0 or 1"):
        proportion_summaries(frame, variant="arm", success="did")


def test_a_column_that_is_not_there_is_named(make: Maker) -> None:
    with pytest.raises(InvalidInput, match="no column revenue"):
        mean_summaries(make(TRIAL), variant="variant", value="revenue")
    with pytest.raises(InvalidInput, match="no column visitor"):
        mean_summaries(make(TRIAL), variant="variant", value="spent", unit="visitor")


MEANS = {
    "control": MeanSummary(count=2507, sum=1196.87, sum_squares=37377.9767),
    "first": MeanSummary(count=2461, sum=1922.7, sum_squares=94698.29),
    "second": MeanSummary(count=2500, sum=1300.0, sum_squares=40000.0),
}


def test_every_treatment_is_compared_with_the_control_as_one_family() -> None:
    found = compare(MEANS, control="control", alpha=0.1)
    tests = {key: welch_test(MEANS[key], MEANS["control"], alpha=0.1) for key in found}
    assert [*found] == ["first", "second"]
    assert {key: each.test for key, each in found.items()} == tests
    assert found["first"].relative_interval == relative_interval(
        MEANS["first"], MEANS["control"], alpha=0.1
    )
    assert found["first"].relative_effect == pytest.approx(
        MEANS["first"].value / MEANS["control"].value - 1
    )
    for correction in Correction:
        family = compare(MEANS, control="control", correction=correction)
        assert [each.adjusted_p_value for each in family.values()] == [
            *adjusted_p_values([test.p_value for test in tests.values()], correction)
        ]


def test_covariates_adjust_the_comparison() -> None:
    control = CovariateSummary.of([3.1, 4.0, 5.2, 2.2, 6.1], [2.8, 4.1, 4.9, 2.5, 5.7])
    treatment = CovariateSummary.of([4.4, 3.9, 5.6, 4.9, 6.8], [3.9, 3.2, 5.0, 4.1, 6.0])
    contrast = cuped(treatment, control).contrast
    found = compare({0: control, 1: treatment}, control=0)[1]
    assert found.contrast == contrast
    assert found.test == t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df)


def test_a_loss_has_no_relative_effect() -> None:
    summaries = {
        "control": MeanSummary.of([-3, -1, -2, -5, -4]),
        "test": MeanSummary.of([1, 2, 1, 3, 2]),
    }
    found = compare(summaries, control="control")["test"]
    assert (found.relative_effect, found.relative_interval) == (None, None)
    assert found.test.effect == pytest.approx(4.8)


def test_what_cannot_be_compared_is_named() -> None:
    with pytest.raises(InvalidInput, match="no variant base"):
        compare(MEANS, control="base")
    with pytest.raises(InvalidInput, match="beside the control"):
        compare({"control": MEANS["control"]}, control="control")
    few = MEANS | {"second": MeanSummary.of([1, 2, 3, 4])}
    with pytest.raises(Undefined, match="second: A variant has fewer than 5 units") as undefined:
        compare(few, control="control")
    assert undefined.value.code == "too_few_units"
    adjusted = CovariateSummary.of([1, 2, 3, 4, 5], [1, 2, 3, 4, 6])
    for other in (adjusted, ProportionSummary(count=100, successes=50)):
        with pytest.raises(InvalidInput, match="one kind"):
            compare({"control": MEANS["control"], "test": other}, control="control")
        with pytest.raises(InvalidInput, match="one kind"):
            compare({"control": other, "test": MEANS["control"]}, control="control")
