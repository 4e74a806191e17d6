"""A cohort as it is stored, and who is a member of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType
from uuid import UUID

from splitplot.filters.model import Properties
from splitplot.people.behaviour import is_behavioural, leaves_of

CohortId = NewType("CohortId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCohort:
    """A set of people: listed, or described by what they are and did.

    Attributes:
        id: 0 while the cohort is not stored yet.
        filters: As on the wire: `{"properties": nested property groups}`; empty when the
            members are listed.
        is_static: The members are listed.
        is_calculating: Its members have not been found yet.
        last_calculation: When they were found the last time.
        errors_calculating: How often in a row that failed.
        count: How many persons were in it then.
        version: 1 when new, one more with every change of its filters.
        followed_to: Events that arrived up to this place in the event store have been
            looked at; None: none yet.
    """

    id: CohortId = CohortId(0)
    name: str
    created_at: datetime
    description: str = ""
    filters: Properties = field(default_factory=dict)
    is_static: bool = False
    deleted: bool = False
    created_by_id: int | None = None
    is_calculating: bool = False
    last_calculation: datetime | None = None
    errors_calculating: int = 0
    count: int | None = None
    version: int = 1
    followed_to: int | None = None

    @property
    def group(self) -> Properties:
        """What its persons have to satisfy: nested property groups."""
        return group_of(self.filters)

    @property
    def is_behavioural(self) -> bool:
        """Whether it asks, by itself, for something that people did."""
        return any(is_behavioural(leaf) for leaf in leaves_of(self.group))


def group_of(filters: Properties) -> Properties:
    """The nested property groups of a cohort's `filters`."""
    group = filters.get("properties")
    return group if isinstance(group, Mapping) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person of a cohort's list, or one who did what the cohort asks for.

    Attributes:
        person_id: Of a stored person, or derived for a distinct id that is nobody.
        behaviour: Which of the cohort's behaviours the person showed; 0 in a list.
        last_at: When the person last did; None in a list.
    """

    person_id: UUID
    behaviour: int = 0
    last_at: datetime | None = None
