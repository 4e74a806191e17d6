"""Valid domain values for tests, every field defaulted.

Values that must differ between two things of a kind (tokens, addresses, uuids) are derived
from the field that a test is likely to give: two projects need two `api_token`s, two users
two `email`s. Each event is another one.
"""

from datetime import UTC, datetime
from itertools import count
from uuid import NAMESPACE_URL, UUID, uuid5

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
from splitplot.events.model import Event
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
from splitplot.people.identity import PeopleChanges, PersonChange, derived_person_id
from splitplot.people.model import Group, Person

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
PROJECT_ID = ProjectId(1)
USER_ID = UserId(1)
FLAG_ID = FlagId(1)
EXPERIMENT_ID = ExperimentId(1)
HOLDOUT_ID = HoldoutId(1)
SAVED_METRIC_ID = SavedMetricId(1)
ORGANIZATION_ID = OrganizationId(UUID("01952f5e-0000-7000-8000-000000000001"))

_event_numbers = count(1)


def a_uuid(name: str) -> UUID:
    """The same for the same name."""
    return uuid5(NAMESPACE_URL, name)


def an_organization(
    *,
    id: OrganizationId = ORGANIZATION_ID,  # noqa: A002 - the field's name
    name: str = "Rosewood Ltd",
    created_at: datetime = NOON,
) -> Organization:
    return Organization(id=id, name=name, created_at=created_at)


def a_project(
    *,
    id: ProjectId = PROJECT_ID,  # noqa: A002 - the field's name
    uuid: UUID | None = None,
    organization_id: OrganizationId = ORGANIZATION_ID,
    name: str = "Shop",
    api_token: str = "phc_shop",  # noqa: S107 - a public token, made up
    timezone: str = "UTC",
    created_at: datetime = NOON,
    test_account_filters: tuple[Properties, ...] = (),
    default_stats_method: str = "bayesian",
    default_confidence_level: float | None = None,
    default_cuped_lookback_days: int | None = None,
    flags_persistence_default: bool = False,
    default_only_count_matured_users: bool = False,
) -> Project:
    return Project(
        id=id,
        uuid=uuid or a_uuid(api_token),
        organization_id=organization_id,
        name=name,
        api_token=api_token,
        timezone=timezone,
        created_at=created_at,
        test_account_filters=test_account_filters,
        default_stats_method=default_stats_method,
        default_confidence_level=default_confidence_level,
        default_cuped_lookback_days=default_cuped_lookback_days,
        flags_persistence_default=flags_persistence_default,
        default_only_count_matured_users=default_only_count_matured_users,
    )


def a_user(
    *,
    id: UserId = USER_ID,  # noqa: A002 - the field's name
    uuid: UUID | None = None,
    distinct_id: str | None = None,
    email: str = "ada@example.com",
    first_name: str = "Ada",
    last_name: str = "Byron",
    is_active: bool = True,
    is_email_verified: bool | None = None,
    role_at_organization: str | None = None,
    current_organization_id: OrganizationId = ORGANIZATION_ID,
    current_project_id: ProjectId = PROJECT_ID,
    date_joined: datetime = NOON,
    memberships: tuple[Membership, ...] = (
        Membership(organization_id=ORGANIZATION_ID, level=MembershipLevel.OWNER),
    ),
) -> User:
    return User(
        id=id,
        uuid=uuid or a_uuid(email),
        distinct_id=distinct_id or f"user of {email}",
        email=email,
        first_name=first_name,
        last_name=last_name,
        is_active=is_active,
        is_email_verified=is_email_verified,
        role_at_organization=role_at_organization,
        current_organization_id=current_organization_id,
        current_project_id=current_project_id,
        date_joined=date_joined,
        memberships=memberships,
    )


def a_personal_key(
    *,
    id: str = "key-1",  # noqa: A002 - the field's name
    user_id: UserId = USER_ID,
    label: str = "CI",
    mask: str = "phx_...wxyz",
    scopes: tuple[str, ...] = ("*",),
    created_at: datetime = NOON,
    last_used_at: datetime | None = None,
    scoped_projects: tuple[ProjectId, ...] = (),
    scoped_organizations: tuple[OrganizationId, ...] = (),
) -> PersonalApiKey:
    return PersonalApiKey(
        id=id,
        user_id=user_id,
        label=label,
        mask=mask,
        scopes=scopes,
        created_at=created_at,
        last_used_at=last_used_at,
        scoped_projects=scoped_projects,
        scoped_organizations=scoped_organizations,
    )


def flag_filters(
    *variants: str, rollout_percentage: float = 100, properties: tuple[Properties, ...] = ()
) -> Properties:
    """A flag's rules as on the wire: one condition, and equal shares for the variants."""
    condition: Properties = {
        "properties": list(properties),
        "rollout_percentage": rollout_percentage,
    }
    if not variants:
        return {"groups": [condition]}
    share = 100 / len(variants)
    named: list[Properties] = [
        {"key": key, "name": "", "rollout_percentage": share} for key in variants
    ]
    return {"groups": [condition], "multivariate": {"variants": named}}


def a_flag(
    *,
    id: FlagId = FLAG_ID,  # noqa: A002 - the field's name
    key: str = "checkout-button",
    name: str = "",
    filters: Properties | None = None,
    active: bool = True,
    created_at: datetime = NOON,
    updated_at: datetime = NOON,
    deleted: bool = False,
    ensure_experience_continuity: bool = False,
    has_encrypted_payloads: bool = False,
    version: int = 1,
    evaluation_runtime: str = "all",
    bucketing_identifier: str = "distinct_id",
    evaluation_contexts: tuple[str, ...] = (),
    has_experiment: bool = False,
    created_by_id: int | None = None,
    creation_context: str = "feature_flags",
    last_modified_by_id: int | None = None,
    tags: tuple[str, ...] = (),
    is_remote_configuration: bool = False,
) -> Flag:
    return Flag(
        id=id,
        key=key,
        name=name,
        filters=flag_filters("control", "test") if filters is None else filters,
        active=active,
        created_at=created_at,
        updated_at=updated_at,
        deleted=deleted,
        ensure_experience_continuity=ensure_experience_continuity,
        has_encrypted_payloads=has_encrypted_payloads,
        version=version,
        evaluation_runtime=evaluation_runtime,
        bucketing_identifier=bucketing_identifier,
        evaluation_contexts=evaluation_contexts,
        has_experiment=has_experiment,
        created_by_id=created_by_id,
        creation_context=creation_context,
        last_modified_by_id=last_modified_by_id,
        tags=tags,
        is_remote_configuration=is_remote_configuration,
    )


def a_mean_metric(
    *, uuid: str = "metric-1", event: str = "purchase", name: str = "Purchases"
) -> Properties:
    """A metric as on the wire: events of one name per person."""
    return {
        "kind": "ExperimentMetric",
        "metric_type": "mean",
        "uuid": uuid,
        "name": name,
        "goal": "increase",
        "source": {"kind": "EventsNode", "event": event, "math": "total"},
    }


def an_experiment(
    *,
    id: ExperimentId = EXPERIMENT_ID,  # noqa: A002 - the field's name
    project_id: ProjectId = PROJECT_ID,
    name: str = "Checkout button",
    flag: Flag | None = None,
    created_at: datetime = NOON,
    updated_at: datetime = NOON,
    description: str | None = "",
    start_date: datetime | None = None,
    end_date: datetime | None = None,
    holdout_id: HoldoutId | None = None,
    exposure_cohort_id: int | None = None,
    frozen_cohort_id: int | None = None,
    parameters: Properties | None = None,
    secondary_metrics: tuple[Properties, ...] = (),
    filters: Properties | None = None,
    archived: bool = False,
    deleted: bool = False,
    created_by_id: UserId | None = None,
    type: ExperimentType | None = ExperimentType.PRODUCT,  # noqa: A002 - the field's name
    exposure_criteria: Properties | None = None,
    metrics: tuple[Properties, ...] = (),
    metrics_secondary: tuple[Properties, ...] = (),
    stats_config: Properties | None = None,
    scheduling_config: Properties | None = None,
    folder: str | None = None,
    conclusion: Conclusion | None = None,
    conclusion_comment: str | None = None,
    primary_metrics_order: tuple[str, ...] | None = None,
    secondary_metrics_order: tuple[str, ...] | None = None,
    exposure_preaggregation_enabled: bool = True,
    only_count_matured_users: bool = False,
    excluded_variants: tuple[str, ...] = (),
    saved_metrics: tuple[MetricLink, ...] = (),
    web_variants: Properties | None = None,
) -> Experiment:
    return Experiment(
        id=id,
        project_id=project_id,
        name=name,
        flag=flag or a_flag(),
        created_at=created_at,
        updated_at=updated_at,
        description=description,
        start_date=start_date,
        end_date=end_date,
        holdout_id=holdout_id,
        exposure_cohort_id=exposure_cohort_id,
        frozen_cohort_id=frozen_cohort_id,
        parameters=parameters,
        secondary_metrics=secondary_metrics,
        filters=filters or {},
        archived=archived,
        deleted=deleted,
        created_by_id=created_by_id,
        type=type,
        exposure_criteria=exposure_criteria,
        metrics=metrics,
        metrics_secondary=metrics_secondary,
        stats_config={"method": "bayesian"} if stats_config is None else stats_config,
        scheduling_config=scheduling_config,
        folder=folder,
        conclusion=conclusion,
        conclusion_comment=conclusion_comment,
        primary_metrics_order=primary_metrics_order,
        secondary_metrics_order=secondary_metrics_order,
        exposure_preaggregation_enabled=exposure_preaggregation_enabled,
        only_count_matured_users=only_count_matured_users,
        excluded_variants=excluded_variants,
        saved_metrics=saved_metrics,
        web_variants=web_variants,
    )


def a_holdout(
    *,
    id: HoldoutId = HOLDOUT_ID,  # noqa: A002 - the field's name
    project_id: ProjectId = PROJECT_ID,
    name: str = "First quarter",
    description: str | None = None,
    groups: tuple[Properties, ...] = ({"properties": [], "rollout_percentage": 10},),
    created_at: datetime = NOON,
    updated_at: datetime = NOON,
    created_by_id: UserId | None = None,
) -> Holdout:
    return Holdout(
        id=id,
        project_id=project_id,
        name=name,
        description=description,
        groups=groups,
        created_at=created_at,
        updated_at=updated_at,
        created_by_id=created_by_id,
    )


def a_saved_metric(
    *,
    id: SavedMetricId = SAVED_METRIC_ID,  # noqa: A002 - the field's name
    project_id: ProjectId = PROJECT_ID,
    name: str = "Purchases",
    description: str | None = None,
    query: Properties | None = None,
    tags: tuple[str, ...] = (),
    created_at: datetime = NOON,
    updated_at: datetime = NOON,
    created_by_id: UserId | None = None,
) -> SavedMetric:
    """Its uuid is made of its id, unless the query is given."""
    return SavedMetric(
        id=id,
        project_id=project_id,
        name=name,
        description=description,
        query=a_mean_metric(uuid=f"saved-{id}") if query is None else query,
        tags=tags,
        created_at=created_at,
        updated_at=updated_at,
        created_by_id=created_by_id,
    )


def a_metric_link(
    metric: SavedMetric,
    role: str = "primary",
    *,
    id: MetricLinkId = MetricLinkId(0),  # noqa: A002, B008 - the field's name; a plain number
    created_at: datetime = NOON,
) -> MetricLink:
    return MetricLink(id=id, metric=metric, metadata={"type": role}, created_at=created_at)


def an_event(
    *,
    uuid: UUID | None = None,
    name: str = "purchase",
    distinct_id: str = "visitor",
    person_id: UUID | None = None,
    timestamp: datetime = NOON,
    properties: Properties | None = None,
    is_personless: bool = False,
    project_id: ProjectId = PROJECT_ID,
) -> Event:
    return Event(
        uuid=uuid or UUID(int=next(_event_numbers)),
        name=name,
        distinct_id=distinct_id,
        person_id=person_id or derived_person_id(project_id, distinct_id),
        timestamp=timestamp,
        properties=properties or {},
        is_personless=is_personless,
    )


def a_person(
    *distinct_ids: str,
    id: UUID | None = None,  # noqa: A002 - the field's name
    properties: Properties | None = None,
    created_at: datetime = NOON,
    is_identified: bool = False,
    project_id: ProjectId = PROJECT_ID,
) -> Person:
    """A person with these distinct ids, or with the id `visitor`."""
    names = distinct_ids or ("visitor",)
    return Person(
        id=id or derived_person_id(project_id, names[0]),
        distinct_ids=names,
        properties=properties or {},
        created_at=created_at,
        is_identified=is_identified,
    )


def newcomers(*persons: Person) -> PeopleChanges:
    """What adds these persons, with all their distinct ids, to the people of a project."""
    return PeopleChanges(
        changed=tuple(
            PersonChange(person=person, new_distinct_ids=person.distinct_ids) for person in persons
        )
    )


def a_group(
    *,
    type_index: int = 0,
    key: str = "acme",
    properties: Properties | None = None,
    created_at: datetime = NOON,
) -> Group:
    return Group(type_index=type_index, key=key, properties=properties or {}, created_at=created_at)
