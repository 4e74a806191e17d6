"""Links by which people without an account see one experiment."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import uuid4

from splitplot.accounts.keys import ENTROPY_BYTES, hash_of, key_of, mask_of
from splitplot.accounts.model import Project, User
from splitplot.errors import NotFound
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.sharing.share_links import (
    ShareLink,
    ShareLinkId,
    check_count,
    lifetime_of,
)
from splitplot.ports.clock import Clock
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.writing import EXPERIMENT, Change, Writing

_KIND = "share_link"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareLinkRecord:
    """A link, and who made it (None when nobody did, or the user is gone)."""

    link: ShareLink
    created_by: User | None
    is_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedExperiment:
    """What a link leads to."""

    link: ShareLink
    project: Project
    experiment: Experiment


class ShareLinkService:
    """The links of experiments.

    Args:
        metadata: Where they are kept.
        clock: The time.
        entropy: Answers that many unpredictable bytes.
    """

    def __init__(
        self,
        *,
        metadata: Metadata,
        clock: Clock,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._metadata = metadata
        self._clock = clock
        self._entropy = entropy

    def links(self, project: Project, experiment_id: ExperimentId) -> tuple[ShareLinkRecord, ...]:
        """Those that nobody has taken back, newest first.

        Raises:
            NotFound: The project has no such experiment.
        """
        with self._metadata.reading() as repositories:
            _get(repositories, project, experiment_id)
            return self._records(repositories, repositories.share_links.of(experiment_id))

    def add(
        self,
        project: Project,
        experiment_id: ExperimentId,
        *,
        days: int | None,
        actor: User | None,
    ) -> tuple[ShareLinkRecord, str]:
        """Make a link.

        Returns:
            The link, and its token, which is known here and never again.

        Raises:
            NotFound: The project has no such experiment.
            InvalidInput: So many days are not allowed, or there are enough links.
        """
        lifetime, now = lifetime_of(days), self._clock.now()
        token = key_of("", self._entropy(ENTROPY_BYTES))
        link = ShareLink(
            id=ShareLinkId(uuid4()),
            project_id=project.id,
            experiment_id=experiment_id,
            hint=mask_of(token),
            created_at=now,
            expires_at=now + lifetime,
            created_by_id=None if actor is None else actor.id,
        )
        with self._metadata.transaction() as repositories:
            experiment = _get(repositories, project, experiment_id)
            check_count(len(repositories.share_links.of(experiment_id)))
            repositories.share_links.add(link, token_hash=hash_of(token))
            change = Change(project=project, actor=actor, now=now)
            _log(repositories, change, experiment, before=None, after=link)
            return self._records(repositories, (link,))[0], token

    def remove(
        self,
        project: Project,
        experiment_id: ExperimentId,
        link_id: ShareLinkId,
        *,
        actor: User | None,
    ) -> None:
        """Take a link back; from now on it leads nowhere.

        Raises:
            NotFound: The experiment has none with this id.
        """
        change = Change(project=project, actor=actor, now=self._clock.now())
        with self._metadata.transaction() as repositories:
            experiment = _get(repositories, project, experiment_id)
            links = repositories.share_links.of(experiment_id)
            link = next((one for one in links if one.id == link_id), None)
            if link is None:
                raise NotFound("Not found.")
            repositories.share_links.remove(link_id)
            _log(repositories, change, experiment, before=link, after=None)

    def open(self, token: str) -> SharedExperiment:
        """What the token leads to.

        Raises:
            NotFound: There is no such link, it was taken back, it is too old, or its
                experiment is gone: nobody learns which.
        """
        with self._metadata.reading() as repositories:
            link = repositories.share_links.find(hash_of(token))
            if link is None or link.is_expired(self._clock.now()):
                raise NotFound("Not found.")
            project = repositories.accounts.find_project(link.project_id)
            if project is None:
                raise NotFound("Not found.")
            experiment = _get(repositories, project, link.experiment_id)
        return SharedExperiment(link=link, project=project, experiment=experiment)

    def _records(
        self, repositories: Repositories, links: Iterable[ShareLink]
    ) -> tuple[ShareLinkRecord, ...]:
        found = tuple(links)
        authors = {one.created_by_id for one in found if one.created_by_id is not None}
        users, now = repositories.accounts.users(authors), self._clock.now()
        return tuple(
            ShareLinkRecord(
                link=one,
                created_by=None if one.created_by_id is None else users.get(one.created_by_id),
                is_expired=one.is_expired(now),
            )
            for one in found
        )


def _get(repositories: Repositories, project: Project, experiment_id: ExperimentId) -> Experiment:
    found = repositories.experiments.find(project.id, experiment_id)
    if found is None or found.deleted:
        raise NotFound("Not found.")
    return found


def _log(
    repositories: Repositories,
    change: Change,
    experiment: Experiment,
    *,
    before: ShareLink | None,
    after: ShareLink | None,
) -> None:
    """Note under the experiment that somebody outside may read it, or no longer."""
    Writing(repositories, change).log(
        scope=EXPERIMENT,
        item_id=experiment.id,
        name=experiment.name,
        detail_type=_KIND,
        before=None if before is None else _logged(before),
        after=None if after is None else _logged(after),
    )


def _logged(link: ShareLink) -> dict[str, object]:
    return {"share_link": link.hint, "expires_at": link.expires_at}
