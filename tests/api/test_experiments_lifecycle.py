from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.management import SPLIT, Experiments, Flags, broken_rule, refusal

pytestmark = pytest.mark.both_databases

NOT_LAUNCHED = "Experiment has not been launched yet."
ENDED = "Experiment has already ended."
SHIPPED = "Added automatically when the experiment was ended to keep only one variant."


def test_case_39_a_launch_starts_a_draft_and_its_flag(
    experiments: Experiments, flags: Flags
) -> None:
    draft = experiments.create()
    launched = experiments.act(draft, "launch")
    assert launched["status"] == "running"
    started = datetime.fromisoformat(launched["start_date"])
    assert timedelta() <= datetime.now(UTC) - started < timedelta(minutes=1)
    assert launched["feature_flag"]["active"] is True
    assert flags.get(draft["feature_flag"])["active"] is True
    answer = experiments.try_act(draft, "launch")
    detail = "Experiment has already been launched."
    assert refusal(answer) == ("invalid_input", detail, None)


def test_a_launched_flag_is_served_at_once(experiments: Experiments) -> None:
    draft = experiments.create(feature_flag_key="now")
    stack = experiments.stack
    body = {"api_key": stack.project.api_token, "distinct_id": "u"}

    def served() -> list[str]:
        return list(stack.anonymous.post("/flags/?v=2", json=body).json()["flags"])

    assert served() == []
    experiments.act(draft, "launch")
    assert served() == ["now"]
    experiments.act(draft, "pause")
    assert served() == []


def test_case_40_a_deleted_flag_cannot_be_launched(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create()
    flags.patch(draft["feature_flag"], deleted=True)
    detail = "Experiment cannot be launched because its feature flag has been deleted."
    assert broken_rule(experiments.try_act(draft, "launch")) == detail
    assert experiments.get(draft)["status"] == "draft"


def test_an_unfit_flag_cannot_be_launched(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create()
    flag = draft["feature_flag"]
    flags.patch(flag, filters={**flag["filters"], "multivariate": None})
    detail = "Feature flag must have at least 2 variants (control and at least one test variant)"
    assert broken_rule(experiments.try_act(draft, "launch")) == detail


def test_case_41_a_pause_switches_the_flag_off(experiments: Experiments, flags: Flags) -> None:
    running = experiments.launched()
    paused = experiments.act(running, "pause")
    assert paused["status"] == "paused"
    assert paused["feature_flag"]["active"] is False
    assert flags.get(running["feature_flag"])["active"] is False
    assert (paused["start_date"], paused["end_date"]) == (running["start_date"], None)
    answer = experiments.try_act(running, "pause")
    assert broken_rule(answer) == "Experiment is already paused."


def test_case_42_a_paused_experiment_can_be_resumed(experiments: Experiments) -> None:
    running = experiments.launched()
    experiments.act(running, "pause")
    resumed = experiments.act(running, "resume")
    assert resumed["status"] == "running"
    assert resumed["feature_flag"]["active"] is True
    assert resumed["feature_flag"]["version"] == running["feature_flag"]["version"] + 2
    answer = experiments.try_act(running, "resume")
    assert broken_rule(answer) == "Experiment is not paused."


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_case_43_only_what_runs_can_be_paused_or_resumed(
    experiments: Experiments, action: str
) -> None:
    assert broken_rule(experiments.try_act(experiments.create(), action)) == NOT_LAUNCHED
    assert broken_rule(experiments.try_act(experiments.stopped(), action)) == ENDED


def test_case_44_an_end_says_how_it_came_out(experiments: Experiments) -> None:
    running = experiments.launched()
    answer = experiments.try_act(running, "end", conclusion="amazing")
    detail = '"amazing" is not a valid choice.'
    assert refusal(answer) == ("invalid_choice", detail, "conclusion")
    assert experiments.get(running)["status"] == "running"
    ended = experiments.act(running, "end", conclusion="won", conclusion_comment="x")
    assert ended["status"] == "stopped"
    assert (ended["conclusion"], ended["conclusion_comment"]) == ("won", "x")
    assert ended["feature_flag"]["active"] is True
    assert broken_rule(experiments.try_act(running, "end")) == ENDED


def test_an_end_without_a_word_clears_an_earlier_conclusion(experiments: Experiments) -> None:
    running = experiments.launched(conclusion="lost", conclusion_comment="early")
    ended = experiments.act(running, "end")
    assert (ended["conclusion"], ended["conclusion_comment"]) == (None, None)
    assert broken_rule(experiments.try_act(experiments.create(), "end")) == NOT_LAUNCHED


def test_case_45_a_shipped_variant_goes_to_everybody(experiments: Experiments) -> None:
    running = experiments.launched()
    before = running["feature_flag"]["filters"]
    shipped = experiments.act(running, "ship_variant", variant_key="test", conclusion="won")
    assert (shipped["status"], shipped["conclusion"]) == ("stopped", "won")
    filters = shipped["feature_flag"]["filters"]
    shares = [
        (item["key"], item["rollout_percentage"]) for item in filters["multivariate"]["variants"]
    ]
    assert shares == [("control", 0), ("test", 100)]
    first, *others = filters["groups"]
    assert first == {
        "properties": [],
        "rollout_percentage": 100,
        "description": SHIPPED,
        "aggregation_group_type_index": None,
    }
    assert others == before["groups"]
    assert filters["payloads"] == {}
    assert shipped["feature_flag"]["active"] is True


def test_case_46_shipping_after_the_end_keeps_end_and_conclusion(experiments: Experiments) -> None:
    running = experiments.launched()
    ended = experiments.act(running, "end", conclusion="won", conclusion_comment="x")
    shipped = experiments.act(ended, "ship_variant", variant_key="test", conclusion=None)
    assert shipped["end_date"] == ended["end_date"]
    assert (shipped["conclusion"], shipped["conclusion_comment"]) == ("won", "x")
    assert shipped["feature_flag"]["version"] == ended["feature_flag"]["version"] + 1


def test_shipping_again_writes_nothing_and_stacks_nothing(experiments: Experiments) -> None:
    running = experiments.launched()
    shipped = experiments.act(running, "ship_variant", variant_key="test")
    again = experiments.act(running, "ship_variant", variant_key="test")
    assert again["feature_flag"] == shipped["feature_flag"]
    other = experiments.act(running, "ship_variant", variant_key="control")
    assert len(other["feature_flag"]["filters"]["groups"]) == 2


def test_shipping_to_whom_it_was_released_adds_no_condition(experiments: Experiments) -> None:
    running = experiments.launched(parameters={"rollout_percentage": 20})
    shipped = experiments.act(
        running, "ship_variant", variant_key="test", release_to_everyone=False
    )
    groups = shipped["feature_flag"]["filters"]["groups"]
    assert [group["rollout_percentage"] for group in groups] == [20]


def test_case_47_only_a_variant_of_a_launched_experiment_ships(
    experiments: Experiments, flags: Flags
) -> None:
    running, draft = experiments.launched(), experiments.create()
    answer = experiments.try_act(running, "ship_variant", variant_key="nope")
    assert broken_rule(answer) == "Variant 'nope' not found on feature flag."
    answer = experiments.try_act(running, "ship_variant")
    assert refusal(answer) == ("required", "This field is required.", "variant_key")
    answer = experiments.try_act(draft, "ship_variant", variant_key="test")
    assert broken_rule(answer) == NOT_LAUNCHED
    assert flags.get(running["feature_flag"])["filters"] == running["feature_flag"]["filters"]
    assert experiments.get(running)["end_date"] is None


def test_case_48_only_what_has_ended_is_archived(experiments: Experiments) -> None:
    running, stopped = experiments.launched(), experiments.stopped()
    detail = "Experiment must be ended before it can be archived."
    assert broken_rule(experiments.try_act(running, "archive")) == detail
    assert experiments.act(stopped, "archive")["archived"] is True
    answer = experiments.try_act(stopped, "archive")
    assert broken_rule(answer) == "Experiment is already archived."
    assert experiments.act(stopped, "unarchive")["archived"] is False
    answer = experiments.try_act(stopped, "unarchive")
    assert broken_rule(answer) == "Experiment is not archived."


def test_case_49_a_reset_makes_a_draft_again(experiments: Experiments) -> None:
    running = experiments.launched()
    stopped = experiments.stopped()
    concluded = experiments.patch(stopped, conclusion="won", conclusion_comment="x", archived=True)
    for experiment in (running, concluded):
        reset = experiments.act(experiment, "reset")
        assert reset["status"] == "draft"
        assert (reset["start_date"], reset["end_date"]) == (None, None)
        assert (reset["conclusion"], reset["conclusion_comment"]) == (None, None)
        assert reset["archived"] is False
        assert reset["feature_flag"] == experiment["feature_flag"]
        assert reset["feature_flag"]["active"] is True
    answer = experiments.try_act(running, "reset")
    assert broken_rule(answer) == "Experiment is already in draft state."


def test_case_50_an_experiment_cannot_be_destroyed(experiments: Experiments) -> None:
    experiment = experiments.create()
    answer = experiments.stack.client.delete(experiments.url(experiment))
    assert (answer.status_code, answer.content) == (405, b"")
    assert experiments.get(experiment) == experiment


def test_case_51_a_deleted_experiment_can_be_restored(
    experiments: Experiments, flags: Flags
) -> None:
    experiment = experiments.create()
    experiments.patch(experiment, deleted=True)
    restored = experiments.patch(experiment, deleted=False, name="n")
    assert (restored["deleted"], restored["name"]) == (False, "n")
    assert experiments.get(experiment)["name"] == "n"
    experiments.patch(experiment, deleted=True)
    flags.patch(experiment["feature_flag"], deleted=True)
    detail = (
        "Cannot restore experiment: the linked feature flag has been deleted. Restore the "
        "feature flag first, then restore the experiment."
    )
    answer = experiments.try_patch(experiment, deleted=False)
    assert refusal(answer) == ("invalid_input", detail, None)


def test_of_two_launches_at_once_one_wins(experiments: Experiments, flags: Flags) -> None:
    draft = experiments.create()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: experiments.try_act(draft, "launch"), range(8)))
    won = [answer for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    for answer in answers:
        if answer is not won[0]:
            assert broken_rule(answer) == "Experiment has already been launched."
    assert flags.get(draft["feature_flag"])["version"] == 2
    assert experiments.get(draft) == won[0].json()


def test_flag_and_experiment_are_never_apart(experiments: Experiments, flags: Flags) -> None:
    flags.create("shared", SPLIT, active=False)
    pair = [experiments.create(feature_flag_key="shared") for _ in range(2)]
    acts = ["launch", "pause", "resume", "end", "reset"] * 3

    def act(action: str) -> int:
        return max(experiments.try_act(one, action).status_code for one in pair)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(act, acts)) <= {200, 400}
    first, second = (experiments.get(one) for one in pair)
    assert first["feature_flag"] == second["feature_flag"]


def test_what_does_not_exist_cannot_be_launched(experiments: Experiments) -> None:
    answer = experiments.post("999/launch/")
    assert refusal(answer, status=404) == ("not_found", "Not found.", None)
