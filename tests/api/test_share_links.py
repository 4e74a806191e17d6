"""Links by which people without an account see one experiment."""

from datetime import timedelta

import httpx
import pytest

from splitplot.ports.clock import Clock
from tests.api.management import Experiments, Json, mean_metric
from tests.api.stack import Stack


@pytest.fixture
def experiments(stack: Stack) -> Experiments:
    return Experiments(stack=stack)


def made(answer: httpx.Response, status: int = 201) -> Json:
    assert answer.status_code == status, answer.text
    body: Json = answer.json()
    return body


def links(stack: Stack, experiment: Json) -> str:
    return stack.url(f"experiments/{experiment['id']}/share_links/")


def launched(experiments: Experiments, key: str) -> Json:
    metric = mean_metric() | {"name": "Orders"}
    metric["source"] = metric["source"] | {
        "properties": [{"key": "email", "value": "anna@example.com", "type": "person"}]
    }
    return experiments.act(experiments.create(feature_flag_key=key, metrics=[metric]), "launch")


def test_whoever_has_the_link_reads_the_results_and_nothing_else(
    stack: Stack, experiments: Experiments
) -> None:
    experiment = launched(experiments, "shared-one")
    link = made(stack.client.post(links(stack, experiment), json={"expires_in_days": 7}))
    assert link["link"].endswith(f"/shared/{link['token']}")

    answer = stack.anonymous.get(f"/api/shared/{link['token']}/")
    shared = made(answer, 200)
    assert shared["name"] == experiment["name"]
    assert [one["key"] for one in shared["variants"]] == ["control", "test"]
    assert [one["name"] for one in shared["results"]["metrics"]] == ["Orders"]
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    for secret in (
        "anna@example.com",
        stack.user.email,
        stack.project.api_token,
        stack.secret_key,
        "SELECT",
        "purchase",
    ):
        assert secret not in answer.text

    listed = made(stack.client.get(links(stack, experiment)), 200)["results"]
    assert [one["id"] for one in listed] == [link["id"]]
    assert link["token"] not in str(listed), "it is shown once"


def test_a_link_that_was_taken_back_leads_nowhere(stack: Stack, experiments: Experiments) -> None:
    experiment = launched(experiments, "shared-two")
    link = made(stack.client.post(links(stack, experiment), json={}))
    path = f"{links(stack, experiment)}{link['id']}/"
    assert stack.client.delete(path).status_code == 204
    assert stack.client.delete(path).status_code == 404
    assert stack.anonymous.get(f"/api/shared/{link['token']}/").status_code == 404
    log = stack.client.get(stack.url(f"experiments/activity/?item_id={experiment['id']}"))
    if log.status_code == 200:
        assert "share_link" in log.text


def test_a_link_expires(
    stack: Stack, experiments: Experiments, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = launched(experiments, "shared-three")
    link = made(stack.client.post(links(stack, experiment), json={"expires_in_days": 1}))
    path = f"/api/shared/{link['token']}/"
    assert stack.anonymous.get(path).status_code == 200
    clock: Clock = stack.platform.stores.clock
    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(type(clock), "now", lambda _: tomorrow)
    assert stack.anonymous.get(path).status_code == 404
    listed = made(stack.client.get(links(stack, experiment)), 200)["results"]
    assert [one["is_expired"] for one in listed] == [True]


def test_a_draft_is_shared_without_results_and_a_deleted_one_not_at_all(
    stack: Stack, experiments: Experiments
) -> None:
    experiment = experiments.create(feature_flag_key="shared-draft")
    link = made(stack.client.post(links(stack, experiment), json={}))
    path = f"/api/shared/{link['token']}/"
    assert made(stack.anonymous.get(path), 200)["results"] is None
    experiments.patch(experiment, deleted=True)
    assert stack.anonymous.get(path).status_code == 404


@pytest.mark.parametrize("days", [0, -1, 366, 1.5, "many", True, 10**30])
def test_a_time_that_is_none_is_refused(
    stack: Stack, experiments: Experiments, days: object
) -> None:
    experiment = experiments.create(feature_flag_key=f"shared-{abs(hash(str(days)))}")
    refused = made(stack.client.post(links(stack, experiment), json={"expires_in_days": days}), 400)
    assert refused["attr"] == "expires_in_days"


@pytest.mark.parametrize("token", ["nobody", "x" * 2000, "%00", "..", "\N{SNOWMAN}"])
def test_a_token_that_is_none_leads_nowhere(stack: Stack, token: str) -> None:
    assert stack.anonymous.get(f"/api/shared/{token}/").status_code == 404


def test_readers_do_not_make_links(stack: Stack, experiments: Experiments) -> None:
    experiment = experiments.create(feature_flag_key="shared-reader")
    headers = {"Authorization": f"Bearer {stack.key(scopes=('experiment:read',))}"}
    made_by_reader = stack.anonymous.post(links(stack, experiment), json={}, headers=headers)
    assert made_by_reader.status_code == 403
    assert stack.anonymous.get(links(stack, experiment), headers=headers).status_code == 200
