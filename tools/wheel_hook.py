"""Stops the build of a wheel or source archive that would lack its web pages."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PagesAreThere(BuildHookInterface[Any]):
    """Asks for the pages beforehand; an installation in place may come before they are built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatchling calls it
        """Raise when the package would be without its pages."""
        app = Path(self.root) / "src" / "splitplot" / "ui" / "static" / "app"
        names = ("index.html", "build.json")
        if version != "editable" and not all((app / name).is_file() for name in names):
            raise RuntimeError("The web pages are not built: run `make ui` first.")
