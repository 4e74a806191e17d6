"""Which flags a request is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

SURVEY_PREFIX = "survey-targeting-"

_BROWSERS = ("Mozilla/", "Chrome/", "Safari/", "Firefox/", "Edge/")
_MOBILE_SDKS = ("posthog-android", "posthog-ios", "posthog-react-native", "posthog-flutter")
_SERVER_SDKS = (
    "posthog-python",
    "posthog-ruby",
    "posthog-php",
    "posthog-java",
    "posthog-go",
    "posthog-node",
    "posthog-dotnet",
    "posthog-elixir",
    "python-requests",
    "curl",
)
_BROWSER_HEADERS = ("origin", "referer")


class Runtime(StrEnum):
    """Where the code runs that asks; a flag may be for one of them only."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What narrows the flags of a request.

    Attributes:
        runtime: None when unknown: only flags for every runtime are seen then.
        contexts: Empty when the request names none, which filters nothing.
        flag_keys: None for all; else these flags and those that they depend on.
        survey_only: Only the flags that target surveys.
    """

    runtime: Runtime | None = None
    contexts: frozenset[str] = frozenset()
    flag_keys: frozenset[str] | None = None
    survey_only: bool = False

    def holds(self, *, key: str, runtime: str, contexts: frozenset[str]) -> bool:
        """Whether a flag is seen, not looking at `flag_keys`."""
        if runtime in (Runtime.CLIENT, Runtime.SERVER) and runtime != self.runtime:
            return False
        if self.contexts and contexts and self.contexts.isdisjoint(contexts):
            return False
        return not self.survey_only or key.startswith(SURVEY_PREFIX)


def runtime_of(explicit: object, headers: Mapping[str, str]) -> Runtime | None:
    """Where a request comes from.

    Args:
        explicit: What the request says itself; other words than the two do not count.
        headers: Names in lower case.

    Returns:
        None when nothing tells.
    """
    if explicit in (Runtime.CLIENT.value, Runtime.SERVER.value):
        return Runtime(str(explicit))
    agent = headers.get("user-agent", "")
    if any(word in agent for word in _BROWSERS + _MOBILE_SDKS):
        return Runtime.CLIENT
    if any(word in agent for word in _SERVER_SDKS):
        return Runtime.SERVER
    if any(name in _BROWSER_HEADERS or name.startswith("sec-fetch-") for name in headers):
        return Runtime.CLIENT
    return None
