"""The services around what experiments share, as one."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.ports.event_store import EventStore
from splitplot.ports.flag_source import FlagSource
from splitplot.ports.repositories import Metadata
from splitplot.services.sharing.holdouts import HoldoutService
from splitplot.services.sharing.previews import PreviewService
from splitplot.services.sharing.saved_metrics import SavedMetricService
from splitplot.services.sharing.share_links import ShareLinkService
from splitplot.services.sharing.web_experiments import WebExperimentService


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingServices:
    """Holdouts, metrics that are written once, links for readers, and experiments on pages."""

    holdouts: HoldoutService
    saved_metrics: SavedMetricService
    previews: PreviewService
    share_links: ShareLinkService
    web_experiments: WebExperimentService


def sharing_services(
    *, metadata: Metadata, flag_source: FlagSource, store: EventStore, clock: Clock
) -> SharingServices:
    """All of them, on the same stores."""
    return SharingServices(
        holdouts=HoldoutService(metadata=metadata, flag_source=flag_source, clock=clock),
        saved_metrics=SavedMetricService(metadata=metadata, clock=clock),
        previews=PreviewService(metadata=metadata, store=store, clock=clock),
        share_links=ShareLinkService(metadata=metadata, clock=clock),
        web_experiments=WebExperimentService(
            metadata=metadata, flag_source=flag_source, clock=clock
        ),
    )
