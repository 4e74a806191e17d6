"""Asking for cohorts in few words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from splitplot.experiments.model import ExperimentId
from tests.api.management import Json, made
from tests.api.stack import Stack


def people_with(key: str, value: object, **members: object) -> Json:
    """A leaf: a person's property has the value."""
    return {"key": key, "type": "person", "operator": "exact", "value": value, **members}


def behaviour(event: str, **members: object) -> Json:
    """A leaf: the person performed the event."""
    return {
        "type": "behavioral",
        "value": "performed_event",
        "key": event,
        "event_type": "events",
        "negation": False,
        **members,
    }


def either(*leaves: Mapping[str, Any]) -> Json:
    return {"type": "OR", "values": list(leaves)}


def both(*leaves: Mapping[str, Any]) -> Json:
    return {"type": "AND", "values": list(leaves)}


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """The cohorts of a stack's project, asked for by its owner."""

    stack: Stack

    def post(self, **body: object) -> httpx.Response:
        return self.stack.client.post(self.stack.url("cohorts/"), json=body)

    def create(self, **body: object) -> Json:
        """A cohort; one of everybody unless something else is said."""
        base: Json = {"name": f"Cohort {uuid4()}"}
        if not body.keys() & {"filters", "groups", "is_static"}:
            base["filters"] = {"properties": either()}
        return made(self.post(**(base | body)), status=201)

    def of(self, *leaves: Mapping[str, Any]) -> Json:
        """A cohort of whom one of the leaves describes, with its members found."""
        cohort = self.create(filters={"properties": either(*leaves)})
        self.follow()
        return cohort

    def get(self, cohort: Json) -> Json:
        return made(self.stack.client.get(self.url(cohort)))

    def listed(self, **query: str | int) -> Json:
        return made(self.stack.client.get(self.stack.url("cohorts/"), params=query))

    def try_patch(self, cohort: Json, **body: object) -> httpx.Response:
        return self.stack.client.patch(self.url(cohort), json=body)

    def patch(self, cohort: Json, **body: object) -> Json:
        return made(self.try_patch(cohort, **body))

    def persons(self, cohort: Json, **query: str | int) -> Json:
        return made(self.stack.client.get(self.url(cohort) + "persons/", params=query))

    def names(self, cohort: Json) -> list[str]:
        """The first distinct ids of the cohort's persons, sorted."""
        return sorted(person["distinct_ids"][0] for person in self.persons(cohort)["results"])

    def person(self, distinct_id: str) -> Json:
        query = {"distinct_id": distinct_id}
        (person,) = made(self.stack.client.get(self.stack.url("persons/"), params=query))["results"]
        return dict(person)

    def url(self, cohort: Json) -> str:
        return self.stack.url(f"cohorts/{cohort['id']}/")

    def follow(self) -> None:
        """Let cohorts take in what arrived, without the pause between two looks."""
        self.stack.platform.background.cohort_follower._looked.clear()
        self.stack.platform.background.cohort_follower.follow()

    def capture(
        self,
        event: str,
        distinct_id: str,
        properties: Mapping[str, Any] | None = None,
        *,
        at: datetime | None = None,
    ) -> None:
        sent = {
            "api_key": self.stack.project.api_token,
            "event": event,
            "distinct_id": distinct_id,
            "uuid": str(uuid4()),
            "properties": properties or {},
        }
        if at is not None:
            sent["timestamp"] = at.isoformat()
        assert self.stack.anonymous.post("/batch/", json=sent).status_code == 200

    def condition(self, cohort: Json, operator: str = "in") -> Json:
        """A flag's filters that let in the cohort, or everybody else."""
        leaf = {"key": "id", "type": "cohort", "value": cohort["id"], "operator": operator}
        return {"groups": [{"properties": [leaf], "rollout_percentage": 100}]}

    def serves(self, distinct_id: str, **fields: object) -> dict[str, bool]:
        """Which flags are on for whom."""
        sent = {"token": self.stack.project.api_token, "distinct_id": distinct_id, **fields}
        answer = made(self.stack.anonymous.post("/flags/?v=2", json=sent))
        assert answer["errorsWhileComputingFlags"] is False
        return {key: record["enabled"] for key, record in answer["flags"].items()}

    def give_to(self, cohort: Json, experiment: Json) -> None:
        """Make it the cohort of the experiment's exposed persons."""
        project_id = self.stack.project.id
        with self.stack.platform.stores.metadata.transaction() as repositories:
            stored = repositories.experiments.find(project_id, ExperimentId(experiment["id"]))
            assert stored is not None
            repositories.experiments.save(replace(stored, exposure_cohort_id=cohort["id"]))
