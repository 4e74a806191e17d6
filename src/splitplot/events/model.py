"""What an event is, and why one is dropped."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from splitplot.filters.model import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that a distinct id did at an instant.

    Attributes:
        uuid: Identity: the same project and uuid is the same event, however often sent.
        name: For example `$feature_flag_called` or `purchase`.
        person_id: The id that `distinct_id` has by itself
            (`people.identity.derived_person_id`). Later merges do not rewrite it; the
            event store maps it to the person of today.
        timestamp: When it happened, aware UTC, microseconds; clock skew removed.
        properties: As sent, `$set` and `$set_once` included; `$group_0` to `$group_4`
            filled from `$groups`.
        is_personless: Sent with `$process_person_profile: false`: no person is made.
    """

    uuid: UUID
    name: str
    distinct_id: str
    person_id: UUID
    timestamp: datetime
    properties: Properties
    is_personless: bool = False


class DropReason(StrEnum):
    """Why an event was acknowledged but not kept."""

    PERFORMANCE_EVENT = "performance_event"
    PERSONLESS_IDENTITY = "personless_identity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    uuid: UUID
    name: str
    reason: DropReason
