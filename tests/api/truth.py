"""Holds every answer against what the OpenAPI document says of it."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import jsonschema_rs
from fastapi import FastAPI

from splitplot.http.openapi import description_of

_ALIAS = re.compile("^/api/environments/")
# What stands around the routes may answer these for any operation.
_ANYWHERE = {413, 500}


class Truth:
    """An OpenAPI document as a judge of answers."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._validators: dict[tuple[str, str, int], jsonschema_rs.Validator | None] = {}
        # Paths without parameters come first, as they do when a request is routed.
        paths = sorted(document["paths"], key=lambda path: (path.count("{"), path))
        self._paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in paths]

    def check(self, request: httpx.Request, answer: httpx.Response) -> None:
        """Fail unless the operation may answer so. What is not described may answer anything."""
        path = self._path_of(request.url.path)
        method = request.method.lower()
        if path is None or method not in self._document["paths"][path]:
            return
        place = f"{request.method} {path} -> {answer.status_code}"
        responses = self._document["paths"][path][method]["responses"]
        described = responses.get(str(answer.status_code))
        if described is None:
            assert answer.status_code in _ANYWHERE, f"{place} is not described: {answer.text}"
            return
        self._check_body(path, method, answer, place)

    def _check_body(self, path: str, method: str, answer: httpx.Response, place: str) -> None:
        key = (path, method, answer.status_code)
        if key not in self._validators:
            self._validators[key] = self._validator(*key)
        validator = self._validators[key]
        if validator is None:
            return
        kind = answer.headers.get("content-type", "")
        assert kind.startswith("application/json"), f"{place} is {kind or 'empty'}, not JSON"
        wrong = next(validator.iter_errors(answer.json()), None)
        assert wrong is None, f"{place} breaks its schema at {wrong.instance_path}: {wrong.message}"

    def _validator(self, path: str, method: str, status: int) -> "jsonschema_rs.Validator | None":
        response = self._document["paths"][path][method]["responses"][str(status)]
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return None
        return jsonschema_rs.validator_for({**schema, "components": self._document["components"]})

    def _path_of(self, path: str) -> str | None:
        path = _ALIAS.sub("/api/projects/", path)
        path = path if path.endswith("/") else f"{path}/"
        return next((known for pattern, known in self._paths if pattern.fullmatch(path)), None)


_known: list[Truth] = []


def truth_of(app: FastAPI) -> Truth:
    """Every whole app describes the same API: the first one is asked, as it was made.

    Of some SDK paths alone nothing is described.
    """
    if not _known:
        if not app.openapi()["paths"]:
            return Truth({"paths": {}})
        _known.append(Truth(description_of(app)))
    return _known[0]
