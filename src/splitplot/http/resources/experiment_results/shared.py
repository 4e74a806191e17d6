"""`/api/shared/:token/`: one experiment for whoever has the link, and nothing else."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.responses import Response

from splitplot.experiments.model import Conclusion, Experiment, Status
from splitplot.filters.model import Properties
from splitplot.flags.wire import parse_rules
from splitplot.http.auth import PlatformOf
from splitplot.http.models import ExactBody, Instant
from splitplot.http.provenance import Wire
from splitplot.http.resources.experiment_results.schemas import MetricsResultsBody, results_body
from splitplot.http.wire import instant, instant_or_none

router = APIRouter(prefix="/api/shared", tags=["experiments"])

# What of a metric's document says how to read its numbers. Its events and filters may name
# people, and say how a product is built.
_METRIC_MEMBERS = ("kind", "uuid", "name", "metric_type", "goal", "conversion_window")
_MATHS = ("math",)
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class SharedVariant(ExactBody):
    """A variant, and the share of units that are served it."""

    key: str
    rollout_percentage: float


class SharedBody(ExactBody):
    """One experiment with its results. SQL, events, filters and breakdowns are left out."""

    name: str
    description: str | None
    status: Status
    start_date: Instant | None
    end_date: Instant | None
    conclusion: Conclusion | None
    conclusion_comment: str | None
    variants: list[SharedVariant]
    results: MetricsResultsBody | None
    expires_at: Instant


@router.get("/{token}/", response_model=SharedBody, response_model_exclude_unset=True)
def read_shared_experiment(
    token: str, response: Response, platform: PlatformOf
) -> Mapping[str, object]:
    """The experiment that the link is for; there is none once it expired or was taken back."""
    response.headers.update(_HEADERS)
    shared = platform.sharing.share_links.open(token)
    results = None
    if shared.experiment.start_date is not None:
        overview = platform.experiment_results.overview.read(shared.project, shared.experiment.id)
        results = _without_details(results_body(overview, project=shared.project))
    return {
        **_question(shared.experiment),
        "results": results,
        "expires_at": instant(shared.link.expires_at),
    }


def _question(experiment: Experiment) -> Wire:
    variants = parse_rules(experiment.flag.filters).variants
    return {
        "name": experiment.name,
        "description": experiment.description,
        "status": experiment.status,
        "start_date": instant_or_none(experiment.start_date),
        "end_date": instant_or_none(experiment.end_date),
        "conclusion": experiment.conclusion,
        "conclusion_comment": experiment.conclusion_comment,
        "variants": [{"key": one.key, "rollout_percentage": 100 * one.share} for one in variants],
    }


def _without_details(results: Wire) -> Wire:
    metrics = results["metrics"]
    assert isinstance(metrics, list)  # noqa: S101 as `results_body` makes them
    return {**results, "metrics": [_metric(one) for one in metrics]}


def _metric(outcome: Wire) -> Wire:
    document, result = outcome["metric"], outcome["result"]
    shown = _shown(document) if isinstance(document, Mapping) else {}
    if not isinstance(result, Mapping):
        return {**outcome, "metric": shown}
    private = {"metric": shown, "clickhouse_sql": "", "cache_key": "", "breakdown_results": None}
    return {**outcome, "metric": shown, "result": {**result, **private}}


def _shown(document: Properties) -> Properties:
    shown = {name: document[name] for name in _METRIC_MEMBERS if name in document}
    source = document.get("source")
    if isinstance(source, Mapping):
        shown["source"] = {name: source[name] for name in _MATHS if name in source}
    return shown
