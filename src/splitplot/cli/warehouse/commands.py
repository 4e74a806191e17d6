"""`splitplot warehouse`: tables beside the events, for metrics to count the rows of."""

import json as json_format
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import wrap_file
from rich.table import Table

from splitplot.cli.api_client import ApiClient
from splitplot.cli.experiment import CURRENT, ApiKey, Json, ProjectOption, Url
from splitplot.errors import InvalidInput, NotFound

_CONTENT_TYPES = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}
_PAGE = 500

app = typer.Typer(
    name="warehouse",
    help=(
        "Tables beside the events, for metrics to count the rows of. Asks the server at --url, "
        "which goes on serving meanwhile."
    ),
    no_args_is_help=True,
    add_completion=False,
)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What metrics call the table.")],
    file: Annotated[Path, typer.Argument(help="A .parquet file, or a .csv with a line of names.")],
    *,
    url: Url = None,
    api_key: ApiKey = None,
    project_id: ProjectOption = CURRENT,
    json: Json = False,
) -> None:
    """Load a file as a table, in the place of one with the same name."""
    content_type = _CONTENT_TYPES.get(file.suffix.lower())
    if content_type is None:
        raise InvalidInput(f"{file} is neither a .csv nor a .parquet file.")
    client = _client(url, api_key)
    try:
        size = file.stat().st_size
        opened = file.open("rb")
    except OSError as error:
        raise InvalidInput(f"cannot read {file}: {error.strerror or error}") from error
    console = Console(stderr=True)
    path = f"{_tables(project_id)}?name={quote(name)}"
    with (
        opened,
        wrap_file(
            opened,
            size,
            description=f"Sending {file.name}",
            console=console,
            disable=not console.is_terminal,
        ) as watched,
    ):
        table = client.upload(path, watched, content_type=content_type, size=size)
    if json:
        typer.echo(json_format.dumps(table, ensure_ascii=False))
        return
    columns = ", ".join(f"{column['name']} ({column['type']})" for column in table["columns"])
    typer.echo(f"{table['name']}: {table['row_count']} rows of {columns}")


@app.command("list")
def list_tables(
    *,
    url: Url = None,
    api_key: ApiKey = None,
    project_id: ProjectOption = CURRENT,
    json: Json = False,
) -> None:
    """List the project's tables."""
    tables = _all_tables(_client(url, api_key), project_id)
    if json:
        typer.echo(json_format.dumps(tables, ensure_ascii=False))
        return
    listed = Table("name", "rows", "loaded", "columns", box=None)
    for table in tables:
        names = ", ".join(column["name"] for column in table["columns"])
        listed.add_row(table["name"], str(table["row_count"]), table["loaded_at"][:19], names)
    console = Console(highlight=False)
    console.print(listed if tables else "No tables.")


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="What metrics call the table.")],
    *,
    url: Url = None,
    api_key: ApiKey = None,
    project_id: ProjectOption = CURRENT,
) -> None:
    """Forget a table and its rows."""
    client = _client(url, api_key)
    found = [table for table in _all_tables(client, project_id) if table["name"] == name]
    if not found:
        raise NotFound(f"There is no table {name!r}.")
    client.delete(f"{_tables(project_id)}{found[0]['id']}/")
    typer.echo(f"{name} is forgotten.")


def _client(url: str | None, api_key: str | None) -> ApiClient:
    if url is None or api_key is None:
        raise InvalidInput(
            "Name a running server with --url or SPLITPLOT_URL, and give a personal API key with "
            "--api-key or SPLITPLOT_API_KEY."
        )
    return ApiClient(url, api_key)


def _tables(project_id: str) -> str:
    return f"/api/projects/{quote(project_id, safe='@')}/warehouse_tables/"


def _all_tables(client: ApiClient, project_id: str) -> list[Mapping[str, Any]]:
    page = client.get(f"{_tables(project_id)}?limit={_PAGE}")
    return list(page["results"])
