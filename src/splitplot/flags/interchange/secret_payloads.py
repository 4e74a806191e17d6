"""Payloads that only callers with a secret may read: kept sealed, shown as a word."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Flag

# A JSON text, as payloads are; sent back, it means the payload that is there.
REDACTED = '"********* (encrypted)"'
_ON = "true"


def with_sealed_payloads(flag: Flag, before: Flag | None, seal: Callable[[str], str]) -> Flag:
    """The flag as it is kept.

    Args:
        flag: As somebody wants it; its payloads can be read if they are new.
        before: As it was kept, or None when it is new.
        seal: Makes text unreadable.

    Raises:
        InvalidInput: A payload that was sealed would come to light again, or one that is
            not there would be kept.
    """
    kept = _payloads(before) if before is not None and before.has_encrypted_payloads else {}
    if flag.has_encrypted_payloads:
        if before is not None and kept and flag.filters is before.filters:
            return flag
        sealed = {key: _sealed(key, value, kept, seal) for key, value in _payloads(flag).items()}
        return _with_payloads(flag, sealed) if sealed else flag
    if any(value == REDACTED or value in kept.values() for value in _payloads(flag).values()):
        raise InvalidInput(
            "Encrypted payloads cannot be made readable again. Send new payloads.", attr="filters"
        )
    return flag


def shown_filters(flag: Flag) -> Properties:
    """The flag's conditions and the rest, without what is secret."""
    payloads = _payloads(flag)
    if not flag.has_encrypted_payloads or not payloads:
        return flag.filters
    return {**flag.filters, "payloads": dict.fromkeys(payloads, REDACTED)}


def remote_payload(flag: Flag, unseal: Callable[[str], str]) -> JsonValue:
    """The payload of a match without variant, readable; None when there is none."""
    payload = _payloads(flag).get(_ON)
    if flag.has_encrypted_payloads and isinstance(payload, str):
        opened: JsonValue = json.loads(unseal(payload))
        return opened
    return payload


def _sealed(key: str, value: JsonValue, kept: Properties, seal: Callable[[str], str]) -> JsonValue:
    if value == REDACTED:
        if key not in kept:
            message = f"There is no encrypted payload for '{key}' to keep."
            raise InvalidInput(message, attr="filters")
        return kept[key]
    return value if value in kept.values() else seal(json.dumps(value))


def _with_payloads(flag: Flag, payloads: Properties) -> Flag:
    return replace(flag, filters={**flag.filters, "payloads": payloads})


def _payloads(flag: Flag) -> Properties:
    payloads = flag.filters.get("payloads")
    return payloads if isinstance(payloads, Mapping) else {}
