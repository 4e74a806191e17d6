import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.support import checked_filters
from splitplot.filters.model import FilterKind, JsonValue, Operator, PropertyFilter


def among(value: JsonValue, operator: Operator | None = Operator.IN) -> PropertyFilter:
    return PropertyFilter(key="id", value=value, operator=operator, kind=FilterKind.COHORT)


@pytest.mark.parametrize("operator", [Operator.IN, Operator.NOT_IN, Operator.EXACT])
def test_results_can_be_filtered_by_cohort(operator: Operator) -> None:
    assert checked_filters([among(7, operator)], attr="metric") == (among(7, operator),)


@pytest.mark.parametrize("wrong", [among("seven"), among(7, Operator.GT)])
def test_a_filter_by_cohort_names_one(wrong: PropertyFilter) -> None:
    with pytest.raises(InvalidInput, match="cohort's id") as refused:
        checked_filters([wrong], attr="metric")
    assert refused.value.attr == "metric"
