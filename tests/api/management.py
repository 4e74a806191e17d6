"""Asking the management API in few words."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

from tests.api.stack import Stack

Json: TypeAlias = dict[str, Any]

SPLIT = [
    {"key": "control", "name": "Control", "rollout_percentage": 50},
    {"key": "test", "name": "Test", "rollout_percentage": 50},
]


def variants(**shares: float) -> list[Json]:
    """Variants of these shares, named like their keys."""
    return [{"key": key, "name": key, "rollout_percentage": share} for key, share in shares.items()]


def mean_metric(event: str = "purchase", **members: object) -> Json:
    """A metric that counts an event."""
    source = {"kind": "EventsNode", "event": event}
    return {"kind": "ExperimentMetric", "metric_type": "mean", "source": source, **members}


def type_of(status: int, code: str) -> str:
    """The type that an error of this status has."""
    if status == 400:
        # Bytes that cannot be read break no rule of a field.
        return "invalid_request" if code == "parse_error" else "validation_error"
    if status in (401, 403):
        return "authentication_error"
    if status in (409, 503):
        return "server_error"
    return "throttled_error" if status == 429 else "invalid_request"


def refusal(answer: httpx.Response, *, status: int = 400) -> tuple[str, str, str | None]:
    """Code, detail and attr of a refusal, which must have the one shape of all errors."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.keys() == {"type", "code", "detail", "attr"}
    assert body["type"] == type_of(status, body["code"]), answer.text
    return body["code"], body["detail"], body["attr"]


def broken_rule(answer: httpx.Response) -> str:
    """Which rule refused it, one that is not about a single field."""
    code, detail, attr = refusal(answer)
    assert (code, attr) == ("invalid_input", None), answer.text
    return detail


@dataclass(frozen=True, kw_only=True)
class Experiments:
    """The experiments of a stack's project, asked for by its owner."""

    stack: Stack

    def post(self, path: str = "", **body: object) -> httpx.Response:
        return self.stack.client.post(self.stack.url(f"experiments/{path}"), json=body)

    def create(self, **body: object) -> Json:
        """An experiment; name and flag key differ from all others unless they are given."""
        count = self.listed(limit=1)["count"] + self.listed(limit=1, archived="true")["count"]
        base: Json = {"name": f"Experiment {count}", "feature_flag_key": f"experiment-{count}"}
        return made(self.post(**(base | body)), status=201)

    def launched(self, **body: object) -> Json:
        return self.act(self.create(**body), "launch")

    def stopped(self, **body: object) -> Json:
        return self.act(self.launched(**body), "end")

    def get(self, experiment: Json) -> Json:
        return made(self.stack.client.get(self.url(experiment)))

    def try_list(self, **query: str | int) -> httpx.Response:
        return self.stack.client.get(self.stack.url("experiments/"), params=query)

    def listed(self, **query: str | int) -> Json:
        return made(self.try_list(**query))

    def names(self, **query: str | int) -> list[str]:
        return [item["name"] for item in self.listed(**query)["results"]]

    def try_patch(self, experiment: Json, **body: object) -> httpx.Response:
        return self.stack.client.patch(self.url(experiment), json=body)

    def patch(self, experiment: Json, **body: object) -> Json:
        return made(self.try_patch(experiment, **body))

    def try_act(self, experiment: Json, action: str, **body: object) -> httpx.Response:
        return self.post(f"{experiment['id']}/{action}/", **body)

    def act(self, experiment: Json, action: str, **body: object) -> Json:
        return made(self.try_act(experiment, action, **body))

    def url(self, experiment: Json) -> str:
        return self.stack.url(f"experiments/{experiment['id']}/")


@dataclass(frozen=True, kw_only=True)
class Flags:
    """The feature flags of a stack's project, asked for by its owner."""

    stack: Stack

    def try_create(self, **body: object) -> httpx.Response:
        return self.stack.client.post(self.stack.url("feature_flags/"), json=body)

    def create(self, key: str, split: list[Json] | None = None, **body: object) -> Json:
        """A flag for everybody, with these variants or none."""
        filters: Json = {"groups": [{"properties": [], "rollout_percentage": 100}]}
        if split is not None:
            filters["multivariate"] = {"variants": split}
        return made(self.try_create(**({"key": key, "filters": filters} | body)), status=201)

    def get(self, flag: Json) -> Json:
        return made(self.stack.client.get(self.url(flag)))

    def try_list(self, **query: str | int) -> httpx.Response:
        return self.stack.client.get(self.stack.url("feature_flags/"), params=query)

    def listed(self, **query: str | int) -> Json:
        return made(self.try_list(**query))

    def keys(self, **query: str | int) -> list[str]:
        return [flag["key"] for flag in self.listed(**query)["results"]]

    def try_patch(self, flag: Json, **body: object) -> httpx.Response:
        return self.stack.client.patch(self.url(flag), json=body)

    def patch(self, flag: Json, **body: object) -> Json:
        return made(self.try_patch(flag, **body))

    def url(self, flag: Json) -> str:
        return self.stack.url(f"feature_flags/{flag['id']}/")


def made(answer: httpx.Response, *, status: int = 200) -> Json:
    """The body of an answer that has to be a success."""
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body
