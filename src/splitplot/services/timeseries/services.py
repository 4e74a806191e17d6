"""The services around results by day, as one."""

from dataclasses import dataclass

from splitplot.ports.clock import Clock
from splitplot.ports.jobs import Jobs, Stopped
from splitplot.ports.repositories import Metadata
from splitplot.services.capture import CaptureService
from splitplot.services.results import ResultService
from splitplot.services.timeseries.announcements import Announcements
from splitplot.services.timeseries.calculation import Calculation
from splitplot.services.timeseries.refresh import RefreshService
from splitplot.services.timeseries.runs import RunService
from splitplot.services.timeseries.series import SeriesService


class Interruption:
    """Whether computing goes on; asked between two steps, from any thread."""

    def __init__(self) -> None:
        self._is_asked_for = False

    def ask(self) -> None:
        """Let whoever computes end after the present step."""
        self._is_asked_for = True

    def __call__(self) -> None:
        if self._is_asked_for:
            raise Stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeseriesServices:
    """Reading, asking, computing, and what is due by itself."""

    series: SeriesService
    runs: RunService
    calculation: Calculation
    refresh: RefreshService
    interruption: Interruption


def timeseries_services(
    *,
    metadata: Metadata,
    results: ResultService,
    jobs: Jobs,
    clock: Clock,
    capture: CaptureService,
) -> TimeseriesServices:
    """All of them, on the same stores."""
    interruption = Interruption()
    calculation = Calculation(
        metadata=metadata,
        results=results,
        clock=clock,
        announcements=Announcements(capture),
        checkpoint=interruption,
    )
    return TimeseriesServices(
        series=SeriesService(metadata=metadata, jobs=jobs, clock=clock),
        runs=RunService(metadata=metadata, jobs=jobs, clock=clock),
        calculation=calculation,
        refresh=RefreshService(metadata=metadata, jobs=jobs, calculation=calculation, clock=clock),
        interruption=interruption,
    )
