"""PostgreSQL for tests.

It is the server that `SPLITPLOT_TEST_POSTGRES_URL` names, else one on this machine that
lets us in without a password; without either its tests are skipped by name. Each test
session makes databases of its own there and drops them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from splitplot.adapters.metadata import tables

SETTING = "SPLITPLOT_TEST_POSTGRES_URL"
LOCAL_SERVERS = (
    "postgresql://postgres@127.0.0.1:5432/postgres",
    "postgresql://root@127.0.0.1:5432/postgres",
)
_RESTART = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
    FROM pg_sequences WHERE last_value IS NOT NULL
"""


def find_postgres() -> str | None:
    """The URL of a database from which others can be made."""
    named = os.environ.get(SETTING)
    if named:
        return named
    for url in LOCAL_SERVERS:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            continue
        return url
    return None


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """A new, empty database, dropped at the end."""
    name = f"splitplot_test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        # Nothing here has to outlive a power cut.
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit TO off')
        try:
            url = make_url(server).set(drivername="postgresql", database=name)
            yield url.render_as_string(hide_password=False)
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def require_postgres() -> str:
    """As `find_postgres`; skips the test by name when there is none."""
    server = find_postgres()
    if server is None:
        pytest.skip(f"PostgreSQL: no server; {SETTING} names one")
    return server


def empty(url: str) -> None:
    """Delete every row of a migrated PostgreSQL database, and count ids from 1 again.

    For tables of a few rows this is thirty times as fast as TRUNCATE, which makes files.
    """
    deletions = [str(table.delete()) for table in reversed(tables.metadata.sorted_tables)]
    with psycopg.connect(url) as connection:
        connection.execute("; ".join([*deletions, _RESTART]))
