"""Simulated experiments agree with what can be calculated, and add up."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from splitplot.errors import InvalidInput
from splitplot.stats.power import sample_size
from splitplot.stats.simulations.power import (
    SimulatedDesign,
    nothing_yet,
    power_of,
    simulate,
)

PLANNED = SimulatedDesign(difference=0.1, variance=1.0, units=1570, looks=10)


def draws(design: SimulatedDesign, count: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, design.looks))


def test_at_the_planned_size_one_look_finds_the_effect_as_often_as_planned() -> None:
    needed = sample_size(0.1, control_variance=1.0, alpha=0.05, power=0.8)
    assert needed.control == PLANNED.units
    power = power_of(PLANNED, simulate(PLANNED, draws(PLANNED, 20_000)))
    assert power.at_end == pytest.approx(0.8, abs=4 * power.at_end_error)
    # Looking at any time costs something, but less than a single look of the same width.
    lone_look = norm.sf(3.035 - (0.1 / np.sqrt(2 / 1570)))
    assert lone_look < power.always_valid[-1] < power.at_end
    assert 0.5 < power.units_used < 1
    assert list(power.always_valid) == sorted(power.always_valid)


def test_without_an_effect_it_is_found_no_more_often_than_allowed() -> None:
    design = SimulatedDesign(difference=0.0, variance=4.0, units=5000, looks=50, alpha=0.1)
    power = power_of(design, simulate(design, draws(design, 10_000)))
    assert power.always_valid[-1] < 0.1
    assert power.at_end == pytest.approx(0.1, abs=4 * power.at_end_error)


def test_runs_add_up() -> None:
    numbers = draws(PLANNED, 300)
    parts = nothing_yet(PLANNED)
    for first in range(0, 300, 100):
        parts += simulate(PLANNED, numbers[first : first + 100])
    assert parts == simulate(PLANNED, numbers)


def test_a_tuning_of_ones_own_moves_the_best_look() -> None:
    early = SimulatedDesign(difference=0.1, variance=1.0, units=1570, looks=10, tuning=300.0)
    numbers = draws(PLANNED, 5000)
    found = [power_of(each, simulate(each, numbers)).always_valid for each in (PLANNED, early)]
    assert found[1][0] > found[0][0]
    assert found[1][-1] < found[0][-1]


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"alpha": 1.0}, "alpha"),
        ({"difference": float("inf")}, "difference"),
        ({"variance": 0.0}, "variance"),
        ({"units": 0}, "units"),
        ({"looks": 0}, "looks"),
        ({"looks": 201}, "looks"),
        ({"units": 5, "looks": 6}, "looks"),
        ({"tuning": 0.5}, "tuning"),
    ],
)
def test_a_design_that_cannot_be_is_refused(changes: dict[str, float], attr: str) -> None:
    given: dict[str, Any] = {"difference": 0.1, "variance": 1.0, "units": 100, "looks": 10}
    with pytest.raises(InvalidInput) as refused:
        SimulatedDesign(**(given | changes))
    assert refused.value.attr == attr
