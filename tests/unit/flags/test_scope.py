from dataclasses import replace

import pytest

from splitplot.flags import Runtime, Scope, compile_flags
from splitplot.flags.scope import runtime_of
from tests.unit.flags.flag_cases import ask_all, condition, make_flag


@pytest.mark.parametrize(
    ("explicit", "headers", "expected"),
    [
        ("server", {"user-agent": "Mozilla/5.0"}, Runtime.SERVER),
        ("client", {"user-agent": "posthog-python/7"}, Runtime.CLIENT),
        ("all", {"user-agent": "posthog-python/7"}, Runtime.SERVER),
        (None, {"user-agent": "Mozilla/5.0 (X11) Firefox/1"}, Runtime.CLIENT),
        (None, {"user-agent": "posthog-ios/3"}, Runtime.CLIENT),
        (None, {"user-agent": "posthog-node/5"}, Runtime.SERVER),
        (None, {"user-agent": "curl/8"}, Runtime.SERVER),
        (None, {"origin": "https://example.com"}, Runtime.CLIENT),
        (None, {"referer": "https://example.com"}, Runtime.CLIENT),
        (None, {"sec-fetch-mode": "cors"}, Runtime.CLIENT),
        (3, {"user-agent": "unheard-of/1", "accept": "*/*"}, None),
    ],
)
def test_where_a_request_comes_from(
    explicit: object, headers: dict[str, str], expected: Runtime | None
) -> None:
    assert runtime_of(explicit, headers) is expected


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        (None, {"all", "odd"}),
        (Runtime.CLIENT, {"all", "odd", "client"}),
        (Runtime.SERVER, {"all", "odd", "server"}),
    ],
)
def test_flags_of_another_runtime_are_not_seen(runtime: Runtime | None, expected: set[str]) -> None:
    flags = [
        replace(make_flag(key, condition(), flag_id=number), evaluation_runtime=key)
        for number, key in enumerate(["all", "client", "server", "odd"], start=1)
    ]
    assert ask_all(flags, scope=Scope(runtime=runtime)).values().keys() == expected
    assert compile_flags(flags).cares_for_runtime
    assert not compile_flags(flags[:1]).cares_for_runtime


@pytest.mark.parametrize(
    ("contexts", "expected"),
    [
        (set(), {"everywhere", "shop", "blog"}),
        ({"shop"}, {"everywhere", "shop"}),
        ({"shop", "blog"}, {"everywhere", "shop", "blog"}),
        ({"docs"}, {"everywhere"}),
    ],
)
def test_a_flag_with_contexts_is_seen_only_in_them(contexts: set[str], expected: set[str]) -> None:
    flags = [
        make_flag("everywhere", condition(), flag_id=1),
        replace(make_flag("shop", condition(), flag_id=2), evaluation_contexts=("shop", "web")),
        replace(make_flag("blog", condition(), flag_id=3), evaluation_contexts=("blog",)),
    ]
    scope = Scope(contexts=frozenset(contexts))
    assert ask_all(flags, scope=scope).values().keys() == expected


def test_surveys_see_their_own_flags_only() -> None:
    flags = [
        make_flag("survey-targeting-1", condition(), flag_id=1),
        make_flag("other", condition(), flag_id=2),
    ]
    assert ask_all(flags, scope=Scope(survey_only=True)).values() == {"survey-targeting-1": True}


def test_naming_no_flag_asks_for_none() -> None:
    flags = [make_flag("on", condition())]
    assert ask_all(flags, scope=Scope(flag_keys=frozenset())).values() == {}
