"""Small forms that many resources share on the wire."""

import re
from datetime import UTC, datetime

from splitplot.accounts.model import User
from splitplot.filters.model import JsonValue
from splitplot.people.model import Person

_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")
# Where a person's name may stand, the best one first.
_NAME_PROPERTIES = ("email", "name", "username")


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with `Z`; microseconds only when there are some."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def instant_or_none(moment: datetime | None) -> str | None:
    """The same, where there may be none."""
    return None if moment is None else instant(moment)


def user_block(user: User | None) -> dict[str, JsonValue] | None:
    """Who made or changed an object; None once that user is gone."""
    if user is None:
        return None
    return {
        "id": user.id,
        "uuid": str(user.uuid),
        "distinct_id": user.distinct_id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_email_verified": user.is_email_verified,
        "hedgehog_config": None,
        "role_at_organization": user.role_at_organization,
    }


def slug_of(name: str) -> str:
    """The name as a part of addresses: small letters and digits, dashes between."""
    return _NOT_IN_SLUGS.sub("-", name.lower()).strip("-")


def person_block(person: Person) -> dict[str, JsonValue]:
    """A person as they are today."""
    said = (person.properties.get(name) for name in _NAME_PROPERTIES)
    names = [name for name in said if isinstance(name, str) and name]
    return {
        "id": str(person.id),
        "uuid": str(person.id),
        "name": names[0] if names else person.distinct_ids[0],
        "distinct_ids": list(person.distinct_ids),
        "properties": person.properties,
        "created_at": instant(person.created_at),
        "is_identified": person.is_identified,
    }
