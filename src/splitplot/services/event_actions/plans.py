"""What a plan names, in words that event stores know."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from splitplot.accounts.model import Project, ProjectId
from splitplot.events.actions import Action
from splitplot.experiments.metrics.actions import actions_in, with_actions
from splitplot.experiments.metrics.mentions import actions_named
from splitplot.experiments.sources.warehouse import names_tables, with_tables
from splitplot.filters.model import JsonValue
from splitplot.ports.repositories import Metadata, Repositories
from splitplot.services.cohorts import with_cohorts

P = TypeVar("P")


def resolved(metadata: Metadata, project: Project, plan: P, *, now: datetime) -> P:
    """The plan with the steps of actions in their place, and the persons of cohorts in theirs.

    Tables stand where their rows are.

    Raises:
        InvalidInput: An action is about something that is not computed, there is no such
            cohort, or it has too many persons for a filter; or there is no such table, or
            it lacks a column.
    """
    numbers = actions_in(plan)
    if numbers:
        with metadata.reading() as repositories:
            plan = with_actions(plan, repositories.actions.find_many(project.id, numbers))
    if names_tables(plan):
        with metadata.reading() as repositories:
            tables = repositories.warehouse_tables.of_project(project.id)
        plan = with_tables(plan, {table.name: table.contents.stored for table in tables})
    return with_cohorts(metadata, project, plan, now=now)


def found_actions(
    repositories: Repositories, project_id: ProjectId, documents: Iterable[JsonValue]
) -> Mapping[int, Action]:
    """The project's actions that documents are about, deleted ones too, by id."""
    numbers = actions_named(documents)
    return repositories.actions.find_many(project_id, numbers) if numbers else {}
