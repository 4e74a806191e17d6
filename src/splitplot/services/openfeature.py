"""A project's flags, together with how OpenFeature clients read their answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from splitplot.accounts.model import ProjectId
from splitplot.flags import Scope
from splitplot.flags.interchange.ofrep import Resolver
from splitplot.ports.flag_source import FlagSource
from splitplot.services.flags import FlagService, ProjectFlags


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFlags:
    """The flags of a project at one revision.

    Attributes:
        project: For evaluating them.
        resolvers: By the key of every undeleted flag, in order.
    """

    project: ProjectFlags
    resolvers: Mapping[str, Resolver]

    def seen_in(self, scope: Scope) -> Mapping[str, Resolver]:
        """Those that a request with this scope may see; its keys do not matter."""
        return {
            key: resolver
            for key, resolver in self.resolvers.items()
            if scope.holds(
                key=key,
                runtime=resolver.flag.evaluation_runtime,
                contexts=frozenset(resolver.flag.evaluation_contexts),
            )
        }


class OpenFeatureService:
    """Answers from memory; safe to call from several threads."""

    def __init__(self, *, flags: FlagService, flag_source: FlagSource) -> None:
        self._flags = flags
        self._source = flag_source
        self._known: dict[ProjectId, OpenFlags] = {}

    def find_ready(self, api_token: str) -> OpenFlags | None:
        """As `find`, but None too when something is yet to be made. Takes no time."""
        project = self._flags.find_ready(api_token)
        known = None if project is None else self._known.get(project.project.id)
        return known if known is not None and known.project is project else None

    def find(self, api_token: str) -> OpenFlags | None:
        """The flags of the project with this public token. No database is asked.

        Reading new ones takes milliseconds, during which no request should wait.
        """
        project = self._flags.find(api_token)
        return None if project is None else self._made(project)

    def _made(self, project: ProjectFlags) -> OpenFlags | None:
        snapshot = self._source.find_project(project.project.id)
        if snapshot is None:
            return None
        if snapshot.revision != project.revision:  # it has changed just now
            return self.find(snapshot.project.api_token)
        made = OpenFlags(
            project=project, resolvers={flag.key: Resolver(flag) for flag in snapshot.flags}
        )
        self._known[project.project.id] = made
        return made
