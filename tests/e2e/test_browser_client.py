"""`posthog-js`, unchanged, from the server's own files: the page of the how-to, and the rest."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browsing import (
    Site,
    eventually,
    needs_chromium,
    page_of_how_to,
    running_browser,
    running_site,
    visiting,
)
from tests.e2e.clients import EVERYBODY, Shop, blocks_of, running_shop

pytestmark = [needs_chromium, pytest.mark.xdist_group("browser client")]
# Told to a page that comes after this one.
WATCH_BEACONS = """() => {
  const send = navigator.sendBeacon.bind(navigator)
  navigator.sendBeacon = (url, body) => {
    localStorage.setItem('beacon', url)
    return send(url, body)
  }
}"""
BUTTONS = {"control": "Buy", "test": "Buy with one click"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with running_shop(tmp_path_factory.mktemp("browser")) as running:
        yield running


@pytest.fixture(scope="module")
def site(shop: Shop) -> Iterator[Site]:
    with running_site() as running:
        running.pages["/"] = page_of_how_to(shop)
        running.pages["/elsewhere"] = "<!doctype html><title>Elsewhere</title>"
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser() as running:
        yield running


def booted(page: Page) -> str:
    """The visitor's id, once the flags are there."""
    page.wait_for_function("document.querySelector('#buy').textContent != '…'")
    return str(page.evaluate("posthog.get_distinct_id()"))


def served(shop: Shop, distinct_id: str) -> str:
    """What the server says that the id is served of the experiment."""
    asked = {"token": shop.team.token, "distinct_id": distinct_id}
    answer = httpx.post(f"{shop.server.url}/flags/?v=2", json=asked)
    return str(answer.json()["flags"]["checkout"]["variant"])


def arrived(shop: Shop, *distinct_ids: str, last: str) -> list[dict[str, Any]]:
    """The events of these ids, once the one of this name is among them."""
    found: list[dict[str, Any]] = eventually(
        lambda: [event for event in shop.events() if event["distinct_id"] in distinct_ids],
        lambda events: any(event["event"] == last for event in events),
    )
    return found


def block(call: str) -> str:
    """The code of the page that makes this call."""
    (code,) = [text for text in blocks_of("browser.md", "js") if call in text]
    return code


def test_a_visit_to_the_page_is_an_experiment(shop: Shop, browser: Browser, site: Site) -> None:
    with visiting(browser, site.url) as page:
        page.evaluate(WATCH_BEACONS)
        visitor = booted(page)
        assert page.inner_text("#buy") == BUTTONS[served(shop, visitor)]
        assert page.evaluate("posthog.isFeatureEnabled('beta')") is not True
        page.click("#buy")
        page.evaluate(block("identify("))
        page.wait_for_function("posthog.isFeatureEnabled('beta')")
        variant = page.evaluate("posthog.getFeatureFlag('checkout')")
        assert variant == served(shop, "user-42")
        page.evaluate(block("group("))
        page.evaluate("posthog.capture('leaving')")
        page.goto(f"{site.url}/elsewhere")
        # What waits when the page goes leaves by a beacon.
        assert page.evaluate("localStorage.getItem('beacon')").startswith(f"{shop.server.url}/")
    events = arrived(shop, visitor, "user-42", last="$pageleave")
    names: dict[str, set[str]] = defaultdict(set)
    for event in events:
        names[event["distinct_id"]].add(event["event"])
    exposures = {
        (event["distinct_id"], event["properties"]["$feature_flag_response"])
        for event in events
        if event["event"] == "$feature_flag_called"
        and event["properties"]["$feature_flag"] == "checkout"
    }
    assert exposures == {(visitor, served(shop, visitor)), ("user-42", variant)}
    before = {"$pageview", "$feature_flag_called", "$autocapture", "purchase"}
    after = {"$identify", "$feature_flag_called", "$groupidentify", "leaving", "$pageleave"}
    assert names == {visitor: before, "user-42": after}
    (purchase,) = [event for event in events if event["event"] == "purchase"]
    assert purchase["properties"]["amount"] == 12.5
    (leaving,) = [event for event in events if event["event"] == "leaving"]
    assert leaving["properties"]["$group_0"] == "acme"
    assert {event["person"]["id"] for event in events} == {shop.person(visitor)["id"]}
    person = shop.person("user-42")
    assert sorted(person["distinct_ids"]) == sorted(["user-42", visitor])
    assert person["properties"]["plan"] == "pro"


def test_a_visitor_is_somebody_else_after_a_reset(shop: Shop, browser: Browser, site: Site) -> None:
    with visiting(browser, site.url) as page:
        first = booted(page)
        page.evaluate(block("reset("))
        second = page.evaluate("posthog.get_distinct_id()")
        page.evaluate("posthog.capture('second')")
        page.goto("about:blank")
    assert first != second
    events = arrived(shop, second, last="second")
    (event,) = [event for event in events if event["event"] == "second"]
    assert event["person"] is None


def test_whoever_opts_out_is_served_but_not_counted(
    shop: Shop, browser: Browser, site: Site
) -> None:
    with visiting(browser, site.url) as page:
        visitor = booted(page)
        page.evaluate(block("opt_out_capturing("))
        page.evaluate("posthog.capture('unwanted')")
        page.reload()
        booted(page)
        assert page.inner_text("#buy") == BUTTONS[served(shop, visitor)]
        page.evaluate("posthog.capture('unwanted too')")
        page.evaluate("posthog.opt_in_capturing()")
        page.evaluate("posthog.capture('wanted')")
        page.goto("about:blank")
    names = {event["event"] for event in arrived(shop, visitor, last="wanted")}
    assert "wanted" in names
    assert not {"unwanted", "unwanted too"} & names


def test_a_page_hears_of_a_change_when_it_asks_again(
    shop: Shop, browser: Browser, site: Site
) -> None:
    flag = shop.team.post("feature_flags/", {"key": "sale", "filters": {"groups": [EVERYBODY]}})
    with visiting(browser, site.url) as page:
        booted(page)
        assert page.evaluate("posthog.getFeatureFlag('sale')") is True
        payload = {"groups": [EVERYBODY], "payloads": {"true": '{"percent": 20}'}}
        shop.team.patch(f"feature_flags/{flag['id']}/", {"filters": payload})
        page.evaluate("posthog.reloadFeatureFlags()")
        page.wait_for_function("posthog.getFeatureFlagPayload('sale') != null")
        assert page.evaluate("posthog.getFeatureFlagPayload('sale')") == {"percent": 20}
        assert page.evaluate("posthog.getFeatureFlagPayload('banner').text") == "Hello"


def test_a_web_experiment_changes_the_page_of_whoever_gets_the_variant(
    shop: Shop, browser: Browser, site: Site
) -> None:
    change = {
        "selector": "#hero",
        "html": "<em>Summer</em><script>window.broken = true</script>",
        "css": "color: rgb(255, 0, 0)",
    }
    variants = {
        "control": {"rollout_percentage": 50, "transforms": []},
        "test": {"rollout_percentage": 50, "transforms": [change]},
    }
    made = shop.team.post("web_experiments/", {"name": "Hero", "variants": variants})
    shop.team.post(f"experiments/{made['id']}/launch/")
    key = made["feature_flag_key"]
    site.pages["/changing"] = page_of_how_to(shop, init=block("disable_web_experiments"))
    seen: dict[str, str] = {}
    for _ in range(30):  # as many as a fair share never needs
        if seen.keys() == variants.keys():
            break
        with visiting(browser, f"{site.url}/changing") as page:
            booted(page)
            variant = str(page.evaluate(f"posthog.getFeatureFlag('{key}')"))
            if variant == "test":
                page.wait_for_selector("#hero em")
                assert page.evaluate("window.broken") is None
                colour = "getComputedStyle(document.querySelector('#hero')).color"
                assert page.evaluate(colour) == "rgb(255, 0, 0)"
            seen[variant] = page.inner_text("#hero")
    assert seen == {"control": "Shop", "test": "Summer"}
