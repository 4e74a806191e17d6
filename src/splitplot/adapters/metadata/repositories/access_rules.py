"""Who may do what in projects, where that is not the default."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, insert, or_, select

from splitplot.accounts.access import AccessLevel, AccessRule, Resource
from splitplot.accounts.members import RoleId
from splitplot.accounts.model import ProjectId, UserId
from splitplot.adapters.metadata import tables

_a = tables.access_rules.c
_OBJECTS = {Resource.EXPERIMENT: tables.experiments, Resource.FEATURE_FLAG: tables.flags}


class SqlAccessRules:
    """Implements `ports.members.AccessRuleRepository`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_project(self, project_id: ProjectId) -> tuple[AccessRule, ...]:
        return self._rules(_a.project_id == project_id)

    def concerning(
        self, user_id: UserId, project_ids: Collection[ProjectId]
    ) -> Mapping[ProjectId, tuple[AccessRule, ...]]:
        held = tables.role_members.c
        roles = select(held.role_id).where(held.user_id == user_id)
        for_everybody = and_(_a.user_id.is_(None), _a.role_id.is_(None))
        found = self._rules(
            and_(
                _a.project_id.in_(project_ids),
                or_(for_everybody, _a.user_id == user_id, _a.role_id.in_(roles)),
            )
        )
        return {
            number: tuple(rule for rule in found if rule.project_id == number)
            for number in project_ids
        }

    def put(self, rule: AccessRule) -> None:
        self.remove(rule)
        row = {
            "project_id": rule.project_id,
            "resource": rule.resource.value,
            "object_id": rule.object_id,
            "level": rule.level.value,
            "user_id": rule.user_id,
            "role_id": rule.role_id,
        }
        self._connection.execute(insert(tables.access_rules), row)

    def remove(self, rule: AccessRule) -> None:
        self._connection.execute(
            delete(tables.access_rules).where(
                _a.project_id == rule.project_id,
                _a.resource == rule.resource.value,
                # SQLAlchemy writes IS NULL where there is none.
                _a.object_id == rule.object_id,
                _a.user_id == rule.user_id,
                _a.role_id == rule.role_id,
            )
        )

    def creator_of(
        self, project_id: ProjectId, resource: Resource, object_id: int
    ) -> tuple[bool, UserId | None]:
        table = _OBJECTS[resource]
        found = self._connection.execute(
            select(table.c.created_by_id).where(
                table.c.project_id == project_id, table.c.id == object_id
            )
        ).one_or_none()
        if found is None:
            return False, None
        return True, None if found[0] is None else UserId(found[0])

    def _rules(self, condition: ColumnElement[bool]) -> tuple[AccessRule, ...]:
        found = self._connection.execute(
            select(tables.access_rules).where(condition).order_by(_a.id)
        )
        return tuple(_rule_of(row) for row in found.mappings())


def _rule_of(row: RowMapping) -> AccessRule:
    return AccessRule(
        project_id=ProjectId(row["project_id"]),
        resource=Resource(row["resource"]),
        level=AccessLevel(row["level"]),
        object_id=row["object_id"],
        user_id=None if row["user_id"] is None else UserId(row["user_id"]),
        role_id=None if row["role_id"] is None else RoleId(row["role_id"]),
    )
