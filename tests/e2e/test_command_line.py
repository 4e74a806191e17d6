import json
from pathlib import Path

import pytest

from splitplot import __version__
from tests.e2e.server_process import environment, run, set_up

OWNER = ("--email", "ada@example.com", "--password", "correct horse")


def test_setup_prints_the_keys_as_json(tmp_path: Path) -> None:
    done = run("setup", "--data-dir", str(tmp_path), *OWNER, "--project", "Shop", "--json")

    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(answer) == [
        "project_id",
        "project_token",
        "personal_api_key",
        "project_secret_key",
        "email",
    ]
    assert answer["project_id"] == 1
    assert answer["project_token"].startswith("phc_")
    assert answer["personal_api_key"].startswith("phx_")
    assert answer["project_secret_key"].startswith("phs_")
    assert answer["email"] == "ada@example.com"


def test_setup_run_again_changes_nothing_and_says_so(tmp_path: Path) -> None:
    first = set_up(tmp_path, *OWNER)

    again = run("setup", "--data-dir", str(tmp_path), "--email", "eve@example.com", "--json")

    assert again.returncode == 0
    assert "Already set up; nothing was changed." in again.stderr
    assert json.loads(again.stdout) == {
        "project_id": first["project_id"],
        "project_token": first["project_token"],
        "personal_api_key": None,
        "project_secret_key": None,
        "email": None,
    }


def test_setup_tells_people_on_standard_error(tmp_path: Path) -> None:
    done = run("setup", "--data-dir", str(tmp_path / "new" / "folder"))

    assert done.returncode == 0
    assert done.stdout == ""
    for name in ("project token", "personal api key", "project secret key", "password"):
        assert name in done.stderr


def test_setup_makes_up_a_password_and_shows_it_once(tmp_path: Path) -> None:
    assert len(set_up(tmp_path)["password"]) >= 16
    assert "password" not in set_up(tmp_path)


@pytest.mark.parametrize(
    ("options", "attr"),
    [
        (("--email", "ada"), "Enter a valid email address."),
        (("--password", ""), "Choose a password of 1 to 1024 characters."),
    ],
)
def test_setup_of_nonsense_is_misuse(tmp_path: Path, options: tuple[str, str], attr: str) -> None:
    done = run("setup", "--data-dir", str(tmp_path), *options, "--json")
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"splitplot: {attr}\n")


@pytest.mark.parametrize("command", ["setup", "serve"])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, command: str) -> None:
    file = tmp_path / "file"
    file.touch()

    done = run(command, "--data-dir", str(file / "data"))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"splitplot: cannot write to {file}/data: Not a directory\n"


@pytest.mark.parametrize("command", ["setup", "serve"])
def test_a_setting_that_makes_no_sense_is_named(tmp_path: Path, command: str) -> None:
    done = run(
        command, "--data-dir", str(tmp_path), env=environment(SPLITPLOT_LIMITS__QUEUED_EVENTS="no")
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("splitplot: SPLITPLOT_LIMITS__QUEUED_EVENTS: ")
    assert done.stderr.count("\n") == 1


def test_the_folder_can_be_named_by_the_environment(tmp_path: Path) -> None:
    done = run("setup", "--json", env=environment(SPLITPLOT_DATA_DIR=str(tmp_path / "there")))
    assert done.returncode == 0
    assert (tmp_path / "there" / "splitplot.db").exists()


def test_the_version_is_told() -> None:
    assert run("version").stdout == f"{__version__}\n"
    assert json.loads(run("version", "--json").stdout) == {"version": __version__}


def test_help_names_every_command() -> None:
    text = run("--help").stdout
    for command in ("setup", "serve", "demo", "experiment", "version"):
        assert f" {command} " in text


@pytest.mark.parametrize("arguments", [("dance",), ("serve", "--port", "x"), ("setup", "--nope")])
def test_what_is_no_command_is_misuse(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).returncode == 2
