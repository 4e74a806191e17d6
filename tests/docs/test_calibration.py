"""The calibration page holds what it promises, and is what the code would write."""

import os

import pytest

from tools.calibration.claims import Bound, Claim
from tools.calibration.measuring import measure_all
from tools.calibration.page import PAGE, claims, differences, measured_on, page_of


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


def test_every_rate_on_the_page_keeps_its_promise(page: str) -> None:
    measured = measured_on(page)
    assert measured.keys() == {claim.name for claim in claims()}
    assert [claim.name for claim in claims() if not claim.holds(measured[claim.name])] == []


def test_the_page_has_the_rows_and_words_of_the_code(page: str) -> None:
    assert page_of(measured_on(page)) == page
    assert len({claim.name for claim in claims()}) == len(claims())


def test_a_rate_that_was_changed_by_hand_is_noticed(page: str) -> None:
    measured = measured_on(page)
    name = claims()[0].name
    assert differences(page, measured) == []
    assert len(differences(page, measured | {name: measured[name] + 0.002})) == 1
    other = page.replace("10,000", "20,000", 1)
    assert differences(other, measured) == ["The page has other rows or words than the code."]


@pytest.mark.parametrize(
    ("bound", "kept"),
    [
        (Bound.ABOUT, [False, True, False]),
        (Bound.AT_MOST, [True, True, False]),
        (Bound.AT_LEAST, [False, True, True]),
        (Bound.NONE, [True, True, True]),
    ],
)
def test_a_broken_promise_is_called_one(bound: Bound, kept: list[bool]) -> None:
    claim = Claim(
        section="Rates",
        method="coin",
        setting="fair",
        bound=bound,
        promised=0.5,
        draw=lambda generator, count: (generator.random(count) < 0.5).tolist(),
        repeats=1_100,
    )
    assert claim.holds(claim.measure())
    assert [claim.holds(rate) for rate in (0.4, 0.5, 0.6)] == kept


@pytest.mark.slow
def test_the_page_is_what_would_be_measured_now(page: str) -> None:
    measured = measure_all(processes=min(2, os.cpu_count() or 1))
    assert differences(page, measured) == []
