"""Several writers at the same time, as threads and as processes are: nothing is lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import cycle
from typing import Any

import pytest

from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.adapters.metadata.flag_source import MetadataFlagSource
from splitplot.errors import Conflict, Forbidden, InvalidInput, SplitplotError
from splitplot.experiments.approvals.model import ActionKey, Approvers, RequestState
from splitplot.experiments.lifecycle import actions
from splitplot.experiments.lifecycle.flag_records import Edit, FlagValues
from splitplot.experiments.lifecycle.request import ExperimentRequest, Values
from splitplot.experiments.model import Experiment, Status
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag
from splitplot.ports.activity import ActivityListing
from splitplot.ports.approvals import RequestListing
from splitplot.services.approvals.policies import PolicyService
from splitplot.services.approvals.requests import ChangeRequests
from splitplot.services.experiments import ExperimentService
from splitplot.services.flag_records import FlagRecords
from splitplot.services.gate import ApprovalRequired, Reviewed
from tests.factories import NOON, a_user

Work = Callable[[], object]
TIMES = 6


class NoonClock:
    def now(self) -> datetime:
        return NOON


class OpenSecrets:
    def seal(self, text: str) -> str:
        return text

    def unseal(self, token: str) -> str:
        return token


@dataclass(frozen=True, kw_only=True)
class Server:
    """The services of one process on the database."""

    experiments: ExperimentService
    flags: FlagRecords
    policies: PolicyService
    requests: ChangeRequests


def server(metadata: SqlMetadata, *, review: bool = True) -> Server:
    clock = NoonClock()
    reviewed = Reviewed(metadata) if review else metadata
    around: dict[str, Any] = {
        "metadata": reviewed,
        "flag_source": MetadataFlagSource(reviewed),
        "clock": clock,
    }
    return Server(
        experiments=ExperimentService(**around),
        flags=FlagRecords(**around, secrecy=OpenSecrets()),
        policies=PolicyService(metadata=reviewed, clock=clock),
        requests=ChangeRequests(**around),
    )


@pytest.fixture
def servers(metadata: SqlMetadata, url: str) -> Iterator[tuple[Server, Server]]:
    """Two that do not know of each other."""
    other = open_metadata(url)
    yield server(metadata), server(other)
    other.close()


@pytest.fixture
def other_user(metadata: SqlMetadata, user: User) -> User:
    with metadata.transaction() as repositories:
        return repositories.accounts.add_user(
            a_user(email="grace@example.com", current_project_id=user.current_project_id),
            password_hash="hash",
        )


def all_at_once(works: list[Work]) -> list[object]:
    """What each came to: an answer, or the error that it raised."""

    def outcome(work: Work) -> object:
        try:
            return work()
        except SplitplotError as error:
            return error

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(outcome, works))


def values(**given: Any) -> ExperimentRequest:  # noqa: ANN401 - as given
    named: Values = {**given}  # type: ignore[typeddict-item] # as given
    return ExperimentRequest(values=named)


def an_edit(**given: Any) -> Edit:  # noqa: ANN401 - as given
    named: FlagValues = {**given}  # type: ignore[typeddict-item] # as given
    return Edit(values=named)


def a_draft(one: Server, project: Project, user: User) -> Experiment:
    asked = ExperimentRequest(values={"name": "E"}, flag_key="e")
    return one.experiments.create(project, asked, actor=user).experiment


def stored(one: Server, project: Project, experiment: Experiment) -> Experiment:
    return one.experiments.get(project.id, experiment.id).experiment


def log_of_flag(metadata: SqlMetadata, project: Project, flag: Flag) -> int:
    """How many writes of the flag were logged."""
    listing = ActivityListing(scopes=("FeatureFlag",), item_id=str(flag.id), limit=1000)
    with metadata.reading() as repositories:
        return len(repositories.activity.page(project.id, listing).entries)


def test_of_many_launches_at_once_one_launches(
    servers: tuple[Server, Server], metadata: SqlMetadata, project: Project, user: User
) -> None:
    draft = a_draft(servers[0], project, user)
    outcomes = all_at_once(
        [
            partial(one.experiments.advance, project, draft.id, actions.launch, actor=user)
            for one in servers * 3
        ]
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, InvalidInput)]
    assert [error.message for error in refused] == ["Experiment has already been launched."] * 5
    after = stored(servers[0], project, draft)
    assert (after.status, after.flag.version) == (Status.RUNNING, 2)
    assert log_of_flag(metadata, project, draft.flag) == 2


def test_changes_of_different_fields_at_once_are_all_kept(
    servers: tuple[Server, Server], metadata: SqlMetadata, project: Project, user: User
) -> None:
    draft = a_draft(servers[0], project, user)

    def rename(one: Server) -> None:
        for number in range(TIMES):
            request = values(name=f"name {number}")
            one.experiments.update(project, draft.id, request, actor=user)

    def describe(one: Server) -> None:
        for number in range(TIMES):
            request = values(description=f"description {number}")
            one.experiments.update(project, draft.id, request, actor=user)

    def name_flag(one: Server) -> None:
        for number in range(TIMES):
            one.flags.update(project, draft.flag.id, an_edit(name=f"flag {number}"), actor=user)

    def tag_flag(one: Server) -> None:
        for number in range(TIMES):
            one.flags.update(project, draft.flag.id, an_edit(tags=(f"tag {number}",)), actor=user)

    writers = zip((rename, describe, name_flag, tag_flag), cycle(servers), strict=False)
    assert all_at_once([partial(write, one) for write, one in writers]) == [None] * 4
    after = stored(servers[1], project, draft)
    last = TIMES - 1
    assert (after.name, after.description) == (f"name {last}", f"description {last}")
    assert (after.flag.name, after.flag.tags) == (f"flag {last}", (f"tag {last}",))
    assert after.flag.version == 1 + 2 * TIMES
    assert log_of_flag(metadata, project, draft.flag) == 1 + 2 * TIMES


def test_flag_and_experiment_never_come_apart(
    servers: tuple[Server, Server], metadata: SqlMetadata, project: Project, user: User
) -> None:
    draft = a_draft(servers[0], project, user)
    servers[0].experiments.advance(project, draft.id, actions.launch, actor=user)

    def switch(one: Server) -> list[int]:
        """The versions of the flag that this one has made."""
        made = []
        for step in (actions.pause, actions.resume) * TIMES:
            try:
                record = one.experiments.advance(project, draft.id, step, actor=user)
            except InvalidInput:
                continue
            assert (record.experiment.status is Status.RUNNING) is record.experiment.flag.active
            made.append(record.experiment.flag.version)
        return made

    def split(one: Server) -> list[int]:
        made = []
        for number in range(TIMES):
            shares = (number, 100 - number)
            variants = [
                {"key": key, "rollout_percentage": share}
                for key, share in zip(("control", "test"), shares, strict=True)
            ]
            filters = {"groups": [{}], "multivariate": {"variants": variants}}
            record = one.flags.update(project, draft.flag.id, an_edit(filters=filters), actor=user)
            made.append(record.flag.version)
        return made

    outcomes = all_at_once(
        [
            partial(switch, servers[0]),
            partial(switch, servers[1]),
            partial(split, servers[0]),
        ]
    )
    versions = [version for made in outcomes for version in made]  # type: ignore[attr-defined] # else it raised
    assert sorted(versions) == list(range(3, 3 + len(versions)))
    after = stored(servers[0], project, draft)
    assert after.flag.version == max(versions)
    told: Any = after.parameters
    served: Any = after.flag.filters["multivariate"]
    assert told["feature_flag_variants"] == served["variants"]
    assert log_of_flag(metadata, project, draft.flag) == after.flag.version


def test_of_two_who_change_the_same_seen_field_one_is_told(
    servers: tuple[Server, Server], project: Project, user: User
) -> None:
    flag = a_draft(servers[0], project, user).flag
    seen: Properties = {"name": flag.name, "filters": flag.filters}

    def rename(one: Server, name: str) -> object:
        named: FlagValues = {"name": name}
        edit = Edit(values=named, version=flag.version, original=seen)
        return one.flags.update(project, flag.id, edit, actor=user).flag.name

    outcomes = all_at_once(
        [partial(rename, one, f"name {at}") for at, one in enumerate(servers * 2)]
    )
    names = [outcome for outcome in outcomes if isinstance(outcome, str)]
    conflicts = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert (len(names), len(conflicts)) == (1, 3)
    assert all("updated by ada@example.com" in error.message for error in conflicts)
    assert servers[1].flags.get(project.id, flag.id).flag.name == names[0]


def test_a_change_is_asked_for_once_and_made_once(
    servers: tuple[Server, Server], project: Project, user: User, other_user: User
) -> None:
    flag = a_draft(servers[0], project, user).flag
    approvers = Approvers(quorum=1, users=(user.id, other_user.id))
    servers[0].policies.create(
        project,
        {"action_key": ActionKey.ENABLE, "approvers": approvers, "allow_self_approve": True},
        actor=user,
    )
    on = an_edit(active=True)
    asked = all_at_once(
        [partial(one.flags.update, project, flag.id, on, actor=user) for one in servers * 2]
    )
    held = [error for error in asked if isinstance(error, ApprovalRequired)]
    assert sorted(error.is_new for error in held) == [False, False, False, True]
    waiting = servers[1].requests.page(project.id, RequestListing())
    assert (waiting.count, {error.record.request.id for error in held}) == (
        1,
        {waiting.items[0].request.id},
    )
    number = waiting.items[0].request.id
    votes = all_at_once(
        [
            partial(one.requests.approve, project, number, "", actor=voter)
            for one, voter in zip(servers, (user, other_user), strict=True)
        ]
    )
    assert sum(isinstance(outcome, Forbidden) for outcome in votes) == 1
    after = servers[0].flags.get(project.id, flag.id).flag
    assert (after.active, after.version) == (True, 2)
    done = servers[0].requests.get(project.id, number).request
    assert (done.state, len(done.votes)) == (RequestState.APPLIED, 1)


def test_a_request_is_kept_only_for_the_flag_that_it_was_made_for(
    servers: tuple[Server, Server], metadata: SqlMetadata, project: Project, user: User
) -> None:
    flag = a_draft(servers[0], project, user).flag
    approvers = Approvers(users=(user.id,))
    servers[0].policies.create(
        project, {"action_key": ActionKey.ENABLE, "approvers": approvers}, actor=user
    )

    def held_back() -> ApprovalRequired:
        """What stops a change, while nobody keeps the request for it."""
        unkept = server(metadata, review=False).flags
        with pytest.raises(ApprovalRequired) as stopped:
            unkept.update(project, flag.id, an_edit(active=True), actor=user)
        return stopped.value

    def kept() -> int:
        return servers[1].requests.page(project.id, RequestListing()).count

    def keep(stopped: ApprovalRequired) -> None:
        with Reviewed(metadata).transaction():
            raise stopped

    stale = held_back()
    servers[1].flags.update(project, flag.id, an_edit(name="other"), actor=user)
    with pytest.raises(Conflict, match="changed in the meantime"):
        keep(stale)
    assert kept() == 0
    first, second = held_back(), held_back()
    with pytest.raises(ApprovalRequired) as new:
        keep(first)
    with pytest.raises(ApprovalRequired) as known:
        keep(second)
    assert (new.value.is_new, known.value.is_new, kept()) == (True, False, 1)
    assert known.value.record.request == first.record.request
