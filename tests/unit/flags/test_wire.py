from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Condition, Rules, VariantShare
from splitplot.flags.wire import parse_rules
from tests.unit.flags.flag_cases import ask, make_flag

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
documents = st.dictionaries(
    st.sampled_from(
        [
            "groups",
            "multivariate",
            "payloads",
            "aggregation_group_type_index",
            "holdout",
            "holdout_groups",
            "super_groups",
            "feature_enrollment",
            "early_exit",
        ]
    ),
    values
    | st.lists(
        st.dictionaries(
            st.sampled_from(["properties", "rollout_percentage", "variant", "key"]), values
        ),
        max_size=3,
    ),
)


@given(documents)
def test_any_document_gives_a_flag_that_answers(document: dict[str, Any]) -> None:
    assert ask(make_flag("flag", filters=document)).flag_key == "flag"


def test_an_empty_document_has_no_rules() -> None:
    assert parse_rules({}) == Rules()


@pytest.mark.parametrize("percentage", ["all", True, [], {}])
def test_a_rollout_that_cannot_be_read_lets_nobody_in(percentage: JsonValue) -> None:
    (condition,) = parse_rules({"groups": [{"rollout_percentage": percentage}]}).conditions
    assert condition.rollout_share < 0


def test_a_rollout_may_be_missing_null_or_a_numeric_text() -> None:
    groups: list[Properties] = [{}, {"rollout_percentage": None}, {"rollout_percentage": "50"}]
    rules = parse_rules({"groups": groups})
    assert [condition.rollout_share for condition in rules.conditions] == [1.0, 1.0, 0.5]


def test_an_explicit_null_makes_a_condition_about_persons() -> None:
    rules = parse_rules(
        {
            "aggregation_group_type_index": 1,
            "groups": [{}, {"aggregation_group_type_index": None}],
        }
    )
    assert rules.conditions == (Condition(group_type_index=1), Condition(group_type_index=None))


def test_variants_are_read_in_stored_order() -> None:
    variants: list[Properties] = [{"key": "b", "rollout_percentage": 33.3}, {"key": "a"}]
    assert parse_rules({"multivariate": {"variants": variants}}).variants == (
        VariantShare(key="b", share=33.3 / 100),
        VariantShare(key="a", share=0.0),
    )
