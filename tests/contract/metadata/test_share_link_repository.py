"""Links by which people without an account see one experiment, and reading many at once."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from splitplot.accounts.access import Sight
from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.experiments.sharing.share_links import ShareLink, ShareLinkId
from splitplot.ports.repositories import Repositories
from tests.factories import NOON, a_flag, an_experiment


def added(repositories: Repositories, project: Project, name: str) -> Experiment:
    flag = repositories.flags.add(project.id, a_flag(key=name))
    return repositories.experiments.add(an_experiment(name=name, flag=flag, project_id=project.id))


def a_link(experiment: Experiment, author: User, number: int) -> ShareLink:
    return ShareLink(
        id=ShareLinkId(UUID(int=number)),
        project_id=experiment.project_id,
        experiment_id=experiment.id,
        hint=f"abcd...{number}",
        created_at=NOON + timedelta(minutes=number, microseconds=7),
        expires_at=NOON + timedelta(days=30),
        created_by_id=author.id,
    )


def test_a_link_is_found_by_its_hash_until_it_is_removed(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    with metadata.transaction() as repositories:
        experiment = added(repositories, project, "one")
        other = added(repositories, project, "other")
        older, newer = (a_link(experiment, user, number) for number in (1, 2))
        nobodys = replace(a_link(other, user, 3), created_by_id=None)
        for link in (older, newer, nobodys):
            repositories.share_links.add(link, token_hash=f"hash-{link.id}")
    with metadata.reading() as repositories:
        links = repositories.share_links
        assert links.of(experiment.id) == (newer, older)
        assert links.of(other.id) == (nobodys,)
        assert links.find(f"hash-{older.id}") == older
        assert links.find("hash") is None
    with metadata.transaction() as repositories:
        repositories.share_links.remove(older.id)
        assert repositories.share_links.find(f"hash-{older.id}") is None
        assert repositories.share_links.of(experiment.id) == (newer,)


def test_many_experiments_are_read_at_once_without_deleted_and_hidden_ones(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    with metadata.transaction() as repositories:
        one, two, gone = (added(repositories, project, name) for name in ("one", "two", "gone"))
        repositories.experiments.save(replace(gone, deleted=True))
    with metadata.reading() as repositories:
        wanted = (one.id, two.id, gone.id, ExperimentId(99))
        found = repositories.experiments.find_many(project.id, wanted)
        assert set(found) == {one.id, two.id}
        assert found[one.id].name == "one"
        hidden = Sight(user_id=user.id, shows_others=True, exceptions=frozenset({two.id}))
        seen = repositories.experiments.find_many(project.id, wanted, sight=hidden)
        assert set(seen) == {one.id}
        assert repositories.experiments.find_many(project.id, ()) == {}
