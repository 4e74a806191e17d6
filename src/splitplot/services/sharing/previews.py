"""What a metric reads in the events of the last weeks."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.experiments.ahead.preview import (
    Preview,
    PreviewPlan,
    edges_of,
    preview,
    preview_plan,
    reach_plans,
)
from splitplot.experiments.plan import SummaryPlan
from splitplot.experiments.planning import EARLIEST
from splitplot.filters.model import Properties
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.answers import AnswerCache, NoAnswer, Question, Refresh
from splitplot.services.event_actions.plans import resolved

_FRESH_FOR = timedelta(minutes=5)
_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPreview:
    """The preview, and what the event store ran for it; for people to read."""

    preview: Preview
    sql: str


class PreviewService:
    """Previews metrics. An answer is kept for minutes, while no event arrives."""

    def __init__(self, *, metadata: Metadata, store: EventStore, clock: Clock) -> None:
        self._metadata = metadata
        self._store = store
        self._clock = clock
        self._kept: AnswerCache[MetricPreview] = AnswerCache(capacity=_KEPT)

    def read(self, project: Project, metric: Properties, *, event: str | None) -> MetricPreview:
        """What the metric was for everybody who had an event lately.

        Args:
            project: Whose events.
            metric: The metric's document.
            event: Which event makes somebody one of them; None: any.

        Raises:
            InvalidInput: The metric is none, or asks for what cannot be computed.
            Unavailable: The event store does not answer.
        """
        now = self._clock.now()
        plan = preview_plan(metric, event=event, project=project, now=now)
        plan = resolved(self._metadata, project, plan, now=now)
        question = Question(
            key=_key(plan),
            revision=self._store.revision(project.id),
            asked_at=now,
            keeps=_FRESH_FOR,
        )
        found = self._kept.answer(question, lambda: self._read(plan), refresh=Refresh.REUSE)
        assert not isinstance(found, NoAnswer)  # noqa: S101 it is computed if it is not kept
        return found.value

    def _read(self, plan: PreviewPlan) -> MetricPreview:
        (summary,) = self._store.summarize(plan.summary)
        asked = () if plan.above_zero is None else (plan.above_zero,)
        above_zero = next(iter(self._reached(asked)), None)
        edges = () if above_zero is None else edges_of(plan, summary, above_zero)
        found = preview(
            plan,
            summary,
            above_zero=above_zero,
            edges=edges,
            reached=self._reached(reach_plans(plan, edges)),
        )
        return MetricPreview(preview=found, sql=self._store.explain(plan.summary))

    def _reached(self, plans: Sequence[SummaryPlan]) -> list[int]:
        """Units that each of these plans, which have thresholds, says yes to."""
        found = self._store.summarize_all(plans)
        return [
            0 if isinstance(each, InvalidInput) else round(each.summaries[0].sum) for each in found
        ]


def _key(plan: PreviewPlan) -> str:
    """Equal for equal plans, whenever they are made."""
    exposure = plan.summary.exposure
    timeless = replace(exposure, start=EARLIEST, end=EARLIEST, known_until=None)
    said = repr(replace(plan.summary, exposure=timeless))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
