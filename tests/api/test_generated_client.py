"""A client that a generator makes from the OpenAPI document alone can be used."""

import importlib
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from splitplot.http.openapi import description_of
from tests.api.management import Experiments
from tests.api.stack import Stack

# Files of tables are bytes to the generator, which knows neither kind by its name.
SETTINGS = """
post_hooks: []
content_type_overrides:
  text/csv: application/octet-stream
  application/vnd.apache.parquet: application/octet-stream
"""


@pytest.fixture
def generated(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a package with a client for everything that is described."""
    document, settings = tmp_path / "openapi.json", tmp_path / "settings.yml"
    document.write_bytes(orjson.dumps(description_of(stack.app)))
    settings.write_text(SETTINGS)
    made = subprocess.run(  # noqa: S603 - a tool of ours
        [
            *(str(Path(sys.executable).parent / "openapi-python-client"), "generate"),
            *("--path", str(document), "--output-path", str(tmp_path / "generated_client")),
            *("--meta", "none", "--config", str(settings), "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return "generated_client"


def test_a_generated_client_knows_every_operation_and_works(
    stack: Stack, experiments: Experiments, generated: str
) -> None:
    known = experiments.create(name="Checkout")
    operations = [
        operation["operationId"]
        for path in description_of(stack.app)["paths"].values()
        for operation in path.values()
    ]
    modules = {path.stem for path in Path(sys.path[0], generated, "api").glob("*/*.py")}
    assert set(operations) <= modules

    client = importlib.import_module(f"{generated}.client").AuthenticatedClient(
        base_url=str(stack.client.base_url), token=stack.key(scopes=("experiment:read",))
    )
    client.set_httpx_client(stack.client)
    lists = importlib.import_module(f"{generated}.api.experiments.list_experiments")
    page = lists.sync(project_id="@current", client=client)
    assert [(item.id, item.name) for item in page.results] == [(known["id"], "Checkout")]
