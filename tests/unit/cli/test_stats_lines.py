"""Lines and their answers, without a process."""

import io
import json

import pytest

from splitplot.cli.stats_lines import QUESTIONS, answer_line, answer_lines
from splitplot.stats.calculator import Answer
from splitplot.stats.calculator.documents import Fields


def test_each_line_has_one_answer() -> None:
    sink = io.BytesIO()
    answer_lines("adjust", source=[b'{"id": 1, "p_values": []}\n', b"?"], sink=sink)
    first, second = (json.loads(line) for line in sink.getvalue().splitlines())
    assert first == {"id": 1, "method": "holm", "adjusted_p_values": [], "rejected": []}
    assert (second["id"], second["error"]) == (None, "parse_error")


def test_a_mistake_of_the_engine_costs_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def mistaken(fields: Fields) -> Answer:
        raise KeyError(next(fields.names()))

    found = json.loads(answer_line(b'{"id": 3}', mistaken))
    assert (found["id"], found["error"]) == (3, "error")
    assert "KeyError" in capsys.readouterr().err


def test_an_id_too_deep_to_be_written_costs_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    line = b'{"id": ' + b"[" * 900 + b"]" * 900 + b"}"
    assert json.loads(answer_line(line, QUESTIONS["srm"]))["error"] in {"error", "required"}
    capsys.readouterr()


def test_every_question_has_its_command() -> None:
    assert set(QUESTIONS) == {"compare", "srm", "adjust", "power"}


def test_letters_of_all_kinds_come_back() -> None:
    line = json.dumps({"id": "é\ud800☃"}).encode()
    assert json.loads(answer_line(line, QUESTIONS["srm"]))["id"] == "é\ud800☃"
