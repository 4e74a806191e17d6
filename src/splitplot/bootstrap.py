"""Settings become adapters, adapters become services: the only wiring."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Self

import structlog

from splitplot.accounts.rates import Rate, RateLimits
from splitplot.adapters.clock import SystemClock
from splitplot.adapters.group_commit import GroupCommit
from splitplot.adapters.jobs.durable import DurableJobs
from splitplot.adapters.jobs.memory import JobsInMemory
from splitplot.adapters.metadata.database import open_metadata
from splitplot.adapters.metadata.flag_source import MetadataFlagSource
from splitplot.adapters.metadata.schema import migrate
from splitplot.adapters.secrecy import FernetSecrecy
from splitplot.errors import InvalidInput, Unavailable
from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.jobs import Jobs
from splitplot.ports.repositories import Metadata
from splitplot.ports.secrecy import Secrecy
from splitplot.services.accounts import AccountService
from splitplot.services.actions.exposed import Readers
from splitplot.services.actions.services import ActionServices, action_services
from splitplot.services.activity import ActivityReader
from splitplot.services.approvals.services import ApprovalServices, approval_services
from splitplot.services.capture import CaptureService
from splitplot.services.cohorts import CohortFollower, CohortService
from splitplot.services.definitions import DefinitionService
from splitplot.services.event_actions.records import EventActionService
from splitplot.services.events import EventReader
from splitplot.services.experiment_plans.services import (
    ExperimentPlanServices,
    experiment_plan_services,
)
from splitplot.services.experiment_results.services import (
    ExperimentResultServices,
    experiment_result_services,
)
from splitplot.services.experiments import ExperimentService
from splitplot.services.flag_records import FlagRecords
from splitplot.services.flags import FlagService
from splitplot.services.gate import Reviewed
from splitplot.services.ingestion import Ingestion
from splitplot.services.members.services import MemberServices, member_services
from splitplot.services.members.sessions import SessionPolicy
from splitplot.services.openfeature import OpenFeatureService
from splitplot.services.queries.services import QueryServices, query_services
from splitplot.services.results import ResultService
from splitplot.services.sharing.services import SharingServices, sharing_services
from splitplot.services.simulations.power import PowerSimulationService
from splitplot.services.timeseries.services import TimeseriesServices, timeseries_services
from splitplot.services.warehouse.tables import WarehouseService
from splitplot.services.warehouse.uploads import Uploads
from splitplot.settings import Limit, Settings

log = structlog.get_logger(__name__)

# How soon a change that another process made to flags is served by this one.
_REFRESH_SECONDS = 1.0
# How soon the first members of a new cohort are looked for.
_FOLLOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What the services stand on."""

    metadata: Metadata
    events: EventStore
    jobs: Jobs
    flag_source: FlagSource
    secrecy: Secrecy = field(repr=False)
    clock: Clock


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What goes on without being asked."""

    ingestion: Ingestion
    cohort_follower: CohortFollower
    repeating: tuple[Repeating, ...]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Every service, ready to be called between `start` and `close`."""

    accounts: AccountService
    members: MemberServices
    rate_limits: RateLimits
    capture: CaptureService
    definitions: DefinitionService
    events: EventReader
    flags: FlagService
    openfeature: OpenFeatureService
    flag_records: FlagRecords
    cohorts: CohortService
    experiments: ExperimentService
    actions: ActionServices
    event_actions: EventActionService
    sharing: SharingServices
    approvals: ApprovalServices
    activity: ActivityReader
    results: ResultService
    queries: QueryServices
    experiment_results: ExperimentResultServices
    experiment_plans: ExperimentPlanServices
    timeseries: TimeseriesServices
    power_simulations: PowerSimulationService
    warehouse: WarehouseService
    stores: Stores
    background: Background = field(repr=False)
    _resources: ExitStack = field(repr=False)

    def start(self) -> None:
        """Heal what a crash left behind, read the flags, and keep them fresh.

        Raises:
            Unavailable: A store does not answer.
        """
        self.background.ingestion.recover()
        self.stores.flag_source.refresh()
        for repeating in self.background.repeating:
            repeating.start()

    def close(self) -> None:
        """Store what was taken, then let go of everything. Idempotent."""
        self._resources.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def bootstrap(settings: Settings) -> Platform:
    """Open both stores, bring their schemas up to date, and wire every service to them.

    Raises:
        Unavailable: A store cannot be opened; says which and why.
        InvalidInput: A store's URL is of no kind that we know.
    """
    with ExitStack() as undo:
        stores = _open(settings, undo)
        metadata, flag_source, clock = stores.metadata, stores.flag_source, stores.clock
        ingestion = Ingestion(metadata=metadata, store=stores.events)
        accounts, members = _people(settings, metadata, clock, undo)
        flags = FlagService(flag_source=flag_source, metadata=metadata, clock=clock)
        cohorts = CohortService(metadata=metadata, flag_source=flag_source, clock=clock)
        experiments = ExperimentService(metadata=metadata, flag_source=flag_source, clock=clock)
        capture = _capture(settings, stores, ingestion, undo)
        results = ResultService(metadata=metadata, store=stores.events, clock=clock)
        timeseries = timeseries_services(
            metadata=metadata, results=results, jobs=stores.jobs, clock=clock, capture=capture
        )
        return Platform(
            accounts=accounts,
            members=members,
            rate_limits=_rate_limits(settings),
            capture=capture,
            definitions=DefinitionService(
                accounts=accounts, flag_source=flag_source, secrecy=stores.secrecy, clock=clock
            ),
            events=EventReader(metadata=metadata, store=stores.events),
            flags=flags,
            openfeature=OpenFeatureService(flags=flags, flag_source=flag_source),
            flag_records=FlagRecords(
                metadata=metadata, flag_source=flag_source, clock=clock, secrecy=stores.secrecy
            ),
            cohorts=cohorts,
            experiments=experiments,
            actions=_actions(stores, Readers(experiments=experiments, cohorts=cohorts)),
            event_actions=EventActionService(metadata=metadata, clock=clock),
            sharing=sharing_services(
                metadata=metadata, flag_source=flag_source, store=stores.events, clock=clock
            ),
            approvals=approval_services(metadata=metadata, flag_source=flag_source, clock=clock),
            activity=ActivityReader(metadata=metadata),
            results=results,
            queries=_queries(stores, results, undo),
            experiment_results=experiment_result_services(
                experiments=experiments, results=results, clock=clock
            ),
            experiment_plans=_experiment_plans(stores, experiments, results),
            timeseries=timeseries,
            power_simulations=_power_simulations(stores, timeseries),
            warehouse=_warehouse(settings, stores),
            stores=stores,
            background=_background(stores, ingestion, undo),
            _resources=undo.pop_all(),
        )


def _open(settings: Settings, undo: ExitStack) -> Stores:
    metadata = Reviewed(_metadata(settings))
    undo.callback(metadata.close)
    events = _event_store(settings.event_store_url, settings.limits.query_seconds)
    undo.callback(events.close)
    jobs = _jobs(settings.waiting_jobs_url)
    undo.callback(jobs.close)
    return Stores(
        metadata=metadata,
        events=events,
        jobs=jobs,
        flag_source=MetadataFlagSource(metadata),
        secrecy=_secrecy(settings),
        clock=SystemClock(),
    )


def _queries(stores: Stores, results: ResultService, undo: ExitStack) -> QueryServices:
    queries = query_services(
        metadata=stores.metadata, store=stores.events, results=results, clock=stores.clock
    )
    undo.callback(queries.running.close)
    return queries


def _actions(stores: Stores, readers: Readers) -> ActionServices:
    return action_services(
        metadata=stores.metadata,
        store=stores.events,
        flag_source=stores.flag_source,
        clock=stores.clock,
        readers=readers,
    )


def _experiment_plans(
    stores: Stores, experiments: ExperimentService, results: ResultService
) -> ExperimentPlanServices:
    return experiment_plan_services(
        experiments=experiments,
        results=results,
        metadata=stores.metadata,
        store=stores.events,
        clock=stores.clock,
    )


def _power_simulations(stores: Stores, timeseries: TimeseriesServices) -> PowerSimulationService:
    return PowerSimulationService(
        metadata=stores.metadata,
        jobs=stores.jobs,
        clock=stores.clock,
        checkpoint=timeseries.interruption,
    )


def _warehouse(settings: Settings, stores: Stores) -> WarehouseService:
    uploads = Uploads(
        settings.data_dir / "uploads", most_bytes=settings.limits.warehouse_file_bytes
    )
    return WarehouseService(
        metadata=stores.metadata, tables=stores.events.tables, uploads=uploads, clock=stores.clock
    )


def _capture(
    settings: Settings, stores: Stores, ingestion: Ingestion, undo: ExitStack
) -> CaptureService:
    queue = GroupCommit(ingestion.commit, max_waiting=settings.limits.queued_events)
    # Closed in the reverse order: first what asks, last what is asked.
    undo.callback(queue.close)
    return CaptureService(queue=queue, flag_source=stores.flag_source, clock=stores.clock)


def _background(stores: Stores, ingestion: Ingestion, undo: ExitStack) -> Background:
    follower = CohortFollower(metadata=stores.metadata, store=stores.events, clock=stores.clock)
    refresher = Repeating(
        stores.flag_source.refresh, every_seconds=_REFRESH_SECONDS, name="flag-refresh"
    )
    undo.callback(refresher.close)
    following = Repeating(follower.follow, every_seconds=_FOLLOW_SECONDS, name="cohort-follower")
    undo.callback(following.close)
    return Background(
        ingestion=ingestion, cohort_follower=follower, repeating=(refresher, following)
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


def _people(
    settings: Settings, metadata: Metadata, clock: Clock, undo: ExitStack
) -> tuple[AccountService, MemberServices]:
    """The services around accounts, with one thread for what nobody waits for."""
    later = ThreadPoolExecutor(max_workers=1, thread_name_prefix="later")
    undo.callback(later.shutdown)
    accounts = AccountService(metadata=metadata, clock=clock, later=later.submit)
    members = member_services(
        metadata=metadata,
        accounts=accounts,
        clock=clock,
        policy=SessionPolicy(
            lifetime=timedelta(days=settings.sessions.days),
            secure_cookie=settings.sessions.secure_cookie,
        ),
        later=later.submit,
    )
    return accounts, members


def _rate_limits(settings: Settings) -> RateLimits:
    limits = settings.rate_limits
    return RateLimits(
        management=_rate(limits.management),
        flags_by_address=_rate(limits.flags_by_address),
        flags_by_token=_rate(limits.flags_by_token),
        capture_by_address=_rate(limits.capture_by_address),
    )


def _rate(limit: Limit | None) -> Rate | None:
    return None if limit is None else Rate(per_second=limit.per_second, burst=limit.burst)


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


def _secrecy(settings: Settings) -> Secrecy:
    secret = settings.secret_key
    return FernetSecrecy(
        secret=None if secret is None else secret.get_secret_value(),
        key_file=settings.data_dir / "secret.key",
    )


def _event_store(url: str, query_seconds: float) -> EventStore:
    """The store at this address; only the engine that is asked for is loaded."""
    kind, _, place = url.partition("://")
    match kind:
        case "duckdb":
            from splitplot.adapters.event_store.duckdb import (  # noqa: PLC0415 as the docstring says
                DuckDBEventStore,
            )

            return DuckDBEventStore(Path(place.removeprefix("/")), query_seconds=query_seconds)
        case "clickhouse" | "clickhouses" | "chdb":
            from splitplot.adapters.event_store.clickhouse import (  # noqa: PLC0415 likewise
                ClickHouseEventStore,
            )

            return ClickHouseEventStore(url, query_seconds=query_seconds)
        case "memory":
            from splitplot.adapters.event_store.memory import (  # noqa: PLC0415 likewise
                MemoryEventStore,
            )

            return MemoryEventStore()
        case _:
            raise InvalidInput(
                f"{kind}:// is no event store; use duckdb:///FILE, clickhouse://… or chdb:///FOLDER"
            )


def _jobs(url: str) -> Jobs:
    """Jobs at this address; nothing is connected yet."""
    kind, _, _ = url.partition("://")
    match kind.partition("+")[0]:
        case "memory":
            return JobsInMemory()
        case "sqlite" | "postgresql" | "postgres":
            return DurableJobs(url)
        case _:
            raise InvalidInput(f"{kind}:// keeps no jobs; use sqlite:///FILE or postgresql://…")
