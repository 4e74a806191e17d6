"""The people behind a number: who came how far in a funnel metric."""

from dataclasses import dataclass
from uuid import UUID

from splitplot.accounts.model import Project
from splitplot.errors import InvalidInput
from splitplot.experiments.plan import FunnelPlan, ReachedUnit, ReachPlan
from splitplot.experiments.planning import ResultPlan, plan_result
from splitplot.filters.model import Properties
from splitplot.people.model import Person
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.event_actions.plans import resolved
from splitplot.services.results import ResultService


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorsRequest:
    """Whom to find.

    Attributes:
        step: k for those who reached the metric's step k, counted from 1; -k for those who
            reached the one before it (the exposure before step 1) and not step k.
        variant: Only of this one; None for every analysed variant.
        limit: Most units, 1 or more.
        offset: Units left out at the front.
        has_sessions: Whether to list their sessions too.
    """

    step: int
    variant: str | None = None
    limit: int = 100
    offset: int = 0
    has_sessions: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Actors:
    """A page of units.

    Attributes:
        persons: Those of the units that are known persons, by id.
        group_type_index: Of what the units are groups; None for persons.
        has_more: Whether there are more after these.
    """

    units: tuple[ReachedUnit, ...]
    persons: dict[str, Person]
    group_type_index: int | None
    has_more: bool


class ActorService:
    """Finds people anew each time: nothing is kept."""

    def __init__(
        self, *, metadata: Metadata, store: EventStore, results: ResultService, clock: Clock
    ) -> None:
        self._metadata = metadata
        self._store = store
        self._results = results
        self._clock = clock

    def find(
        self, project: Project, experiment_id: int, metric: Properties, request: ActorsRequest
    ) -> Actors:
        """A page of the units of the experiment that came so far in the metric.

        Raises:
            InvalidInput: There is no such experiment, it is a draft, the metric cannot be
                computed or is no funnel, or it has no such step or variant.
            Unavailable: A store does not answer.
        """
        experiment = self._results.experiment(project.id, experiment_id)
        now = self._clock.now()
        plan = plan_result(experiment, metric, project=project, as_of=now)
        reach = _reach_plan(resolved(self._metadata, project, plan, now=now), request)
        found = self._store.reached(reach)
        units = found[: request.limit]
        group_type_index = reach.exposure.group_type_index
        return Actors(
            units=units,
            persons={} if group_type_index is not None else self._persons(project, units),
            group_type_index=group_type_index,
            has_more=len(found) > request.limit,
        )

    def _persons(self, project: Project, units: tuple[ReachedUnit, ...]) -> dict[str, Person]:
        with self._metadata.reading() as repositories:
            persons = repositories.people.find_by_ids(project.id, [UUID(one.unit) for one in units])
        return {str(person_id): person for person_id, person in persons.items()}


def _reach_plan(plan: ResultPlan, request: ActorsRequest) -> ReachPlan:
    """As many units as asked for and one more, which tells whether there are more."""
    exposure, metric = plan.summary.exposure, plan.summary.metric
    if not isinstance(metric, FunnelPlan):
        raise InvalidInput("People can be listed for funnel metrics only.", attr="source__metric")
    last = len(metric.steps)
    if not 1 <= abs(request.step) <= last:
        raise InvalidInput(
            f"funnelStep must be 1 to {last}, or -1 to -{last} for those who got no further.",
            attr="funnelStep",
        )
    if request.variant is not None and request.variant not in exposure.variants:
        raise InvalidInput(
            f"'{request.variant}' is no analysed variant of the experiment.",
            attr="funnelStepBreakdown",
        )
    has_dropped = request.step < 0
    return ReachPlan(
        exposure=exposure,
        metric=metric,
        variant=request.variant,
        at_least=-request.step - 1 if has_dropped else request.step,
        at_most=-request.step - 1 if has_dropped else last,
        limit=request.limit + 1,
        offset=request.offset,
        has_sessions=request.has_sessions,
    )
