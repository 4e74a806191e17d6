"""Every step of an experiment's life from every state: allowed, or refused without effect."""

import pytest

from tests.api.management import Experiments, Json, broken_rule, refusal

NOT_LAUNCHED = "Experiment has not been launched yet."
LAUNCHED = "Experiment has already been launched."
ENDED = "Experiment has already ended."
NOT_ENDED = "Experiment must be ended before it can be archived."
NOT_ARCHIVED = "Experiment is not archived."
STATES: dict[str, tuple[str, ...]] = {
    "draft": (),
    "running": ("launch",),
    "paused": ("launch", "pause"),
    "stopped": ("launch", "end"),
    "archived": ("launch", "end", "archive"),
}
# In the order of the states: the status after the step, or why it is refused.
STEPS = {
    "launch": ("running", LAUNCHED, LAUNCHED, LAUNCHED, LAUNCHED),
    "pause": (NOT_LAUNCHED, "paused", "Experiment is already paused.", ENDED, ENDED),
    "resume": (NOT_LAUNCHED, "Experiment is not paused.", "running", ENDED, ENDED),
    "end": (NOT_LAUNCHED, "stopped", "stopped", ENDED, ENDED),
    "ship_variant": (NOT_LAUNCHED, "stopped", "stopped", "stopped", "stopped"),
    "archive": (
        NOT_ENDED,
        NOT_ENDED,
        NOT_ENDED,
        "stopped",
        "Experiment is already archived.",
    ),
    "unarchive": (NOT_ARCHIVED, NOT_ARCHIVED, NOT_ARCHIVED, NOT_ARCHIVED, "stopped"),
    "reset": ("Experiment is already in draft state.", "draft", "draft", "draft", "draft"),
}
STATUSES = {"draft", "running", "paused", "stopped"}


def in_state(experiments: Experiments, state: str) -> Json:
    experiment = experiments.create()
    for action in STATES[state]:
        experiment = experiments.act(experiment, action)
    return experiment


@pytest.mark.parametrize("action", STEPS)
def test_a_step_is_taken_or_refused_without_effect(experiments: Experiments, action: str) -> None:
    body = {"variant_key": "test"} if action == "ship_variant" else {}
    for state, outcome in zip(STATES, STEPS[action], strict=True):
        before = in_state(experiments, state)
        answer = experiments.try_act(before, action, **body)
        if outcome in STATUSES:
            assert answer.status_code == 200, (state, answer.text)
            assert answer.json()["status"] == outcome
            assert experiments.get(before) == answer.json()
        else:
            assert broken_rule(answer) == outcome
            assert experiments.get(before) == before


def test_what_is_not_there_takes_no_step(experiments: Experiments) -> None:
    gone = experiments.stopped()
    experiments.patch(gone, deleted=True)
    for action in STEPS:
        for number in (gone["id"], 999):
            answer = experiments.post(f"{number}/{action}/", variant_key="test")
            assert refusal(answer, status=404) == ("not_found", "Not found.", None)


def test_a_step_needs_no_body(experiments: Experiments) -> None:
    url = experiments.url(experiments.create())
    steps = ("launch", "pause", "resume", "end", "archive", "unarchive", "reset")
    statuses = ("running", "paused", "running", "stopped", "stopped", "stopped", "draft")
    for action, status in zip(steps, statuses, strict=True):
        answer = experiments.stack.client.post(f"{url}{action}/")
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == status


def test_a_launch_leaves_the_end_alone(experiments: Experiments) -> None:
    draft = experiments.create(end_date="2090-01-01T00:00:00Z")
    launched = experiments.act(draft, "launch")
    assert (launched["end_date"], launched["status"]) == ("2090-01-01T00:00:00Z", "stopped")
