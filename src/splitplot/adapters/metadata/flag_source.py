"""The flags of every project in memory, as the metadata database has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from splitplot.accounts.model import ProjectId
from splitplot.ports.flag_source import FlagSnapshot
from splitplot.ports.repositories import Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    by_id: Mapping[ProjectId, FlagSnapshot]
    by_token: Mapping[str, FlagSnapshot]


class MetadataFlagSource:
    """Implements `ports.flag_source.FlagSource`.

    Empty until the first `refresh`. When the database cannot be reached, `refresh` raises
    Unavailable and what was held before goes on being served.
    """

    def __init__(self, metadata: Metadata) -> None:
        self._metadata = metadata
        self._held = _Held(by_id={}, by_token={})
        self._refreshing = Lock()

    def find(self, api_token: str) -> FlagSnapshot | None:
        return self._held.by_token.get(api_token)

    def find_project(self, project_id: ProjectId) -> FlagSnapshot | None:
        return self._held.by_id.get(project_id)

    def refresh(self) -> None:
        # One at a time: who waits looks again, and so sees its own write.
        with self._refreshing, self._metadata.reading() as repositories:
            held = self._held.by_id
            revisions = repositories.flags.revisions()
            # Different, not higher: a database put back from a backup counts anew.
            changed = [
                project_id
                for project_id, revision in revisions.items()
                if project_id not in held or held[project_id].revision != revision
            ]
            if not changed and held.keys() == revisions.keys():
                return
            fresh = {
                snapshot.project.id: snapshot for snapshot in repositories.flags.snapshots(changed)
            }
            kept = {number: fresh.get(number) or held[number] for number in revisions}
            # Readers hold either the old or the new record, never a part of each.
            self._held = _Held(by_id=kept, by_token={s.project.api_token: s for s in kept.values()})
