"""Who asks too often is answered 429."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from splitplot.settings import Limit, RateLimits, Settings
from tests.api.people import Refusal, refused, signed_in
from tests.api.stack import Stack, running_stack, settings_in

# So slow that no test lives to see a token come back.
TWO = Limit(per_second=0.001, burst=2)
FIVE = Limit(per_second=0.001, burst=5)


@contextmanager
def limited(folder: Path, **limits: Limit) -> Iterator[Stack]:
    """A server on which only this is limited."""
    given = {name: limit.model_dump() for name, limit in limits.items()}
    settings = Settings(
        data_dir=folder,
        events_url="memory://",
        rate_limits=RateLimits.model_validate({"management": None} | given),
    )
    with running_stack(settings) as stack:
        yield stack


def throttled(answer: httpx.Response) -> Refusal:
    assert answer.status_code == 429
    seconds = answer.headers["retry-after"]
    assert 900 <= int(seconds) <= 1000
    return Refusal(
        status=429,
        kind="throttled_error",
        code="throttled",
        detail=f"Request was throttled. Expected available in {seconds} seconds.",
    )


def ask_flags(stack: Stack, token: str | None = None) -> httpx.Response:
    body = {"token": token or stack.project.api_token, "distinct_id": "visitor"}
    return stack.anonymous.post("/flags/?v=2", json=body)


def test_every_key_and_session_and_address_has_a_bucket_of_its_own(tmp_path: Path) -> None:
    with limited(tmp_path, management=TWO) as stack:
        first, second = stack.key(), stack.key()
        me = "/api/users/@me/"
        for key in (first, second):
            headers = {"Authorization": f"Bearer {key}"}
            answers = [stack.anonymous.get(me, headers=headers) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]
            assert refused(answers[2]) == throttled(answers[2])
        in_query = [stack.anonymous.get(me, params={"personal_api_key": first}) for _ in range(2)]
        assert [answer.status_code for answer in in_query] == [429, 429]
        with signed_in(stack) as client:
            answers = [client.get(me) for _ in range(3)]
            assert [answer.status_code for answer in answers] == [200, 200, 429]
        # Signing in was the address's first request.
        nobody = [stack.anonymous.get(me).status_code for _ in range(2)]
        assert nobody == [401, 429]


def test_a_limit_on_management_leaves_sdks_alone(tmp_path: Path) -> None:
    with limited(tmp_path, management=TWO) as stack:
        assert [ask_flags(stack).status_code for _ in range(5)] == [200] * 5


def test_flags_are_limited_by_address(tmp_path: Path) -> None:
    with limited(tmp_path, flags_by_address=FIVE) as stack:
        answers = [ask_flags(stack) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        warned = [answer.headers.get("x-posthog-rate-limit-warning") for answer in answers]
        assert warned[:4] == [None] * 4
        assert warned[4] == "true"
        assert refused(answers[5]) == Refusal(
            status=429,
            kind="validation_error",
            code="rate_limit_exceeded",
            detail="Rate limit exceeded.",
        )
        assert int(answers[5].headers["retry-after"]) >= 900
        assert stack.client.get(stack.url()).status_code == 200


@pytest.mark.parametrize("path", ["/flags/definitions", "/api/feature_flag/local_evaluation/"])
def test_who_evaluates_by_itself_is_not_limited_known_document_or_not(
    tmp_path: Path, path: str
) -> None:
    with limited(tmp_path, flags_by_address=TWO) as stack:
        headers = {"Authorization": f"Bearer {stack.secret_key}"}
        first = [stack.anonymous.get(path, headers=headers) for _ in range(3)]
        known = headers | {"If-None-Match": first[0].headers["etag"]}
        again = [stack.anonymous.get(path, headers=known) for _ in range(3)]
        assert [answer.status_code for answer in first + again] == [200] * 3 + [304] * 3
        # Nothing of that was taken from those who ask the server.
        assert [ask_flags(stack).status_code for _ in range(3)] == [200, 200, 429]


def test_flags_are_limited_by_the_projects_token(tmp_path: Path) -> None:
    with limited(tmp_path, flags_by_token=TWO) as stack:
        other = stack.client.post("/api/projects/", json={"name": "Second"}).json()["api_token"]
        answers = [ask_flags(stack) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert refused(answers[2]).code == "rate_limit_exceeded"
        assert ask_flags(stack, other).status_code == 200


def test_a_refused_browser_may_read_why(tmp_path: Path) -> None:
    with limited(tmp_path, flags_by_address=Limit(per_second=0.001, burst=1)) as stack:
        body = {"token": stack.project.api_token, "distinct_id": "visitor"}
        headers = {"Origin": "https://shop.example"}
        for status in (200, 429):
            answer = stack.anonymous.post("/flags/?v=2", json=body, headers=headers)
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_capture_is_limited_by_address_and_refuses_in_plain_text(tmp_path: Path) -> None:
    with limited(tmp_path, capture_by_address=TWO) as stack:
        event = {"api_key": stack.project.api_token, "event": "visit", "distinct_id": "visitor"}
        for path in ("/e/", "/batch"):
            body = event if path == "/e/" else {"api_key": event["api_key"], "batch": [event]}
            assert stack.anonymous.post(path, json=body).status_code == 200
        answer = stack.anonymous.post("/e/", json=event)
        assert answer.status_code == 429
        assert answer.headers["content-type"].startswith("text/plain")
        assert int(answer.headers["retry-after"]) >= 900
        assert answer.text.startswith("Request was throttled.")


def test_ordinary_use_is_not_limited(tmp_path: Path) -> None:
    with running_stack(settings_in(tmp_path)) as stack:
        limits = stack.platform.rate_limits
    assert limits.management is not None
    assert limits.management.burst >= 1000
    assert (limits.flags_by_address, limits.flags_by_token) == (None, None)
    assert limits.capture_by_address is None


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPLITPLOT_RATE_LIMITS__FLAGS_BY_TOKEN__PER_SECOND", "10")
    monkeypatch.setenv("SPLITPLOT_RATE_LIMITS__FLAGS_BY_TOKEN__BURST", "625")
    monkeypatch.setenv("SPLITPLOT_RATE_LIMITS__MANAGEMENT", "null")
    limits = Settings().rate_limits
    assert limits.flags_by_token == Limit(per_second=10, burst=625)
    assert limits.management is None


def test_the_limit_on_management_has_two_parts_that_are_set_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPLITPLOT_RATE_LIMITS__MANAGEMENT__BURST", "7")
    limit = Settings().rate_limits.management
    assert limit is not None
    assert (limit.per_second, limit.burst) == (100, 7)
