from dataclasses import dataclass, field
from typing import cast

from splitplot.accounts.model import ProjectId
from splitplot.flags import Scope
from splitplot.flags.scope import Runtime
from splitplot.ports.flag_source import FlagSnapshot
from splitplot.ports.repositories import Metadata
from splitplot.services.flags import FlagService
from splitplot.services.openfeature import OpenFeatureService
from tests.factories import NOON, a_flag, a_project

PROJECT = a_project()


def snapshot(revision: int, *keys: str) -> FlagSnapshot:
    flags = tuple(a_flag(key=key, evaluation_runtime=_runtime(key)) for key in keys)
    return FlagSnapshot(project=PROJECT, flags=flags, cohorts={}, revision=revision)


def _runtime(key: str) -> str:
    return key if key in ("client", "server") else "all"


@dataclass
class Source:
    """Answers with the first snapshot that waits, and stays with the last."""

    snapshots: list[FlagSnapshot] = field(default_factory=list)

    def find(self, _: str) -> FlagSnapshot | None:
        return self.find_project(PROJECT.id)

    def find_project(self, _: ProjectId) -> FlagSnapshot | None:
        if len(self.snapshots) > 1:
            return self.snapshots.pop(0)
        return self.snapshots[0] if self.snapshots else None

    def refresh(self) -> None: ...


class Noon:
    def now(self) -> object:
        return NOON


def service(source: Source) -> OpenFeatureService:
    flags = FlagService(
        flag_source=source,
        metadata=cast("Metadata", None),
        clock=Noon(),  # type: ignore[arg-type]
    )
    return OpenFeatureService(flags=flags, flag_source=source)


def test_flags_are_read_once_for_each_revision() -> None:
    source = Source([snapshot(1, "a", "b")])
    openfeature = service(source)
    assert openfeature.find_ready("phc") is None
    found = openfeature.find("phc")
    assert found is not None
    assert list(found.resolvers) == ["a", "b"]
    assert openfeature.find_ready("phc") is found
    source.snapshots = [snapshot(2, "a")]
    assert openfeature.find_ready("phc") is None
    changed = openfeature.find("phc")
    assert changed is not None
    assert list(changed.resolvers) == ["a"]


def test_a_change_in_between_is_not_mixed_with_what_was_before() -> None:
    openfeature = service(Source([snapshot(1, "old"), snapshot(2, "new"), snapshot(2, "new")]))
    found = openfeature.find("phc")
    assert found is not None
    assert found.project.revision == 2
    assert list(found.resolvers) == ["new"]


def test_an_unknown_token_opens_nothing() -> None:
    openfeature = service(Source())
    assert openfeature.find("phc") is None
    assert openfeature.find_ready("phc") is None


def test_a_runtime_sees_its_own_flags_and_those_for_all() -> None:
    found = service(Source([snapshot(1, "both", "client", "server")])).find("phc")
    assert found is not None
    assert list(found.seen_in(Scope(runtime=Runtime.SERVER))) == ["both", "server"]
    assert list(found.seen_in(Scope())) == ["both"]
