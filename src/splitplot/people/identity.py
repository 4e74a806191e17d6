"""Which distinct ids are one person."""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from splitplot.people.model import Person


def derived_person_id(project_id: int, distinct_id: str) -> UUID:
    """The id of the person that a distinct id is by itself, before any merge.

    A pure function of its arguments: an event can be stored under it without asking
    who the distinct id is, in any order of arrival, and a personless event keeps a
    stable person. It has the form of an RFC 9562 version 8 UUID.
    """
    digest = hashlib.blake2b(
        distinct_id.encode("utf-8", "surrogatepass"),
        digest_size=16,
        salt=project_id.to_bytes(16, "big"),
    )
    return UUID(bytes=digest.digest(), version=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChange:
    """A person as it is after a change, and the distinct ids it did not have before."""

    person: Person
    new_distinct_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleChanges:
    """What a batch of events did to the people of one project.

    Attributes:
        changed: New and changed persons; a distinct id moves to the person that has it
            in `new_distinct_ids`.
        merged_away: Persons that are gone; all their distinct ids are among
            `new_distinct_ids` of others.
    """

    changed: tuple[PersonChange, ...] = ()
    merged_away: tuple[UUID, ...] = ()
