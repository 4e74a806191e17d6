"""The services behind the query API that keep no answers, wired together."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.repositories import Metadata
from splitplot.services.queries.actors import ActorService
from splitplot.services.queries.running import RunningQueries
from splitplot.services.results import ResultService


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryServices:
    """What answers them.

    Attributes:
        actors: The people behind a number.
        running: Queries whose answers are fetched later.
    """

    actors: ActorService
    running: RunningQueries


def query_services(
    *, metadata: Metadata, store: EventStore, results: ResultService, clock: Clock
) -> QueryServices:
    """Whoever makes them closes `running`."""
    return QueryServices(
        actors=ActorService(metadata=metadata, store=store, results=results, clock=clock),
        running=RunningQueries(clock=clock),
    )
