"""Persons and groups: who the events are about."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from splitplot.filters.model import Properties


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One human (or machine), known under one or more distinct ids.

    Attributes:
        id: Stable over merges of others into this person. It is derived from the
            project and the first distinct id (`identity.derived_person_id`).
        distinct_ids: Every id that is this person, the first one first.
        is_identified: Named by an identify, alias or merge; such a person is not
            merged away by another identify.
    """

    id: UUID
    distinct_ids: tuple[str, ...]
    properties: Properties
    created_at: datetime
    is_identified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One company, workspace or the like, of the project's group type `type_index`."""

    type_index: int
    key: str
    properties: Properties
    created_at: datetime
