"""`ExperimentActorsQuery`: the people behind a step of a funnel, on the wire."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from splitplot.errors import InvalidInput
from splitplot.experiments.plan import ReachedUnit
from splitplot.http.models import Document, ExactBody
from splitplot.http.provenance import Wire
from splitplot.http.resources.query.schemas import ExperimentQuery, FromWire
from splitplot.http.wire import person_block
from splitplot.services.queries.actors import Actors, ActorsRequest

_MOST = 1000


class ExperimentActorsQuery(FromWire):
    """Who reached a step of a funnel, or did not; the steps are the metric's, from 1 on.

    Exposure and its criteria are those of the experiment.
    """

    kind: Literal["ExperimentActorsQuery"]
    source: ExperimentQuery
    funnel_step: Annotated[int, Field(alias="funnelStep")]
    variant: Annotated[str | None, Field(alias="funnelStepBreakdown")] = None
    include_recordings: Annotated[bool | None, Field(alias="includeRecordings")] = None

    @property
    def experiment_id(self) -> int:
        return self.source.experiment_id


class ActorsQuery(FromWire):
    """A page of people, and which columns to answer about each."""

    kind: Literal["ActorsQuery"]
    source: ExperimentActorsQuery
    select: list[str] | None = None
    limit: Annotated[int | None, Field(ge=1, le=_MOST)] = None
    offset: Annotated[int | None, Field(ge=0)] = None

    @property
    def experiment_id(self) -> int:
        return self.source.experiment_id

    @property
    def columns(self) -> list[str]:
        """As asked for; the person, and the sessions where they are asked for."""
        if self.select:
            return self.select
        return ["actor", "matched_recordings"] if self.source.include_recordings else ["actor"]

    def request(self) -> ActorsRequest:
        """The same for the service.

        Raises:
            InvalidInput: A column is asked for that nobody has.
        """
        for column in self.columns:
            if column not in _COLUMNS:
                known = ", ".join(_COLUMNS)
                raise InvalidInput(f"'{column}' is none of the columns {known}.", attr="select")
        return ActorsRequest(
            step=self.source.funnel_step,
            variant=self.source.variant,
            limit=self.limit or 100,
            offset=self.offset or 0,
            has_sessions="matched_recordings" in self.columns,
        )


class ActorsAnswer(ExactBody):
    """A page of people: for each a list with one member for each column.

    `missing_actors_count` counts those of whom nothing but their id is known.
    """

    kind: Literal["ActorsQuery"]
    columns: list[str]
    results: list[list[object]]
    types: list[str]
    limit: int
    offset: int
    hasMore: bool  # noqa: N815 the wire's word
    missing_actors_count: int


def actors_body(actors: Actors, query: ActorsQuery) -> Wire:
    """The answer to an `ActorsQuery`."""
    request = query.request()
    rows = [[_COLUMNS[column](actors, unit) for column in query.columns] for unit in actors.units]
    is_of_persons = actors.group_type_index is None
    return {
        "kind": "ActorsQuery",
        "columns": query.columns,
        "results": rows,
        "types": ["String"] * len(query.columns),
        "limit": request.limit,
        "offset": request.offset,
        "hasMore": actors.has_more,
        "missing_actors_count": len(actors.units) - len(actors.persons) if is_of_persons else 0,
    }


def _actor(actors: Actors, unit: ReachedUnit) -> Document:
    if actors.group_type_index is not None:
        return {
            "id": unit.unit,
            "type": "group",
            "group_key": unit.unit,
            "group_type_index": actors.group_type_index,
        }
    person = actors.persons.get(unit.unit)
    known = {"id": unit.unit} if person is None else person_block(person)
    return {**known, "type": "person"}


def _recordings(_: Actors, unit: ReachedUnit) -> list[Document]:
    return [{"session_id": session, "events": []} for session in unit.sessions]


def _distinct_ids(actors: Actors, unit: ReachedUnit) -> list[str]:
    person = actors.persons.get(unit.unit)
    return [] if person is None else list(person.distinct_ids)


_COLUMNS: dict[str, Callable[[Actors, ReachedUnit], object]] = {
    "actor": _actor,
    "person": _actor,
    "group": _actor,
    "id": lambda _, unit: unit.unit,
    "variant": lambda _, unit: unit.variant,
    "step": lambda _, unit: unit.step,
    "event_distinct_ids": _distinct_ids,
    "matched_recordings": _recordings,
}
