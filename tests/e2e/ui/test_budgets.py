"""How fast the results are there and answer on a slow machine, and with far too many of them."""

import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.ui.drawn_results import answer_with, generated_body
from tests.e2e.ui.pages import Pages
from tests.e2e.ui.seeding import REVENUE

pytestmark = pytest.mark.xdist_group("ui")

METRICS = 60
VARIANTS = ("control", "one", "two", "three", "four", "five")
SLOWER = 4
PAINT_SECONDS = 1.0
ANSWER_SECONDS = 0.1
CROWDED = 1.5
_TRIES = 3
_PAINT = """() => new Promise((resolve) => new PerformanceObserver((list) =>
  resolve(list.getEntries().at(-1).startTime / 1000))
  .observe({type: "largest-contentful-paint", buffered: true}))"""
# From the key to the frame that shows what it did.
_PRESS = """async () => {
  const started = performance.now();
  document.dispatchEvent(new KeyboardEvent("keydown", {key: "j", bubbles: true}));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return (performance.now() - started) / 1000;
}"""


def _is_free() -> bool:
    """Whether nobody else computes here, so that moments on the clock say something."""
    return os.getloadavg()[0] < (os.cpu_count() or 1) * 0.75


class Stopwatch:
    """The time that the page's own thread computes, whoever else uses the machine."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds(self) -> float:
        measured = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in measured if one["name"] == "TaskDuration"))


def test_results_are_painted_and_answer_in_time_on_a_slow_machine(
    ui: Pages, record_property: Callable[[str, object], None]
) -> None:
    tries = [_measured(ui) for _ in range(_TRIES)]
    computing, answering, paint, answer = (min(one) for one in zip(*tries, strict=True))
    record_property("computed until painted", computing)
    record_property("computed for a key", answering)
    record_property("largest paint", paint)
    record_property("answer to a key", answer)
    # The slowing down is a part of what the thread computes. Others who compute here take the
    # processor's caches away from it, and then moments on the clock say nothing at all.
    allowance = 1.0 if _is_free() else CROWDED
    assert computing < PAINT_SECONDS * allowance, tries
    assert answering < ANSWER_SECONDS * allowance, tries
    if _is_free():
        assert paint < PAINT_SECONDS, tries
        assert answer < ANSWER_SECONDS, tries


def _measured(ui: Pages) -> tuple[float, float, float, float]:
    """Computed until painted, computed for a key, and the same two on the clock."""
    number = ui.experiments["checkout"]["id"]
    with ui.visit("/settings/about") as page:
        # The pages' files are kept by the browser, as for everybody who comes again.
        page.get_by_role("heading", level=1).wait_for()
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        watch = Stopwatch(session)
        before = watch.seconds()
        page.goto(ui.address(f"/experiments/{number}/results"))
        page.locator("[data-verdict]").first.wait_for()
        paint = page.evaluate(_PAINT)
        painted = watch.seconds()
        page.wait_for_timeout(300)
        idle = watch.seconds()
        answer = page.evaluate(_PRESS)
        return painted - before, watch.seconds() - idle, paint, answer


def test_sixty_metrics_of_six_variants_stay_usable(ui: Pages, page: Page) -> None:
    experiment = _experiment_with(ui, VARIANTS)
    body = generated_body({"method": "frequentist"}, metrics=METRICS, seed=5, variants=VARIANTS)
    answer_with(page, body)
    page.goto(ui.address(f"/experiments/{experiment['id']}/results"))
    page.locator("[data-verdict]").first.wait_for()
    expect(page.locator("tr[data-variant]")).to_have_count(METRICS * len(VARIANTS))
    started = time.monotonic()
    page.get_by_role("button", name="Difference").click()
    page.get_by_role("option", name="Absolute").click()
    page.wait_for_url("**difference=absolute**")
    last = page.locator("tbody[data-metric]").last
    last.scroll_into_view_if_needed()
    expect(last.locator("svg[role=img]")).to_have_count(len(VARIANTS) - 1)
    assert time.monotonic() - started < 3, "three steps, each with time for its drawing"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _experiment_with(ui: Pages, variants: tuple[str, ...]) -> dict[str, Any]:
    share = 100 // len(variants)
    shares = [100 - share * (len(variants) - 1), *[share] * (len(variants) - 1)]
    split = [
        {"key": key, "rollout_percentage": percentage}
        for key, percentage in zip(variants, shares, strict=True)
    ]
    made = ui.team.post(
        "experiments/",
        {
            "name": "Too many of everything",
            "feature_flag_key": "too-many",
            "parameters": {"feature_flag_variants": split},
            "metrics": [REVENUE],
        },
    )
    return dict(ui.team.post(f"experiments/{made['id']}/launch/"))
