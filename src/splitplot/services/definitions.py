"""Who may read a project's flags with a secret, answered from memory where it can be."""

from datetime import datetime, timedelta
from typing import NamedTuple

from splitplot.accounts.access import check_access
from splitplot.accounts.keys import is_project_secret
from splitplot.accounts.model import Principal, Project, ProjectId
from splitplot.errors import Forbidden, NotFound, Unauthenticated, Unavailable
from splitplot.filters.model import JsonValue
from splitplot.flags.interchange.secret_payloads import remote_payload
from splitplot.ports.clock import Clock
from splitplot.ports.flag_source import FlagSnapshot, FlagSource
from splitplot.ports.secrecy import Secrecy
from splitplot.services.accounts import AccountService

_SCOPE = "feature_flag:read"
# How long a secret that was let in is let in again unseen: what other processes change
# about flags takes as long to be served.
_TRUSTED_FOR = timedelta(seconds=1)
_NO_PROJECT = "The key does not belong to the project that was asked for."


class Request(NamedTuple):
    """A secret, and which project it is to open.

    Attributes:
        secret: None when none was sent.
        project: A project's public token or its id; None for the one that the secret
            belongs to, or that its user works in.
    """

    secret: str | None
    project: str | ProjectId | None = None

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Request(project={self.project!r})"


class DefinitionService:
    """The flags of a project, for callers with a secret.

    Safe to call from several threads.
    """

    def __init__(
        self,
        *,
        accounts: AccountService,
        flag_source: FlagSource,
        secrecy: Secrecy,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._source = flag_source
        self._secrecy = secrecy
        self._clock = clock
        # Only what was let in, so it holds no more than there are secrets and projects.
        self._admitted: dict[Request, tuple[ProjectId, datetime]] = {}

    def find(self, request: Request) -> FlagSnapshot | None:
        """What the request opens, if it was let in a moment ago. No database is asked."""
        known = self._admitted.get(request)
        if known is None or self._clock.now() - known[1] >= _TRUSTED_FOR:
            return None
        return self._source.find_project(known[0])

    def get(self, request: Request) -> FlagSnapshot:
        """What the request opens. Blocks on the database.

        While the database cannot be asked, a secret that was let in before goes on being.

        Raises:
            Unauthenticated: No secret, an unknown one, or one of another project.
            Forbidden: The secret may not read flags.
            Unavailable: The database cannot be asked, or the flags were not read yet.
        """
        try:
            number = self._admit(request)
        except Unavailable:
            known = self._admitted.get(request)
            if known is None:
                raise
            number = known[0]
        except (Unauthenticated, Forbidden):
            self._admitted.pop(request, None)
            raise
        else:
            self._admitted[request] = (number, self._clock.now())
        snapshot = self._source.find_project(number)
        if snapshot is None:
            raise Unavailable("The project's flags are not available yet.")
        return snapshot

    def payload(self, snapshot: FlagSnapshot, key: str) -> JsonValue:
        """The payload of a flag as configuration, decrypted if it is kept encrypted.

        Args:
            snapshot: Whose flag; of a caller with a secret.
            key: The flag's key, or its id.

        Returns:
            What is served without a variant; None when there is nothing.

        Raises:
            NotFound: There is no such flag.
            Unavailable: It was encrypted with a key that is not here.
        """
        found = [flag for flag in snapshot.flags if key in (flag.key, str(flag.id))]
        if not found:
            raise NotFound("There is no such feature flag.")
        # A key that looks like another flag's id is still the key.
        flag = next((flag for flag in found if flag.key == key), found[0])
        return remote_payload(flag, self._secrecy.unseal)

    def _admit(self, request: Request) -> ProjectId:
        principal = self._principal(request.secret)
        project = self._project(principal, request.project)
        rules = self._accounts.rules_concerning(principal, project)
        check_access(principal, project, _SCOPE, rules=rules)
        return project.id

    def _principal(self, secret: str | None) -> Principal:
        if secret is None:
            raise Unauthenticated("Authentication credentials were not provided.")
        if is_project_secret(secret):
            principal = self._accounts.find_by_project_secret(secret)
        else:
            principal = self._accounts.find_by_personal_key(secret)
        if principal is None:
            raise _refusal("The key is not known.")
        return principal

    def _project(self, principal: Principal, wanted: str | ProjectId | None) -> Project:
        if wanted is None:
            user = principal.user
            wanted = principal.project_secret_of if user is None else user.current_project_id
        for project in self._accounts.projects_seen_by(principal):
            if wanted in (project.id, project.api_token):
                return project
        raise _refusal(_NO_PROJECT)


def _refusal(message: str) -> Unauthenticated:
    return Unauthenticated(message, code="authentication_failed")
