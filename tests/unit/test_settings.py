from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from splitplot.settings import Limit, Limits, Logs, RateLimits, Sessions, Settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA_DIR", "DATABASE_URL", "EVENTS_URL", "LIMITS__QUEUED_EVENTS", "LOGS__LEVEL"):
        monkeypatch.delenv(f"SPLITPLOT_{name}", raising=False)


def test_without_settings_everything_lives_under_the_data_directory(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    assert settings.metadata_url == f"sqlite:///{tmp_path}/splitplot.db"
    assert settings.event_store_url == f"duckdb:///{tmp_path}/events.duckdb"


def test_a_relative_data_directory_is_one_of_the_present_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert Settings(data_dir=Path("here")).metadata_url == f"sqlite:///{tmp_path}/here/splitplot.db"


def test_the_environment_names_the_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITPLOT_DATABASE_URL", "postgresql+psycopg://db/splitplot")
    monkeypatch.setenv("SPLITPLOT_EVENTS_URL", "clickhouse://events/splitplot")

    settings = Settings()

    assert settings.metadata_url == "postgresql+psycopg://db/splitplot"
    assert settings.event_store_url == "clickhouse://events/splitplot"


def test_groups_are_set_with_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITPLOT_LIMITS__QUEUED_EVENTS", "7")
    monkeypatch.setenv("SPLITPLOT_LOGS__LEVEL", "debug")

    settings = Settings()

    assert settings.limits.queued_events == 7
    assert settings.logs.level == "debug"


def test_what_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITPLOT_LIMITS__QUEUED_EVENTS", "0")

    with pytest.raises(ValidationError, match="queued_events"):
        Settings()


@pytest.mark.parametrize("group", [Settings, Limits, Limit, Logs, RateLimits, Sessions])
def test_every_setting_says_what_it_is(group: type[BaseModel]) -> None:
    assert all(field.description for field in group.model_fields.values())


@pytest.mark.parametrize(
    ("database_url", "expected"),
    [
        (None, "sqlite:///{folder}/jobs.db"),
        ("sqlite:///elsewhere.db", "sqlite:///{folder}/jobs.db"),
        ("sqlite://", "memory://"),
        ("postgresql+psycopg://db/splitplot", "postgresql+psycopg://db/splitplot"),
    ],
)
def test_jobs_wait_beside_the_metadata(
    tmp_path: Path, database_url: str | None, expected: str
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=database_url)

    assert settings.waiting_jobs_url == expected.format(folder=tmp_path)
    named = Settings(data_dir=tmp_path, database_url=database_url, jobs_url="sqlite:///own.db")
    assert named.waiting_jobs_url == "sqlite:///own.db"
