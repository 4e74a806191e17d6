"""Verdict, symbol, bar and interval of the results table say the same, whatever the data."""

from collections.abc import Iterator
from typing import Any

import pytest

from splitplot.experiments.deciding.outcomes import Outcome
from splitplot.experiments.deciding.roles import MeasuredMetric, Role
from splitplot.experiments.judgement import Goal
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import MetricKind, metric_result
from splitplot.experiments.stats_config import read_stats_config
from splitplot.filters.model import Properties
from tests.e2e.ui.drawn_results import (
    VARIANTS,
    DrawnRow,
    answer_with,
    body_of,
    drawn_rows,
    generated_body,
)
from tests.e2e.ui.pages import Pages

pytestmark = pytest.mark.xdist_group("ui")

# Half of what anybody can see.
PIXEL = 0.5
WORDS = {
    "better": "▲ Better",
    "worse": "▼ Worse",
    "no_meaningful_difference": "≈ No meaningful difference",
    "not_yet": "… Not yet",
    "safe": "✓ Safe",
    "not_yet_excluded": "… Not yet excluded",
    "breached": "✕ Breached",
    "withheld": "– Withheld",
}
CONFIGS: dict[str, Properties] = {
    "fixed": {"method": "frequentist"},
    "sequential": {"method": "frequentist", "frequentist": {"sequential_testing_enabled": True}},
    "bayesian": {"method": "bayesian"},
    "compatible": {"method": "bayesian", "engine": "posthog"},
}


def shown(ui: Pages, body: dict[str, Any], query: str = "") -> list[DrawnRow]:
    """The rows that the results page draws of an answer."""
    number = ui.experiments["search"]["id"]
    with ui.visit(None) as page:
        answer_with(page, body)
        page.goto(ui.address(f"/experiments/{number}/results{query}"))
        page.locator("tr[data-variant] [data-verdict]").first.wait_for()
        return list(drawn_rows(page))


def readings_of(body: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for metric in body["metrics"]:
        for reading in metric["readings"]:
            yield metric, reading


def check(row: DrawnRow, metric: dict[str, Any], reading: dict[str, Any], scale: str) -> None:
    assert row.words.replace("\n", " ") == WORDS[reading["verdict"]]
    effect = reading[scale]
    if effect is None:
        assert row.bar is None
        return
    lower, upper = effect["interval"]
    assert row.bar is not None
    assert row.zero is not None
    assert row.estimate is not None
    # Places on the axis, unless cut off at its ends.
    assert row.zero == pytest.approx(row.place_of(0), abs=PIXEL)
    assert row.estimate == pytest.approx(row.place_of(effect["effect"]), abs=PIXEL)
    left, right = row.bar
    for bound, end, is_clipped, sign in (
        (lower, left, row.is_clipped_left, -1),
        (upper, right, row.is_clipped_right, 1),
    ):
        if is_clipped:
            assert sign * (row.place_of(bound) - end) > -PIXEL
        else:
            # A bar is one pixel wide at least.
            assert end == pytest.approx(row.place_of(bound), abs=1 + PIXEL)
    check_word(row, metric, reading, (lower, upper))


def check_word(
    row: DrawnRow,
    metric: dict[str, Any],
    reading: dict[str, Any],
    bounds: tuple[float, float],
) -> None:
    """The word says on which side of the line the drawn bar lies."""
    assert row.bar is not None
    is_up_good = metric["goal"] == "increase"
    line = row.zero if reading["limit"] is None else row.place_of(reading["limit"])
    assert line is not None
    left, right = row.bar if is_up_good else (2 * line - row.bar[1], 2 * line - row.bar[0])
    holds = {
        "better": left > line - PIXEL,
        "worse": right < line + PIXEL,
        "not_yet": left < line + PIXEL and right > line - PIXEL,
        "no_meaningful_difference": left < line + PIXEL and right > line - PIXEL,
        "safe": left > line - PIXEL,
        "breached": right < line + PIXEL,
        "not_yet_excluded": left < line + PIXEL and right > line - PIXEL,
        "withheld": True,
    }
    assert holds[reading["verdict"]], (row, bounds)
    if reading["limit"] is not None:
        assert row.zone is not None
        edge = row.zone[1] if is_up_good else row.zone[0]
        assert edge == pytest.approx(line, abs=PIXEL)
    word = WORDS[reading["verdict"]].split(" ", 1)[1].lower()
    assert row.title.endswith(f"{word}.")


@pytest.mark.parametrize("name", list(CONFIGS))
def test_every_row_agrees_with_itself(ui: Pages, name: str) -> None:
    body = generated_body(CONFIGS[name], metrics=18, seed=len(name))
    rows = {(row.metric, row.variant): row for row in shown(ui, body)}
    assert len(rows) == 18 * (len(VARIANTS) - 1)
    for metric, reading in readings_of(body):
        check(rows[metric["key"], reading["variant"]], metric, reading, "relative")
    verdicts = {reading["verdict"] for _, reading in readings_of(body)}
    assert len(verdicts) >= 4, verdicts


def test_a_probable_win_whose_interval_holds_zero_is_not_called_better(ui: Pages) -> None:
    """The compatible rule calls it significant; its own interval and ours do not."""
    config = CONFIGS["compatible"]
    summaries = [
        VariantSummary(variant=variant, count=1000, sum=did, sum_squares=did, step_counts=(did,))
        for variant, did in zip(VARIANTS, (100, 128, 100), strict=True)
    ]
    outcome = Outcome(
        metric=MeasuredMetric(
            key="m",
            name="Sign-ups",
            document={"kind": "ExperimentMetric", "metric_type": "funnel", "goal": "increase"},
            role=Role.PRIMARY,
        ),
        result=metric_result(
            summaries,
            kind=MetricKind.FUNNEL,
            goal=Goal.INCREASE,
            config=read_stats_config(config),
            baseline_key="control",
        ),
    )
    body = body_of([outcome], config)
    (variant, _) = body["metrics"][0]["result"]["variant_results"]
    assert variant["significant"] is True
    assert variant["chance_to_win"] > 0.95
    (row, _) = shown(ui, body)
    assert row.words == "… Not yet"
    assert row.bar is not None
    assert row.zero is not None
    assert row.bar[0] < row.zero < row.bar[1]
    assert row.title.endswith("not yet.")
