"""`splitplot version`."""

import json as json_format
from typing import Annotated

import typer

from splitplot import __version__


def version(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print the version."""
    typer.echo(json_format.dumps({"version": __version__}) if json else __version__)
