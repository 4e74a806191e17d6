"""Answering JSON lines: every line gets an answer, and none stops the next."""

import json
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import BinaryIO

from splitplot.stats.calculator import Answer, Question, adjust, answer, check_split, compare, plan

QUESTIONS: Mapping[str, Question] = MappingProxyType(
    {"compare": compare, "srm": check_split, "adjust": adjust, "power": plan}
)


def answer_lines(command: str, *, source: Iterable[bytes], sink: BinaryIO) -> None:
    """Answer each line before the next is read, so that a process can hold a conversation.

    Args:
        command: Which question the lines ask.
        source: Lines of JSON.
        sink: Where the answers go.
    """
    question = QUESTIONS[command]
    for line in source:
        sink.write(answer_line(line, question) + b"\n")
        sink.flush()


def answer_line(line: bytes, question: Question) -> bytes:
    """The answer to one line, whatever it holds."""
    try:
        # Takes NaN for a number: the field it stands in is then refused, by its name.
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        return _written(_error("parse_error", f"The line is not JSON: {error}."))
    try:
        return _written(answer(document, question))
    except Exception as error:  # noqa: BLE001 - the outer loop: one line's trouble is not the next one's
        sys.stderr.write(f"splitplot: {type(error).__name__}: {error}\n")
        return _written(_error("error", "The line could not be answered.", document))


def _written(document: Answer) -> bytes:
    return json.dumps(document, allow_nan=False).encode()


def _error(code: str, reason: str, document: object = None) -> Answer:
    # An id of many parts may be what could not be answered.
    name = document.get("id") if isinstance(document, dict) else None
    return {"id": name if isinstance(name, str | int) else None, "error": code, "reason": reason}
