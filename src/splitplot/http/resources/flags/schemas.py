"""What SDKs ask `/flags/` and `/decide/`, read into a context and a scope."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from urllib.parse import parse_qsl

from splitplot.errors import InvalidInput, Unauthenticated
from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.text import text_of
from splitplot.flags import EvaluationContext, Scope
from splitplot.flags.scope import Runtime

_LONGEST_ID = 200


class Shape(Enum):
    """The forms that an answer can have, by age."""

    ENABLED_KEYS = "list of enabled keys"
    ENABLED_VALUES = "map of enabled flags"
    VALUES = "map of all flags"
    RECORDS = "a record for each flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What the query string says.

    Attributes:
        with_config: The remote config is merged into the answer.
        survey_only: Only flags that target surveys are evaluated.
        hints: What the decoder of bodies looks at.
    """

    shape: Shape
    with_config: bool
    survey_only: bool
    hints: Mapping[str, str]


# SDKs send the same few query strings again and again.
@lru_cache(maxsize=256)
def flags_query(query_string: bytes) -> Query:
    """The query of `/flags/`, where a request without any asks for records and config."""
    query = _parse(query_string)
    is_bare = "v" not in query and "config" not in query
    return _query(
        query,
        shape=Shape.RECORDS if is_bare or _version(query) >= 2 else Shape.VALUES,
        with_config=is_bare or _is_true(query.get("config")),
    )


@lru_cache(maxsize=256)
def decide_query(query_string: bytes) -> Query:
    """The query of `/decide/`, which always answers with config."""
    query = _parse(query_string)
    version = _version(query)
    shapes = {2: Shape.ENABLED_VALUES, 3: Shape.VALUES}
    shape = Shape.RECORDS if version >= 4 else shapes.get(version, Shape.ENABLED_KEYS)
    return _query(query, shape=shape, with_config=True)


def _query(query: Mapping[str, str], *, shape: Shape, with_config: bool) -> Query:
    return Query(
        shape=shape,
        with_config=with_config,
        survey_only=_is_true(query.get("only_evaluate_survey_feature_flags")),
        hints={"compression": query.get("compression", "")},
    )


def _parse(query_string: bytes) -> dict[str, str]:
    # An empty value counts as absent, which is what parse_qsl makes of it.
    return dict(parse_qsl(query_string.decode("latin-1")))


def _version(query: Mapping[str, str]) -> int:
    text = query.get("v", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() in ("true", "1")


def request_object(payload: JsonValue) -> Properties:
    """The request's fields.

    Raises:
        InvalidInput: The body is JSON, but no object.
    """
    if not isinstance(payload, Mapping):
        raise InvalidInput("The request's body must be a JSON object.")
    return payload


def token_of(fields: Properties) -> str:
    """The project's public token.

    Raises:
        Unauthenticated: There is none.
    """
    token = _either(fields, "token", "api_key") or fields.get("$token")
    if not isinstance(token, str) or not token.strip():
        raise Unauthenticated("No project token was given: `token` or `api_key` is missing.")
    return token.strip()


def wants_no_flags(fields: Properties) -> bool:
    """Whether the request asks for the remote config alone."""
    return fields.get("disable_flags") is True


def context_of(fields: Properties, *, now: datetime) -> EvaluationContext:
    """Whom the flags are evaluated for.

    Raises:
        InvalidInput: There is no distinct id.
    """
    distinct_id = _id_text(_either(fields, "distinct_id", "$distinct_id"))
    if distinct_id is None:
        raise InvalidInput("`distinct_id` is missing.", code="required", attr="distinct_id")
    person = _object(_either(fields, "person_properties", "$properties"))
    groups = _object(_either(fields, "groups", "$groups"))
    group_properties = _object(_either(fields, "group_properties", "$group_properties"))
    # Backends pass these two inside the person's properties.
    anon_id = _id_text(_either(fields, "$anon_distinct_id", "anon_distinct_id"))
    device_id = _id_text(_either(fields, "$device_id", "device_id"))
    return EvaluationContext(
        distinct_id=distinct_id,
        now=now,
        anon_distinct_id=anon_id or _id_text(person.get("$anon_distinct_id")) or None,
        device_id=device_id or _id_text(person.get("$device_id")) or None,
        person_properties=person,
        groups=_ids(groups) if groups else {},
        group_properties=_objects(group_properties) if group_properties else {},
    )


_SCOPE_FIELDS = frozenset(
    {"evaluation_contexts", "evaluation_environments", "flag_keys_to_evaluate", "flag_keys"}
)
_WIDE = {runtime: Scope(runtime=runtime) for runtime in (None, *Runtime)}


def scope_of(fields: Properties, query: Query, *, runtime: Runtime | None) -> Scope:
    """Which flags the request is about."""
    if not query.survey_only and _SCOPE_FIELDS.isdisjoint(fields):
        return _WIDE[runtime]
    contexts = _texts(_either(fields, "evaluation_contexts", "evaluation_environments"))
    keys = _texts(_either(fields, "flag_keys_to_evaluate", "flag_keys"))
    return Scope(
        runtime=runtime,
        contexts=frozenset(contexts or ()),
        flag_keys=None if keys is None else frozenset(keys),
        survey_only=query.survey_only,
    )


def _either(fields: Properties, name: str, alias: str) -> JsonValue:
    value = fields.get(name)
    return fields.get(alias) if value is None else value


def _object(value: JsonValue) -> Properties:
    return value if isinstance(value, Mapping) else {}


def _objects(fields: Properties) -> dict[str, Properties]:
    return {name: value for name, value in fields.items() if isinstance(value, Mapping)}


def _ids(fields: Properties) -> dict[str, str]:
    return {name: text for name, value in fields.items() if (text := _id_text(value))}


def _id_text(value: JsonValue) -> str | None:
    """An id, which may be sent as a number, in the length that counts."""
    if isinstance(value, str):
        return value[:_LONGEST_ID]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return text_of(value)[:_LONGEST_ID]


def _texts(value: JsonValue) -> Iterable[str] | None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    return [item for item in value if isinstance(item, str)]
