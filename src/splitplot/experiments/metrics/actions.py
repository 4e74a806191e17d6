"""Actions in plans: event stores know events, not the names that people gave to them."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from splitplot.events.actions import Action, Step, TextMatching
from splitplot.experiments.plan import EventSource
from splitplot.experiments.support import checked_filters, unsupported
from splitplot.filters.model import FilterKind, Operator, PropertyFilter
from splitplot.filters.parts import with_each
from splitplot.filters.wire import parse_filter

P = TypeVar("P")

_URL = "$current_url"
_ATTR = "steps"


def actions_in(plan: object) -> frozenset[int]:
    """The actions that a plan's sources name."""
    found: set[int] = set()

    def note(source: EventSource) -> EventSource:
        if source.action_id is not None:
            found.add(source.action_id)
        return source

    with_each(plan, EventSource, note)
    return frozenset(found)


def with_actions(plan: P, actions: Mapping[int, Action]) -> P:
    """The plan with the steps of actions in their place.

    Args:
        plan: Made of frozen dataclasses and tuples, which are looked through.
        actions: By id. No event is an action that is missing or deleted.

    Raises:
        InvalidInput: A step is about something that is not computed.
    """

    def resolve(source: EventSource) -> EventSource:
        if source.action_id is None:
            return source
        action = actions.get(source.action_id)
        steps = () if action is None or action.deleted else action.steps
        alternatives = tuple(_source_of(step) for step in steps)
        return replace(source, action_id=None, alternatives=alternatives)

    return with_each(plan, EventSource, resolve)


def _source_of(step: Step) -> EventSource:
    if step.is_about_elements:
        raise unsupported("Actions about the elements of a page are", attr=_ATTR)
    filters = [parse_filter(each, default_kind=FilterKind.EVENT) for each in step.properties]
    if step.url is not None:
        filters.append(_on_url(step.url, step.url_matching))
    return EventSource(event=step.event, filters=checked_filters(filters, attr=_ATTR))


def _on_url(url: str, matching: TextMatching | None) -> PropertyFilter:
    """The address as a filter; other than with filters on text, its case matters."""
    match matching:
        case TextMatching.REGEX:
            pattern = url
        case TextMatching.EXACT:
            pattern = rf"\A{re.escape(url)}\z"
        case _:
            # A percent sign stands for any run of characters, line ends among them.
            pattern = r"[\s\S]*".join(map(re.escape, url.split("%")))
    return PropertyFilter(key=_URL, value=pattern, operator=Operator.REGEX, kind=FilterKind.EVENT)
