"""What `/flags/` reads and keeps about people and groups."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from splitplot.errors import Unavailable
from splitplot.filters.model import Properties
from splitplot.flags import Flag
from splitplot.ports.repositories import Repositories
from tests.api.flag_server import FlagServer, running_flag_server
from tests.unit.flags.flag_cases import ask, condition, context, make_flag, variants

PRO: Properties = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}
AB = {"multivariate": variants(control=50, test=50)}


@pytest.fixture
def server() -> Iterator[FlagServer]:
    with running_flag_server() as running:
        yield running


@pytest.fixture
def reads(server: FlagServer, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with every block on the database."""
    seen: list[str] = []
    reading, transaction = server.metadata.reading, server.metadata.transaction

    def counted_reading() -> AbstractContextManager[Repositories]:
        seen.append("reading")
        return reading()

    def counted_transaction() -> AbstractContextManager[Repositories]:
        seen.append("transaction")
        return transaction()

    monkeypatch.setattr(server.metadata, "reading", counted_reading)
    monkeypatch.setattr(server.metadata, "transaction", counted_transaction)
    return seen


def _keeping(key: str = "kept", flag_id: int = 1) -> Flag:
    flag = make_flag(key, condition(), flag_id=flag_id, filters=AB)
    return replace(flag, ensure_experience_continuity=True)


def test_no_database_is_asked_when_no_flag_depends_on_what_is_stored(
    server: FlagServer, reads: list[str]
) -> None:
    server.put(make_flag("half", condition(rollout=50)))
    reads.clear()
    server.records(groups={"company": "acme"}, **{"$anon_distinct_id": "anon"})
    assert reads == []


def test_a_stored_person_is_read_once_for_all_flags(server: FlagServer, reads: list[str]) -> None:
    server.put(*(make_flag(f"flag-{n}", condition(PRO), flag_id=n) for n in range(3)))
    server.put_person("user-1", plan="pro")
    reads.clear()
    assert set(server.values().values()) == {True}
    assert reads == ["reading"]


def test_what_the_request_says_itself_is_not_read(server: FlagServer, reads: list[str]) -> None:
    server.put(make_flag("flag", condition(PRO)))
    server.put_person("user-1", plan="pro")
    reads.clear()
    assert server.values(person_properties={"plan": "free"}) == {"flag": False}
    assert reads == []


def test_every_id_of_a_person_has_its_properties(server: FlagServer) -> None:
    server.put(make_flag("flag", condition(PRO)))
    server.put_person("user-1", "anon-1", plan="pro")
    assert server.values("anon-1") == {"flag": True}
    assert server.values("stranger") == {"flag": False}


def test_stored_group_properties_decide_unless_the_request_overrides(
    server: FlagServer, reads: list[str]
) -> None:
    server.put_group("company", "acme", {"plan": "pro"})
    server.put(make_flag("flag", condition(PRO), filters={"aggregation_group_type_index": 0}))
    assert server.values(groups={"company": "acme"}) == {"flag": True}
    assert server.values(groups={"company": "other"}) == {"flag": False}
    reads.clear()
    overriding = {"company": {"plan": "free"}}
    assert server.values(groups={"company": "acme"}, group_properties=overriding) == {"flag": False}
    assert server.values() == {"flag": False}
    assert reads == []


def test_the_anonymous_id_is_kept_for_the_person_once_and_for_all(server: FlagServer) -> None:
    server.put(_keeping())
    person = server.put_person("user-1")
    server.records(**{"$anon_distinct_id": "anon-1"})
    assert server.kept_ids(person) == {"kept": "anon-1"}
    server.records(person_properties={"$anon_distinct_id": "anon-2"})
    assert server.kept_ids(person) == {"kept": "anon-1"}


def test_a_flag_keeps_its_variant_over_a_login(server: FlagServer) -> None:
    server.put(_keeping())
    plain = make_flag("kept", condition(), filters=AB)
    for number in range(20):
        anon, user = f"anon-{number}", f"user-{number}"
        before = server.values(anon)
        server.put_person(user, anon)
        assert server.values(user, **{"$anon_distinct_id": anon}) == before
        assert server.values(user) == before == {"kept": ask(plain, context(anon)).value}


def test_without_a_person_nothing_is_kept_but_the_anonymous_id_is_hashed(
    server: FlagServer,
) -> None:
    server.put(_keeping())
    plain = make_flag("kept", condition(), filters=AB)
    for number in range(20):
        values = server.values(f"user-{number}", **{"$anon_distinct_id": f"anon-{number}"})
        assert values == {"kept": ask(plain, context(f"anon-{number}")).value}
    person = server.put_person("user-1")
    assert server.kept_ids(person) == {}


def test_what_is_kept_for_the_distinct_id_wins_over_what_the_other_person_has(
    server: FlagServer,
) -> None:
    server.put(_keeping("one", 1), _keeping("two", 2))
    user, anon = server.put_person("user-1"), server.put_person("anon-1")
    server.keep(user, {"one": "of-user"})
    server.keep(anon, {"one": "of-anon", "two": "of-anon"})
    values = server.values(**{"$anon_distinct_id": "anon-1"})
    assert values == {
        "one": ask(make_flag("one", condition(), filters=AB), context("of-user")).value,
        # The row of the other person lies below the one written by this request.
        "two": ask(make_flag("two", condition(), filters=AB), context("anon-1")).value,
    }
    assert server.kept_ids(user) == {"one": "of-user", "two": "anon-1"}
    assert server.kept_ids(anon) == {"one": "of-anon", "two": "of-anon"}


def test_flags_that_need_no_kept_id_keep_none(server: FlagServer, reads: list[str]) -> None:
    full = replace(make_flag("full", condition()), ensure_experience_continuity=True)
    server.put(full)
    person = server.put_person("user-1")
    reads.clear()
    server.records(**{"$anon_distinct_id": "anon-1"})
    assert reads == []
    assert server.kept_ids(person) == {}


def test_while_the_database_is_away_the_other_flags_are_served(
    server: FlagServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(make_flag("pro", condition(PRO), flag_id=1), make_flag("on", condition(), flag_id=2))

    def gone() -> AbstractContextManager[Repositories]:
        raise Unavailable("the disk is gone")

    monkeypatch.setattr(server.metadata, "reading", gone)
    answer = server.post(distinct_id="user-1").json()
    assert answer["errorsWhileComputingFlags"] is True
    assert answer["flags"]["on"]["enabled"]
    failed = answer["flags"]["pro"]
    assert (failed["failed"], failed["enabled"]) == (True, False)
    assert failed["reason"]["code"] == "storage_unavailable"
    assert failed["metadata"]["payload"] is None


def test_while_nothing_can_be_kept_flags_are_answered_as_if_it_were(
    server: FlagServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.put(_keeping("one", 1), _keeping("two", 2), make_flag("pro", condition(PRO), flag_id=3))
    user, anon = server.put_person("user-1", plan="pro"), server.put_person("anon-1")
    server.keep(user, {"one": "of-user"})
    server.keep(anon, {"two": "of-anon"})

    def busy() -> AbstractContextManager[Repositories]:
        raise Unavailable("somebody else is writing")

    asked = {"$anon_distinct_id": "anon-1"}
    with monkeypatch.context() as patch:
        patch.setattr(server.metadata, "transaction", busy)
        meanwhile = server.post(distinct_id="user-1", **asked).json()
    assert meanwhile["errorsWhileComputingFlags"] is False
    assert server.kept_ids(user) == {"one": "of-user"}
    values = {key: item["variant"] or item["enabled"] for key, item in meanwhile["flags"].items()}
    assert values == server.values(**asked)
    assert values["pro"] is True
    assert server.kept_ids(user) == {"one": "of-user", "two": "anon-1"}


def test_a_flag_on_an_unknown_cohort_fails_alone(server: FlagServer) -> None:
    in_cohort: Properties = {"key": "id", "type": "cohort", "operator": "in", "value": 404}
    server.put(
        make_flag("bad", condition(in_cohort), flag_id=1), make_flag("good", condition(), flag_id=2)
    )
    for _ in range(2):
        answer = server.post(distinct_id="user-1").json()
        assert answer["errorsWhileComputingFlags"] is True
        assert answer["flags"]["bad"]["failed"] is True
        assert "failed" not in answer["flags"]["good"]
