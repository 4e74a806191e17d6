"""The reference pages are what the code says today."""

import json

import pytest

from tools.reference import FOLDER, pages


@pytest.fixture(scope="module")
def written() -> dict[str, str]:
    return pages()


def test_no_page_of_the_reference_is_stale(written: dict[str, str]) -> None:
    kept = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    stale = sorted(
        name for name in kept.keys() | written.keys() if kept.get(name) != written.get(name)
    )
    assert stale == [], "run `make reference`"


def test_every_operation_has_a_name_of_its_own_and_a_sentence(written: dict[str, str]) -> None:
    operations = [
        operation
        for path in json.loads(written["openapi.json"])["paths"].values()
        for operation in path.values()
    ]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert [o["operationId"] for o in operations if not o.get("description")] == []
