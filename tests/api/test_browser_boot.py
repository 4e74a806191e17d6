"""What the browser SDK loads before it does anything: its code and its configuration."""

import gzip
import json
import re
from pathlib import Path

import httpx
import pytest

from splitplot.http.resources.browser import bundle as sdk
from splitplot.http.resources.browser.bundle import Bundle
from tests.api.management import Flags
from tests.api.stack import Stack

ORIGIN = {"Origin": "https://shop.example"}
ARRAY_JS = b"(function () { window.posthog = 'the SDK'; })();\n"
IMMUTABLE = "public, max-age=31536000, immutable"


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle of version 1.2.3 with two scripts."""
    folder = tmp_path / "posthog-js"
    folder.mkdir()
    for name in ("array.js", "surveys.js"):
        (folder / name).write_bytes(ARRAY_JS)
        (folder / f"{name}.gz").write_bytes(gzip.compress(ARRAY_JS))
    manifest = {"version": "1.2.3", "files": ["array.js", "surveys.js"]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setattr(sdk, "BUNDLE", Bundle(folder))


def get(stack: Stack, path: str, **headers: str) -> httpx.Response:
    return stack.anonymous.get(path, headers=ORIGIN | {"Accept-Encoding": "identity"} | headers)


def config_of(stack: Stack) -> dict[str, object]:
    answer = get(stack, f"/array/{stack.project.api_token}/config")
    assert answer.status_code == 200
    config: dict[str, object] = answer.json()
    return config


def test_the_config_says_what_browsers_shall_do(stack: Stack, flags: Flags) -> None:
    flags.create("on")
    assert config_of(stack) == {
        "token": stack.project.api_token,
        "hasFeatureFlags": True,
        "supportedCompression": ["gzip", "gzip-js"],
        "autocapture_opt_out": False,
        "elementsChainAsString": True,
        "sessionRecording": False,
        "heatmaps": False,
        "capturePerformance": False,
        "captureDeadClicks": False,
        "autocaptureExceptions": False,
        "errorTracking": {"autocaptureExceptions": False, "suppressionRules": []},
        "siteApps": [],
        "defaultIdentifiedOnly": True,
        "isAuthenticated": False,
        "toolbarParams": {},
        "config": {"enable_collect_everything": True},
    }


def test_browsers_need_not_ask_for_flags_where_none_is_active(stack: Stack, flags: Flags) -> None:
    assert config_of(stack)["hasFeatureFlags"] is False
    # The first flag shall show at once, so nobody may keep the answer for long.
    for name in ("config", "config.js"):
        answer = get(stack, f"/array/{stack.project.api_token}/{name}")
        assert answer.headers["cache-control"] == "public, no-cache"
    flag = flags.create("on")
    assert config_of(stack)["hasFeatureFlags"] is True
    flags.patch(flag, active=False)
    assert config_of(stack)["hasFeatureFlags"] is False


def test_the_script_sets_the_config_of_exactly_this_project(stack: Stack) -> None:
    token = stack.project.api_token
    answer = get(stack, f"/array/{token}/config.js")
    assert answer.headers["content-type"].startswith("application/javascript")
    start = "window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {};"
    assert start in answer.text
    found = re.search(
        rf"window\._POSTHOG_REMOTE_CONFIG\['{token}'\] = "
        r"\{config: (\{.*\}), siteApps: \[\]\};",
        answer.text,
    )
    assert found is not None
    assert json.loads(found[1]) == config_of(stack)


@pytest.mark.usefixtures("bundle")
def test_boot_files_are_kept_tagged_and_open_to_every_page(stack: Stack, flags: Flags) -> None:
    flags.create("on")
    token = stack.project.api_token
    kept = {
        f"/array/{token}/config": "public, max-age=60",
        f"/array/{token}/config.js": "public, max-age=60",
        f"/array/{token}/array.js": "public, max-age=60",
        "/static/array.js": "public, max-age=300",
        "/static/1.2.3/surveys.js": IMMUTABLE,
    }
    for path, caching in kept.items():
        for slash in ("", "/"):
            answer = get(stack, path + slash + "?v=1.2.3&unknown=1")
            assert answer.status_code == 200, path
            assert answer.headers["cache-control"] == caching
            assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]
            assert answer.headers["access-control-allow-credentials"] == "true"
        same = get(stack, path, **{"If-None-Match": answer.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        assert get(stack, path, **{"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.usefixtures("bundle")
def test_every_method_is_answered(stack: Stack) -> None:
    token = stack.project.api_token
    paths = [
        f"/array/{token}/config",
        f"/array/{token}/config.js",
        f"/array/{token}/array.js",
        "/static/array.js",
        "/static/1.2.3/array.js",
        "/api/surveys",
        "/api/early_access_features",
    ]
    for path in paths:
        whole = get(stack, path)
        head = stack.anonymous.head(path, headers={"Accept-Encoding": "identity"})
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-length"] == whole.headers["content-length"]
        assert stack.anonymous.options(path).status_code == 204
        refused = stack.anonymous.post(path)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, OPTIONS, HEAD")


def test_an_unknown_token_has_no_config(stack: Stack) -> None:
    for name in ("config", "config.js", "array.js"):
        answer = get(stack, f"/array/phc_nobodys/{name}")
        assert (answer.status_code, answer.text) == (404, "There is no project with this token.")
        assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]
    assert get(stack, f"/array/{stack.project.api_token}/nothing").status_code == 404
    assert get(stack, "/array").status_code == 404


@pytest.mark.usefixtures("bundle")
def test_scripts_come_compressed_to_who_takes_them_so(stack: Stack) -> None:
    for path in ("/static/array.js", f"/array/{stack.project.api_token}/array.js"):
        plain, packed = get(stack, path), get(stack, path, **{"Accept-Encoding": "gzip, br"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.content == plain.content  # the client has unpacked it
        assert plain.content.endswith(ARRAY_JS)
        assert plain.headers["etag"] != packed.headers["etag"]
        for answer in (plain, packed):
            assert "Accept-Encoding" in answer.headers.get_list("vary")
            assert answer.headers["content-type"].startswith("application/javascript")


@pytest.mark.usefixtures("bundle")
def test_the_whole_sdk_brings_the_config_with_it(stack: Stack) -> None:
    token = stack.project.api_token
    whole = get(stack, f"/array/{token}/array.js").content
    assert whole == get(stack, f"/array/{token}/config.js").content + ARRAY_JS


@pytest.mark.usefixtures("bundle")
def test_other_versions_and_other_files_are_not_here(stack: Stack) -> None:
    for path in ("/static/9.9.9/array.js", "/static/toolbar.js", "/static/manifest.json"):
        answer = get(stack, path)
        assert answer.status_code == 404
        assert answer.text.endswith("the one here is 1.2.3.")
    for path in ("/static/..%2fmanifest.json", "/static/1.2.3/..%2f..%2farray.js"):
        assert get(stack, path).status_code == 404


def test_a_server_without_the_scripts_says_how_to_get_them(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sdk, "BUNDLE", Bundle(tmp_path / "nowhere"))
    token = stack.project.api_token
    for path in ("/static/array.js", "/static/1.2.3/surveys.js", f"/array/{token}/array.js"):
        answer = get(stack, path)
        assert answer.status_code == 404
        assert "make sdk" in answer.text
    assert get(stack, f"/array/{token}/config.js").status_code == 200


def test_the_pinned_sdk_is_served(stack: Stack) -> None:
    pin = json.loads(Path("tools/posthog_js.json").read_text())
    answer = get(stack, f"/static/{pin['version']}/array.js", **{"Accept-Encoding": "gzip"})
    if answer.status_code == 404 and "make sdk" in answer.text:
        pytest.skip("the browser SDK is not here; `make sdk` fetches it")
    assert answer.status_code == 200
    assert pin["version"] in answer.text
    assert answer.headers["cache-control"] == IMMUTABLE


def test_what_there_is_none_of_is_an_empty_list(stack: Stack) -> None:
    token = stack.project.api_token
    lists = {"/api/surveys/": "surveys", "/api/early_access_features/": "earlyAccessFeatures"}
    for path, name in lists.items():
        answer = get(stack, f"{path}?token={token}&_=1795253055600")
        assert answer.json() == {name: []}
        assert answer.headers["access-control-allow-origin"] == ORIGIN["Origin"]


def test_recordings_are_taken_and_dropped(stack: Stack) -> None:
    for path in ("/s/", "/s"):
        answer = stack.anonymous.post(f"{path}?compression=gzip", content=b"x" * 100_000)
        assert (answer.status_code, answer.json()) == (200, {"status": "Ok"})
    assert stack.anonymous.head("/s/").content == b""
    assert stack.anonymous.options("/s/").status_code == 204
    assert stack.anonymous.put("/s/").status_code == 405


def test_logs_and_metrics_of_clients_are_not_taken(stack: Stack) -> None:
    for path in ("/i/v1/logs", "/i/v1/metrics"):
        assert stack.anonymous.post(path, content=b"{}").status_code == 404
