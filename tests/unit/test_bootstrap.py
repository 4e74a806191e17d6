import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from threading import Event

import pytest
import structlog

from splitplot.bootstrap import Repeating, bootstrap, open_accounts
from splitplot.errors import InvalidInput, Unavailable
from splitplot.services.accounts import FirstUser
from splitplot.settings import Settings
from splitplot.telemetry import configure_logs


@pytest.fixture
def log() -> Iterator[StringIO]:
    lines = StringIO()
    configure_logs(level="info", form="json", stream=lines)
    yield lines
    structlog.reset_defaults()


def test_what_repeats_is_done_again_until_it_is_closed() -> None:
    turns, thrice = [], Event()

    def turn() -> None:
        turns.append(1)
        if len(turns) == 3:
            thrice.set()

    repeating = Repeating(turn, every_seconds=0.001, name="test")
    repeating.start()
    assert thrice.wait(10)
    repeating.close()
    done = len(turns)

    assert not thrice.wait(0) or len(turns) == done


def test_what_repeats_goes_on_after_a_failure_and_tells_of_the_first(log: StringIO) -> None:
    turns, thrice = [], Event()

    def turn() -> None:
        turns.append(1)
        if len(turns) == 3:
            thrice.set()
        raise Unavailable("gone")

    repeating = Repeating(turn, every_seconds=0.001, name="test")
    repeating.start()
    assert thrice.wait(10)
    repeating.close()

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["detail"]) for line in lines] == [("refresh.failed", "gone")]


def test_what_never_began_can_be_closed() -> None:
    repeating = Repeating(lambda: None, every_seconds=1.0, name="test")
    repeating.close()
    repeating.close()


def test_a_platform_can_be_closed_twice(tmp_path: Path) -> None:
    with bootstrap(Settings(data_dir=tmp_path, events_url="memory://")) as platform:
        platform.stores.events.check()
        platform.stores.metadata.check()
    platform.close()


def test_a_platform_that_was_not_started_can_be_closed(tmp_path: Path) -> None:
    bootstrap(Settings(data_dir=tmp_path, events_url="memory://")).close()


def test_what_is_set_up_is_served_within_a_moment(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, events_url="memory://")
    with bootstrap(settings) as platform:
        with open_accounts(settings) as accounts:
            made = accounts.set_up(FirstUser(email="ada@example.com", password="correct"))
        assert made is not None
        found = Event()
        for _ in range(100):
            if platform.stores.flag_source.find(made.project.api_token) is not None:
                found.set()
                break
            found.wait(0.05)
    assert found.is_set()


@pytest.mark.parametrize("url", ["csv:///events.csv", "events.duckdb", "://"])
def test_an_event_store_of_no_known_kind_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match="duckdb:///FILE"):
        bootstrap(Settings(data_dir=tmp_path, events_url=url))


def test_a_store_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    events_url = f"duckdb:///{tmp_path}/file/events.duckdb"
    settings = Settings(data_dir=tmp_path, events_url=events_url)
    with pytest.raises(Unavailable):
        bootstrap(settings)
    with open_accounts(settings) as accounts:
        assert not accounts.is_set_up()
