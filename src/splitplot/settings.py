"""Every setting, typed and described; read once by an entry point, passed on as values."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Limits(BaseModel):
    """How much is taken at once; beyond it requests are refused, never cut short."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queued_events: int = Field(
        default=50_000,
        ge=1,
        description="Events that may wait to be written before capture answers 503.",
    )
    shutdown_seconds: int = Field(
        default=20, ge=1, description="Longest that requests may take to end once the server stops."
    )


class Logs(BaseModel):
    """What the server tells about itself on standard error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important kind of line that is written."
    )
    form: Literal["auto", "text", "json"] = Field(
        default="auto", description="`auto` writes text to a terminal and JSON to anything else."
    )


class Settings(BaseSettings):
    """The whole configuration. Every field is `SPLITPLOT_<NAME>`, groups with `__`."""

    model_config = SettingsConfigDict(
        env_prefix="SPLITPLOT_", env_nested_delimiter="__", frozen=True, extra="forbid"
    )

    data_dir: Path = Field(
        default=Path("splitplot-data"),
        description="Folder for everything that no other setting puts elsewhere.",
    )
    database_url: str | None = Field(
        default=None,
        description=(
            "Where accounts, flags and experiments live: `sqlite:///FILE` or "
            "`postgresql+psycopg://…`. Unless set, `splitplot.db` in the data directory."
        ),
    )
    events_url: str | None = Field(
        default=None,
        description=(
            "Where events live: `duckdb:///FILE`, `clickhouse://…` or `chdb:///FOLDER`. "
            "Unless set, `events.duckdb` in the data directory."
        ),
    )
    limits: Limits = Field(default=Limits(), description="How much is taken at once.")
    logs: Logs = Field(default=Logs(), description="What the server tells about itself.")

    @property
    def metadata_url(self) -> str:
        """`database_url`, or its place under the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'splitplot.db'}"

    @property
    def event_store_url(self) -> str:
        """`events_url`, or its place under the data directory."""
        return self.events_url or f"duckdb:///{self.data_dir.absolute() / 'events.duckdb'}"
