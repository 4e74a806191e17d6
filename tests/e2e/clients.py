"""A server for one kind of client, what it serves, and the programs of the how-to pages."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import Client
from tests.e2e.server_process import Server, environment, serving, set_up

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
NODE_FOLDER = Path(__file__).parent / "node"
SPLIT = [
    {"key": "control", "rollout_percentage": 50},
    {"key": "test", "rollout_percentage": 50},
]
EVERYBODY: dict[str, Any] = {"properties": [], "rollout_percentage": 100}
PRO_PLAN: dict[str, Any] = {"key": "plan", "value": "pro", "operator": "exact", "type": "person"}
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

needs_node = pytest.mark.skipif(
    not ((NODE_FOLDER / "node_modules").is_dir() and shutil.which("node"))
    and os.environ.get("CI") != "true",
    reason="the clients for Node.js are not installed: make clients",
)


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A project with an experiment on the key `checkout`, and the flags `banner` and `beta`.

    Attributes:
        server: Its server.
        team: Asks the API with the key of the team.
        experiment: The running experiment.
    """

    server: Server
    team: Client
    experiment: dict[str, Any]

    @property
    def env(self) -> dict[str, str]:
        """What the how-to pages take from the environment."""
        return environment(
            SPLITPLOT_URL=self.server.url,
            SPLITPLOT_PROJECT_TOKEN=self.server.keys["project_token"],
            SPLITPLOT_SECRET_KEY=self.server.keys["project_secret_key"],
        )

    def events(self, **filters: str) -> list[dict[str, Any]]:
        """What arrived, oldest first."""
        return list(reversed(list(self.team.events(**filters))))

    def person(self, distinct_id: str) -> dict[str, Any]:
        """The person behind the id, who must be there."""
        answer = self.team.http.get(
            self.team.project + "persons/", params={"distinct_id": distinct_id}
        )
        (found,) = answer.json()["results"]
        return dict(found)


@contextmanager
def running_shop(folder: Path) -> Iterator[Shop]:
    """A server process on a new installation, its experiment launched."""
    keys = set_up(folder, "--email", "ada@example.com", "--password", "correct horse")
    with serving(folder, keys=keys) as server, Client(server) as team:
        team.post("feature_flags/", {"key": "banner", "filters": _banner()})
        beta = {"groups": [{"properties": [PRO_PLAN], "rollout_percentage": 100}]}
        team.post("feature_flags/", {"key": "beta", "filters": beta})
        draft = {
            "name": "Checkout",
            "feature_flag_key": "checkout",
            "parameters": {"feature_flag_variants": SPLIT},
        }
        made = team.post("experiments/", draft)
        experiment = team.post(f"experiments/{made['id']}/launch/")
        yield Shop(server=server, team=team, experiment=experiment)


def add_flags_of_every_kind(shop: Shop) -> None:
    """Flags with shares, conditions, pins and payloads, about groups and about other flags."""
    company = {"$group_type": "company", "$group_key": "acme", "$group_set": {"seats": 20}}
    shop.team.capture(
        [{"event": "$groupidentify", "distinct_id": "somebody", "properties": company}]
    )
    variants = [
        {"key": key, "rollout_percentage": n} for key, n in (("a", 20), ("b", 30), ("c", 50))
    ]
    pinned = {"properties": [PRO_PLAN], "rollout_percentage": 30, "variant": "c"}
    parts = shop.team.post(
        "feature_flags/",
        {
            "key": "parts",
            "filters": {
                "groups": [pinned, EVERYBODY],
                "multivariate": {"variants": variants},
                "payloads": {"a": '{"n": 1}', "b": '"text"'},
            },
        },
    )
    serves_a = {"key": str(parts["id"]), "type": "flag", "operator": "flag_evaluates_to"}
    many_seats = {"key": "seats", "type": "group", "group_type_index": 0, "operator": "gt"}
    large = _everybody_with({**many_seats, "value": 30})
    for key, filters in (
        ("some", {"groups": [{"properties": [], "rollout_percentage": 40}]}),
        ("depends", _everybody_with({**serves_a, "value": "a"})),
        ("large", {**large, "aggregation_group_type_index": 0}),
    ):
        shop.team.post("feature_flags/", {"key": key, "filters": filters})
    asleep = {"key": "asleep", "active": False, "filters": {"groups": [EVERYBODY]}}
    shop.team.post("feature_flags/", asleep)


def program_of(page: str, language: str) -> str:
    """The blocks of a how-to page in this language, as one program."""
    return "".join(blocks_of(page, language))


def blocks_of(page: str, language: str) -> list[str]:
    """The blocks of a how-to page in this language."""
    blocks = _BLOCK.findall((PAGES / page).read_text(encoding="utf-8"))
    return [text for kind, text in blocks if kind == language]


def shown_by(page: str) -> list[str]:
    """The lines that a how-to page says its program prints."""
    return program_of(page, "text").splitlines()


def run_python(program: str, env: Mapping[str, str]) -> list[str]:
    """What a Python program prints; a warning ends it, whatever it says."""
    return _run([sys.executable, "-W", "error", "-"], program, env, folder=Path.cwd())


def run_node(program: str, env: Mapping[str, str]) -> list[str]:
    """What a program for Node.js prints."""
    node = str(shutil.which("node"))
    return _run([node, "--input-type=module", "-"], program, env, folder=NODE_FOLDER)


def _run(command: list[str], program: str, env: Mapping[str, str], *, folder: Path) -> list[str]:
    done = subprocess.run(  # noqa: S603 - programs of our own
        command,
        input=program,
        cwd=folder,
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == "", done.stderr
    return done.stdout.splitlines()


def _banner() -> dict[str, Any]:
    return {"groups": [EVERYBODY], "payloads": {"true": '{"text": "Hello", "days": 3}'}}


def _everybody_with(condition: dict[str, Any]) -> dict[str, Any]:
    return {"groups": [{"properties": [condition], "rollout_percentage": 100}]}
