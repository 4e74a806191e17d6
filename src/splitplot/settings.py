"""Every setting, typed and described; read once by an entry point, passed on as values."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Limits(BaseModel):
    """How much is taken at once; beyond it requests are refused, never cut short."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    queued_events: int = Field(
        default=50_000,
        ge=1,
        description="Events that may wait to be written before capture answers 503.",
    )
    query_seconds: float = Field(
        default=300,
        gt=0,
        description="Longest that one question about events may be computed before it is stopped.",
    )
    warehouse_file_bytes: int = Field(
        default=1024**3,
        ge=1,
        description="The largest file that is loaded as a data warehouse table.",
    )
    shutdown_seconds: int = Field(
        default=20, ge=1, description="Longest that requests may take to end once the server stops."
    )


class Worker(BaseModel):
    """Work in the background."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    in_server: bool = Field(
        default=True,
        description=(
            "Whether `splitplot serve` does it. Where it does not, `splitplot worker` has to "
            "run beside it, which needs PostgreSQL and ClickHouse."
        ),
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


class Limit(BaseModel):
    """How often something may be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    per_second: float = Field(gt=0, description="In the long run.")
    burst: int = Field(ge=1, description="At once, after a rest.")


class ManagementLimit(Limit):
    """How often the management API may be asked; each of the two can be set alone."""

    per_second: float = Field(default=100, gt=0, description="In the long run.")
    burst: int = Field(default=5_000, ge=1, description="At once, after a rest.")


class RateLimits(BaseModel):
    """How often clients may ask before they are answered 429; unset is without limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    management: ManagementLimit | None = Field(
        default=ManagementLimit(),
        description=(
            "The management API: each key, session, or without one each address. "
            "`null` is without limit."
        ),
    )
    flags_by_address: Limit | None = Field(
        default=None,
        description=(
            "Flag evaluation: each address that asks. Set by `__PER_SECOND` and `__BURST` "
            "behind this name, as the next two."
        ),
    )
    flags_by_token: Limit | None = Field(
        default=None, description="Flag evaluation: each project, by its public token."
    )
    capture_by_address: Limit | None = Field(
        default=None, description="Requests with events: each address that sends them."
    )


class Sessions(BaseModel):
    """People who sign in with a browser."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(
        default=14, ge=1, le=400, description="How long somebody who does nothing stays signed in."
    )
    secure_cookie: Literal["auto", "always", "never"] = Field(
        default="auto",
        description=(
            "Whether the cookie travels over HTTPS alone; `auto` when the request that signs "
            "in came by HTTPS."
        ),
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
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description=(
            "A long random text that encrypted payloads are sealed with. Unless set, "
            "`secret.key` in the data directory, made when it is first needed."
        ),
    )
    jobs_url: str | None = Field(
        default=None,
        description=(
            "Where work waits that is done in the background: `sqlite:///FILE` or "
            "`postgresql://…`. Unless set, the PostgreSQL of `database_url`, in a schema of "
            "its own, or `jobs.db` in the data directory."
        ),
    )
    worker: Worker = Field(default=Worker(), description="Work in the background.")
    limits: Limits = Field(default=Limits(), description="How much is taken at once.")
    rate_limits: RateLimits = Field(default=RateLimits(), description="How often clients may ask.")
    sessions: Sessions = Field(default=Sessions(), description="People who sign in with a browser.")
    logs: Logs = Field(default=Logs(), description="What the server tells about itself.")

    @property
    def metadata_url(self) -> str:
        """`database_url`, or its place under the data directory."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'splitplot.db'}"

    @property
    def event_store_url(self) -> str:
        """`events_url`, or its place under the data directory."""
        return self.events_url or f"duckdb:///{self.data_dir.absolute() / 'events.duckdb'}"

    @property
    def waiting_jobs_url(self) -> str:
        """`jobs_url`, or its place beside the metadata."""
        if self.jobs_url is not None:
            return self.jobs_url
        if self.metadata_url == "sqlite://":
            return "memory://"
        if self.metadata_url.startswith("postgres"):
            return self.metadata_url
        # A file of its own: writers of the metadata do not wait for it.
        return f"sqlite:///{self.data_dir.absolute() / 'jobs.db'}"
