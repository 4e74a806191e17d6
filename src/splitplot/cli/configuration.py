"""The settings of a command: the environment's, and what its options say instead."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from pydantic import ValidationError

from splitplot.errors import InvalidInput
from splitplot.settings import Settings

DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="Folder that holds everything; splitplot-data unless SPLITPLOT_DATA_DIR names one.",
        show_default=False,
    ),
]


def settings_of(data_dir: Path | None) -> Settings:
    """All settings.

    Args:
        data_dir: The folder to use whatever the environment says; None for what it says.

    Raises:
        InvalidInput: A setting in the environment makes no sense; says which.
    """
    try:
        return Settings() if data_dir is None else Settings(data_dir=data_dir)
    except ValidationError as error:
        first = error.errors()[0]
        name = "SPLITPLOT_" + "__".join(str(part) for part in first["loc"]).upper()
        raise InvalidInput(f"{name}: {first['msg']}") from error
