"""What a web experiment does to a page: its `variants` document.

The flag says who gets which variant. The document keeps what each variant changes, and
under which conditions; both are for the browser, so only their frame is looked at.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypedDict

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Flag
from splitplot.flags.validate import MAX_KEY_LENGTH

CONTROL = "control"
_SHARE = "rollout_percentage"
_NOT_VARIANTS = "Experiment variants should be a dictionary of keys -> transforms"
_UNWORDLY = re.compile(r"[^a-z0-9_\s-]")
_GAPS = re.compile(r"[-\s]+")


class WebValues(TypedDict, total=False):
    """The values that were given of a web experiment; a missing key stays."""

    name: str
    created_at: datetime
    variants: Properties


def checked_web_variants(value: JsonValue) -> Properties:
    """The document as it is kept.

    Raises:
        InvalidInput: It has no control, a variant has no share, or a change of a page does
            not say where.
    """
    if value is None:
        raise InvalidInput("Experiment does not have any variants")
    if not isinstance(value, Mapping):
        raise InvalidInput(_NOT_VARIANTS)
    if CONTROL not in value:
        raise InvalidInput("Experiment should contain a control variant")
    for name, variant in value.items():
        if not isinstance(variant, Mapping):
            raise InvalidInput(_NOT_VARIANTS)
        _check_variant(name, variant)
    return value


def flag_variants(variants: Properties) -> list[Properties]:
    """The variants as they stand in a flag."""
    return [
        {"key": key, _SHARE: variant.get(_SHARE)}
        for key, variant in variants.items()
        if isinstance(variant, Mapping)
    ]


def web_variants_of(flag: Flag) -> Properties:
    """Variants that change nothing yet, one for each of the flag's."""
    return shown_web_variants(flag, None)


def shown_web_variants(flag: Flag, variants: Properties | None) -> Properties:
    """The flag's variants, in its order, with their shares now and what is kept of them."""
    shown: dict[str, JsonValue] = {}
    for variant in _flag_variants(flag):
        key = str(variant.get("key"))
        kept = (variants or {}).get(key)
        shown[key] = {**(kept if isinstance(kept, Mapping) else {}), _SHARE: variant.get(_SHARE)}
    return shown


def browser_variants(variants: Properties) -> Properties:
    """Shown variants for the browser, which goes through the transforms of each."""
    return {
        key: {**variant, "transforms": variant.get("transforms") or ()}
        for key, variant in variants.items()
        if isinstance(variant, Mapping)
    }


def web_flag_key(name: str, digits: str) -> str:
    """The key of the flag that a web experiment gets.

    Args:
        name: The experiment's.
        digits: What sets it apart from others of that name.

    Examples:
        >>> web_flag_key("Été: New hero!", "00ff00ff00")
        'ete-new-hero-web-experiment-feature-00ff00ff00'
    """
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    slug = _GAPS.sub("-", _UNWORDLY.sub("", plain)).strip("-_")
    end = f"web-experiment-feature-{digits}"
    return f"{slug[: MAX_KEY_LENGTH - len(end) - 1]}-{end}" if slug else end


def _check_variant(name: str, variant: Properties) -> None:
    if variant.get(_SHARE) is None:
        raise InvalidInput(f"Experiment variant '{name}' does not have any rollout percentage")
    transforms, conditions = variant.get("transforms"), variant.get("conditions")
    if not isinstance(transforms, list | tuple | None):
        raise InvalidInput(f"Experiment variant '{name}' should have a list of transforms")
    if not isinstance(conditions, Mapping | None) and conditions != "None":
        raise InvalidInput(f"Experiment variant '{name}' should have an object for conditions")
    if name != CONTROL:
        _check_selectors(name, transforms or ())


def _check_selectors(name: str, transforms: Iterable[JsonValue]) -> None:
    for at, transform in enumerate(transforms):
        selector = transform.get("selector") if isinstance(transform, Mapping) else None
        if not isinstance(selector, str) or not selector.strip():
            raise InvalidInput(
                f"Experiment transform [${at}] variant '{name}' does not have a valid selector"
            )


def _flag_variants(flag: Flag) -> Iterable[Properties]:
    multivariate = flag.filters.get("multivariate")
    variants = multivariate.get("variants") if isinstance(multivariate, Mapping) else None
    if not isinstance(variants, list | tuple):
        return ()
    return (variant for variant in variants if isinstance(variant, Mapping))
