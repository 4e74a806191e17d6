"""The command line: what commands there are, and what becomes of their errors."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from splitplot.errors import InvalidInput, SplitplotError

# Each is a module of this package that holds a function, or an `app` of several, of that name.
COMMANDS = ("setup", "serve", "worker", "demo", "experiment", "stats", "warehouse", "version")
# Those that stand in the module of another one.
_PLACES = {"worker": "serve"}

FAILED = 1
MISUSED = 2
# Nearest ancestor wins.
_EXIT_STATUS: dict[type[SplitplotError], int] = {SplitplotError: FAILED, InvalidInput: MISUSED}


def exit_status(error: SplitplotError) -> int:
    """What the process answers its shell."""
    return next(_EXIT_STATUS[parent] for parent in type(error).__mro__ if parent in _EXIT_STATUS)


class OnDemand(TyperGroup):
    """Loads a command's module when the command is asked for, so that each starts fast."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 Typer's own type is private
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 likewise
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"splitplot.cli.{_PLACES.get(cmd_name, cmd_name)}")
        group = getattr(module, "app", None)
        if group is None:
            group = typer.Typer(add_completion=False)
            group.command(cmd_name)(getattr(module, cmd_name))
        command = get_command(group)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 likewise
        """Run the command; an error that we know is one line and an exit status."""
        try:
            return super().invoke(ctx)
        except SplitplotError as error:
            typer.echo(f"splitplot: {error.message}", err=True)
            raise typer.Exit(exit_status(error)) from error


app = typer.Typer(
    cls=OnDemand,
    name="splitplot",
    help="Feature flags, event capture, A/B experiments and their statistics.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def splitplot() -> None:
    """Feature flags, event capture, A/B experiments and their statistics."""
