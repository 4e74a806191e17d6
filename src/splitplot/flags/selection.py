"""Which flags a list shows, and what of a flag such a list asks about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from splitplot.errors import InvalidInput
from splitplot.flags.model import Flag, Rules
from splitplot.flags.wire import parse_rules

_STALE_AFTER = timedelta(days=30)
_ORDERS = frozenset({"created_at", "updated_at", "key", "name", "id"})


class FlagKind(StrEnum):
    """What a flag is used for; the words are the wire's."""

    BOOLEAN = "boolean"
    MULTIVARIANT = "multivariant"
    EXPERIMENT = "experiment"
    REMOTE_CONFIG = "remote_config"


class FlagStatus(StrEnum):
    """What has become of a flag; the words are the wire's."""

    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    STALE = "STALE"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagListing:
    """Which undeleted flags to list; None and () ask nothing.

    Attributes:
        search: A part of the key or the name; case does not matter.
        is_stale: Only active ones that have served everybody the same for long.
        contexts: Whether the flag is bound to evaluation contexts.
        tags: Flags with one of these, in any case.
        fits_experiments: At least two variants, the first of them the control.
        order: `created_at`, `updated_at`, `key`, `name` or `id`, with optional leading `-`.
    """

    limit: int = 100
    offset: int = 0
    search: str | None = None
    active: bool | None = None
    is_stale: bool = False
    kind: FlagKind | None = None
    created_by_ids: tuple[int, ...] | None = None
    runtime: str | None = None
    contexts: bool | None = None
    tags: tuple[str, ...] = ()
    fits_experiments: bool = False
    order: str = "-created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagTraits:
    """What lists ask about a flag's rules; kept beside them, since they are long.

    Attributes:
        fits_experiments: See `FlagListing`.
        is_settled: Everybody is served the same, so code could do without the flag.
    """

    has_variants: bool
    fits_experiments: bool
    is_settled: bool


def traits_of(flag: Flag) -> FlagTraits:
    """What the flag's rules amount to."""
    rules = parse_rules(flag.filters)
    variants = rules.variants
    return FlagTraits(
        has_variants=bool(variants),
        fits_experiments=len(variants) >= 2 and variants[0].key == "control",
        is_settled=_is_settled(rules),
    )


def status_of(flag: Flag, *, now: datetime) -> FlagStatus:
    """What has become of the flag."""
    if flag.deleted:
        return FlagStatus.DELETED
    if not flag.active:
        return FlagStatus.INACTIVE
    is_old = flag.updated_at <= stale_since(now)
    return FlagStatus.STALE if is_old and traits_of(flag).is_settled else FlagStatus.ACTIVE


def stale_since(now: datetime) -> datetime:
    """A settled flag that was not changed after this is stale."""
    return now - _STALE_AFTER


def order_of(listing: FlagListing) -> tuple[str, bool]:
    """The field to order by, and whether downwards.

    Raises:
        InvalidInput: There is no such order.
    """
    field = listing.order.removeprefix("-")
    if field not in _ORDERS:
        raise InvalidInput(f"Invalid order field: '{listing.order}'")
    return field, listing.order.startswith("-")


def _is_settled(rules: Rules) -> bool:
    """Whether the first condition lets everybody in, and to one variant alone."""
    if not rules.conditions or rules.holdout or rules.enrollment or rules.super_condition:
        return False
    first = rules.conditions[0]
    if first.filters or first.rollout_share < 1:
        return False
    keys = [variant.key for variant in rules.variants]
    return (
        not rules.variants
        or first.variant in keys
        or any(variant.share >= 1 for variant in rules.variants)
    )
