"""A user of a running server: a team's scripts, and an SDK's wire."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from tests.e2e.server_process import Server

BATCH = 500


class Client:
    """Talks to a server with the keys that its setup printed."""

    def __init__(self, server: Server) -> None:
        self.token: str = server.keys["project_token"]
        self.project = f"/api/projects/{server.keys['project_id']}/"
        self.http = httpx.Client(base_url=server.url, headers=server.authorization, timeout=60)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def post(self, path: str, body: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        """The answer to a request in the project that must succeed."""
        return self._answer(self.http.post(self.project + path, json=body or {}))

    def patch(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        return self._answer(self.http.patch(self.project + path, json=body))

    def query(self, **query: object) -> Any:  # noqa: ANN401 - JSON
        """The answer to a query, computed now."""
        return self.post("query/", {"query": query, "refresh": "force_blocking"})

    def capture(self, events: Sequence[Mapping[str, object]]) -> None:
        """Send events as SDKs do; all of them must be taken."""
        for start in range(0, len(events), BATCH):
            answer = self.try_capture(events[start : start + BATCH])
            assert (answer.status_code, answer.json()) == (200, {"status": "Ok"}), answer.text

    def try_capture(self, events: Sequence[Mapping[str, object]]) -> httpx.Response:
        """The answer to one batch, whatever it is."""
        return self.http.post("/batch/", json={"api_key": self.token, "batch": list(events)})

    def events(self, **filters: str) -> Iterator[dict[str, Any]]:
        """Every stored event, newest first."""
        url: str | None = str(
            httpx.URL(self.project + "events/", params={"limit": "5000", **filters})
        )
        while url is not None:
            page = self._answer(self.http.get(url))
            yield from page["results"]
            url = page["next"]

    @staticmethod
    def _answer(response: httpx.Response) -> Any:  # noqa: ANN401 - JSON
        assert response.is_success, f"{response.status_code}: {response.text}"
        return response.json()
