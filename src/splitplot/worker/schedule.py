"""What has to be looked after again and again."""

from datetime import datetime, timedelta

from splitplot.bootstrap import Platform
from splitplot.ports.jobs import Job
from splitplot.worker.jobs import EXPIRE_APPROVALS

# How long a job that ended is known; longer than any key may come again.
KEPT = timedelta(days=30)


class Schedule:
    """Adds the jobs that are due. What it remembers only saves it from adding them twice."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._hour: datetime | None = None

    def look_after(self) -> None:
        """Add what is due by now.

        Raises:
            Unavailable: A database does not answer; the next time makes up for it.
        """
        self._platform.timeseries.refresh.reconcile()
        self._platform.power_simulations.reconcile()
        self._platform.timeseries.refresh.add_due()
        hour = self._platform.stores.clock.now().replace(minute=0, second=0, microsecond=0)
        if hour != self._hour:
            self._hourly(hour)
            self._hour = hour

    def _hourly(self, hour: datetime) -> None:
        jobs = self._platform.stores.jobs
        jobs.add(Job(key=f"approvals-{hour.isoformat()}", name=EXPIRE_APPROVALS, arguments={}))
        jobs.forget(before=hour - KEPT)
