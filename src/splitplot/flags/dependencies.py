"""Which flag must be evaluated before which."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from splitplot.flags.model import FlagId


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencyOrder:
    """The flags that can be evaluated, each after those it depends on.

    Attributes:
        ordered: Without the flags in `cyclic`.
        cyclic: Flags in a cycle, or that depend on one.
    """

    ordered: tuple[FlagId, ...]
    cyclic: frozenset[FlagId]


def order_by_dependency(dependencies: Mapping[FlagId, Iterable[FlagId]]) -> DependencyOrder:
    """Order the flags; among those that could come next the given order is kept.

    Args:
        dependencies: Every flag with those it depends on. One that has no entry itself
            is there from the start.
    """
    waiting = {
        flag_id: {other for other in others if other in dependencies}
        for flag_id, others in dependencies.items()
    }
    ordered: list[FlagId] = []
    ready = [flag_id for flag_id, others in waiting.items() if not others]
    while ready:
        ordered.extend(ready)
        done = set(ready)
        for flag_id in ready:
            del waiting[flag_id]
        for others in waiting.values():
            others.difference_update(done)
        ready = [flag_id for flag_id, others in waiting.items() if not others]
    return DependencyOrder(ordered=tuple(ordered), cyclic=frozenset(waiting))


def with_dependencies(
    wanted: Iterable[FlagId], dependencies: Mapping[FlagId, Iterable[FlagId]]
) -> frozenset[FlagId]:
    """The wanted flags and all that they depend on, directly or not."""
    found: set[FlagId] = set()
    pending = list(wanted)
    while pending:
        flag_id = pending.pop()
        if flag_id not in found:
            found.add(flag_id)
            pending.extend(dependencies.get(flag_id, ()))
    return frozenset(found)


def dependents_of(
    roots: Iterable[FlagId], dependencies: Mapping[FlagId, Iterable[FlagId]]
) -> frozenset[FlagId]:
    """The roots and every flag that depends on one of them, directly or not."""
    reverse: dict[FlagId, list[FlagId]] = {}
    for flag_id, others in dependencies.items():
        for other in others:
            reverse.setdefault(other, []).append(flag_id)
    return with_dependencies(roots, reverse)
