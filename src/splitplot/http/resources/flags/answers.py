"""The bodies that `/flags/` and `/decide/` answer with.

A flag has few answers, and each is written as JSON once: the body of a request is these
pieces joined.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from splitplot.filters.model import JsonValue
from splitplot.flags import Evaluation, Evaluations, FlagSet
from splitplot.http.resources.flags.schemas import Shape
from splitplot.http.sdk.documents import json_bytes

NO_FLAGS = Evaluations((), has_errors=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What an answer says beside its flags.

    Attributes:
        request_id: A UUID.
        config: Merged in at top level; None for none.
    """

    request_id: str
    evaluated_at: datetime
    config: Mapping[str, JsonValue] | None


def answer_body(
    shape: Shape, flags: FlagSet, evaluations: Evaluations, answering: Answering
) -> bytes:
    """The body of an answer in the given shape."""
    has_errors = b"true" if evaluations.has_errors else b"false"
    match shape:
        case Shape.RECORDS:
            records = _records_of(flags)
            body = b'{"errorsWhileComputingFlags":%b,"flags":{%b}' % (
                has_errors,
                b",".join([records[item] for item in evaluations.evaluations]),
            )
        case Shape.VALUES:
            body = b'{"errorsWhileComputingFlags":%b,"featureFlags":%b,"featureFlagPayloads":%b' % (
                has_errors,
                json_bytes(evaluations.values()),
                json_bytes(_payloads(evaluations)),
            )
        case Shape.ENABLED_VALUES:
            body = b'{"featureFlags":%b' % json_bytes(_enabled(evaluations))
        case Shape.ENABLED_KEYS:
            body = b'{"featureFlags":%b' % json_bytes(list(_enabled(evaluations)))
    return body + _rest(answering)


def _rest(answering: Answering) -> bytes:
    config = b"" if answering.config is None else b"," + json_bytes(answering.config)[1:-1]
    milliseconds = int(answering.evaluated_at.timestamp() * 1000)
    return b'%b,"requestId":"%b","evaluatedAt":%d}' % (
        config,
        answering.request_id.encode(),
        milliseconds,
    )


def _enabled(evaluations: Iterable[Evaluation]) -> dict[str, bool | str]:
    return {item.flag_key: item.value for item in evaluations if item.enabled}


def _payloads(evaluations: Iterable[Evaluation]) -> dict[str, JsonValue]:
    return {item.flag_key: item.payload for item in evaluations if item.payload is not None}


class _Records(dict[Evaluation, bytes]):
    """Answers to their JSON members, written when they are first needed."""

    def __missing__(self, evaluation: Evaluation) -> bytes:
        member = json_bytes({evaluation.flag_key: _record(evaluation)})[1:-1]
        if not evaluation.failed:  # a failure is made anew each time
            self[evaluation] = member
        return member


_RECORDS: WeakKeyDictionary[FlagSet, _Records] = WeakKeyDictionary()


def _records_of(flags: FlagSet) -> _Records:
    records = _RECORDS.get(flags)
    if records is None:
        records = _RECORDS[flags] = _Records()
    return records


def _record(evaluation: Evaluation) -> dict[str, JsonValue]:
    record: dict[str, JsonValue] = {
        "key": evaluation.flag_key,
        "enabled": evaluation.enabled,
        "variant": evaluation.variant,
        "reason": {
            "code": evaluation.reason,
            "condition_index": evaluation.condition_index,
            "description": evaluation.description,
        },
        "metadata": {
            "id": evaluation.flag_id,
            "version": evaluation.flag_version,
            # What people wrote about the flag is not for everybody with the public token.
            "description": None,
            "payload": evaluation.payload,
            "has_experiment": evaluation.has_experiment,
        },
    }
    return record | {"failed": True} if evaluation.failed else record
