"""What is kept of all that experiments share."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from splitplot.accounts.model import ProjectId
from splitplot.experiments.model import (
    ExperimentId,
    Holdout,
    HoldoutId,
    SavedMetric,
    SavedMetricId,
)
from splitplot.experiments.sharing.share_links import ShareLink, ShareLinkId


class HoldoutRepository(Protocol):
    def add(self, holdout: Holdout) -> Holdout:
        """Store it under the next free id."""
        ...

    def save(self, holdout: Holdout) -> Holdout: ...

    def remove(self, project_id: ProjectId, holdout_id: HoldoutId) -> None:
        """For good; experiments that name it have to be told first."""
        ...

    def find(self, project_id: ProjectId, holdout_id: HoldoutId) -> Holdout | None: ...

    def find_many(
        self, project_id: ProjectId, holdout_ids: Iterable[HoldoutId]
    ) -> Mapping[HoldoutId, Holdout]:
        """Those of these ids that exist, in one query."""
        ...

    def listed(self, project_id: ProjectId, *, limit: int, offset: int) -> tuple[Holdout, ...]:
        """Newest first."""
        ...

    def count(self, project_id: ProjectId) -> int: ...

    def experiments(
        self, project_id: ProjectId, holdout_ids: Iterable[HoldoutId]
    ) -> Mapping[HoldoutId, tuple[ExperimentId, ...]]:
        """The undeleted experiments in each of these, oldest first; empty ones are left out."""
        ...


class SavedMetricRepository(Protocol):
    def add(self, metric: SavedMetric) -> SavedMetric:
        """Store it under the next free id."""
        ...

    def save(self, metric: SavedMetric) -> SavedMetric: ...

    def remove(self, project_id: ProjectId, metric_id: SavedMetricId) -> None:
        """For good, with its links to experiments."""
        ...

    def find(self, project_id: ProjectId, metric_id: SavedMetricId) -> SavedMetric | None: ...

    def find_many(
        self, project_id: ProjectId, metric_ids: Iterable[SavedMetricId]
    ) -> Mapping[SavedMetricId, SavedMetric]:
        """Those of these ids that exist, in one query."""
        ...

    def find_by_name(self, project_id: ProjectId, name: str) -> SavedMetric | None:
        """Whatever the case of the name."""
        ...

    def listed(self, project_id: ProjectId, *, limit: int, offset: int) -> tuple[SavedMetric, ...]:
        """By name; case does not matter."""
        ...

    def count(self, project_id: ProjectId) -> int: ...

    def experiments(
        self, project_id: ProjectId, metric_ids: Iterable[SavedMetricId]
    ) -> Mapping[SavedMetricId, tuple[ExperimentId, ...]]:
        """The undeleted experiments that have each, oldest first; unused ones are left out."""
        ...


class ShareLinkRepository(Protocol):
    def add(self, link: ShareLink, *, token_hash: str) -> None: ...

    def find(self, token_hash: str) -> ShareLink | None:
        """Expired ones too."""
        ...

    def of(self, experiment_id: ExperimentId) -> tuple[ShareLink, ...]:
        """Of one experiment, newest first; expired ones too."""
        ...

    def remove(self, link_id: ShareLinkId) -> None: ...
