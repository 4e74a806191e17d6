"""Payloads of single flags for backends, and those among them that are kept encrypted."""

import json
import stat
from pathlib import Path

import httpx

from splitplot.errors import Unavailable
from splitplot.flags.model import FlagId
from tests.api.management import SPLIT, Experiments, Flags, Json, refusal
from tests.api.stack import Stack, running_stack, settings_in

EVERYBODY = [{"properties": [], "rollout_percentage": 100}]
REDACTED = '"********* (encrypted)"'
SECRET = '{"password": "open sesame"}'


def with_payload(payload: object, **members: object) -> Json:
    return {"filters": {"groups": EVERYBODY, "payloads": {"true": payload}}} | members


def ask(stack: Stack, key: str, *, project: str = "@current", **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {stack.secret_key}"}
    path = f"/api/projects/{project}/feature_flags/{key}/remote_config"
    return stack.anonymous.get(path, params=query, headers=headers)


def payload_of(stack: Stack, key: str) -> object:
    answer = ask(stack, key, token=stack.project.api_token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_payload_is_answered_as_the_json_that_it_is(stack: Stack, flags: Flags) -> None:
    stored = ['{"a": 1}', {"a": 1}, '"text"', "1.0"]
    for number, payload in enumerate(stored):
        flags.create(f"config-{number}", **with_payload(payload))
    texts = [ask(stack, f"config-{number}").text for number in range(len(stored))]
    assert [json.loads(text) for text in texts] == [{"a": 1}, {"a": 1}, "text", 1.0]
    assert texts[3] == "1.0"


def test_a_flag_without_a_payload_has_null(stack: Stack, flags: Flags) -> None:
    flag = flags.create("bare")
    assert payload_of(stack, "bare") is None
    assert payload_of(stack, str(flag["id"])) is None


def test_a_key_that_looks_like_an_id_is_the_key(stack: Stack, flags: Flags) -> None:
    first = flags.create("first", **with_payload("1"))
    flags.create(str(first["id"]), **with_payload("2"))
    assert payload_of(stack, str(first["id"])) == 2


def test_the_project_is_named_by_its_token_or_its_id(stack: Stack, flags: Flags) -> None:
    flags.create("config", **with_payload("1"))
    for project in ("@current", str(stack.project.id)):
        assert ask(stack, "config", project=project).json() == 1
    assert refusal(ask(stack, "config", project="none"), status=404)[0] == "not_found"
    for stranger in (ask(stack, "config", project="99"), ask(stack, "config", token="phc_other")):
        assert refusal(stranger, status=401)[0] == "authentication_failed"


def test_only_secrets_read_payloads(stack: Stack, flags: Flags) -> None:
    flags.create("config", **with_payload("1"))
    path = "/api/projects/@current/feature_flags/config/remote_config/?token={}"
    path = path.format(stack.project.api_token)
    assert refusal(stack.anonymous.get(path), status=401)[0] == "not_authenticated"
    assert stack.client.get(path).json() == 1
    narrow = {"Authorization": f"Bearer {stack.key(scopes=('person:read',))}"}
    assert stack.anonymous.get(path, headers=narrow).status_code == 403
    assert refusal(ask(stack, "nothing"), status=404)[0] == "not_found"


def test_an_encrypted_payload_is_readable_here_and_nowhere_else(stack: Stack, flags: Flags) -> None:
    flag = flags.create("vault", **with_payload(SECRET, has_encrypted_payloads=True))
    assert flag["has_encrypted_payloads"] is True
    assert payload_of(stack, "vault") == {"password": "open sesame"}
    token = stack.project.api_token
    elsewhere = [
        stack.client.get(flags.url(flag)),
        stack.client.get(stack.url("feature_flags/")),
        stack.client.get(f"/flags/definitions?token={token}"),
        stack.anonymous.post("/flags/?v=2", json={"token": token, "distinct_id": "u"}),
        stack.anonymous.post("/decide/?v=3", json={"token": token, "distinct_id": "u"}),
    ]
    for answer in elsewhere:
        assert answer.status_code == 200
        assert "sesame" not in answer.text
    assert flags.get(flag)["filters"]["payloads"] == {"true": REDACTED}
    stored = stack.platform.flag_records.get(stack.project.id, FlagId(flag["id"])).flag
    assert "sesame" not in str(stored.filters)


def test_the_activity_log_tells_of_a_secret_payload_without_showing_it(
    stack: Stack, flags: Flags
) -> None:
    flag = flags.create("vault", **with_payload(SECRET, has_encrypted_payloads=True))
    flags.patch(flag, **with_payload('"changed"'))
    flags.patch(flag, filters=flags.get(flag)["filters"])
    log = stack.client.get(stack.url("activity_log/"), params={"scope": "FeatureFlag"})
    changed, created = log.json()["results"]
    (change,) = changed["detail"]["changes"]
    assert change["before"]["payloads"] == change["after"]["payloads"] == {"true": REDACTED}
    (of_filters,) = [item for item in created["detail"]["changes"] if item["field"] == "filters"]
    assert of_filters["after"]["payloads"] == {"true": REDACTED}
    stored = stack.platform.flag_records.get(stack.project.id, FlagId(flag["id"])).flag
    assert str(stored.filters["payloads"]["true"]) not in log.text  # type: ignore[index,call-overload]


def test_an_experiment_does_not_show_its_flags_encrypted_payloads(
    flags: Flags, experiments: Experiments
) -> None:
    filters = {
        "groups": EVERYBODY,
        "multivariate": {"variants": SPLIT},
        "payloads": {"test": SECRET},
    }
    flags.create("vault", filters=filters, has_encrypted_payloads=True)
    experiment = experiments.create(feature_flag_key="vault")
    assert experiment["feature_flag"]["filters"]["payloads"] == {"test": REDACTED}
    assert "sesame" not in str(experiment)


def test_a_payload_sent_back_as_shown_stays_and_a_new_one_replaces_it(
    stack: Stack, flags: Flags
) -> None:
    flag = flags.create("vault", **with_payload(SECRET, has_encrypted_payloads=True))
    flags.patch(flag, name="The vault", filters=flags.get(flag)["filters"])
    flags.patch(flag, active=False)
    assert payload_of(stack, "vault") == {"password": "open sesame"}
    flags.patch(flag, **with_payload('"changed"'))
    assert payload_of(stack, "vault") == "changed"


def test_an_open_payload_can_be_locked_and_not_unlocked(stack: Stack, flags: Flags) -> None:
    flag = flags.create("vault", **with_payload(SECRET))
    assert flags.patch(flag, has_encrypted_payloads=True)["filters"]["payloads"] == {
        "true": REDACTED
    }
    assert payload_of(stack, "vault") == {"password": "open sesame"}
    _, detail, attr = refusal(flags.try_patch(flag, has_encrypted_payloads=False))
    assert (detail.startswith("Encrypted payloads cannot"), attr) == (True, "filters")
    opened = flags.patch(flag, **with_payload("1", has_encrypted_payloads=False))
    assert opened["filters"]["payloads"] == {"true": "1"}


def test_the_key_stands_in_a_file_of_its_owner_beside_the_data(tmp_path: Path) -> None:
    body = {"key": "vault", **with_payload(SECRET, has_encrypted_payloads=True)}
    with running_stack(settings_in(tmp_path)) as stack:
        assert not (tmp_path / "secret.key").exists()
        made = stack.client.post(stack.url("feature_flags/"), json=body)
        assert made.status_code == 201
        assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
        stack.platform.definitions._secrecy._fernet = None  # type: ignore[attr-defined]
        assert payload_of(stack, "vault") == {"password": "open sesame"}
        (tmp_path / "secret.key").unlink()
        stack.platform.definitions._secrecy._fernet = None  # type: ignore[attr-defined]
        assert refusal(ask(stack, "vault"), status=503)[0] == Unavailable.default_code
