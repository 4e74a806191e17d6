"""Many plans at once: those that can share a query do, the others are answered alone."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from ibis.expr import types as ir

from splitplot.adapters.event_store.capabilities import require_known_filters
from splitplot.adapters.event_store.compile.funnels import funnel_query
from splitplot.adapters.event_store.compile.lists import with_lists
from splitplot.adapters.event_store.compile.plans import Row, summaries_of, summary_query
from splitplot.adapters.event_store.compile.sources import Scope
from splitplot.adapters.event_store.shared.metrics import MOST_ENTRIES
from splitplot.adapters.event_store.shared.query import is_shareable, shared_query
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import ExposurePlan, FunnelPlan, SummaryPlan
from splitplot.ports.event_store import Summed

# A query grows with every metric, and so does what an engine has to keep in mind.
MOST_METRICS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What carries queries out.

    Attributes:
        compiled: A query as SQL.
        rows_of: What the SQL gives.
    """

    scope_of: Callable[[ExposurePlan], Scope]
    compiled: Callable[[ir.Table], str]
    rows_of: Callable[[str], list[Row]]


def summarize_together(
    engine: Engine, plans: Sequence[SummaryPlan]
) -> tuple[Summed | InvalidInput, ...]:
    """The answer to each plan, in their order, or why it has none."""
    answers: dict[int, Summed] = {}
    for group in _groups(engine, plans):
        answers.update(_shared_answers(engine, plans, group))
    return tuple(
        answers[place] if place in answers else _alone(engine, plan)
        for place, plan in enumerate(plans)
    )


def _alone(engine: Engine, plan: SummaryPlan) -> Summed | InvalidInput:
    try:
        require_known_filters(plan)
        query = summary_query(plan, engine.scope_of(plan.exposure))
        sql = engine.compiled(query)
        rows = engine.rows_of(with_lists(sql, plan))
    except InvalidInput as refusal:
        return refusal
    return Summed(summaries=summaries_of(plan, rows), sql=sql)


def _groups(engine: Engine, plans: Sequence[SummaryPlan]) -> Iterator[list[int]]:
    """Where plans of one exposure stand that can share a query."""
    of_exposures: dict[str, list[int]] = defaultdict(list)
    for place, plan in enumerate(plans):
        # Filters may hold lists, so that a text stands for what is compared.
        of_exposures[repr(plan.exposure)].append(place)
    for places in of_exposures.values():
        shareable = [place for place in places if _can_share(engine, plans[place])]
        for first in range(0, len(shareable), MOST_METRICS):
            group = shareable[first : first + MOST_METRICS]
            if len(group) > 1:
                yield group


def _can_share(engine: Engine, plan: SummaryPlan) -> bool:
    try:
        require_known_filters(plan)
        return is_shareable(plan, engine.scope_of(plan.exposure))
    except InvalidInput:
        return False


def _shared_answers(
    engine: Engine, every: Sequence[SummaryPlan], places: list[int]
) -> dict[int, Summed]:
    """Nothing when a plan is refused: asked alone, the others have their answers."""
    plans = [every[place] for place in places]
    exposure = plans[0].exposure
    try:
        query = shared_query(exposure, [plan.metric for plan in plans], engine.scope_of(exposure))
    except InvalidInput:
        return {}
    sql = engine.compiled(query.table)
    rows = engine.rows_of(reduce(with_lists, plans, sql))
    answers = {}
    has_more = query.most_entries(rows) > MOST_ENTRIES
    for place, plan, metric in zip(places, plans, query.metrics, strict=True):
        found = query.rows_of(metric, rows)
        if has_more and isinstance(plan.metric, FunnelPlan):
            found += _rows_of_many_entries(engine, plan, plan.metric)
        answers[place] = Summed(summaries=summaries_of(plan, found), sql=sql)
    return answers


def _rows_of_many_entries(engine: Engine, plan: SummaryPlan, metric: FunnelPlan) -> list[Row]:
    """The funnel of the units that the shared query leaves out."""
    scope = engine.scope_of(plan.exposure)
    query = funnel_query(plan.exposure, metric, scope, entries_above=MOST_ENTRIES)
    return engine.rows_of(with_lists(engine.compiled(query), plan))
