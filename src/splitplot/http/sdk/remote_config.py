"""What browsers are told of the server before they do anything."""

from collections.abc import Mapping

from splitplot.filters.model import JsonValue

# `surveys` is missing on purpose: browsers fetch their code when it is there, even as false.
_SAME_FOR_ALL: Mapping[str, JsonValue] = {
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
    # What older browsers look for.
    "isAuthenticated": False,
    "toolbarParams": {},
    "config": {"enable_collect_everything": True},
}


def remote_config(*, has_flags: bool, token: str) -> dict[str, JsonValue]:
    """The configuration of a project.

    Args:
        has_flags: Some flag is active; otherwise browsers do not ask for flags.
        token: The project's public token.
    """
    return {"token": token, "hasFeatureFlags": has_flags, **_SAME_FOR_ALL}


def config_of_nobody() -> dict[str, JsonValue]:
    """What holds for every project. Whether it has flags is left open: browsers ask then."""
    return dict(_SAME_FOR_ALL)
