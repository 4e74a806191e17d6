"""A client of the management API for the commands that talk to a running server."""

import json
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from splitplot.errors import InvalidInput, Unavailable

TIMEOUT_SECONDS = 60.0
UPLOAD_SECONDS = 3600.0


class ApiClient:
    """Sends JSON with a personal API key, and answers JSON.

    `Any` is what a server may answer; each caller reads the fields that the API promises.
    """

    def __init__(self, url: str, api_key: str) -> None:
        if not url.startswith(("http://", "https://")):
            raise InvalidInput(f"{url} is not an http address")
        self.url = url.rstrip("/")
        self._api_key = api_key

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        return self._ask("GET", path, None)

    def post(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        return self._ask("POST", path, json.dumps(body).encode())

    def delete(self, path: str) -> None:
        self._send("DELETE", path, None, {}, seconds=TIMEOUT_SECONDS)

    def upload(self, path: str, file: IO[bytes], *, content_type: str, size: int) -> Any:  # noqa: ANN401 - JSON
        """Send a file as it is, however long the server takes with it."""
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        return json.loads(self._send("POST", path, file, headers, seconds=UPLOAD_SECONDS))

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:  # noqa: ANN401 - JSON
        headers = {"Content-Type": "application/json"}
        return json.loads(self._send(method, path, body, headers, seconds=TIMEOUT_SECONDS))

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | IO[bytes] | None,
        headers: dict[str, str],
        *,
        seconds: float,
    ) -> bytes:
        request = Request(  # noqa: S310 - the constructor refuses other schemes
            self.url + path,
            data=body,
            method=method,
            headers={"Authorization": f"Bearer {self._api_key}", **headers},
        )
        try:
            with urlopen(request, timeout=seconds) as answer:  # noqa: S310 - as above
                content: bytes = answer.read()
                return content
        except HTTPError as error:
            raise Unavailable(_detail_of(error)) from error
        except (URLError, TimeoutError, ConnectionError) as error:
            raise Unavailable(f"no answer from {self.url}: {error}") from error


def _detail_of(error: HTTPError) -> str:
    with error:
        text = error.read().decode("utf-8", "replace")
    try:
        return f"{error.code}: {json.loads(text)['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"{error.code}: {text[:200]}"
