"""Actions: events that a project has given one name, described step by step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue, Properties
from splitplot.filters.patterns import search_of

MOST_STEPS = 100
MOST_FILTERS = 100

_ATTR = "steps"
# What a step may say of the element that was clicked, in the order of the wire.
_ELEMENT_TEXTS = ("selector", "tag_name", "text", "href")
_LONGEST_NAME = 400
_LONGEST_TEXT = 4_000


class TextMatching(StrEnum):
    """How an address, or the words of an element, have to compare."""

    CONTAINS = "contains"
    REGEX = "regex"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One way for an event to be the action; everything that is said has to hold.

    Attributes:
        event: The event's name; None for every name.
        properties: Filter documents, all of which have to hold.
        url: What the property `$current_url` is compared with; None when it does not matter.
        selector: With `tag_name`, `text` and `href`: which element was clicked.
    """

    event: str | None = None
    properties: tuple[Properties, ...] = ()
    url: str | None = None
    url_matching: TextMatching | None = None
    selector: str | None = None
    tag_name: str | None = None
    text: str | None = None
    text_matching: TextMatching | None = None
    href: str | None = None
    href_matching: TextMatching | None = None

    @property
    def is_about_elements(self) -> bool:
        """Whether it says anything about the element that was clicked."""
        return any((self.selector, self.tag_name, self.text, self.href))


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Events that count as one: those that are any of its steps.

    Attributes:
        id: 0 before it is stored.
        tags: In one form, each once.
        steps: None of them means that no event is the action.
        post_to_slack: With `slack_message_format` kept for those who sent it.
        deleted: Then no event is the action either.
    """

    id: int = 0
    name: str
    description: str = ""
    tags: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    post_to_slack: bool = False
    slack_message_format: str = ""
    deleted: bool = False
    created_at: datetime
    created_by_id: int | None = None
    updated_at: datetime


class ActionValues(TypedDict, total=False):
    """The values that were given, by the names of `Action`; a missing key stays."""

    name: str
    description: str
    tags: tuple[str, ...]
    steps: tuple[Step, ...]
    post_to_slack: bool
    slack_message_format: str
    deleted: bool


def made_action(values: ActionValues, *, author: int | None, now: datetime) -> Action:
    """A new action, not stored yet.

    Args:
        values: With a name.
        author: None when nobody in particular makes it.
        now: When.
    """
    bare = Action(name=values["name"], created_at=now, updated_at=now, created_by_id=author)
    return replace(bare, **values)


def changed_action(action: Action, values: ActionValues, *, now: datetime) -> Action:
    """The action with these values."""
    return replace(action, updated_at=now, **values)


def check_free(name: str, others: Iterable[Action]) -> None:
    """Refuse a name that another action of the project has.

    Args:
        name: As it is to be.
        others: All undeleted actions but the one that is to have it.

    Raises:
        InvalidInput: Names the one that has it.
    """
    for other in others:
        if other.name == name:
            raise InvalidInput(
                f"This project already has an action with this name, ID {other.id}",
                code="unique",
                attr="name",
            )


def read_steps(value: JsonValue) -> tuple[Step, ...]:
    """The steps of a document; members that no step has are left out.

    Raises:
        InvalidInput: It is no list of steps; for the field `steps` and the step's place.
    """
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise _wrong(f'Expected a list of items but got type "{type(value).__name__}".')
    if len(value) > MOST_STEPS:
        raise _wrong(f"An action has at most {MOST_STEPS} steps.")
    return tuple(_step(item, f"{_ATTR}__{at}") for at, item in enumerate(value))


def step_document(step: Step) -> Properties:
    """A step as it goes over the wire, and as it is kept."""
    return {
        "event": step.event,
        "properties": list(step.properties),
        "selector": step.selector,
        "tag_name": step.tag_name,
        "text": step.text,
        "text_matching": step.text_matching,
        "href": step.href,
        "href_matching": step.href_matching,
        "url": step.url,
        "url_matching": step.url_matching,
    }


def _step(value: JsonValue, place: str) -> Step:
    if not isinstance(value, Mapping):
        raise _wrong("A step must be an object.", place)
    # An empty name is what a form leaves where nobody chose an event: every one.
    event = _text(value, "event", place, longest=_LONGEST_NAME) or None
    step = Step(
        event=event,
        properties=_filters(value.get("properties"), f"{place}__properties"),
        url=_text(value, "url", place) or None,
        url_matching=_word(value, "url_matching", place),
        text_matching=_word(value, "text_matching", place),
        href_matching=_word(value, "href_matching", place),
        **{name: _text(value, name, place) or None for name in _ELEMENT_TEXTS},
    )
    is_regex = step.url_matching is TextMatching.REGEX
    if is_regex and step.url is not None and search_of(step.url) is None:
        raise _wrong("This is not a valid regular expression.", f"{place}__url")
    return step


def _filters(value: JsonValue, place: str) -> tuple[Properties, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise _wrong(f'Expected a list of items but got type "{type(value).__name__}".', place)
    if len(value) > MOST_FILTERS:
        raise _wrong(f"A step has at most {MOST_FILTERS} filters.", place)
    filters = []
    for at, item in enumerate(value):
        if not isinstance(item, Mapping) or not isinstance(item.get("key"), str):
            raise _wrong("A filter must be an object with a key.", f"{place}__{at}")
        filters.append(item)
    return tuple(filters)


def _text(
    document: Properties, key: str, place: str, *, longest: int = _LONGEST_TEXT
) -> str | None:
    value = document.get(key)
    if value is None or (isinstance(value, str) and len(value) <= longest):
        return value
    if isinstance(value, str):
        message = f"Ensure this field has no more than {longest} characters."
        raise InvalidInput(message, code="max_length", attr=f"{place}__{key}")
    raise _wrong("Not a valid string.", f"{place}__{key}")


def _word(document: Properties, key: str, place: str) -> TextMatching | None:
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, str) and value in list(TextMatching):
        return TextMatching(value)
    message = f'"{value}" is not a valid choice.'
    raise InvalidInput(message, code="invalid_choice", attr=f"{place}__{key}")


def _wrong(message: str, place: str = _ATTR) -> InvalidInput:
    return InvalidInput(message, attr=place)
