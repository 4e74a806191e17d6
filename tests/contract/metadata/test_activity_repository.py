from dataclasses import replace
from uuid import UUID

from splitplot.accounts.access import Sight
from splitplot.accounts.activity import ActivityEntry, FieldChange
from splitplot.accounts.model import Project, ProjectId, User, UserId
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.ports.activity import ActivityListing, ActivityPage
from tests.factories import NOON, a_flag, an_experiment


def an_entry(number: int, project: Project, **fields: object) -> ActivityEntry:
    bare = ActivityEntry(
        id=UUID(int=number),
        project_id=project.id,
        user_id=None,
        activity="updated",
        scope="Experiment",
        item_id="7",
        name=f"change {number}",
        created_at=NOON,
    )
    return replace(bare, **fields)  # type: ignore[arg-type] # as given


def page_of(metadata: SqlMetadata, project_id: ProjectId, **asked: object) -> ActivityPage:
    listing = ActivityListing(**asked)  # type: ignore[arg-type] # as given
    with metadata.reading() as repositories:
        return repositories.activity.page(project_id, listing)


def names(page: ActivityPage) -> list[str]:
    return [entry.name for entry in page.entries]


def test_every_field_of_an_entry_comes_back(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    changes = (
        FieldChange(
            type="Experiment", action="changed", field="name", before="a", after="\0\ud83d"
        ),
        FieldChange(type="Experiment", action="created", field="filters", after={"b": [1, None]}),
    )
    given = an_entry(1, project, user_id=user.id, detail_type="holdout", changes=changes)
    with metadata.transaction() as repositories:
        repositories.activity.add(given)
    assert page_of(metadata, project.id) == ActivityPage(entries=(given,))


def test_the_log_is_read_newest_first_by_what_is_asked(
    metadata: SqlMetadata, project: Project, other_project: Project, user: User
) -> None:
    with metadata.transaction() as repositories:
        for entry in (
            an_entry(1, project),
            an_entry(2, project, scope="FeatureFlag", item_id="8"),
            an_entry(3, project, user_id=user.id),
            an_entry(4, project, item_id="8"),
            an_entry(5, other_project),
        ):
            repositories.activity.add(entry)

    def found(**asked: object) -> list[str]:
        return [
            name.removeprefix("change ") for name in names(page_of(metadata, project.id, **asked))
        ]

    assert found() == ["4", "3", "2", "1"]
    assert found(scopes=("Experiment",)) == ["4", "3", "1"]
    assert found(scopes=("Experiment", "FeatureFlag"), item_id="8") == ["4", "2"]
    assert found(user_id=user.id) == ["3"]
    assert found(user_id=UserId(99)) == []


def test_the_log_goes_on_from_a_place_either_way(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        for number in range(1, 6):
            repositories.activity.add(an_entry(number, project))
    first = page_of(metadata, project.id, limit=2)
    assert (names(first), first.newer) == (["change 5", "change 4"], None)
    second = page_of(metadata, project.id, limit=2, older_than=first.older)
    assert names(second) == ["change 3", "change 2"]
    last = page_of(metadata, project.id, limit=2, older_than=second.older)
    assert (names(last), last.older) == (["change 1"], None)
    back = page_of(metadata, project.id, limit=2, newer_than=last.newer)
    assert back.entries == second.entries
    newest = page_of(metadata, project.id, limit=2, newer_than=back.newer)
    assert (newest.entries, newest.newer) == (first.entries, None)
    nothing = page_of(metadata, project.id, newer_than=2**63 - 1)
    assert nothing == ActivityPage(entries=())


def test_entries_about_what_is_out_of_sight_are_left_out(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag(key="a"))
        own = repositories.flags.add(project.id, a_flag(key="b", created_by_id=user.id))
        experiment = repositories.experiments.add(an_experiment(flag=flag))
        for number, (scope, item_id, kind) in enumerate(
            (
                ("FeatureFlag", flag.id, None),
                ("FeatureFlag", own.id, None),
                ("Experiment", experiment.id, None),
                ("Experiment", experiment.id, "holdout"),
                ("Cohort", 1, None),
                ("ChangeRequest", "uuid", None),
            )
        ):
            entry = an_entry(number, project, scope=scope, item_id=str(item_id), detail_type=kind)
            repositories.activity.add(entry)

    def found(**asked: object) -> list[int]:
        return sorted(entry.id.int for entry in page_of(metadata, project.id, **asked).entries)

    def sight(*exceptions: int, shows_others: bool) -> Sight:
        return Sight(shows_others=shows_others, exceptions=frozenset(exceptions), user_id=user.id)

    assert found() == [0, 1, 2, 3, 4, 5]
    assert found(flags=sight(shows_others=True)) == [0, 1, 2, 3, 4]
    assert found(flags=sight(flag.id, shows_others=True)) == [1, 2, 3, 4]
    assert found(flags=sight(shows_others=False)) == [1, 2, 3, 4]
    assert found(flags=sight(flag.id, shows_others=False)) == [0, 1, 2, 3, 4]
    assert found(experiments=sight(experiment.id, shows_others=True)) == [0, 1, 3, 4, 5]
    assert found(experiments=sight(shows_others=False)) == [0, 1, 4, 5]
    assert found(experiments=sight(experiment.id, shows_others=False)) == [0, 1, 2, 4, 5]
