"""`splitplot setup`: the first user, organization, project and keys."""

import json as json_format
import secrets
from typing import Annotated

import typer
from rich.console import Console

from splitplot.bootstrap import open_accounts
from splitplot.cli.configuration import DataDir, settings_of
from splitplot.services.accounts import AccountService, FirstUser, Installation

DEFAULT_EMAIL = "admin@localhost"
_SHORT_PASSWORD = 8


def setup(
    *,
    data_dir: DataDir = None,
    email: Annotated[str, typer.Option(help="Address to sign in with.")] = DEFAULT_EMAIL,
    password: Annotated[
        str | None,
        typer.Option(
            help="Password to sign in with; made up and shown once unless given.",
            envvar="SPLITPLOT_SETUP_PASSWORD",
            show_default=False,
        ),
    ] = None,
    project: Annotated[str, typer.Option(help="Name of the first project.")] = "Default project",
    json: Annotated[bool, typer.Option("--json", help="Print the keys as JSON.")] = False,
) -> None:
    """Create the installation: first user, organization, project and keys.

    Run again it changes nothing, and does not show the secret keys a second time.
    """
    settings = settings_of(data_dir)
    console = Console(stderr=True, highlight=False)
    made_up = secrets.token_urlsafe(12) if password is None else None
    first = FirstUser(email=email, password=made_up or password or "", project_name=project)
    with open_accounts(settings) as accounts:
        made = accounts.set_up(first)
        answer = _known(accounts) if made is None else _made(made, made_up)
    if made is None:
        console.print("Already set up; nothing was changed. The secret keys are not shown again.")
    elif password is not None and len(password) < _SHORT_PASSWORD:
        console.print("The password is short; whoever can reach the server may try them all.")
    if json:
        typer.echo(json_format.dumps(answer))
    else:
        _tell(console, answer)


def _made(made: Installation, made_up_password: str | None) -> dict[str, object]:
    answer: dict[str, object] = {
        "project_id": made.project.id,
        "project_token": made.project.api_token,
        "personal_api_key": made.personal_api_key,
        "project_secret_key": made.project_secret_key,
        "email": made.user.email,
    }
    if made_up_password is not None:
        answer["password"] = made_up_password
    return answer


def _known(accounts: AccountService) -> dict[str, object]:
    """What may be told about an installation that is there: nothing secret."""
    project = accounts.first_project()
    return {
        "project_id": project.id,
        "project_token": project.api_token,
        "personal_api_key": None,
        "project_secret_key": None,
        "email": None,
    }


def _tell(console: Console, answer: dict[str, object]) -> None:
    for name, value in answer.items():
        if value is not None:
            console.print(f"  {name.replace('_', ' '):<19} {value}", markup=False)
    if answer["personal_api_key"] is not None:
        console.print("Keep the keys and the password: they are shown this once.")
