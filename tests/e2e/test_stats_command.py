"""`splitplot stats`: a calculator that other programs talk to in lines of JSON."""

import json
import math
import re
import subprocess
import sys
import time
from typing import Any

import pytest

from splitplot.cli.stats_fields import ADJUST, COMPARE, POWER, SRM
from tests.e2e.server_process import environment, run

MEANS = {
    "treatment": {"kind": "mean", "n": 2461, "sum": 1922.7, "sum_squares": 94698.29},
    "control": {"kind": "mean", "n": 2507, "sum": 1196.87, "sum_squares": 37377.9767},
}
COMMANDS = {"compare": COMPARE, "srm": SRM, "adjust": ADJUST, "power": POWER}


def answers_to(command: str, lines: str | bytes) -> list[dict[str, Any]]:
    given = lines.encode() if isinstance(lines, str) else lines
    done = subprocess.run(  # noqa: S603 our own command
        [sys.executable, "-m", "splitplot", "stats", command],
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
        env=environment(),
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_lines(*documents: object) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


def test_both_engines_answer_in_the_order_asked() -> None:
    asked = {**MEANS, "method": "frequentist"}
    theirs, ours = answers_to(
        "compare",
        as_lines(
            {"id": "theirs", "engine": "posthog", **asked}, {"id": "ours", **asked, "alpha": 0.05}
        ),
    )
    assert list(theirs) == [
        "id",
        "effect",
        "variance",
        "standard_error",
        "statistic",
        "degrees_of_freedom",
        "p_value",
        "interval",
        "significant",
    ]
    assert (theirs["id"], ours["id"]) == ("theirs", "ours")
    assert theirs["p_value"] == pytest.approx(0.0848780803, rel=1e-8)
    assert theirs["interval"] == pytest.approx([-0.08754744792, 1.360481547], rel=1e-8)
    assert ours["p_value"] == pytest.approx(0.03719328866, rel=1e-8)
    assert ours["interval"] == pytest.approx([0.0323878941345, 1.59936331994], rel=1e-8)
    assert (theirs["significant"], ours["significant"]) == (False, True)


def test_bad_lines_are_answered_and_stop_nothing() -> None:
    lines = (
        b'{"id": 1, "treatment"\n'
        b"\n"
        b"[]\n"
        b"\xff\xfe\xfa\n"
        b'{"id": 5, "treatment": {"kind": "mean", "n": NaN}, "control": {}}\n'
        b'{"id": {"run": 6}}\n' + b"[" * 100_000 + b"\n" + json.dumps({"id": 8, **MEANS}).encode()
        # No line end: the last line counts too.
    )
    found = answers_to("compare", lines)
    assert [answer["id"] for answer in found] == [None, None, None, None, 5, {"run": 6}, None, 8]
    assert [answer.get("error") for answer in found] == [
        "parse_error",
        "parse_error",
        "invalid_input",
        "parse_error",
        "invalid_input",
        "required",
        "parse_error",
        None,
    ]
    assert all(answer["reason"] for answer in found[:-1])


def test_what_the_data_cannot_answer_has_a_code() -> None:
    few = {"kind": "proportion", "n": 40, "sum": 2}
    (found,) = answers_to("compare", as_lines({"id": 1, "treatment": few, "control": few}))
    assert found == {
        "id": 1,
        "undefined": "too_few_successes",
        "reason": "A variant has fewer than 5 successes.",
    }


def test_no_lines_have_no_answers() -> None:
    assert answers_to("compare", "") == []


@pytest.mark.parametrize("command", list(COMMANDS))
def test_the_help_names_fields_and_its_examples_run(command: str) -> None:
    shown = run("stats", command, "--help").stdout
    for word in ("id", "undefined", "error", "reason"):
        assert f'"{word}"' in shown
    examples = re.findall(r'^ *(\{"id": \d.*\})$', shown, flags=re.MULTILINE)
    assert examples
    assert [line.strip() in COMMANDS[command] for line in examples] == [True] * len(examples)
    for answer in answers_to(command, "\n".join(examples) + "\n"):
        assert not {"error", "undefined"} & answer.keys()


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_field_of_an_answer_is_in_the_help(command: str) -> None:
    cuped = {"covariate_sum": 110, "covariate_sum_squares": 380, "covariate_sum_product": 90}
    adjusted = {name: {**side, **cuped} for name, side in MEANS.items()}
    asked: dict[str, list[dict[str, Any]]] = {
        "compare": [
            {"method": method, **adjusted} for method in ("bayesian", "frequentist", "sequential")
        ],
        "srm": [{"observed": {"a": 90, "b": 80}, "expected_share": {"a": 1, "b": 1}}],
        "adjust": [{"p_values": [0.1]}],
        "power": [
            MEANS,
            {"baseline": 1, "variance": 1, "relative_mde": 0.1, "units_per_day": 10},
            {
                "engine": "posthog",
                "metric_type": "funnel",
                "baseline_value": 0.1,
                "minimum_detectable_effect": 20,
                "exposure_rate_per_day": 10,
                "exposures": 200,
                "elapsed_days": 2,
            },
        ],
    }
    found = answers_to(command, as_lines(*asked[command]))
    names = {name for answer in found for name in answer}
    assert not {"error", "undefined"} & names
    assert {name for name in names if not re.search(rf"\b{name}\b", COMMANDS[command])} == set()


def test_a_split_is_tested() -> None:
    shares = {"control": 50, "test": 50, "off": 0}
    observed = {"control": 1000, "test": 1100, "off": 3, "$multiple": 7}
    (found,) = answers_to("srm", as_lines({"observed": observed, "expected_share": shares}))
    assert found["p_value"] == pytest.approx(0.02909633174, rel=1e-8)
    assert found["expected"] == {"control": 1050.0, "test": 1050.0}
    assert found["mismatch"] is False
    assert math.exp(min(0, -found["log_bayes_factor"])) == pytest.approx(
        found["sequential_p_value"]
    )


def test_a_family_is_adjusted() -> None:
    (found,) = answers_to("adjust", as_lines({"id": 1, "p_values": [0.01, 0.04], "method": "HOLM"}))
    assert found == {
        "id": 1,
        "method": "holm",
        "adjusted_p_values": [0.02, 0.04],
        "rejected": [0, 1],
    }


def test_an_experiment_is_planned() -> None:
    (found,) = answers_to(
        "power",
        as_lines({"id": 1, "baseline": 25, "variance": 900, "relative_mde": 0.02, "power": 0.9}),
    )
    assert found["n_control"] == found["n_treatment"] == 75_654


def test_a_line_is_answered_before_the_next_is_asked() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "splitplot", "stats", "adjust"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(as_lines({"id": number, "p_values": [0.5]}).encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_thousands_of_comparisons_take_seconds() -> None:
    lines = as_lines(*({"id": number, **MEANS} for number in range(5000)))
    start = time.perf_counter()
    found = answers_to("compare", lines)
    # Starting included; about 60 microseconds a line on a small machine.
    assert time.perf_counter() - start < 10
    assert [answer["id"] for answer in found] == list(range(5000))


def test_help_needs_no_numerical_library() -> None:
    script = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from splitplot.cli.main import app\n"
        "assert CliRunner().invoke(app, ['stats', '--help']).exit_code == 0\n"
        "assert CliRunner().invoke(app, ['stats', 'compare', '--help']).exit_code == 0\n"
        "print(sorted({'numpy', 'scipy', 'splitplot.stats'} & set(sys.modules)))"
    )
    done = subprocess.run(  # noqa: S603 our own script
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=environment(),
    )
    assert done.stdout == "[]\n"
