"""The whole server in this process: real stores, real routes, no socket."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import httpx
from argon2 import PasswordHasher
from fastapi import FastAPI

from splitplot.accounts.model import OrganizationId, Project, ProjectId, User
from splitplot.adapters.metadata.schema import migrate
from splitplot.bootstrap import Platform, bootstrap
from splitplot.http.app import create_app
from splitplot.services.accounts import FirstUser, Installation, NewKey
from splitplot.settings import Settings
from tests.api.truth import truth_of

BASE_URL = "http://splitplot.test"


class SyncASGI(httpx.BaseTransport):
    """Runs an ASGI app in an event loop of its own, for clients that do not await.

    Every answer is held against the app's OpenAPI document.
    """

    def __init__(self, app: FastAPI) -> None:
        self._inner = httpx.ASGITransport(app=app)
        self._truth = truth_of(app)
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="asgi", daemon=True)
        self._thread.start()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = asyncio.run_coroutine_threadsafe(self._ask(request), self._loop).result(60)
        self._truth.check(request, answer)
        return answer

    def shut_down(self) -> None:
        """Ends the event loop. Not `close`, which every client of it would call."""
        ended = asyncio.run_coroutine_threadsafe(self._loop.shutdown_default_executor(), self._loop)
        ended.result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        sent = httpx.Request(
            request.method, request.url, headers=request.headers, content=request.content
        )
        answer = await self._inner.handle_async_request(sent)
        assert isinstance(answer.stream, httpx.AsyncByteStream)
        body = b"".join([chunk async for chunk in answer.stream])
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A server that is set up.

    Attributes:
        platform: Its services.
        app: Its routes.
        client: Sends the owner's personal key, which may do everything.
        anonymous: Sends no key.
        installation: What `set_up` made.
    """

    platform: Platform
    app: FastAPI
    client: httpx.Client
    anonymous: httpx.Client
    installation: Installation

    @property
    def project(self) -> Project:
        return self.installation.project

    @property
    def user(self) -> User:
        return self.installation.user

    @property
    def secret_key(self) -> str:
        """The project's secret key."""
        return self.installation.project_secret_key

    def key(
        self,
        *,
        scopes: tuple[str, ...] = ("*",),
        projects: tuple[ProjectId, ...] = (),
        organizations: tuple[OrganizationId, ...] = (),
        user: User | None = None,
    ) -> str:
        """A new personal key."""
        new = NewKey(
            label="test",
            scopes=scopes,
            scoped_projects=projects,
            scoped_organizations=organizations,
        )
        return self.platform.accounts.add_personal_key(user or self.user, new)[1]

    def url(self, path: str = "") -> str:
        """The path of something in the project: `url("experiments/")`."""
        return f"/api/projects/{self.project.id}/{path}"


@cache
def _migrated_database() -> bytes:
    """A SQLite file with the schema and no rows: making it takes longer than most tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "splitplot.db"
        migrate(f"sqlite:///{file}")
        return file.read_bytes()


@contextmanager
def running_stack(settings: Settings) -> Iterator[Stack]:
    """A started, set up server on these settings; closed with the block."""
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        (settings.data_dir / "splitplot.db").write_bytes(_migrated_database())
    with bootstrap(settings) as platform:
        # A password that nobody guesses at need not be dear to check.
        platform.accounts._passwords = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        made = platform.accounts.set_up(FirstUser(email="ada@example.com", password="correct"))
        assert made is not None, "the stack's stores must be new"
        platform.stores.flag_source.refresh()
        app = create_app(platform)
        transport = SyncASGI(app)
        owner = {"Authorization": f"Bearer {made.personal_api_key}"}
        with (
            httpx.Client(transport=transport, base_url=BASE_URL, headers=owner) as client,
            httpx.Client(transport=transport, base_url=BASE_URL) as anonymous,
        ):
            yield Stack(
                platform=platform, app=app, client=client, anonymous=anonymous, installation=made
            )
        transport.shut_down()


def settings_in(
    folder: Path, *, events_url: str = "memory://", database_url: str | None = None
) -> Settings:
    """Events in the store that is asked for; what has no address goes under the folder."""
    return Settings(
        data_dir=folder,
        events_url=events_url,
        database_url=database_url,
        jobs_url="memory://",
    )
