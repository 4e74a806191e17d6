"""The two kinds of query of the first years: what is asked, and what is answered."""

from typing import Any, Literal

from splitplot.accounts.model import Project
from splitplot.experiments.legacy.documents import legacy_document
from splitplot.experiments.legacy.metrics import FUNNELS_QUERY
from splitplot.http.models import Document
from splitplot.http.provenance import Wire, provenance
from splitplot.http.resources.query.schemas import LegacyQuery
from splitplot.http.results.bodies import Provenance
from splitplot.services.actions.legacy_results import LegacyReport
from splitplot.services.answers import NoAnswer

STATS_VERSION = 2


class LegacyAnswer(Provenance):
    """The answer to an old query; `expected_loss` for funnels, `p_value` for trends."""

    kind: Literal["ExperimentTrendsQuery", "ExperimentFunnelsQuery"]
    insight: list[Any]
    count_query: Document | None = None
    exposure_query: Document | None = None
    funnels_query: Document | None = None
    variants: list[Document]
    probability: dict[str, float]
    significant: bool
    significance_code: str
    stats_version: int
    p_value: float | None = None
    expected_loss: float | None = None
    credible_intervals: dict[str, tuple[float, float]]


def legacy_body(report: LegacyReport | NoAnswer, *, query: LegacyQuery, project: Project) -> Wire:
    """The answer to either of the two."""
    if isinstance(report, NoAnswer):
        return {"cache_key": report.key, "query_status": None}
    asked: Wire = {"count_query": query.count_query, "exposure_query": query.exposure_query}
    if query.kind == FUNNELS_QUERY:
        asked = {"funnels_query": query.funnels_query}
    return {
        "kind": query.kind,
        **asked,
        **legacy_document(report.metric, report.verdict),
        "stats_version": STATS_VERSION,
        **provenance(
            key=report.answer.key,
            computed_at=report.answer.computed_at,
            valid_until=report.answer.valid_until,
            is_cached=report.answer.is_cached,
            project=project,
        ),
    }
