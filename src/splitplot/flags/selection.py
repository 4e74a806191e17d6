"""Which flags a list shows, and in which order."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from splitplot.errors import InvalidInput
from splitplot.flags.model import Flag
from splitplot.flags.wire import parse_rules


class FlagKind(StrEnum):
    """What a flag is used for; the words are the wire's."""

    BOOLEAN = "boolean"
    MULTIVARIANT = "multivariant"
    EXPERIMENT = "experiment"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagListing:
    """Which flags to list; None asks nothing.

    Attributes:
        search: A part of the key or the name; case does not matter.
        contexts: Whether the flag is bound to evaluation contexts.
        fits_experiments: At least two variants, the first of them the control.
        order: `created_at`, `updated_at`, `key`, `name` or `id`, with optional leading `-`.
    """

    limit: int = 100
    offset: int = 0
    search: str | None = None
    active: bool | None = None
    kind: FlagKind | None = None
    created_by_ids: tuple[int, ...] | None = None
    runtime: str | None = None
    contexts: bool | None = None
    fits_experiments: bool = False
    order: str = "-created_at"


# The flag's id breaks ties, so that a page never shows what another has shown.
_KEYS: dict[str, Callable[[Flag], tuple[object, int]]] = {
    "created_at": lambda flag: (flag.created_at, flag.id),
    "updated_at": lambda flag: (flag.updated_at, flag.id),
    "key": lambda flag: (flag.key, flag.id),
    "name": lambda flag: (flag.name.lower(), flag.id),
    "id": lambda flag: (flag.id, flag.id),
}


def listed(flags: Iterable[Flag], listing: FlagListing) -> tuple[Flag, ...]:
    """All flags that the listing asks for, in its order; pages are the caller's business.

    Raises:
        InvalidInput: There is no such order.
    """
    field = listing.order.removeprefix("-")
    if field not in _KEYS:
        raise InvalidInput(f"Invalid order field: '{listing.order}'")
    found = [flag for flag in flags if _is_listed(flag, listing)]
    found.sort(key=_KEYS[field], reverse=listing.order.startswith("-"))
    return tuple(found)


def kind_of(flag: Flag) -> FlagKind:
    """What the flag is used for."""
    if flag.has_experiment:
        return FlagKind.EXPERIMENT
    return FlagKind.MULTIVARIANT if parse_rules(flag.filters).variants else FlagKind.BOOLEAN


def _is_listed(flag: Flag, listing: FlagListing) -> bool:
    part = (listing.search or "").lower()
    return (
        (part in flag.key.lower() or part in flag.name.lower())
        and listing.active in (None, flag.active)
        and (listing.kind is None or kind_of(flag) is listing.kind)
        and (listing.created_by_ids is None or flag.created_by_id in listing.created_by_ids)
        and listing.runtime in (None, flag.evaluation_runtime)
        and listing.contexts in (None, bool(flag.evaluation_contexts))
        and (not listing.fits_experiments or _fits_experiments(flag))
    )


def _fits_experiments(flag: Flag) -> bool:
    variants = parse_rules(flag.filters).variants
    return len(variants) >= 2 and variants[0].key == "control"
