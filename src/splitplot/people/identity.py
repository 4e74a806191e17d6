"""Which distinct ids are one person, and what events make of that person."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from splitplot.filters.model import JsonValue, Properties
from splitplot.people.model import Person

# What SDKs send when their caller's id is a mistake; whoever got one of these as a name
# would become one person with everybody else who did.
_ILLEGAL_IN_ANY_CASE = frozenset(
    {
        "anonymous",
        "guest",
        "distinctid",
        "distinct_id",
        "id",
        "not_authenticated",
        "email",
        "undefined",
        "true",
        "false",
    }
)
_ILLEGAL_AS_WRITTEN = frozenset(
    {"", "[object Object]", "NaN", "None", "none", "null", "0", "undefined"}
)
_QUOTES = ("'", '"')


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
    number = int.from_bytes(digest.digest(), "big")
    # Version and variant bits by hand: UUID() of Python 3.11 knows no version 8.
    number = number & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62
    return UUID(int=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A claim that another distinct id is the same person.

    Attributes:
        other_id: The id whose person is merged into the one of the act's own id.
        is_dangerous: Whether that happens to an identified person too.
    """

    other_id: str
    is_dangerous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAct:
    """What one event says about the person behind its distinct id.

    Attributes:
        at: When the event happened; a person that it makes was created then.
        set_once: Written first, and only where nothing stands; a stored null stands.
        set: Written over what is there.
        unset: Property names that are removed last.
    """

    distinct_id: str
    at: datetime
    link: Link | None = None
    set_once: Properties = field(default_factory=dict)
    set: Properties = field(default_factory=dict)
    unset: tuple[str, ...] = ()


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


def is_legal_id(distinct_id: str) -> bool:
    """Whether the id may be merged: neither blank nor what a mistake leaves behind."""
    bare = _unquoted(distinct_id.strip())
    return not (
        bare.isspace() or bare.lower() in _ILLEGAL_IN_ANY_CASE or bare in _ILLEGAL_AS_WRITTEN
    )


def mentioned_ids(acts: Iterable[PersonAct]) -> frozenset[str]:
    """Every distinct id whose person `fold_people` has to know."""
    acts = tuple(acts)
    own = {act.distinct_id for act in acts}
    return frozenset(own | {act.link.other_id for act in acts if act.link is not None})


def fold_people(
    project_id: int, persons: Mapping[str, Person], acts: Iterable[PersonAct]
) -> PeopleChanges:
    """What a project's people become by these acts, one after the other.

    A distinct id that is nobody yet becomes a person with its first act. A link merges
    the other person into the act's own one, which keeps its id and wins where properties
    clash, unless the other is identified already and the link is not dangerous; an id
    that is nobody yet is simply attached. Either way the own person is identified then.
    One act applied twice does what it does once. Repeating several leaves who is whom as
    it is, and a property as the last of them to write it says.

    Args:
        project_id: Whose people.
        persons: The person of every mentioned distinct id that is one.
        acts: In the order they arrived.
    """
    population = _Population(project_id, persons)
    for act in acts:
        population.apply(act)
    return population.changes()


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A person while acts are applied to it."""

    stored: Person | None
    id: UUID
    distinct_ids: list[str]
    properties: dict[str, JsonValue]
    created_at: datetime
    is_identified: bool

    def person(self) -> Person:
        return Person(
            id=self.id,
            distinct_ids=tuple(self.distinct_ids),
            properties=self.properties,
            created_at=self.created_at,
            is_identified=self.is_identified,
        )

    def change(self) -> PersonChange | None:
        person = self.person()
        if person == self.stored:
            return None
        known = self.stored.distinct_ids if self.stored is not None else ()
        return PersonChange(
            person=person,
            new_distinct_ids=tuple(name for name in person.distinct_ids if name not in known),
        )


class _Population:
    """The persons that acts have named so far."""

    def __init__(self, project_id: int, persons: Mapping[str, Person]) -> None:
        self._project_id = project_id
        self._persons = persons
        self._drafts: dict[str, _Draft] = {}
        self._merged_away: list[UUID] = []

    def apply(self, act: PersonAct) -> None:
        draft = self._linked(act, act.link) if act.link is not None else None
        if draft is None:
            draft = self._find(act.distinct_id) or self._add(act)
        for name, value in act.set_once.items():
            draft.properties.setdefault(name, value)
        draft.properties.update(act.set)
        for name in act.unset:
            draft.properties.pop(name, None)

    def changes(self) -> PeopleChanges:
        drafts = {draft.id: draft for draft in self._drafts.values()}
        changes = (draft.change() for draft in drafts.values())
        return PeopleChanges(
            changed=tuple(change for change in changes if change is not None),
            merged_away=tuple(self._merged_away),
        )

    def _find(self, distinct_id: str) -> _Draft | None:
        draft = self._drafts.get(distinct_id)
        if draft is not None or distinct_id not in self._persons:
            return draft
        stored = self._persons[distinct_id]
        draft = _Draft(
            stored=stored,
            id=stored.id,
            distinct_ids=list(stored.distinct_ids),
            properties=dict(stored.properties),
            created_at=stored.created_at,
            is_identified=stored.is_identified,
        )
        self._drafts.update(dict.fromkeys(stored.distinct_ids, draft))
        return draft

    def _add(self, act: PersonAct) -> _Draft:
        draft = _Draft(
            stored=None,
            id=derived_person_id(self._project_id, act.distinct_id),
            distinct_ids=[act.distinct_id],
            properties={},
            created_at=act.at,
            is_identified=False,
        )
        self._drafts[act.distinct_id] = draft
        return draft

    def _linked(self, act: PersonAct, link: Link) -> _Draft | None:
        """The own person once it is one with the other, or None when nothing is claimed."""
        other_id = link.other_id
        if other_id == act.distinct_id:
            return None
        if not (is_legal_id(act.distinct_id) and is_legal_id(other_id)):
            return None
        own, other = self._find(act.distinct_id), self._find(other_id)
        if own is None and other is not None:
            self._attach(other, act.distinct_id)
            own = other
        elif own is None:
            own = self._add(act)
            self._attach(own, other_id)
        elif other is None:
            self._attach(own, other_id)
        elif own is not other and (link.is_dangerous or not other.is_identified):
            self._merge(other, own)
        own.is_identified = True
        return own

    def _attach(self, draft: _Draft, distinct_id: str) -> None:
        draft.distinct_ids.append(distinct_id)
        self._drafts[distinct_id] = draft

    def _merge(self, source: _Draft, target: _Draft) -> None:
        target.distinct_ids.extend(source.distinct_ids)
        target.properties = {**source.properties, **target.properties}
        target.created_at = min(source.created_at, target.created_at)
        self._drafts.update(dict.fromkeys(source.distinct_ids, target))
        if source.stored is not None:
            self._merged_away.append(source.id)


def _unquoted(text: str) -> str:
    is_quoted = len(text) >= 2 and text[0] in _QUOTES and text[-1] == text[0]
    return text[1:-1] if is_quoted else text
