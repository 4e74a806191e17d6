"""Who performed an event, as one Ibis expression."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ibis.expr import types as ir

from splitplot.adapters.event_store.compile.sources import Scope, arrived, person_of
from splitplot.ports.event_store import Performer, PerformersPlan

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def performers_query(plan: PerformersPlan, scope: Scope) -> ir.Table:
    """`person` and `last_at`, in microseconds since 1970."""
    events = arrived(scope, plan)
    named = events.select(person=person_of(events), moment=scope.moment(events))
    return named.group_by("person").agg(last_at=named.moment.max())


def performers_of(rows: Iterable[Sequence[object]]) -> tuple[Performer, ...]:
    """What the rows of `performers_query` say."""
    return tuple(_performer(person, last_at) for person, last_at in rows)


def _performer(person: object, last_at: object) -> Performer:
    if not (isinstance(person, UUID) and isinstance(last_at, int)):
        raise TypeError(f"expected a person and an instant, got {person!r} and {last_at!r}")
    return Performer(person_id=person, last_at=_EPOCH + timedelta(microseconds=last_at))
