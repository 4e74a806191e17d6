"""`splitplot experiment`: experiments and their results in a terminal."""

import json as json_format
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer
from rich.console import Console
from rich.table import Table

from splitplot.accounts.model import ProjectId
from splitplot.cli.api_client import ApiClient
from splitplot.cli.configuration import settings_of
from splitplot.cli.experiment_sources import (
    ExperimentSource,
    ListedExperiment,
    ServerSource,
    find_experiment,
)
from splitplot.cli.results_table import exposure_lines, failed_metric, metric_table
from splitplot.errors import InvalidInput, NotFound, SplitplotError

CURRENT = "@current"
# Tables are cut to the terminal; what is piped elsewhere is not.
PIPED_WIDTH = 160

app = typer.Typer(
    name="experiment",
    help=(
        "Experiments and their results. Asks the server at --url; with --data-dir alone it "
        "reads the stores of a server that is not running."
    ),
    no_args_is_help=True,
    add_completion=False,
)

Url: TypeAlias = Annotated[
    str | None, typer.Option(help="Address of the server.", envvar="SPLITPLOT_URL")
]
ApiKey: TypeAlias = Annotated[
    str | None, typer.Option(help="A personal API key (phx_…).", envvar="SPLITPLOT_API_KEY")
]
ProjectOption: TypeAlias = Annotated[
    str, typer.Option("--project-id", help="The project's number.", envvar="SPLITPLOT_PROJECT_ID")
]
Folder: TypeAlias = Annotated[
    Path | None, typer.Option(help="Folder of a server that is not running.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_experiments(
    *,
    url: Url = None,
    api_key: ApiKey = None,
    project_id: ProjectOption = CURRENT,
    data_dir: Folder = None,
    json: Json = False,
) -> None:
    """List the project's experiments, newest first."""
    with _source(url=url, api_key=api_key, project_id=project_id, data_dir=data_dir) as source:
        listed = list(source.experiments())
    if json:
        _print_json([_summary(experiment) for experiment in listed])
        return
    table = Table("id", "key", "name", "status", "start", "end", box=None)
    for experiment in listed:
        dates = ((date or "–")[:10] for date in (experiment.start_date, experiment.end_date))
        table.add_row(
            str(experiment.id), experiment.key, experiment.name, experiment.status, *dates
        )
    _console().print(table if listed else "No experiments.")


@app.command()
def results(
    key_or_id: Annotated[str, typer.Argument(help="Key of the experiment's flag, or its number.")],
    *,
    url: Url = None,
    api_key: ApiKey = None,
    project_id: ProjectOption = CURRENT,
    data_dir: Folder = None,
    json: Json = False,
) -> None:
    """Show what every metric of an experiment says, and whether its split holds."""
    with _source(url=url, api_key=api_key, project_id=project_id, data_dir=data_dir) as source:
        experiment = find_experiment(source, key_or_id)
        if experiment.start_date is None:
            raise InvalidInput(f"{experiment.name!r} is a draft: there are no results yet.")
        metrics = [(metric, _answer(source, experiment, metric)) for metric in experiment.metrics]
        exposures = source.exposures(experiment)
    if json:
        _print_json(
            {
                "experiment": _summary(experiment),
                "metrics": [answer for _, answer in metrics],
                "exposures": exposures,
            }
        )
    else:
        _show(experiment, metrics, exposures)


@contextmanager
def _source(
    *, url: str | None, api_key: str | None, project_id: str, data_dir: Path | None
) -> Iterator[ExperimentSource]:
    if (url is None) == (data_dir is None):
        raise InvalidInput(
            "Name either a running server with --url (or SPLITPLOT_URL), or with --data-dir "
            "the folder of one that is not running."
        )
    if url is not None:
        if api_key is None:
            raise InvalidInput("Give a personal API key with --api-key or SPLITPLOT_API_KEY.")
        yield ServerSource(ApiClient(url, api_key), project_id=project_id)
        return
    # Opening stores loads every driver; a client of a server needs none.
    from splitplot.bootstrap import bootstrap  # noqa: PLC0415
    from splitplot.cli.experiment_stores import StoreSource  # noqa: PLC0415

    with bootstrap(settings_of(data_dir)) as platform:
        if project_id == CURRENT:
            project = platform.accounts.first_project()
        else:
            number = ProjectId(int(project_id)) if project_id.isdecimal() else ProjectId(0)
            found = platform.accounts.find_project(number)
            if found is None:
                raise NotFound(f"There is no project {project_id}.")
            project = found
        yield StoreSource(platform, project)


def _answer(
    source: ExperimentSource, experiment: ListedExperiment, metric: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The metric's answer; one that cannot be computed does not hide the others."""
    try:
        return source.metric(experiment, metric)
    except SplitplotError as error:
        return {"kind": "ExperimentQuery", "metric": metric, "error": error.message}


def _show(
    experiment: ListedExperiment,
    metrics: list[tuple[Mapping[str, Any], Mapping[str, Any]]],
    exposures: Mapping[str, Any],
) -> None:
    console = _console()
    console.print(f"[bold]{experiment.name}[/bold]  {experiment.key}, {experiment.status}\n")
    for metric, answer in metrics:
        failure = answer.get("error")
        console.print(
            metric_table(metric, answer) if failure is None else failed_metric(metric, failure)
        )
        console.print()
    if not metrics:
        console.print("The experiment has no metric.\n")
    console.print(exposure_lines(exposures))


def _summary(experiment: ListedExperiment) -> dict[str, object]:
    shown = ("id", "name", "key", "status", "start_date", "end_date")
    return {name: value for name, value in asdict(experiment).items() if name in shown}


def _print_json(document: object) -> None:
    typer.echo(json_format.dumps(document, ensure_ascii=False))


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=PIPED_WIDTH)
