"""Rows to domain values and back: for each kind one pair of functions."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import RowMapping

from splitplot.accounts.model import (
    Membership,
    MembershipLevel,
    Organization,
    OrganizationId,
    PersonalApiKey,
    Project,
    ProjectId,
    User,
    UserId,
)
from splitplot.adapters.metadata import tables
from splitplot.experiments.model import (
    Conclusion,
    Experiment,
    ExperimentId,
    ExperimentType,
    Holdout,
    HoldoutId,
    MetricLink,
    MetricLinkId,
    SavedMetric,
    SavedMetricId,
)
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag, FlagId
from splitplot.flags.selection import traits_of
from splitplot.people.identity import PersonChange
from splitplot.people.model import Group, Person

T = TypeVar("T")
Row: TypeAlias = dict[str, object]

HAS_EXPERIMENT = "has_experiment"


def organization_of(row: RowMapping) -> Organization:
    return Organization(
        id=OrganizationId(row["id"]), name=row["name"], created_at=row["created_at"]
    )


def organization_row(organization: Organization) -> Row:
    return {
        "id": organization.id,
        "name": organization.name,
        "created_at": organization.created_at,
    }


def project_of(row: RowMapping) -> Project:
    return Project(
        id=ProjectId(row["id"]),
        uuid=row["uuid"],
        organization_id=OrganizationId(row["organization_id"]),
        name=row["name"],
        api_token=row["api_token"],
        timezone=row["timezone"],
        created_at=row["created_at"],
        test_account_filters=tuple(row["test_account_filters"]),
        default_stats_method=row["default_stats_method"],
        default_confidence_level=row["default_confidence_level"],
        default_cuped_lookback_days=row["default_cuped_lookback_days"],
        flags_persistence_default=row["flags_persistence_default"],
        default_only_count_matured_users=row["default_only_count_matured_users"],
        experiment_recalculation_time=row["experiment_recalculation_time"],
    )


def project_row(project: Project) -> Row:
    """All but the id."""
    return {
        "uuid": project.uuid,
        "organization_id": project.organization_id,
        "name": project.name,
        "api_token": project.api_token,
        "timezone": project.timezone,
        "created_at": project.created_at,
        "test_account_filters": project.test_account_filters,
        "default_stats_method": project.default_stats_method,
        "default_confidence_level": project.default_confidence_level,
        "default_cuped_lookback_days": project.default_cuped_lookback_days,
        "flags_persistence_default": project.flags_persistence_default,
        "default_only_count_matured_users": project.default_only_count_matured_users,
        "experiment_recalculation_time": project.experiment_recalculation_time,
    }


def user_of(row: RowMapping, memberships: tuple[Membership, ...]) -> User:
    u = tables.users.c
    return User(
        id=UserId(row[u.id]),
        uuid=row[u.uuid],
        distinct_id=row[u.distinct_id],
        email=row[u.email],
        first_name=row[u.first_name],
        last_name=row[u.last_name],
        is_active=row[u.is_active],
        is_email_verified=row[u.is_email_verified],
        role_at_organization=row[u.role_at_organization],
        current_organization_id=OrganizationId(row[u.current_organization_id]),
        current_project_id=ProjectId(row[u.current_project_id]),
        date_joined=row[u.date_joined],
        memberships=memberships,
    )


def user_row(user: User) -> Row:
    """All but the id and the memberships."""
    return {
        "uuid": user.uuid,
        "distinct_id": user.distinct_id,
        "email": user.email,
        "email_key": email_key(user.email),
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_active": user.is_active,
        "is_email_verified": user.is_email_verified,
        "role_at_organization": user.role_at_organization,
        "current_organization_id": user.current_organization_id,
        "current_project_id": user.current_project_id,
        "date_joined": user.date_joined,
    }


def email_key(email: str) -> str:
    """What two addresses have in common that differ by case alone."""
    return email.casefold()


def membership_of(row: RowMapping) -> Membership:
    m = tables.memberships.c
    return Membership(
        organization_id=OrganizationId(row[m.organization_id]), level=MembershipLevel(row[m.level])
    )


def membership_row(
    membership: Membership, *, user_id: UserId, position: int, joined_at: datetime
) -> Row:
    return {
        "user_id": user_id,
        "organization_id": membership.organization_id,
        "position": position,
        "level": membership.level.value,
        "joined_at": joined_at,
    }


def personal_key_of(row: RowMapping) -> PersonalApiKey:
    return PersonalApiKey(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        label=row["label"],
        mask=row["mask"],
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        scoped_projects=tuple(ProjectId(number) for number in row["scoped_projects"]),
        scoped_organizations=tuple(
            OrganizationId(UUID(name)) for name in row["scoped_organizations"]
        ),
    )


def personal_key_row(key: PersonalApiKey) -> Row:
    return {
        "id": key.id,
        "user_id": key.user_id,
        "label": key.label,
        "mask": key.mask,
        "scopes": key.scopes,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "scoped_projects": key.scoped_projects,
        "scoped_organizations": [str(number) for number in key.scoped_organizations],
    }


def flag_of(row: RowMapping) -> Flag:
    f = tables.flags.c
    return Flag(
        id=FlagId(row[f.id]),
        key=row[f.key],
        name=row[f.name],
        filters=row[f.filters],
        active=row[f.active],
        created_at=row[f.created_at],
        updated_at=row[f.updated_at],
        deleted=row[f.deleted],
        ensure_experience_continuity=row[f.ensure_experience_continuity],
        has_encrypted_payloads=row[f.has_encrypted_payloads],
        version=row[f.version],
        evaluation_runtime=row[f.evaluation_runtime],
        bucketing_identifier=row[f.bucketing_identifier],
        evaluation_contexts=tuple(row[f.evaluation_contexts]),
        has_experiment=bool(row[HAS_EXPERIMENT]),
        created_by_id=row[f.created_by_id],
        creation_context=row[f.creation_context],
        last_modified_by_id=row[f.last_modified_by_id],
        tags=tuple(row[f.tags]),
        is_remote_configuration=row[f.is_remote_configuration],
    )


def flag_row(flag: Flag) -> Row:
    """All but id and version; whether an experiment uses it is asked, not stored.

    What lists ask about the rules and the tags stands beside them, in words of its own.
    """
    traits = traits_of(flag)
    return {
        "key": flag.key,
        "name": flag.name,
        "filters": flag.filters,
        "active": flag.active,
        "created_at": flag.created_at,
        "updated_at": flag.updated_at,
        "deleted": flag.deleted,
        "ensure_experience_continuity": flag.ensure_experience_continuity,
        "has_encrypted_payloads": flag.has_encrypted_payloads,
        "evaluation_runtime": flag.evaluation_runtime,
        "bucketing_identifier": flag.bucketing_identifier,
        "evaluation_contexts": flag.evaluation_contexts,
        "created_by_id": flag.created_by_id,
        "creation_context": flag.creation_context,
        "last_modified_by_id": flag.last_modified_by_id,
        "tags": flag.tags,
        "tag_words": tag_words(flag.tags),
        "is_remote_configuration": flag.is_remote_configuration,
        "has_variants": traits.has_variants,
        "fits_experiments": traits.fits_experiments,
        "is_settled": traits.is_settled,
    }


def tag_words(tags: Iterable[str]) -> str:
    """Tags as they are searched for: each between two marks that are in none."""
    return "".join(f"\n{' '.join(tag.split())}\n" for tag in tags)


def experiment_of(row: RowMapping, links: Iterable[MetricLink]) -> Experiment:
    """From a row that holds the flag's columns too, and the experiment's links."""
    e = tables.experiments.c
    return Experiment(
        id=ExperimentId(row[e.id]),
        project_id=ProjectId(row[e.project_id]),
        name=row[e.name],
        flag=flag_of(row),
        created_at=row[e.created_at],
        updated_at=row[e.updated_at],
        description=row[e.description],
        start_date=row[e.start_date],
        end_date=row[e.end_date],
        holdout_id=None if row[e.holdout_id] is None else HoldoutId(row[e.holdout_id]),
        exposure_cohort_id=row[e.exposure_cohort_id],
        frozen_cohort_id=row[e.frozen_cohort_id],
        parameters=row[e.parameters],
        secondary_metrics=tuple(row[e.secondary_metrics]),
        filters=row[e.filters],
        archived=row[e.archived],
        deleted=row[e.deleted],
        created_by_id=None if row[e.created_by_id] is None else UserId(row[e.created_by_id]),
        type=None if row[e.type] is None else ExperimentType(row[e.type]),
        exposure_criteria=row[e.exposure_criteria],
        metrics=tuple(row[e.metrics]),
        metrics_secondary=tuple(row[e.metrics_secondary]),
        stats_config=row[e.stats_config],
        scheduling_config=row[e.scheduling_config],
        folder=row[e.folder],
        conclusion=None if row[e.conclusion] is None else Conclusion(row[e.conclusion]),
        conclusion_comment=row[e.conclusion_comment],
        primary_metrics_order=_tuple_or_none(row[e.primary_metrics_order]),
        secondary_metrics_order=_tuple_or_none(row[e.secondary_metrics_order]),
        exposure_preaggregation_enabled=row[e.exposure_preaggregation_enabled],
        only_count_matured_users=row[e.only_count_matured_users],
        excluded_variants=tuple(row[e.excluded_variants]),
        saved_metrics=tuple(links),
        web_variants=row[e.web_variants],
    )


def experiment_row(experiment: Experiment) -> Row:
    """All but id, project, flag and links."""
    return {
        "name": experiment.name,
        "created_at": experiment.created_at,
        "updated_at": experiment.updated_at,
        "description": experiment.description,
        "start_date": experiment.start_date,
        "end_date": experiment.end_date,
        "holdout_id": experiment.holdout_id,
        "exposure_cohort_id": experiment.exposure_cohort_id,
        "frozen_cohort_id": experiment.frozen_cohort_id,
        "parameters": experiment.parameters,
        "secondary_metrics": experiment.secondary_metrics,
        "filters": experiment.filters,
        "archived": experiment.archived,
        "deleted": experiment.deleted,
        "created_by_id": experiment.created_by_id,
        "type": experiment.type,
        "exposure_criteria": experiment.exposure_criteria,
        "metrics": experiment.metrics,
        "metrics_secondary": experiment.metrics_secondary,
        "stats_config": experiment.stats_config,
        "scheduling_config": experiment.scheduling_config,
        "folder": experiment.folder,
        "conclusion": experiment.conclusion,
        "conclusion_comment": experiment.conclusion_comment,
        "primary_metrics_order": experiment.primary_metrics_order,
        "secondary_metrics_order": experiment.secondary_metrics_order,
        "exposure_preaggregation_enabled": experiment.exposure_preaggregation_enabled,
        "only_count_matured_users": experiment.only_count_matured_users,
        "excluded_variants": experiment.excluded_variants,
        "web_variants": experiment.web_variants,
    }


def holdout_of(row: RowMapping) -> Holdout:
    return Holdout(
        id=HoldoutId(row["id"]),
        project_id=ProjectId(row["project_id"]),
        name=row["name"],
        description=row["description"],
        groups=tuple(row["groups"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        created_by_id=None if row["created_by_id"] is None else UserId(row["created_by_id"]),
    )


def holdout_row(holdout: Holdout) -> Row:
    """All but id and project."""
    return {
        "name": holdout.name,
        "description": holdout.description,
        "groups": holdout.groups,
        "created_at": holdout.created_at,
        "updated_at": holdout.updated_at,
        "created_by_id": holdout.created_by_id,
    }


def saved_metric_of(row: RowMapping) -> SavedMetric:
    m = tables.saved_metrics.c
    return SavedMetric(
        id=SavedMetricId(row[m.id]),
        project_id=ProjectId(row[m.project_id]),
        name=row[m.name],
        description=row[m.description],
        query=row[m.query],
        tags=tuple(row[m.tags]),
        created_at=row[m.created_at],
        updated_at=row[m.updated_at],
        created_by_id=None if row[m.created_by_id] is None else UserId(row[m.created_by_id]),
    )


def saved_metric_row(metric: SavedMetric) -> Row:
    """All but id and project."""
    return {
        "name": metric.name,
        "name_key": name_key(metric.name),
        "description": metric.description,
        "query": metric.query,
        "tags": metric.tags,
        "created_at": metric.created_at,
        "updated_at": metric.updated_at,
        "created_by_id": metric.created_by_id,
    }


def name_key(name: str) -> str:
    """What two names have in common that differ by case alone."""
    return name.casefold()


def metric_link_of(row: RowMapping) -> MetricLink:
    """From a row that holds the saved metric's columns too."""
    k = tables.metric_links.c
    return MetricLink(
        id=MetricLinkId(row[k.id]),
        metric=saved_metric_of(row),
        metadata=row[k.metadata],
        created_at=row[k.created_at],
    )


def metric_link_row(link: MetricLink, *, experiment_id: ExperimentId) -> Row:
    """All but the id."""
    return {
        "experiment_id": experiment_id,
        "saved_metric_id": link.metric.id,
        "metadata": link.metadata,
        "created_at": link.created_at,
    }


def person_of(row: RowMapping, distinct_ids: Iterable[str]) -> Person:
    return Person(
        id=row["id"],
        distinct_ids=tuple(distinct_ids),
        properties=row["properties"],
        created_at=row["created_at"],
        is_identified=row["is_identified"],
    )


def person_row(person: Person, *, project_id: ProjectId, revision: int) -> Row:
    """All but the distinct ids."""
    return {
        "project_id": project_id,
        "id": person.id,
        "properties": person.properties,
        "created_at": person.created_at,
        "is_identified": person.is_identified,
        "searchable": _searchable(person.properties),
        "revision": revision,
    }


def distinct_id_rows(change: PersonChange, *, project_id: ProjectId) -> list[Row]:
    """The ids that are new to the person, each with its place among all of the person's."""
    places = {name: place for place, name in enumerate(change.person.distinct_ids)}
    return [
        {
            "project_id": project_id,
            "distinct_id": name,
            "person_id": change.person.id,
            "position": places[name],
        }
        for name in change.new_distinct_ids
    ]


def group_of(row: RowMapping) -> Group:
    return Group(
        type_index=row["type_index"],
        key=row["key"],
        properties=row["properties"],
        created_at=row["created_at"],
    )


def group_row(group: Group, *, project_id: ProjectId) -> Row:
    return {
        "project_id": project_id,
        "type_index": group.type_index,
        "key": group.key,
        "properties": group.properties,
        "created_at": group.created_at,
    }


def _tuple_or_none(values: list[T] | None) -> tuple[T, ...] | None:
    return None if values is None else tuple(values)


def _searchable(properties: Properties) -> str | None:
    said = (properties.get("email"), properties.get("name"))
    words = [word for word in said if isinstance(word, str) and word]
    if not words:
        return None
    text = "\n".join(words).lower()
    if text.isascii() and "\0" not in text:
        return text
    # Neither can be stored as text, and nobody looks for them.
    return text.replace("\0", "").encode("utf-8", "replace").decode()
