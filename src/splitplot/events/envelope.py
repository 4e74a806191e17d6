"""What one capture request carries: whose events, which, and when they were sent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from splitplot.errors import InvalidInput, TooLarge, Unauthenticated
from splitplot.events.instants import parse_instant, parse_query_clock
from splitplot.filters.model import JsonValue, Properties

MAX_EVENT_BYTES = 1024 * 1024

_MAX_TOKEN_LENGTH = 64
_PERSONAL_KEY_PREFIX = "phx_"
_TOKEN_FIELDS = ("token", "api_key", "$token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One request's events as they were sent, and what holds for all of them.

    Attributes:
        token: The project's public token; well formed, perhaps nobody's.
        events: At least one.
        sent_at: The sender's clock when it sent them, or None when it did not say.
    """

    token: str
    events: tuple[Properties, ...]
    sent_at: datetime | None


def read_envelope(
    payload: JsonValue, *, query: Mapping[str, str], is_engage: bool = False
) -> Envelope:
    """Tell a batch object, an array of events and a single event apart.

    Args:
        payload: The decoded body.
        query: The request's query parameters; `_` may hold the sender's clock, and
            `token` or `api_key` the token of events that carry none.
        is_engage: Whether an object without `event` is an `$identify`.

    Raises:
        InvalidInput: There are no events in it, or something that is no event.
        Unauthenticated: There is no token, a malformed one, or more than one.
    """
    events = _raw_events(payload, is_engage=is_engage)
    outer = payload if isinstance(payload, Mapping) else {}
    own = _token_field(outer) if "batch" in outer else None
    tokens = {own} if own is not None else {_token_of(event) for event in events} - {None}
    sent_at = parse_instant(outer.get("sent_at"))
    return Envelope(
        token=_agreed(tokens or {query.get("token") or query.get("api_key", "")}),
        events=events,
        sent_at=sent_at if sent_at is not None else parse_query_clock(query.get("_", "")),
    )


def check_sizes(events: Iterable[Properties], *, size_of: Callable[[JsonValue], int]) -> None:
    """Let no event through that is too large to keep.

    Args:
        events: As they were sent.
        size_of: Answers how many bytes a value takes as JSON.

    Raises:
        TooLarge: One of them takes more than `MAX_EVENT_BYTES`.
    """
    events = tuple(events)
    # Together they seldom reach what each may have.
    if size_of(events) <= MAX_EVENT_BYTES:
        return
    if any(size_of(event) > MAX_EVENT_BYTES for event in events):
        raise TooLarge(f"An event is larger than {MAX_EVENT_BYTES} bytes.", code="event_too_large")


def _raw_events(payload: JsonValue, *, is_engage: bool) -> tuple[Properties, ...]:
    items: Sequence[JsonValue]
    if not isinstance(payload, Mapping):
        items = payload if isinstance(payload, list) else ()
    elif "batch" in payload:
        batch = payload["batch"]
        items = batch if isinstance(batch, list) else ()
    elif is_engage and "event" not in payload:
        items = ({**payload, "event": "$identify"},)
    else:
        items = (payload,)
    if not items:
        raise InvalidInput("The request holds no events.", code="no_events")
    events = tuple(item for item in items if isinstance(item, Mapping))
    if len(events) < len(items):
        raise InvalidInput("An event is not an object.", code="invalid_event")
    return events


def _token_of(event: Properties) -> str | None:
    token = _token_field(event)
    properties = event.get("properties")
    if token is not None or not isinstance(properties, Mapping):
        return token
    return _text(properties.get("token"))


def _token_field(carrier: Properties) -> str | None:
    for name in _TOKEN_FIELDS:
        if (token := _text(carrier.get(name))) is not None:
            return token
    return None


def _text(token: JsonValue) -> str | None:
    """None when there is none; what is no text can be no token."""
    return token if token is None or isinstance(token, str) else ""


def _agreed(tokens: AbstractSet[str | None]) -> str:
    stripped = {token.strip() for token in tokens if token is not None}
    if len(stripped) > 1:
        raise Unauthenticated("The events carry different tokens.", code="inconsistent_tokens")
    return well_formed_token(stripped.pop())


def well_formed_token(token: str) -> str:
    """The token without the white space around it; perhaps nobody's.

    Raises:
        Unauthenticated: It is empty, or no project's token can look like it.
    """
    token = token.strip()
    if not token:
        raise Unauthenticated("The request carries no project token.", code="missing_api_key")
    if (
        len(token) > _MAX_TOKEN_LENGTH
        or not token.isascii()
        or "\0" in token
        or token.startswith(_PERSONAL_KEY_PREFIX)
    ):
        raise Unauthenticated("The project token is malformed.", code="invalid_api_key")
    return token
