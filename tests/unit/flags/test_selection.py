from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.selection import (
    FlagListing,
    FlagStatus,
    order_of,
    stale_since,
    status_of,
    traits_of,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
EVERYBODY: dict[str, Any] = {"properties": [], "rollout_percentage": 100}
SOME: dict[str, Any] = {"properties": [{"key": "a", "value": 1}]}
FLAG = Flag(
    id=FlagId(7),
    key="f",
    name="",
    filters={"groups": [EVERYBODY]},
    active=True,
    created_at=LONG_AGO,
    updated_at=LONG_AGO,
)


def with_variants(*shares: float, groups: object = (EVERYBODY,), **more: object) -> dict[str, Any]:
    keys = ["control", "test", "third"]
    variants = [
        {"key": key, "rollout_percentage": share} for key, share in zip(keys, shares, strict=False)
    ]
    return {"groups": list(groups), "multivariate": {"variants": variants}, **more}  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("filters", "settled"),
    [
        ({"groups": [EVERYBODY]}, True),
        ({"groups": [{}]}, True),
        ({"groups": [EVERYBODY, SOME]}, True),
        ({"groups": [SOME, EVERYBODY]}, False),
        ({"groups": [{"rollout_percentage": 99}]}, False),
        ({"groups": []}, False),
        ({}, False),
        (with_variants(50, 50), False),
        (with_variants(0, 100), True),
        (with_variants(50, 50, groups=[EVERYBODY | {"variant": "test"}]), True),
        (with_variants(50, 50, groups=[EVERYBODY | {"variant": "gone"}]), False),
        ({"groups": [EVERYBODY], "holdout": {"id": 1, "exclusion_percentage": 5}}, False),
        ({"groups": [EVERYBODY], "feature_enrollment": True}, False),
        ({"groups": [EVERYBODY], "super_groups": [SOME]}, False),
    ],
)
def test_a_flag_is_settled_when_it_serves_everybody_the_same(
    filters: dict[str, Any], *, settled: bool
) -> None:
    assert traits_of(replace(FLAG, filters=filters)).is_settled is settled


@pytest.mark.parametrize(
    ("keys", "fits"),
    [(("control", "a"), True), (("a", "control"), False), (("control",), False), ((), False)],
)
def test_a_flag_fits_when_control_is_the_first_of_several(
    keys: tuple[str, ...], *, fits: bool
) -> None:
    filters: dict[str, Any] = {"multivariate": {"variants": [{"key": key} for key in keys]}}
    traits = traits_of(replace(FLAG, filters=filters))
    assert (traits.fits_experiments, traits.has_variants) == (fits, bool(keys))


def test_a_flag_is_stale_once_it_has_served_everybody_the_same_for_long() -> None:
    assert status_of(FLAG, now=NOW) is FlagStatus.STALE
    assert status_of(FLAG, now=NOW - timedelta(seconds=1)) is FlagStatus.ACTIVE
    assert status_of(replace(FLAG, filters={"groups": [SOME]}), now=NOW) is FlagStatus.ACTIVE
    assert status_of(replace(FLAG, active=False), now=NOW) is FlagStatus.INACTIVE
    assert status_of(replace(FLAG, deleted=True), now=NOW) is FlagStatus.DELETED
    assert stale_since(NOW) == LONG_AGO


def test_an_order_may_be_turned_round() -> None:
    assert order_of(FlagListing()) == ("created_at", True)
    assert order_of(FlagListing(order="name")) == ("name", False)
    with pytest.raises(InvalidInput, match="Invalid order field: '-version'"):
        order_of(FlagListing(order="-version"))
