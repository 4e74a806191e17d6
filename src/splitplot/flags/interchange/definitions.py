"""A project's flags as SDKs read them that evaluate by themselves.

Such an SDK knows flags by key, not by id, and only what is written here: whatever it
cannot decide from that, it asks the server.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from splitplot.filters.model import FilterKind, JsonValue, Properties
from splitplot.flags.dependencies import DependencyOrder, order_by_dependency, with_dependencies
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.scope import SURVEY_PREFIX
from splitplot.people.cohorts import cohort_id_of, compile_cohort

# Rules of `exact` that know truthiness; see `filters.match`.
_MATCHING_VERSION = 1


def definitions_document(
    flags: Iterable[Flag],
    *,
    team_id: int,
    group_types: Sequence[str] = (),
    cohorts: Mapping[int, Properties],
) -> dict[str, JsonValue]:
    """The whole document, the same for the same flags in any order.

    Inactive flags are in it, so that SDKs answer false rather than ask. Deleted ones are
    not, nor those that target surveys, nor those whose payloads are secret.

    Args:
        flags: Of the project.
        team_id: The project's id, under the name that the document has for it.
        group_types: Names; the position is the type's index.
        cohorts: Dynamic cohorts, id to property groups. Those that a flag uses and that
            properties can decide are in the document.
    """
    known = sorted((flag for flag in flags if not flag.deleted), key=lambda flag: flag.key)
    shown = [flag for flag in known if _is_shown(flag)]
    chains = _Chains(known)
    return {
        "flags": [_definition(flag, chains, team_id=team_id) for flag in shown],
        "group_type_mapping": {str(index): name for index, name in enumerate(group_types)},
        "cohorts": _cohorts_of(shown, cohorts),
        "minimal_flag_called_events": False,
        "property_matching_version": _MATCHING_VERSION,
    }


def _is_shown(flag: Flag) -> bool:
    return not (flag.has_encrypted_payloads or flag.key.startswith(SURVEY_PREFIX))


def _definition(flag: Flag, chains: "_Chains", *, team_id: int) -> dict[str, JsonValue]:
    return {
        "id": flag.id,
        "team_id": team_id,
        "name": flag.name,
        "key": flag.key,
        "filters": chains.written_into(flag.filters),
        "deleted": False,
        "active": flag.active,
        "ensure_experience_continuity": flag.ensure_experience_continuity,
        "has_encrypted_payloads": False,
        "version": flag.version,
        "evaluation_runtime": flag.evaluation_runtime,
        "evaluation_contexts": list(flag.evaluation_contexts),
        "bucketing_identifier": flag.bucketing_identifier,
        "has_experiment": flag.has_experiment,
    }


class _Chains:
    """In which order a flag's dependencies are evaluated, by key.

    Args:
        flags: The undeleted ones.
    """

    def __init__(self, flags: Sequence[Flag]) -> None:
        by_key = {flag.key: flag for flag in flags}
        self._by_name = by_key | {str(flag.id): flag for flag in flags}
        self._keys = {flag.id: flag.key for flag in flags}
        # Inactive flags are off, whatever they depend on.
        self._dependencies = {
            flag.id: self._dependencies_of(flag) if flag.active else [] for flag in flags
        }
        self._order: DependencyOrder = order_by_dependency(self._dependencies)

    def written_into(self, filters: Properties) -> Properties:
        """The document with other flags named by key, and how to get at their answers."""
        if not any(True for _ in _filters_of(filters, FilterKind.FLAG)):
            return filters
        return {**filters, "groups": [self._group(group) for group in _items(filters, "groups")]}

    def _group(self, group: Properties) -> Properties:
        return {**group, "properties": [self._filter(one) for one in _items(group, "properties")]}

    def _filter(self, document: Properties) -> Properties:
        if document.get("type") != FilterKind.FLAG:
            return document
        flag = self._by_name.get(str(document.get("key")))
        if flag is None:
            return {**document, "dependency_chain": []}
        return {**document, "key": flag.key, "dependency_chain": self._chain(flag.id)}

    def _chain(self, flag_id: FlagId) -> list[str]:
        """Empty for a flag in a cycle or behind one: it cannot be evaluated."""
        needed = with_dependencies([flag_id], self._dependencies)
        if needed & self._order.cyclic:
            return []
        return [self._keys[other] for other in self._order.ordered if other in needed]

    def _dependencies_of(self, flag: Flag) -> list[FlagId]:
        names = (str(item.get("key")) for item in _filters_of(flag.filters, FilterKind.FLAG))
        return [self._by_name[name].id for name in names if name in self._by_name]


def _cohorts_of(flags: Iterable[Flag], cohorts: Mapping[int, Properties]) -> dict[str, JsonValue]:
    pending = [
        document.get("value")
        for flag in flags
        for document in _filters_of(flag.filters, FilterKind.COHORT)
    ]
    used: dict[int, Properties] = {}
    while pending:
        number = cohort_id_of(pending.pop())
        if number is None or number in used or number not in cohorts:
            continue
        if compile_cohort(number, cohorts).is_behavioural:
            continue  # left out, so that the server is asked
        wrapped = cohorts[number].get("properties")
        used[number] = group = wrapped if isinstance(wrapped, Mapping) else cohorts[number]
        pending.extend(leaf.get("value") for leaf in _cohort_leaves(group))
    return {str(number): used[number] for number in sorted(used)}


def _cohort_leaves(node: Properties) -> Iterator[Properties]:
    if node.get("type") == FilterKind.COHORT:
        yield node
    for part in _items(node, "values"):
        yield from _cohort_leaves(part)


def _filters_of(filters: Properties, kind: FilterKind) -> Iterator[Properties]:
    for name in ("groups", "super_groups"):
        for group in _items(filters, name):
            yield from (item for item in _items(group, "properties") if item.get("type") == kind)


def _items(document: Properties, name: str) -> list[Properties]:
    value = document.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return []
    return [item for item in value if isinstance(item, Mapping)]
