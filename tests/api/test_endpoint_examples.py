"""Every endpoint of the contract, asked once so that it succeeds and once so that it refuses."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias
from uuid import uuid4

import httpx
import pytest

from splitplot.adapters.jobs.memory import JobsInMemory
from splitplot.worker.jobs import work_of
from tests.api.management import Experiments, Flags, Json, mean_metric
from tests.api.stack import Stack, running_stack, settings_in
from tests.api.test_endpoint_table import ENDPOINTS

NOWHERE = str(uuid4())
CONDITION = {"key": "plan", "type": "person", "operator": "exact", "value": "pro"}
COHORT = {"name": "Payers", "filters": {"properties": {"type": "OR", "values": [CONDITION]}}}
WEB = {
    "control": {"rollout_percentage": 50},
    "test": {"rollout_percentage": 50, "transforms": [{"selector": "h1", "html": "Hello"}]},
}
GROUPS = {"groups": [{"properties": [], "rollout_percentage": 100}]}
FUNNEL = {"insight": "FUNNELS", "events": [{"id": "$pageview"}, {"id": "purchase"}]}


class World:
    """A server, and short ways to have something on it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.experiments = Experiments(stack=stack)
        self.flags = Flags(stack=stack)

    def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        url = path if path.startswith("/") else self.stack.url(path)
        if isinstance(body, str):
            headers = {"Content-Type": "text/csv"}
            return self.stack.client.request(method, url, content=body, headers=headers)
        return self.stack.client.request(method, url, json=body)

    def made(self, path: str, body: Json, status: int = 201) -> Json:
        answer = self.ask("POST", path, body)
        assert answer.status_code == status, answer.text
        made: Json = answer.json()
        return made

    def unique(self) -> str:
        return f"n{uuid4().hex}"

    def experiment(self, **body: object) -> Json:
        name = self.unique()
        return self.experiments.create(**({"name": name, "feature_flag_key": name} | body))

    def launched(self, **body: object) -> Json:
        return self.experiments.act(self.experiment(**body), "launch")

    def act(self, *actions: str, **body: object) -> Json:
        experiment = self.experiment(**body)
        for action in actions:
            experiment = self.experiments.act(experiment, action)
        return experiment

    def holdout(self) -> Json:
        return self.made(
            "experiment_holdouts/", {"name": "h", "filters": [{"rollout_percentage": 5}]}
        )

    def saved_metric(self) -> Json:
        return self.made(
            "experiment_saved_metrics/", {"name": self.unique(), "query": mean_metric()}
        )

    def web_experiment(self) -> Json:
        return self.made("web_experiments/", {"name": self.unique(), "variants": WEB})

    def cohort(self) -> Json:
        return self.made("cohorts/", COHORT)

    def action(self) -> Json:
        return self.made("actions/", {"name": self.unique(), "steps": [{"event": "paid"}]})

    def power_simulation(self) -> Json:
        body = {"difference": 0.1, "variance": 1, "units": 1000}
        return self.made("power_simulations/", body)

    def warehouse_table(self) -> Json:
        answer = self.ask("POST", f"warehouse_tables/?name={self.unique()}", "a\n1\n")
        table: Json = answer.json()
        return table

    def rule(self) -> Json:
        """A policy that is not made yet."""
        config = {"quorum": 1, "users": [self.stack.user.id], "roles": []}
        return {
            "action_key": "feature_flag.enable",
            "approver_config": config,
            "allow_self_approve": True,
        }

    def policy(self) -> Json:
        return self.made("approval_policies/", self.rule())

    def drop_policies(self) -> None:
        for policy in self.ask("GET", "approval_policies/").json()["results"]:
            self.ask("DELETE", f"approval_policies/{policy['id']}/")

    def change_request(self) -> Json:
        self.policy()
        held = self.experiments.try_act(self.experiment(), "launch")
        assert held.status_code == 409, held.text
        request: Json = held.json()["change_request"]
        return request

    def flag(self) -> Json:
        return self.made("feature_flags/", {"key": self.unique(), "filters": GROUPS})

    def capture(self, *events: Json) -> None:
        body = {"api_key": self.stack.project.api_token, "batch": events}
        assert self.stack.anonymous.post("/batch/", json=body).status_code == 200

    def finish_jobs(self) -> None:
        """Do all that waits in the background."""
        jobs = self.stack.platform.stores.jobs
        assert isinstance(jobs, JobsInMemory)
        jobs.start(work_of(self.stack.platform))
        jobs.run_waiting()

    def key(self) -> Json:
        return self.made("/api/personal_api_keys/", {"label": "k", "scopes": ["user:read"]})


Given: TypeAlias = Callable[[World], tuple[str, object]]


class Example(NamedTuple):
    """How an endpoint is asked; each function answers the address and the body.

    Attributes:
        status: Of the success.
        refusal: Status and code of the refusal.
    """

    endpoint: str
    succeeds: Given
    status: int
    fails: Given
    refusal: tuple[int, str]


def on(kind: str, make: str, *, path: str = "", body: object = None, **more: object) -> Given:
    """Something of a kind, made by this method of the world."""

    def given(world: World) -> tuple[str, object]:
        thing = getattr(world, make)(**more)
        return f"{kind}/{thing['id']}/{path}", body

    return given


def at(path: str, body: object = None) -> Given:
    """A fixed address."""
    return lambda _: (path, body)


def acting(action: str, *before: str, body: object = None) -> Given:
    """An action on an experiment that has been through others."""

    def given(world: World) -> tuple[str, object]:
        return f"experiments/{world.act(*before)['id']}/{action}/", body

    return given


def shared(world: World) -> tuple[str, object]:
    path = f"experiments/{world.experiment()['id']}/share_links/"
    return f"{path}{world.made(path, {})['id']}/", None


def voting(action: str, body: object) -> Given:
    return lambda world: (f"change_requests/{world.change_request()['id']}/{action}/", body)


def recalculating(world: World) -> tuple[str, object]:
    experiment = world.launched(metrics=[mean_metric()])
    metric = experiment["metrics"][0]
    body = {"metric": metric, "fingerprint": metric["fingerprint"]}
    return f"experiments/{experiment['id']}/recalculate_timeseries/", body


def series(world: World) -> tuple[str, object]:
    experiment = world.launched(metrics=[mean_metric()])
    metric = experiment["metrics"][0]
    query = f"metric_uuid={metric['uuid']}&fingerprint={metric['fingerprint']}"
    return f"experiments/{experiment['id']}/timeseries_results/?{query}", None


def a_run(world: World) -> tuple[str, object]:
    experiment = world.launched(metrics=[mean_metric()])
    path = f"experiments/{experiment['id']}/metrics_recalculation/"
    run = world.made(path, {"trigger": "manual"})
    return f"{path}{run['id']}/", None


def finished_run(world: World) -> tuple[str, object]:
    path, _ = a_run(world)
    world.finish_jobs()
    return path.rsplit("/", 2)[0] + "/latest/", None


def exposed(world: World) -> Json:
    """A launched experiment that somebody was exposed to."""
    experiment = world.launched(metrics=[mean_metric()])
    key = experiment["feature_flag"]["key"]
    world.capture(
        *(
            {
                "event": "$feature_flag_called",
                "distinct_id": f"{key}-{number}",
                "properties": {"$feature_flag": key, "$feature_flag_response": variant},
            }
            for number, variant in enumerate(("control", "test") * 3)
        )
    )
    return experiment


def freezing(world: World) -> tuple[str, object]:
    return f"experiments/{exposed(world)['id']}/freeze_exposure/", None


def unfreezing(world: World) -> tuple[str, object]:
    path, _ = freezing(world)
    assert world.ask("POST", path).status_code == 200
    return path.replace("freeze", "unfreeze"), None


def legacy(name: str) -> Given:
    """An experiment whose metric is a legacy filter, with conversions in both variants."""

    def given(world: World) -> tuple[str, object]:
        metric = {"filters": FUNNEL, "name": "n"}
        experiment = world.launched(filters=FUNNEL, secondary_metrics=[metric])
        key = f"$feature/{experiment['feature_flag']['key']}"
        world.capture(
            *(
                {"event": event, "distinct_id": f"{key}{number}", "properties": {key: variant}}
                for number, variant in enumerate(("control", "test") * 5)
                for event in ("$pageview", "purchase")
            )
        )
        return f"experiments/{experiment['id']}/{name}", None

    return given


def copying(world: World) -> tuple[str, object]:
    experiment = world.experiment()
    return f"experiments/{experiment['id']}/copy_to_project/", {
        "target_team_id": world.stack.project.id,
        "feature_flag_key": world.unique(),
    }


def naming(path: str, **body: object) -> Given:
    """A body with a name and a key that nobody has."""

    def given(world: World) -> tuple[str, object]:
        name = world.unique()
        return path, {"name": name, "feature_flag_key": name, "key": name} | body

    return given


def putting(world: World) -> tuple[str, object]:
    experiment = world.experiment()
    kept = {name: experiment[name] for name in ("name", "feature_flag_key")}
    return f"experiments/{experiment['id']}/", kept


def putting_flag(world: World) -> tuple[str, object]:
    flag = world.flag()
    return f"feature_flags/{flag['id']}/", {"key": flag["key"], "filters": flag["filters"]}


def putting_policy(world: World) -> tuple[str, object]:
    return f"approval_policies/{world.policy()['id']}/", world.rule()


def asking(world: World) -> tuple[str, object]:
    experiment = world.launched(metrics=[mean_metric()])
    query = {
        "kind": "ExperimentQuery",
        "experiment_id": experiment["id"],
        "metric": experiment["metrics"][0],
    }
    return "query/", {"query": query}


def asked_for_later(world: World) -> tuple[str, object]:
    path, body = asking(world)
    assert isinstance(body, dict)
    answer = world.ask("POST", path, {**body, "refresh": "force_async"})
    query_id = answer.json()["query_status"]["id"]
    give_up_at = time.monotonic() + 10
    while world.ask("GET", f"query/{query_id}/").status_code == 202:
        assert time.monotonic() < give_up_at
    return f"query/{query_id}/", None


RATE = {"metric_type": "funnel", "minimum_detectable_effect": 20, "number_of_variants": 2}
RULED = "invalid_input"
GONE = (404, "not_found")
EXAMPLES = [
    Example("GET experiments/", at("experiments/"), 200, at("experiments/?order=x"), (400, RULED)),
    Example(
        "POST experiments/", naming("experiments/"), 201, at("experiments/", {}), (400, "required")
    ),
    Example(
        "GET experiments/{experiment}/",
        on("experiments", "experiment"),
        200,
        at("experiments/0/"),
        GONE,
    ),
    Example(
        "PATCH experiments/{experiment}/",
        on("experiments", "experiment", body={"description": "d"}),
        200,
        on("experiments", "experiment", body={"name": None}),
        (400, "null"),
    ),
    Example(
        "PUT experiments/{experiment}/",
        putting,
        200,
        on("experiments", "experiment", body={}),
        (400, "required"),
    ),
    Example(
        "DELETE experiments/{experiment}/",
        on("experiments", "experiment"),
        405,
        at("nothing/"),
        GONE,
    ),
    Example(
        "POST experiments/{experiment}/launch/",
        acting("launch"),
        200,
        acting("launch", "launch"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/pause/",
        acting("pause", "launch"),
        200,
        acting("pause"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/resume/",
        acting("resume", "launch", "pause"),
        200,
        acting("resume"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/end/",
        acting("end", "launch"),
        200,
        acting("end", "launch", body={"conclusion": "amazing"}),
        (400, "invalid_choice"),
    ),
    Example(
        "POST experiments/{experiment}/ship_variant/",
        acting("ship_variant", "launch", body={"variant_key": "test"}),
        200,
        acting("ship_variant", "launch"),
        (400, "required"),
    ),
    Example(
        "POST experiments/{experiment}/archive/",
        acting("archive", "launch", "end"),
        200,
        acting("archive", "launch"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/unarchive/",
        acting("unarchive", "launch", "end", "archive"),
        200,
        acting("unarchive"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/reset/",
        acting("reset", "launch"),
        200,
        acting("reset"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/duplicate/",
        acting("duplicate"),
        200,
        acting("duplicate", body={"feature_flag_key": ""}),
        (400, "blank"),
    ),
    Example(
        "POST experiments/{experiment}/copy_to_project/",
        copying,
        201,
        acting("copy_to_project", body={}),
        (400, "required"),
    ),
    Example(
        "POST experiments/{experiment}/create_exposure_cohort_for_experiment/",
        acting("create_exposure_cohort_for_experiment", "launch"),
        200,
        acting("create_exposure_cohort_for_experiment"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/recalculate_timeseries/",
        recalculating,
        200,
        acting("recalculate_timeseries", "launch", body={}),
        (400, RULED),
    ),
    Example(
        "GET experiments/{experiment}/timeseries_results/",
        series,
        200,
        acting("timeseries_results", "launch"),
        (400, RULED),
    ),
    Example(
        "GET experiments/stats/",
        at("experiments/stats/"),
        200,
        at("/api/projects/0/experiments/stats/"),
        GONE,
    ),
    Example(
        "GET experiments/eligible_feature_flags/",
        at("experiments/eligible_feature_flags/"),
        200,
        at("experiments/eligible_feature_flags/?order=x"),
        (400, RULED),
    ),
    Example(
        "GET experiments/requires_flag_implementation/",
        at('experiments/requires_flag_implementation/?events=[{"id":"a"}]'),
        200,
        at("experiments/requires_flag_implementation/?events={"),
        (400, RULED),
    ),
    Example(
        "GET experiments/{experiment}/results/",
        legacy("results/"),
        200,
        acting("results", "launch"),
        (400, RULED),
    ),
    Example(
        "GET experiments/{experiment}/secondary_results/",
        legacy("secondary_results/?id=0"),
        200,
        acting("secondary_results", "launch"),
        (400, RULED),
    ),
    Example(
        "GET experiment_standings/",
        at("experiment_standings/?experiment_ids=1"),
        200,
        at("experiment_standings/"),
        (400, ""),
    ),
    Example(
        "GET experiments/{experiment}/outlook/",
        acting("outlook"),
        200,
        acting("outlook/?minimum_detectable_effect=0"),
        (400, ""),
    ),
    Example(
        "GET experiments/{experiment}/launch_checks/",
        acting("launch_checks"),
        200,
        at("experiments/0/launch_checks/"),
        GONE,
    ),
    Example(
        "POST experiments/{experiment}/preview_ship_variant/",
        acting("preview_ship_variant", "launch", body={"variant_key": "test"}),
        200,
        acting("preview_ship_variant", body={"variant_key": "test"}),
        (400, RULED),
    ),
    Example(
        "GET experiments/{experiment}/share_links/",
        acting("share_links"),
        200,
        at("experiments/0/share_links/"),
        GONE,
    ),
    Example(
        "POST experiments/{experiment}/share_links/",
        acting("share_links", body={"expires_in_days": 3}),
        201,
        acting("share_links", body={"expires_in_days": 0}),
        (400, "out_of_range"),
    ),
    Example(
        "DELETE experiments/{experiment}/share_links/{uuid}/",
        shared,
        204,
        acting(f"share_links/{NOWHERE}"),
        GONE,
    ),
    Example(
        "POST experiments/calculate_running_time/",
        at("experiments/calculate_running_time/", RATE),
        200,
        at("experiments/calculate_running_time/", {}),
        (400, "required"),
    ),
    Example(
        "POST experiments/{experiment}/metrics_recalculation/",
        acting("metrics_recalculation", "launch", body={"trigger": "manual"}),
        201,
        acting("metrics_recalculation", body={"trigger": "manual"}),
        (400, RULED),
    ),
    Example(
        "GET experiments/{experiment}/metrics_recalculation/latest/",
        finished_run,
        200,
        acting("metrics_recalculation/latest", "launch"),
        (404, ""),
    ),
    Example(
        "GET experiments/{experiment}/metrics_recalculation/{uuid}/",
        a_run,
        200,
        acting(f"metrics_recalculation/{NOWHERE}", "launch"),
        (404, ""),
    ),
    Example(
        "POST experiments/{experiment}/freeze_exposure/",
        freezing,
        200,
        acting("freeze_exposure"),
        (400, RULED),
    ),
    Example(
        "POST experiments/{experiment}/unfreeze_exposure/",
        unfreezing,
        200,
        acting("unfreeze_exposure", "launch"),
        (400, RULED),
    ),
    Example(
        "GET experiment_holdouts/",
        at("experiment_holdouts/"),
        200,
        at("/api/projects/0/experiment_holdouts/"),
        GONE,
    ),
    Example(
        "POST experiment_holdouts/",
        at("experiment_holdouts/", {"name": "h", "filters": [{"rollout_percentage": 5}]}),
        201,
        at("experiment_holdouts/", {"name": "h", "filters": []}),
        (400, RULED),
    ),
    Example(
        "GET experiment_holdouts/{holdout}/",
        on("experiment_holdouts", "holdout"),
        200,
        at("experiment_holdouts/0/"),
        GONE,
    ),
    Example(
        "PATCH experiment_holdouts/{holdout}/",
        on("experiment_holdouts", "holdout", body={"name": "n"}),
        200,
        on("experiment_holdouts", "holdout", body={"name": None}),
        (400, "null"),
    ),
    Example(
        "PUT experiment_holdouts/{holdout}/",
        on(
            "experiment_holdouts",
            "holdout",
            body={"name": "n", "filters": [{"rollout_percentage": 1}]},
        ),
        200,
        on("experiment_holdouts", "holdout", body={}),
        (400, "required"),
    ),
    Example(
        "DELETE experiment_holdouts/{holdout}/",
        on("experiment_holdouts", "holdout"),
        204,
        at("experiment_holdouts/0/"),
        GONE,
    ),
    Example(
        "GET experiment_holdouts/{holdout}/experiments/",
        on("experiment_holdouts", "holdout", path="experiments/"),
        200,
        at("experiment_holdouts/0/experiments/"),
        GONE,
    ),
    Example(
        "GET experiment_saved_metrics/",
        at("experiment_saved_metrics/"),
        200,
        at("/api/projects/0/experiment_saved_metrics/"),
        GONE,
    ),
    Example(
        "POST experiment_saved_metrics/",
        naming("experiment_saved_metrics/", query=mean_metric()),
        201,
        naming("experiment_saved_metrics/"),
        (400, "required"),
    ),
    Example(
        "GET experiment_saved_metrics/{saved_metric}/",
        on("experiment_saved_metrics", "saved_metric"),
        200,
        at("experiment_saved_metrics/0/"),
        GONE,
    ),
    Example(
        "PATCH experiment_saved_metrics/{saved_metric}/",
        on("experiment_saved_metrics", "saved_metric", body={"tags": ["A"]}),
        200,
        on("experiment_saved_metrics", "saved_metric", body={"query": None}),
        (400, "null"),
    ),
    Example(
        "PUT experiment_saved_metrics/{saved_metric}/",
        on(
            "experiment_saved_metrics",
            "saved_metric",
            body={"name": NOWHERE, "query": mean_metric()},
        ),
        200,
        on("experiment_saved_metrics", "saved_metric", body={}),
        (400, "required"),
    ),
    Example(
        "DELETE experiment_saved_metrics/{saved_metric}/",
        on("experiment_saved_metrics", "saved_metric"),
        204,
        at("experiment_saved_metrics/0/"),
        GONE,
    ),
    Example(
        "GET experiment_saved_metrics/{saved_metric}/experiments/",
        on("experiment_saved_metrics", "saved_metric", path="experiments/"),
        200,
        at("experiment_saved_metrics/0/experiments/"),
        GONE,
    ),
    Example(
        "POST metric_preview/",
        at("metric_preview/", {"metric": mean_metric()}),
        200,
        at("metric_preview/", {}),
        (400, "required"),
    ),
    Example(
        "GET event_definitions/",
        at("event_definitions/"),
        200,
        at("/api/projects/0/event_definitions/"),
        GONE,
    ),
    Example(
        "GET property_definitions/",
        at("property_definitions/"),
        200,
        at("property_definitions/?type=group"),
        (400, "invalid_choice"),
    ),
    Example(
        "GET web_experiments/",
        at("web_experiments/"),
        200,
        at("/api/projects/0/web_experiments/"),
        GONE,
    ),
    Example(
        "POST web_experiments/",
        naming("web_experiments/", variants=WEB),
        201,
        naming("web_experiments/"),
        (400, RULED),
    ),
    Example(
        "GET web_experiments/{web_experiment}/",
        on("web_experiments", "web_experiment"),
        200,
        at("web_experiments/0/"),
        GONE,
    ),
    Example(
        "PATCH web_experiments/{web_experiment}/",
        on("web_experiments", "web_experiment", body={"name": "n"}),
        200,
        on("web_experiments", "web_experiment", body={"variants": []}),
        (400, RULED),
    ),
    Example(
        "PUT web_experiments/{web_experiment}/",
        on("web_experiments", "web_experiment", body={"name": "n", "variants": WEB}),
        200,
        on("web_experiments", "web_experiment", body={"name": "n"}),
        (400, RULED),
    ),
    Example(
        "DELETE web_experiments/{web_experiment}/",
        on("web_experiments", "web_experiment"),
        204,
        at("web_experiments/0/"),
        GONE,
    ),
    Example(
        "GET change_requests/",
        at("change_requests/"),
        200,
        at("/api/projects/0/change_requests/"),
        GONE,
    ),
    Example(
        "GET change_requests/{change_request}/",
        on("change_requests", "change_request"),
        200,
        at(f"change_requests/{NOWHERE}/"),
        GONE,
    ),
    Example(
        "POST change_requests/{change_request}/approve/",
        voting("approve", {}),
        200,
        at(f"change_requests/{NOWHERE}/approve/"),
        GONE,
    ),
    Example(
        "POST change_requests/{change_request}/reject/",
        voting("reject", {"reason": "no"}),
        200,
        voting("reject", {}),
        (400, ""),
    ),
    Example(
        "POST change_requests/{change_request}/cancel/",
        voting("cancel", {}),
        200,
        at(f"change_requests/{NOWHERE}/cancel/"),
        GONE,
    ),
    Example(
        "GET approval_policies/",
        at("approval_policies/"),
        200,
        at("/api/projects/0/approval_policies/"),
        GONE,
    ),
    Example(
        "POST approval_policies/",
        lambda world: ("approval_policies/", world.rule()),
        201,
        at("approval_policies/", {"action_key": "x"}),
        (400, ""),
    ),
    Example(
        "GET approval_policies/{policy}/",
        on("approval_policies", "policy"),
        200,
        at(f"approval_policies/{NOWHERE}/"),
        GONE,
    ),
    Example(
        "PATCH approval_policies/{policy}/",
        on("approval_policies", "policy", body={"enabled": False}),
        200,
        on("approval_policies", "policy", body={"enabled": "perhaps"}),
        (400, RULED),
    ),
    Example(
        "PUT approval_policies/{policy}/",
        putting_policy,
        200,
        on("approval_policies", "policy", body={}),
        (400, "required"),
    ),
    Example(
        "DELETE approval_policies/{policy}/",
        on("approval_policies", "policy"),
        204,
        at(f"approval_policies/{NOWHERE}/"),
        GONE,
    ),
    Example(
        "GET feature_flags/", at("feature_flags/"), 200, at("/api/projects/0/feature_flags/"), GONE
    ),
    Example(
        "POST feature_flags/",
        naming("feature_flags/", filters=GROUPS),
        201,
        at("feature_flags/", {"key": "a b", "filters": GROUPS}),
        (400, "invalid_key"),
    ),
    Example(
        "GET feature_flags/{flag}/", on("feature_flags", "flag"), 200, at("feature_flags/0/"), GONE
    ),
    Example(
        "PATCH feature_flags/{flag}/",
        on("feature_flags", "flag", body={"active": False}),
        200,
        on("feature_flags", "flag", body={"key": "a b"}),
        (400, "invalid_key"),
    ),
    Example(
        "PUT feature_flags/{flag}/",
        putting_flag,
        200,
        on("feature_flags", "flag", body={}),
        (400, "required"),
    ),
    Example("DELETE feature_flags/{flag}/", on("feature_flags", "flag"), 405, at("nothing/"), GONE),
    Example(
        "POST feature_flags/{flag}/explain/",
        on("feature_flags", "flag", path="explain/", body={"distinct_id": "u"}),
        200,
        on("feature_flags", "flag", path="explain/", body={}),
        (400, "required"),
    ),
    Example("GET cohorts/", at("cohorts/"), 200, at("/api/projects/0/cohorts/"), GONE),
    Example("POST cohorts/", at("cohorts/", COHORT), 201, at("cohorts/", {}), (400, "required")),
    Example("GET cohorts/{cohort}/", on("cohorts", "cohort"), 200, at("cohorts/0/"), GONE),
    Example(
        "PATCH cohorts/{cohort}/",
        on("cohorts", "cohort", body={"name": "n"}),
        200,
        on("cohorts", "cohort", body={"name": None}),
        (400, "null"),
    ),
    Example("DELETE cohorts/{cohort}/", on("cohorts", "cohort"), 405, at("nothing/"), GONE),
    Example(
        "GET cohorts/{cohort}/persons/",
        on("cohorts", "cohort", path="persons/"),
        200,
        at("cohorts/0/persons/"),
        GONE,
    ),
    Example("GET actions/", at("actions/"), 200, at("/api/projects/0/actions/"), GONE),
    Example(
        "POST actions/",
        naming("actions/", steps=[{"event": "paid", "url": "/pay", "url_matching": "exact"}]),
        201,
        naming("actions/", steps=[{"event": 3}]),
        (400, "invalid_input"),
    ),
    Example("GET actions/{action}/", on("actions", "action"), 200, at("actions/0/"), GONE),
    Example(
        "PATCH actions/{action}/",
        on("actions", "action", body={"deleted": True}),
        200,
        on("actions", "action", body={"name": None}),
        (400, "null"),
    ),
    Example(
        "PUT actions/{action}/",
        on("actions", "action", body={"name": "replaced"}),
        200,
        on("actions", "action", body={}),
        (400, "required"),
    ),
    Example("DELETE actions/{action}/", on("actions", "action"), 405, at("nothing/"), GONE),
    Example(
        "POST power_simulations/",
        at("power_simulations/", {"difference": 0.1, "variance": 1, "units": 1000}),
        201,
        at("power_simulations/", {"difference": 0.1, "variance": 0, "units": 1000}),
        (400, ""),
    ),
    Example(
        "GET power_simulations/{uuid}/",
        on("power_simulations", "power_simulation"),
        200,
        at(f"power_simulations/{NOWHERE}/"),
        GONE,
    ),
    Example("GET warehouse_tables/", at("warehouse_tables/"), 200, at("/api/projects/0/"), GONE),
    Example(
        "POST warehouse_tables/",
        at("warehouse_tables/?name=orders", "a,b\n1,2\n"),
        201,
        at("warehouse_tables/?name=orders", "a,b\n1,2\n3\n"),
        (400, "unreadable_file"),
    ),
    # Only ClickHouse has tables of its own; `test_tables_and_formulas.py` registers them.
    Example(
        "POST warehouse_tables/existing/",
        naming("warehouse_tables/existing/", existing_table="orders"),
        400,
        naming("warehouse_tables/existing/"),
        (400, "required"),
    ),
    Example(
        "GET warehouse_tables/{warehouse_table}/",
        on("warehouse_tables", "warehouse_table"),
        200,
        at("warehouse_tables/0/"),
        GONE,
    ),
    Example(
        "DELETE warehouse_tables/{warehouse_table}/",
        on("warehouse_tables", "warehouse_table"),
        204,
        at("warehouse_tables/0/"),
        GONE,
    ),
    Example(
        "GET activity_log/",
        at("activity_log/?scope=Experiment"),
        200,
        at("/api/projects/0/activity_log/"),
        GONE,
    ),
    Example("GET ", at(""), 200, at("/api/projects/0/"), GONE),
    Example("POST query/", asking, 200, at("query/", {"query": {"kind": "Nothing"}}), (400, "")),
    Example("GET query/{uuid}/", asked_for_later, 200, at(f"query/{NOWHERE}/"), GONE),
    Example("DELETE query/{uuid}/", asked_for_later, 204, at(f"query/{NOWHERE}/"), GONE),
    Example("GET /api/projects/", at("/api/projects/"), 200, at("/api/projects/x/"), GONE),
    Example("GET /api/users/@me/", at("/api/users/@me/"), 200, at("/api/users/0/"), GONE),
    Example(
        "PATCH /api/users/@me/",
        at("/api/users/@me/", {"first_name": "Ada"}),
        200,
        at("/api/users/@me/", {"first_name": None}),
        (400, "null"),
    ),
    Example(
        "GET /api/personal_api_keys/",
        at("/api/personal_api_keys/"),
        200,
        at("/api/personal_api_keys/0/"),
        GONE,
    ),
    Example(
        "POST /api/personal_api_keys/",
        at("/api/personal_api_keys/", {"label": "k", "scopes": ["user:read"]}),
        201,
        at("/api/personal_api_keys/", {"label": "k", "scopes": ["x"]}),
        (400, RULED),
    ),
    Example(
        "GET /api/personal_api_keys/@current/",
        at("/api/personal_api_keys/@current/"),
        200,
        at("/api/personal_api_keys/0/"),
        GONE,
    ),
    Example(
        "PATCH /api/personal_api_keys/{key}/",
        on("/api/personal_api_keys", "key", body={"label": "l"}),
        200,
        on("/api/personal_api_keys", "key", body={"scopes": ["x"]}),
        (400, RULED),
    ),
    Example(
        "DELETE /api/personal_api_keys/{key}/",
        on("/api/personal_api_keys", "key"),
        204,
        at("/api/personal_api_keys/0/"),
        GONE,
    ),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_stack(settings_in(tmp_path_factory.mktemp("world"))) as stack:
        yield World(stack)


@pytest.fixture(autouse=True)
def without_policies(world: World) -> Iterator[None]:
    """No test's policy holds back what another one does."""
    yield
    world.drop_policies()


def name(example: Example) -> str:
    return example.endpoint


def test_every_endpoint_has_its_examples() -> None:
    named = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS}
    # The public list takes a project token; `test_web_experiments.py` asks it.
    assert {example.endpoint for example in EXAMPLES} == named - {"GET /api/web_experiments/"}


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_the_endpoint_answers(world: World, example: Example) -> None:
    method = example.endpoint.split(" ")[0]
    answer = world.ask(method, *example.succeeds(world))
    assert answer.status_code == example.status, answer.text


@pytest.mark.parametrize("example", EXAMPLES, ids=name)
def test_the_endpoint_refuses(world: World, example: Example) -> None:
    method = example.endpoint.split(" ")[0]
    answer = world.ask(method, *example.fails(world))
    status, code = example.refusal
    assert answer.status_code == status, answer.text
    assert answer.json().get("code", "").startswith(code), answer.text
