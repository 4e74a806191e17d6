"""Invites on the wire."""

from dataclasses import dataclass
from datetime import timedelta

from splitplot.accounts.model import MembershipLevel
from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.errors import ErrorBody
from splitplot.http.fields import Fields, read_fields, text, whole
from splitplot.http.models import ExactBody, Instant, UserBlock
from splitplot.http.wire import instant, user_block
from splitplot.services.members.invites import InviteRecord, Newcomer, Offer
from splitplot.services.members.sessions import SignedIn

_DAYS = 3
_MOST_DAYS = 30
_LEVELS = {level.value: level for level in MembershipLevel}

# Nobody has signed in yet, so the description would not know these.
REFUSALS: dict[int | str, dict[str, object]] = {
    403: {"model": ErrorBody, "description": "The request comes from a page of another site."}
}


class InviteBody(ExactBody):
    """An invite that nobody has accepted; `token` and `link` only when it is made."""

    id: str
    target_email: str
    level: int
    created_by: UserBlock | None
    created_at: Instant
    expires_at: Instant
    is_expired: bool
    token: str | None
    link: str | None


class OfferBody(ExactBody):
    """What somebody with the link learns before they accept."""

    organization_name: str
    target_email: str
    level: int
    expires_at: Instant
    has_account: bool


class WelcomeBody(ExactBody):
    """Who has joined, and is signed in."""

    user: UserBlock
    organization: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteRequest:
    """Whom to invite, as what, for how long."""

    email: str
    level: MembershipLevel
    lasts: timedelta


def invite_body(
    record: InviteRecord, *, token: str | None = None, link: str | None = None
) -> dict[str, JsonValue]:
    """An `InviteBody`."""
    invite = record.invite
    return {
        "id": str(invite.id),
        "target_email": invite.email,
        "level": invite.level,
        "created_by": user_block(record.created_by),
        "created_at": instant(invite.created_at),
        "expires_at": instant(invite.expires_at),
        "is_expired": record.is_expired,
        "token": token,
        "link": link,
    }


def offer_body(offer: Offer) -> dict[str, JsonValue]:
    """An `OfferBody`."""
    return {
        "organization_name": offer.organization.name,
        "target_email": offer.invite.email,
        "level": offer.invite.level,
        "expires_at": instant(offer.invite.expires_at),
        "has_account": offer.has_account,
    }


def welcome_body(signed_in: SignedIn) -> dict[str, JsonValue]:
    """A `WelcomeBody`."""
    user = signed_in.user
    return {"user": user_block(user), "organization": str(user.current_organization_id)}


def invite_request(body: Properties) -> InviteRequest:
    """What a POST asks for."""
    values = read_fields(body, _INVITE, required=("target_email",))
    return InviteRequest(
        email=str(values["target_email"]),
        level=_LEVELS[int(str(values.get("level", MembershipLevel.MEMBER.value)))],
        lasts=timedelta(days=int(str(values.get("expires_in_days", _DAYS)))),
    )


def newcomer_of(body: Properties) -> Newcomer:
    """Who accepts."""
    values = read_fields(body, _NEWCOMER, required=("password",))
    return Newcomer(
        first_name=str(values.get("first_name", "")),
        last_name=str(values.get("last_name", "")),
        password=str(values["password"]),
    )


def _level(value: JsonValue, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or str(value) not in _WORDS:
        message = f'"{value}" is not a valid choice.'
        raise InvalidInput(message, code="invalid_choice", attr=field)
    return int(value)


_WORDS = frozenset(str(level) for level in _LEVELS)


def _days(value: JsonValue, field: str) -> int:
    days = whole(value, field)
    if not 1 <= days <= _MOST_DAYS:
        raise InvalidInput(f"Ensure this value is between 1 and {_MOST_DAYS}.", attr=field)
    return days


def _password(value: JsonValue, field: str) -> str:
    # White space around it is part of a password.
    text()(value, field)
    return str(value)


_INVITE: Fields = {
    "target_email": ("target_email", text(max_length=254)),
    "level": ("level", _level),
    "expires_in_days": ("expires_in_days", _days),
}
_NEWCOMER: Fields = {
    "first_name": ("first_name", text(max_length=150, or_blank=True)),
    "last_name": ("last_name", text(max_length=150, or_blank=True)),
    "password": ("password", _password),
}


def _body(fields: dict[str, object], required: str) -> dict[str, object]:
    schema = {"type": "object", "properties": fields, "required": [required]}
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


INVITE_BODY = _body(
    {
        "target_email": {"type": "string", "format": "email"},
        "level": {"enum": list(_LEVELS)},
        "expires_in_days": {"type": "integer", "minimum": 1, "maximum": _MOST_DAYS},
    },
    "target_email",
)
ACCEPT_BODY = _body(
    {
        "first_name": {"type": "string", "maxLength": 150},
        "last_name": {"type": "string", "maxLength": 150},
        "password": {"type": "string", "format": "password"},
    },
    "password",
)
