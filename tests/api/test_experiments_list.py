from dataclasses import replace
from uuid import uuid4

import pytest

from tests.api.management import SPLIT, Experiments, Flags, broken_rule, mean_metric, refusal

pytestmark = pytest.mark.both_databases

ORDERS = ["created_at", "updated_at", "name", "start_date", "end_date", "duration", "status"]


def test_case_21_a_status_lists_only_what_is_in_it(experiments: Experiments) -> None:
    experiments.create(name="draft")
    experiments.launched(name="running")
    experiments.stopped(name="stopped")
    paused = experiments.launched(name="paused")
    experiments.act(paused, "pause")
    for status in ("draft", "running", "stopped", "paused"):
        assert experiments.names(status=status) == [status]
    assert experiments.names(status="complete") == ["stopped"]
    assert experiments.names(status="DRAFT") == ["draft"]
    assert len(experiments.names(status="all")) == 4
    assert len(experiments.names(status="unheard-of")) == 4


def test_case_22_archived_experiments_are_listed_apart(experiments: Experiments) -> None:
    live = experiments.create(name="live")
    archived = experiments.act(experiments.stopped(name="archived"), "archive")
    assert experiments.names() == ["live"]
    assert experiments.names(archived="true") == ["archived"]
    assert experiments.names(archived="false") == ["live"]
    assert experiments.get(live)["archived"] is False
    assert experiments.get(archived)["archived"] is True


def test_case_23_only_known_orders_are_possible(experiments: Experiments) -> None:
    answer = experiments.try_list(order="feature_flag__key")
    detail = "Invalid order field: 'feature_flag__key'"
    assert refusal(answer) == ("invalid_input", detail, None)
    experiments.create()
    for order in ORDERS:
        assert len(experiments.names(order=order)) == 1
        assert len(experiments.names(order=f"-{order}")) == 1


def test_the_newest_comes_first_unless_another_order_is_asked_for(
    experiments: Experiments,
) -> None:
    for name in ("b", "C", "a"):
        experiments.create(name=name)
    assert experiments.names() == ["a", "C", "b"]
    assert experiments.names(order="name") == ["a", "b", "C"]
    assert experiments.names(order="-name") == ["C", "b", "a"]


def test_case_24_search_finds_a_part_of_the_name_in_any_case(experiments: Experiments) -> None:
    experiments.create(name="Checkout button")
    experiments.create(name="Landing page")
    assert experiments.names(search="OUT b") == ["Checkout button"]


def test_case_25_a_flag_is_named_by_a_number(experiments: Experiments) -> None:
    for sent in ("abc", "1.5", "9" * 30):
        answer = experiments.try_list(feature_flag_id=sent)
        detail = "feature_flag_id must be an integer"
        assert refusal(answer) == ("invalid_input", detail, None)


def test_experiments_of_a_flag_and_of_an_author(experiments: Experiments, flags: Flags) -> None:
    flag = flags.create("shared", SPLIT)
    experiments.create(name="on it", feature_flag_key="shared")
    experiments.create(name="elsewhere")
    assert experiments.names(feature_flag_id=flag["id"]) == ["on it"]
    me = experiments.stack.user.id
    for sent in (str(me), f"{me},999", f"[{me}]"):
        assert len(experiments.names(created_by_id=sent)) == 2
    assert experiments.names(created_by_id=999) == []
    answer = experiments.try_list(created_by_id="me")
    assert broken_rule(answer) == "created_by_id must be an integer"


def test_case_26_a_deleted_experiment_is_gone(experiments: Experiments) -> None:
    gone = experiments.create()
    assert experiments.patch(gone, deleted=True)["deleted"] is True
    assert experiments.names() == []
    for answer in (
        experiments.stack.client.get(experiments.url(gone)),
        experiments.try_patch(gone, name="x"),
        experiments.try_act(gone, "launch"),
    ):
        assert refusal(answer, status=404) == ("not_found", "Not found.", None)


def test_case_27_other_projects_have_other_experiments(experiments: Experiments) -> None:
    stack, elsewhere = experiments.stack, experiments.create()
    copy = replace(stack.project, uuid=uuid4(), api_token="phc_other")
    with stack.platform.stores.metadata.transaction() as repositories:
        other = repositories.accounts.add_project(copy, secret_hash="other")
    stack.platform.stores.flag_source.refresh()
    answer = stack.client.get(f"/api/projects/{other.id}/experiments/{elsewhere['id']}/")
    assert refusal(answer, status=404)[1] == "Not found."
    listed = stack.client.get(f"/api/projects/{other.id}/experiments/")
    assert listed.json()["count"] == 0


@pytest.mark.parametrize("number", ["0", "999", "-1", "abc", "9" * 40])
def test_what_is_no_experiments_number_is_not_found(experiments: Experiments, number: str) -> None:
    answer = experiments.stack.client.get(experiments.stack.url(f"experiments/{number}/"))
    assert refusal(answer, status=404)[0] == "not_found"


def test_a_list_comes_in_pages(experiments: Experiments) -> None:
    for name in "abc":
        experiments.create(name=name)
    page = experiments.listed(limit=2, order="name")
    assert (page["count"], page["previous"]) == (3, None)
    assert [item["name"] for item in page["results"]] == ["a", "b"]
    rest = experiments.stack.client.get(page["next"]).json()
    assert [item["name"] for item in rest["results"]] == ["c"]
    assert rest["next"] is None
    assert experiments.listed(offset=9)["results"] == []


def test_experiments_are_found_by_an_event_of_their_metrics(experiments: Experiments) -> None:
    experiments.create(name="inline", metrics=[mean_metric("paid")])
    experiments.create(name="secondary", metrics_secondary=[mean_metric("paid")])
    experiments.create(name="old", filters={"events": [{"id": "paid"}]})
    experiments.create(name="other", metrics=[mean_metric("paid out")])
    assert experiments.names(event="paid", order="name") == ["inline", "old", "secondary"]
    assert experiments.names(event="Paid") == []
    assert experiments.names(event="", search="other") == ["other"]
    page = experiments.listed(event="paid", order="name", limit=1, offset=1)
    assert (page["count"], [item["name"] for item in page["results"]]) == (3, ["old"])
    assert "event=paid" in page["next"]
    assert experiments.names(event="paid", search="IN") == ["inline"]
