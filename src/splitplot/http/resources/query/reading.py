"""Which query was posted."""

from collections.abc import Mapping
from typing import TypeAlias

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.resources.query.actors import ActorsQuery
from splitplot.http.resources.query.schemas import (
    ExperimentExposureQuery,
    ExperimentQuery,
    LegacyQuery,
)

Query: TypeAlias = ExperimentQuery | ExperimentExposureQuery | LegacyQuery | ActorsQuery

_KINDS: dict[str, type[Query]] = {
    "ExperimentQuery": ExperimentQuery,
    "ExperimentExposureQuery": ExperimentExposureQuery,
    "ExperimentTrendsQuery": LegacyQuery,
    "ExperimentFunnelsQuery": LegacyQuery,
    "ActorsQuery": ActorsQuery,
}


def query_of(body: dict[str, JsonValue]) -> Query:
    """The query that was posted.

    Raises:
        InvalidInput: There is none, or its kind is not one that is answered here.
    """
    document = _member(body, "query", attr="query")
    if not isinstance(document, Mapping):
        raise InvalidInput(
            f'Expected a dictionary of items but got type "{type(document).__name__}".',
            code="not_a_dict",
            attr="query",
        )
    kind = _member(document, "kind", attr="query__kind")
    if kind == "ExperimentActorsQuery":
        # Clients wrap it; by itself it means the same.
        document, kind = {"kind": "ActorsQuery", "source": document}, "ActorsQuery"
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise InvalidInput(
            f"Unsupported query kind: {kind!r}. Answered are {', '.join(_KINDS)}.",
            code="unsupported_query",
            attr="query__kind",
        )
    return known.model_validate(document)


def _member(document: Properties, key: str, *, attr: str) -> JsonValue:
    if key not in document:
        raise InvalidInput("This field is required.", code="required", attr=attr)
    if document[key] is None:
        raise InvalidInput("This field may not be null.", code="null", attr=attr)
    return document[key]
