"""Reading the shared reference cases of the statistics engine."""

import json
from pathlib import Path
from typing import Any, cast

from splitplot.stats import MeanSummary, ProportionSummary, RatioSummary, Summary
from splitplot.stats.calculator import Question, answer
from splitplot.stats.calculator.documents import Json

FOLDER = Path(__file__).parents[2] / "cases" / "stats"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of one file; each has an `id`."""
    loaded: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["cases"]
    return loaded


def case_id(case: dict[str, Any]) -> str:
    return str(case["id"])


def summary_of(document: dict[str, Any]) -> Summary:
    fields = {key: value for key, value in document.items() if key != "kind"}
    match document["kind"]:
        case "mean":
            return MeanSummary(**fields)
        case "proportion":
            return ProportionSummary(**fields)
        case _:
            return RatioSummary(**fields)


def ask(document: object, question: Question) -> dict[str, Any]:
    """The calculator's answer to whatever a test makes up."""
    return answer(cast("Json", document), question)
