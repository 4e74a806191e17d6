"""Settings become adapters, adapters become services: the only wiring."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Self

import structlog

from splitplot.adapters.clock import SystemClock
from splitplot.adapters.group_commit import GroupCommit
from splitplot.adapters.metadata.database import open_metadata
from splitplot.adapters.metadata.flag_source import MetadataFlagSource
from splitplot.adapters.metadata.schema import migrate
from splitplot.errors import InvalidInput, Unavailable
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata
from splitplot.services.accounts import AccountService
from splitplot.services.capture import CaptureService
from splitplot.services.events import EventReader
from splitplot.services.experiments import ExperimentService
from splitplot.services.flag_records import FlagRecords
from splitplot.services.flags import FlagService
from splitplot.services.ingestion import Ingestion
from splitplot.services.results import ResultService
from splitplot.settings import Settings

log = structlog.get_logger(__name__)

# How soon a change that another process made to flags is served by this one.
_REFRESH_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Every service, ready to be called between `start` and `close`."""

    accounts: AccountService
    capture: CaptureService
    events: EventReader
    flags: FlagService
    flag_records: FlagRecords
    experiments: ExperimentService
    results: ResultService
    metadata: Metadata
    store: EventStore
    flag_source: FlagSource
    clock: Clock
    ingestion: Ingestion = field(repr=False)
    _refresher: "Repeating" = field(repr=False)
    _resources: ExitStack = field(repr=False)

    def start(self) -> None:
        """Heal what a crash left behind, read the flags, and keep them fresh.

        Raises:
            Unavailable: A store does not answer.
        """
        self.ingestion.recover()
        self.flag_source.refresh()
        self._refresher.start()

    def close(self) -> None:
        """Store what was taken, then let go of everything. Idempotent."""
        self._resources.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Repeating:
    """Does something again and again in a thread of its own.

    Args:
        action: What to do. A failure is logged, and the next turn comes all the same.
        every_seconds: The pause between two turns.
        name: Of the thread.
    """

    def __init__(self, action: Callable[[], None], *, every_seconds: float, name: str) -> None:
        self._action = action
        self._every_seconds = every_seconds
        self._ended = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends after the present turn. Idempotent."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        failing = False
        while not self._ended.wait(self._every_seconds):
            try:
                self._action()
                failing = False
            except Exception as error:  # noqa: BLE001 the loop of a job; it must go on
                if not failing:
                    log.warning("refresh.failed", error=type(error).__name__, detail=str(error))
                failing = True


def bootstrap(settings: Settings) -> Platform:
    """Open both stores, bring their schemas up to date, and wire every service to them.

    Raises:
        Unavailable: A store cannot be opened; says which and why.
        InvalidInput: A store's URL is of no kind that we know.
    """
    with ExitStack() as undo:
        metadata = _metadata(settings)
        undo.callback(metadata.close)
        store = _event_store(settings.event_store_url)
        undo.callback(store.close)
        clock = SystemClock()
        flag_source = MetadataFlagSource(metadata)
        ingestion = Ingestion(metadata=metadata, store=store)
        queue = GroupCommit(ingestion.commit, max_waiting=settings.limits.queued_events)
        # Closed in the reverse order: first what asks, last what is asked.
        undo.callback(queue.close)
        refresher = Repeating(
            flag_source.refresh, every_seconds=_REFRESH_SECONDS, name="flag-refresh"
        )
        undo.callback(refresher.close)
        return Platform(
            accounts=AccountService(metadata=metadata, clock=clock),
            capture=CaptureService(queue=queue, flag_source=flag_source, clock=clock),
            events=EventReader(metadata=metadata, store=store),
            flags=FlagService(flag_source=flag_source, metadata=metadata, clock=clock),
            flag_records=FlagRecords(metadata=metadata, flag_source=flag_source, clock=clock),
            experiments=ExperimentService(metadata=metadata, flag_source=flag_source, clock=clock),
            results=ResultService(metadata=metadata, store=store, clock=clock),
            metadata=metadata,
            store=store,
            flag_source=flag_source,
            clock=clock,
            ingestion=ingestion,
            _refresher=refresher,
            _resources=undo.pop_all(),
        )


@contextmanager
def open_accounts(settings: Settings) -> Iterator[AccountService]:
    """The accounts alone, without the event store, which a running server may hold.

    Raises:
        Unavailable: The metadata database cannot be opened.
    """
    metadata = _metadata(settings)
    try:
        yield AccountService(metadata=metadata, clock=SystemClock())
    finally:
        metadata.close()


def _metadata(settings: Settings) -> Metadata:
    if settings.database_url is None or settings.events_url is None:
        _make_folder(settings.data_dir)
    migrate(settings.metadata_url)
    return open_metadata(settings.metadata_url)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Unavailable(f"cannot write to {folder}: {error.strerror or error}") from error


def _event_store(url: str) -> EventStore:
    """The store at this address; only the engine that is asked for is loaded."""
    kind, _, place = url.partition("://")
    match kind:
        case "duckdb":
            from splitplot.adapters.event_store.duckdb import (  # noqa: PLC0415 as the docstring says
                DuckDBEventStore,
            )

            return DuckDBEventStore(Path(place.removeprefix("/")))
        case "clickhouse" | "clickhouses" | "chdb":
            from splitplot.adapters.event_store.clickhouse import (  # noqa: PLC0415 likewise
                ClickHouseEventStore,
            )

            return ClickHouseEventStore(url)
        case "memory":
            from splitplot.adapters.event_store.memory import (  # noqa: PLC0415 likewise
                MemoryEventStore,
            )

            return MemoryEventStore()
        case _:
            raise InvalidInput(
                f"{kind}:// is no event store; use duckdb:///FILE, clickhouse://… or chdb:///FOLDER"
            )
