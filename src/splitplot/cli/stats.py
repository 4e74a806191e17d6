"""`splitplot stats`: the statistics engine as a calculator for JSON lines."""

import sys

import typer

from splitplot.cli.stats_fields import ADJUST, COMPARE, GROUP, POWER, SRM

app = typer.Typer(
    name="stats",
    help=GROUP,
    no_args_is_help=True,
    add_completion=False,
    # The examples are JSON, which markup would eat.
    rich_markup_mode=None,
)


@app.command(help=COMPARE)
def compare() -> None:
    """Compare treatments with their controls."""
    _answer_lines("compare")


@app.command(help=SRM)
def srm() -> None:
    """Test splits."""
    _answer_lines("srm")


@app.command(help=ADJUST)
def adjust() -> None:
    """Adjust families of p-values."""
    _answer_lines("adjust")


@app.command(help=POWER)
def power() -> None:
    """Plan experiments."""
    _answer_lines("power")


def _answer_lines(command: str) -> None:
    # Help, and every other command, start without the numerical libraries.
    from splitplot.cli.stats_lines import answer_lines  # noqa: PLC0415

    answer_lines(command, source=sys.stdin.buffer, sink=sys.stdout.buffer)
