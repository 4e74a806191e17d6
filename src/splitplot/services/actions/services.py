"""Every service of the package, as one."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata
from splitplot.services.actions.copies import CopyService
from splitplot.services.actions.exposed import ExposedService, Readers
from splitplot.services.actions.legacy_results import LegacyResultService


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionServices:
    """What is done with an experiment beside its life."""

    copies: CopyService
    exposed: ExposedService
    legacy_results: LegacyResultService


def action_services(
    *,
    metadata: Metadata,
    store: EventStore,
    flag_source: FlagSource,
    clock: Clock,
    readers: Readers,
) -> ActionServices:
    """The services on these ports."""
    return ActionServices(
        copies=CopyService(
            metadata=metadata,
            flag_source=flag_source,
            clock=clock,
            experiments=readers.experiments,
        ),
        exposed=ExposedService(
            metadata=metadata,
            store=store,
            flag_source=flag_source,
            clock=clock,
            readers=readers,
        ),
        legacy_results=LegacyResultService(metadata=metadata, store=store, clock=clock),
    )
