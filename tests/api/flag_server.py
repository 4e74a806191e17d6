"""The flag endpoints on a real metadata database, with ways to put things into it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from splitplot.accounts.model import Project
from splitplot.adapters.clock import SystemClock
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.adapters.metadata.flag_source import MetadataFlagSource
from splitplot.filters.model import Properties
from splitplot.flags import Flag
from splitplot.http.errors import install_error_table
from splitplot.http.layers.edge import Edge
from splitplot.http.resources.flags import routes
from splitplot.people.cohort_records import StoredCohort
from splitplot.people.identity import PeopleChanges, PersonChange, derived_person_id
from splitplot.people.model import Group, Person
from splitplot.services.accounts import AccountService, FirstUser
from splitplot.services.flags import FlagService
from splitplot.telemetry import Metrics
from tests.api.stack import BASE_URL, SyncASGI
from tests.unit.flags.flag_cases import NOW


@dataclass(frozen=True, kw_only=True)
class FlagServer:
    project: Project
    metadata: SqlMetadata
    source: MetadataFlagSource
    client: httpx.Client

    @property
    def token(self) -> str:
        return self.project.api_token

    def put(self, *flags: Flag) -> list[Flag]:
        """Store flags; dependencies among them are made to follow the new ids."""
        new_ids: dict[str, int] = {}
        stored = []
        with self.metadata.transaction() as repositories:
            for flag in flags:
                text = json.dumps(flag.filters)
                for old, new in new_ids.items():
                    text = text.replace(f'"key": "{old}"', f'"key": "{new}"')
                added = repositories.flags.add(
                    self.project.id, replace(flag, filters=json.loads(text))
                )
                new_ids[str(flag.id)] = added.id
                stored.append(added)
        self.source.refresh()
        return stored

    def put_cohort(
        self, number: int, group: Properties | None = None, *, members: Iterable[Person] = ()
    ) -> None:
        """A cohort under this id: described by property groups, or a list of persons."""
        cohort = StoredCohort(
            name=str(number),
            created_at=NOW,
            is_static=group is None,
            filters={} if group is None else {"properties": group},
        )
        with self.metadata.transaction() as repositories:
            cohorts = repositories.cohorts
            unused = replace(cohort, deleted=True)
            while (added := cohorts.add(self.project.id, unused)).id < number:
                pass
            cohorts.save(self.project.id, replace(cohort, id=added.id))
            cohorts.set_members(added.id, [member.id for member in members])
        assert added.id == number
        self.source.refresh()

    def put_person(self, *distinct_ids: str, **properties: Any) -> Person:  # noqa: ANN401 what JSON can say
        person = Person(
            id=derived_person_id(self.project.id, distinct_ids[0]),
            distinct_ids=distinct_ids,
            properties=properties,
            created_at=NOW,
            is_identified=True,
        )
        change = PersonChange(person=person, new_distinct_ids=distinct_ids)
        with self.metadata.transaction() as repositories:
            repositories.people.apply(self.project.id, PeopleChanges(changed=(change,)))
        return person

    def put_group(self, type_name: str, key: str, properties: Properties) -> None:
        with self.metadata.transaction() as repositories:
            index = repositories.people.add_group_type(self.project.id, type_name)
            assert index is not None
            group = Group(type_index=index, key=key, properties=properties, created_at=NOW)
            repositories.people.save_group(self.project.id, group)
        self.source.refresh()

    def put_group_types(self, *names: str) -> None:
        with self.metadata.transaction() as repositories:
            for name in names:
                repositories.people.add_group_type(self.project.id, name)
        self.source.refresh()

    def kept_ids(self, person: Person) -> Mapping[str, str]:
        with self.metadata.reading() as repositories:
            return dict(repositories.people.continuity(self.project.id, person.id))

    def keep(self, person: Person, hash_ids: Mapping[str, str]) -> None:
        with self.metadata.transaction() as repositories:
            repositories.people.add_continuity(self.project.id, person.id, hash_ids)

    def post(self, path: str = "/flags/?v=2", **fields: Any) -> httpx.Response:  # noqa: ANN401 likewise
        return self.client.post(path, json={"token": self.token, **fields})

    def records(self, distinct_id: object = "user-1", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 likewise
        response = self.post(distinct_id=distinct_id, **fields)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert isinstance(answer["flags"], dict)
        return answer["flags"]

    def values(self, distinct_id: object = "user-1", **fields: Any) -> dict[str, Any]:  # noqa: ANN401 likewise
        records = self.records(distinct_id, **fields)
        return {key: record["variant"] or record["enabled"] for key, record in records.items()}


@contextmanager
def running_flag_server() -> Iterator[FlagServer]:
    metadata = open_metadata("sqlite://")
    clock = SystemClock()
    accounts = AccountService(metadata=metadata, clock=clock)
    made = accounts.set_up(FirstUser(email=f"{uuid4()}@example.com", password="correct"))
    assert made is not None
    source = MetadataFlagSource(metadata)
    source.refresh()
    app = FastAPI(openapi_url=None)
    app.state.platform = SimpleNamespace(
        flags=FlagService(flag_source=source, metadata=metadata, clock=clock)
    )
    app.router.routes.extend(routes)
    install_error_table(app)
    app.add_middleware(Edge, metrics=Metrics(version="0"))
    transport = SyncASGI(app)
    with httpx.Client(transport=transport, base_url=BASE_URL) as client:
        yield FlagServer(project=made.project, metadata=metadata, source=source, client=client)
    transport.shut_down()
    metadata.close()
