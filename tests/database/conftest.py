"""The databases that the tests talk to, and either face of them."""

from __future__ import annotations

import asyncio
import functools
import inspect
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from zonda.database import AsyncConnection, Connection

SERVERS = {
    "mysql": ("MariaDB", 3306, "mysql://root@127.0.0.1/test", ("pymysql", "asyncmy")),
    "postgresql": ("PostgreSQL", 5432, "postgresql://postgres@127.0.0.1/test", ("psycopg",)),
}
#: Asks for the number of the session that a connection has with the server.
SESSION_ID = {
    "mysql": "SELECT CONNECTION_ID() AS id",
    "postgresql": "SELECT pg_backend_pid() AS id",
}
KEYS = {"mysql": "INTEGER PRIMARY KEY AUTO_INCREMENT", "postgresql": "SERIAL PRIMARY KEY"}


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run coroutine functions in a loop of their own."""
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    names = inspect.signature(function).parameters
    asyncio.run(function(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def needs(backend: str) -> None:
    """Skip where a server or its driver is missing."""
    name, port, _, drivers = SERVERS[backend]
    for driver in drivers:
        pytest.importorskip(driver)
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        pytest.skip(f"needs {name} on 127.0.0.1:{port}")


@dataclass
class Backend:
    """A database with one table of the test's own."""

    name: str
    arguments: dict[str, Any]
    table: str

    @property
    def key(self) -> str:
        """The type of a key that counts by itself."""
        return KEYS.get(self.name, "INTEGER PRIMARY KEY")

    @property
    def returning(self) -> str:
        """What an INSERT needs so that the new row's id is known."""
        return " RETURNING id" if self.name == "postgresql" else ""

    @property
    def ddl(self) -> str:
        return f"CREATE TABLE {self.table} (id {self.key}, name VARCHAR(40) UNIQUE, n INTEGER)"

    def connect(self, **options: Any) -> Connection:
        return Connection(**self.arguments, **options)

    def connect_async(self, **options: Any) -> AsyncConnection:
        return AsyncConnection(**self.arguments, **options)


@pytest.fixture(params=["sqlite", "memory", "mysql", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Backend]:
    """Each kind of database in turn."""
    table = f"zonda_{uuid.uuid4().hex[:12]}"
    if request.param in SERVERS:
        needs(request.param)
        backend = Backend(request.param, {"host": SERVERS[request.param][2]}, table)
        yield backend
        with backend.connect() as db:
            db.execute(f"DROP TABLE IF EXISTS {table}")
    elif request.param == "sqlite":
        yield Backend("sqlite", {"database": tmp_path / "test.db"}, table)
    else:
        yield Backend("memory", {}, table)


class Either:
    """One face of a database, to be awaited whichever it is."""

    def __init__(self, db: Connection | AsyncConnection, backend: Backend) -> None:
        self.db = db
        self.backend = backend

    def __getattr__(self, name: str) -> Callable[..., Any]:
        verb = getattr(self.db, name)

        @functools.wraps(verb)
        async def call(query: str, *args: Any, **kwargs: Any) -> Any:
            query = query.replace("@t", self.backend.table)
            result = verb(query, *args, **kwargs)
            return await result if inspect.isawaitable(result) else result

        return call

    async def add(self, name: str, n: int = 0) -> int:
        insert = "INSERT INTO @t (name, n) VALUES (%s, %s)" + self.backend.returning
        return await self.insert(insert, name, n)

    async def names(self) -> list[str]:
        return [row.name for row in await self.query("SELECT name FROM @t ORDER BY id")]

    async def iter(self, query: str, *args: Any) -> list[Any]:
        rows = self.db.iter(query.replace("@t", self.backend.table), *args)
        return list(rows) if isinstance(rows, Iterator) else [row async for row in rows]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        if isinstance(self.db, Connection):
            with self.db.transaction() as connection:
                yield connection
        else:
            async with self.db.transaction() as connection:
                yield connection


@pytest.fixture(params=["blocking", "awaitable"])
def either(request: pytest.FixtureRequest, backend: Backend) -> Callable[[], Any]:
    """``async with either() as db``: either face, with the test's table."""

    @asynccontextmanager
    async def make(**options: Any) -> AsyncIterator[Either]:
        async with AsyncExitStack() as stack:
            if request.param == "blocking":
                db: Any = stack.enter_context(backend.connect(**options))
            else:
                db = await stack.enter_async_context(backend.connect_async(**options))
            face = Either(db, backend)
            await face.execute(backend.ddl)
            yield face

    return make
