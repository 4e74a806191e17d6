import hashlib
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.flags.bucketing import (
    HOLDOUT_PREFIX,
    VARIANT_SALT,
    digest_of,
    encode_id,
    point_of,
    rollout_cut,
    rollout_prefix,
    variant_cuts,
    variant_index,
)
from tests.unit.flags.flag_cases import ask, condition, context, load_cases, make_flag

HASHES = load_cases("hash_vectors")
HOLDOUTS = load_cases("holdout_vectors")["rows"]
CONSISTENCY = load_cases("consistency")["rows"]

ids = st.text(min_size=1, max_size=30)
shares = st.floats(min_value=0, max_value=1)


@pytest.mark.parametrize("row", HASHES["rows"], ids=lambda row: row["id"])
def test_every_hash_vector(row: dict[str, Any]) -> None:
    prefix, unit_id = rollout_prefix(row["flag_key"]), encode_id(row["distinct_id"])
    assert f"{point_of(prefix, unit_id):.10f}" == row["hash"]
    assert f"{point_of(prefix, unit_id, VARIANT_SALT):.10f}" == row["variant_hash"]
    flag = make_flag(
        row["flag_key"],
        condition(rollout=row["rollout_percentage"]),
        filters={"multivariate": {"variants": HASHES["variant_sets"][row["variants"]]}},
    )
    answer = ask(flag, context(row["distinct_id"]))
    assert (answer.enabled, answer.value) == (row["in"], row["value"])


@pytest.mark.parametrize("row", HOLDOUTS, ids=lambda row: row["id"])
def test_every_holdout_vector(row: dict[str, Any]) -> None:
    point = point_of(HOLDOUT_PREFIX, encode_id(row["distinct_id"]))
    assert f"{point:.10f}" == row["hash"]
    assert point == row.get("exact_hash", point)
    for percentage in (10, 50):
        holdout = {"id": 42, "exclusion_percentage": percentage}
        answer = ask(
            make_flag("any", condition(), filters={"holdout": holdout}),
            context(row["distinct_id"]),
        )
        assert (answer.variant == "holdout-42") is row[f"held_out_at_{percentage}"]


@pytest.mark.parametrize("row", CONSISTENCY, ids=lambda row: row["id"])
def test_a_thousand_ids_fall_where_they_fall_in_the_sdks(row: dict[str, Any]) -> None:
    flag = make_flag(
        row["flag_key"],
        condition(rollout=row["rollout_percentage"]),
        filters={"multivariate": {"variants": row["variants"]}},
    )
    answers = (ask(flag, context(f"distinct_id_{number}")).value for number in range(1000))
    words = [value if isinstance(value, str) else str(value).lower() for value in answers]
    assert Counter(words) == row["counts"]
    assert words[: len(row["first"])] == row["first"]
    assert hashlib.sha256(",".join(words).encode()).hexdigest() == row["sha256"]


@given(key=st.text(max_size=20), unit_id=ids, share=shares)
def test_a_cut_says_what_the_point_says(key: str, unit_id: str, share: float) -> None:
    prefix, encoded = rollout_prefix(key), encode_id(unit_id)
    digest, point = digest_of(prefix, encoded), point_of(prefix, encoded)
    assert (digest < rollout_cut(share)) is (point <= share)
    assert (variant_index(variant_cuts([share]), digest) == 0) is (point < share)


@given(key=st.text(max_size=20), unit_id=ids)
def test_a_cut_is_exact_at_the_point_itself(key: str, unit_id: str) -> None:
    prefix, encoded = rollout_prefix(key), encode_id(unit_id)
    digest, point = digest_of(prefix, encoded), point_of(prefix, encoded)
    assert digest < rollout_cut(point)
    assert variant_index(variant_cuts([point]), digest) == 1


@given(unit_id=ids, lower=shares, upper=shares)
def test_a_unit_let_in_stays_in_as_the_rollout_grows(
    unit_id: str, lower: float, upper: float
) -> None:
    lower, upper = sorted((lower, upper))
    digest = digest_of(b"flag.", encode_id(unit_id))
    assert not digest < rollout_cut(lower) or digest < rollout_cut(upper)


@given(
    unit_id=ids,
    weights=st.lists(st.floats(min_value=0, max_value=0.25), min_size=4, max_size=4),
    changed=st.integers(min_value=0, max_value=3),
    by=st.floats(min_value=0, max_value=0.25),
)
def test_changing_one_share_moves_only_units_at_or_beyond_its_variant(
    unit_id: str, weights: list[float], changed: int, by: float
) -> None:
    grown = [*weights[:changed], weights[changed] + by, *weights[changed + 1 :]]
    digest = digest_of(b"flag.", encode_id(unit_id), VARIANT_SALT)
    before = variant_index(variant_cuts(weights), digest)
    after = variant_index(variant_cuts(grown), digest)
    assert after == before if before <= changed else changed <= after <= before


@given(weights=st.lists(st.floats(min_value=-0.5, max_value=1), max_size=5), unit_id=ids)
def test_the_variant_is_the_first_whose_running_total_lies_above(
    weights: list[float], unit_id: str
) -> None:
    encoded = encode_id(unit_id)
    point = point_of(b"flag.", encoded, VARIANT_SALT)
    total, expected = 0.0, len(weights)
    for index, weight in enumerate(weights):
        total += weight
        if point < total:
            expected = index
            break
    digest = digest_of(b"flag.", encoded, VARIANT_SALT)
    assert variant_index(variant_cuts(weights), digest) == expected


def test_two_flags_let_in_unrelated_units() -> None:
    units = [encode_id(f"unit-{number}") for number in range(10_000)]
    cut = rollout_cut(0.5)
    both = sum(digest_of(b"a.", unit) < cut and digest_of(b"b.", unit) < cut for unit in units)
    # Of 10,000 independent pairs a quarter is in both, give or take 43 (one sigma).
    assert abs(both - 2500) < 5 * 43.3


def test_rollout_and_variant_of_one_flag_are_unrelated() -> None:
    units = [encode_id(f"unit-{number}") for number in range(10_000)]
    cut = rollout_cut(0.5)
    both = sum(
        digest_of(b"a.", unit) < cut and digest_of(b"a.", unit, VARIANT_SALT) < cut
        for unit in units
    )
    assert abs(both - 2500) < 5 * 43.3


def test_the_empty_id_lies_at_zero_and_is_never_out() -> None:
    assert point_of(b"flag.", b"") == 0
    assert digest_of(b"flag.", b"") < rollout_cut(0)
    assert not digest_of(b"flag.", b"") < rollout_cut(-0.01)


def test_an_id_may_hold_half_a_surrogate_pair() -> None:
    assert 0 <= point_of(b"flag.", encode_id("\ud800")) <= 1


@pytest.mark.parametrize("share", [1.0, 1.5])
def test_a_full_rollout_lets_every_digest_in(share: float) -> None:
    assert rollout_cut(share) > b"\xff" * 20
