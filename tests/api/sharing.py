"""Asking for what experiments share, in few words."""

from dataclasses import dataclass

import httpx

from tests.api.management import Json, made
from tests.api.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One of the project's resources, asked for by its owner.

    Attributes:
        path: Under the project, with a slash behind.
        base: What a new one is made of, unless something else is said.
    """

    stack: Stack
    path: str
    base: Json

    def try_create(self, **body: object) -> httpx.Response:
        return self.stack.client.post(self.stack.url(self.path), json=body)

    def create(self, **body: object) -> Json:
        return made(self.try_create(**(self.base | body)), status=201)

    def get(self, item: Json) -> Json:
        return made(self.stack.client.get(self.url(item)))

    def listed(self, **query: str | int) -> Json:
        return made(self.stack.client.get(self.stack.url(self.path), params=query))

    def names(self, **query: str | int) -> list[str]:
        return [item["name"] for item in self.listed(**query)["results"]]

    def try_patch(self, item: Json, **body: object) -> httpx.Response:
        return self.stack.client.patch(self.url(item), json=body)

    def patch(self, item: Json, **body: object) -> Json:
        return made(self.try_patch(item, **body))

    def try_put(self, item: Json, **body: object) -> httpx.Response:
        return self.stack.client.put(self.url(item), json=body)

    def delete(self, item: Json) -> None:
        answer = self.stack.client.delete(self.url(item))
        assert (answer.status_code, answer.content) == (204, b"")

    def url(self, item: Json) -> str:
        return self.stack.url(f"{self.path}{item['id']}/")
