"""Generated results as the server would answer them, and what a page draws of them."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import Page, Route

from splitplot.experiments.deciding.outcomes import Outcome, with_families
from splitplot.experiments.deciding.roles import MeasuredMetric, Role
from splitplot.experiments.judgement import Goal, Reason
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.results import MetricKind, metric_result
from splitplot.experiments.stats_config import StatsConfig, read_stats_config
from splitplot.filters.model import Properties
from splitplot.http.resources.experiment_results.schemas import results_body
from splitplot.http.wire import instant
from splitplot.services.answers import Answer
from splitplot.services.experiment_results.overview import ResultsOverview
from splitplot.services.results import MetricReport
from tests.factories import a_project, an_experiment

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VARIANTS = ("control", "test", "third")
_ROLES = (Role.PRIMARY, Role.SECONDARY, Role.GUARDRAIL)
_KINDS = tuple(MetricKind)


def _summary(draw: random.Random, variant: str, kind: MetricKind, value: float) -> VariantSummary:
    count = draw.choice((60, 400, 3000, 40_000))
    if kind in (MetricKind.FUNNEL, MetricKind.RETENTION):
        did = sum(draw.random() < value for _ in range(min(count, 3000))) * max(1, count // 3000)
        did = min(count, did)
        is_retention = kind is MetricKind.RETENTION
        return VariantSummary(
            variant=variant,
            count=count,
            sum=did,
            sum_squares=did,
            step_counts=None if is_retention else (count, did),
            denominator_sum=count if is_retention else None,
            denominator_sum_squares=count if is_retention else None,
            product_sum=did if is_retention else None,
        )
    mean = 10 * value * draw.gauss(1, 4 / count**0.5)
    squares = count * (mean * mean + 36)
    if kind is MetricKind.MEAN:
        return VariantSummary(variant=variant, count=count, sum=count * mean, sum_squares=squares)
    return VariantSummary(
        variant=variant,
        count=count,
        sum=count * mean,
        sum_squares=squares,
        denominator_sum=2 * count,
        denominator_sum_squares=5 * count,
        product_sum=2 * count * mean,
    )


def _outcome(
    draw: random.Random, place: int, config: StatsConfig, variants: Sequence[str]
) -> Outcome:
    kind, role = _KINDS[place % len(_KINDS)], _ROLES[place % len(_ROLES)]
    goal = draw.choice(tuple(Goal))
    base = draw.uniform(0.05, 0.6)
    lift = draw.choice((0.6, 0.9, 1, 1.02, 1.1, 1.5))
    document: Properties = {
        "kind": "ExperimentMetric",
        "metric_type": kind.value,
        "name": f"Metric {place}",
        "uuid": f"metric-{place}",
        "goal": goal.value,
    }
    summaries = [
        _summary(draw, variant, kind, min(0.95, base * (1 if variant == "control" else lift)))
        for variant in variants
    ]
    return Outcome(
        metric=MeasuredMetric(
            key=f"metric-{place}",
            name=f"Metric {place}",
            document=document,
            role=role,
            margin=draw.choice((0.01, 0.1, 0.5)) if role is Role.GUARDRAIL else None,
        ),
        result=metric_result(
            summaries, kind=kind, goal=goal, config=config, baseline_key="control"
        ),
    )


def generated_body(
    stats_config: Properties, *, metrics: int, seed: int, variants: Sequence[str] = VARIANTS
) -> dict[str, Any]:
    """A `MetricsResultsBody` of random sums, judged as the server judges them."""
    draw = random.Random(seed)  # noqa: S311 - simulated sums, no secret
    config = read_stats_config(stats_config)
    outcomes = [_outcome(draw, place, config, variants) for place in range(metrics)]
    return body_of(outcomes, stats_config, variants=variants)


def body_of(
    outcomes: Sequence[Outcome],
    stats_config: Properties,
    *,
    doubt: Reason | None = None,
    variants: Sequence[str] = VARIANTS,
) -> dict[str, Any]:
    """What `metrics_results/` would answer."""
    config = read_stats_config(stats_config)
    judged = with_families(outcomes, treatments=len(variants) - 1, correction=config.correction)
    overview = ResultsOverview(
        experiment=an_experiment(
            start_date=NOW,
            stats_config=stats_config,
            parameters={"minimum_detectable_effect": 3},
        ),
        config=config,
        outcomes=judged,
        answers={
            one.metric.key: Answer(
                key=one.metric.key,
                value=MetricReport(
                    result=one.result,
                    kind=MetricKind(str(one.metric.document["metric_type"])),
                    sql="SELECT 1",
                    limitations=(),
                ),
                computed_at=NOW,
                valid_until=None,
                is_cached=True,
            )
            for one in judged
            if one.result is not None
        },
        decisions=(),
        doubt=doubt,
        progress=None,
        computed_at=NOW,
    )
    body: dict[str, Any] = json.loads(
        json.dumps(results_body(overview, project=a_project()), default=_plain)
    )
    return body


def _plain(value: object) -> object:
    return instant(value) if isinstance(value, datetime) else dict(value)  # type: ignore[call-overload]


def answer_with(page: Page, body: dict[str, Any]) -> None:
    """From now on the page is answered this, whatever experiment it asks about."""

    def fulfill(route: Route) -> None:
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    page.route("**/metrics_results/**", fulfill)


@dataclass(frozen=True, kw_only=True)
class DrawnRow:
    """One row of the table, as it stands in the page.

    Attributes:
        bar: Left and right end, in units of the picture; None without a picture.
        ticks: Value and place of each tick of the section's axis.
    """

    metric: str
    variant: str
    verdict: str
    words: str
    title: str
    effect: str
    value: str
    bar: tuple[float, float] | None
    zero: float | None
    estimate: float | None
    zone: tuple[float, float] | None
    is_clipped_left: bool
    is_clipped_right: bool
    is_hatched: bool
    ticks: tuple[tuple[float, float], ...]

    def place_of(self, number: float) -> float:
        """Where a number stands on the axis, by its ticks."""
        (one, at_one), (other, at_other) = self.ticks[0], self.ticks[-1]
        return at_one + (number - one) / (other - one) * (at_other - at_one)


_READ = """() => {
  const rows = [];
  let axis = [];
  const number = (element, name) => parseFloat(element.getAttribute(name));
  for (const body of document.querySelectorAll("table tbody")) {
    const ticks = [...body.querySelectorAll('[data-part="tick"]')];
    if (ticks.length) {
      axis = ticks.map((tick) => [number(tick, "data-value"), number(tick.firstChild, "x1")]);
      continue;
    }
    for (const row of body.querySelectorAll("tr[data-variant]")) {
      const verdict = row.querySelector("[data-verdict]");
      if (!verdict) continue;
      const part = (name) => row.querySelector(`[data-part="${name}"]`);
      const ends = (rect) =>
        rect && [number(rect, "x"), number(rect, "x") + number(rect, "width")];
      const diamond = part("estimate")?.getAttribute("d").match(/^M([\\d.e-]+),/);
      rows.push({
        metric: body.dataset.metric,
        variant: row.dataset.variant,
        verdict: verdict.dataset.verdict,
        words: verdict.innerText.replace(/\\s+/g, " ").trim(),
        title: row.querySelector("svg title")?.textContent ?? "",
        effect: row.querySelector('[data-label="Effect"]').innerText,
        value: row.querySelector('[data-label="Value"]').innerText,
        bar: ends(part("bar")),
        zero: part("zero") && number(part("zero"), "x1"),
        estimate: diamond ? parseFloat(diamond[1]) + 6 : null,
        zone: ends(part("zone")),
        is_clipped_left: !!part("clipped-left"),
        is_clipped_right: !!part("clipped-right"),
        is_hatched: !!part("bar")?.getAttribute("fill"),
        ticks: axis,
      });
    }
  }
  return rows;
}"""


def drawn_rows(page: Page) -> Iterator[DrawnRow]:
    """Every treatment's row of the results table."""
    for row in page.evaluate(_READ):
        yield DrawnRow(**{name: _frozen(value) for name, value in row.items()})


def _frozen(value: Any) -> Any:  # noqa: ANN401 - JSON
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
