"""The awaitable face: the same verbs, for coroutines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from zonda.database.face import Face
from zonda.database.library import sqlalchemy as sa
from zonda.database.library import sqlalchemy_asyncio as sa_asyncio
from zonda.database.query import Query, Values
from zonda.database.row import Row
from zonda.database.verbs import (
    all_rows,
    last_row_id,
    last_row_id_of_many,
    only_row,
    row_count,
    row_count_of_many,
    rows,
)

__all__ = ["AsyncConnection"]

T = TypeVar("T")

_ROWS_AT_ONCE = 500


class AsyncConnection(Face):
    """A database, by torndb's verbs; each of them is awaited, and the loop goes on meanwhile.

    The arguments are those of `Connection`, and so are the queries and what they return. One
    object serves one event loop: it belongs to the first one that uses it, until it is closed.
    """

    _awaitable = True

    def _start(self) -> None:
        self._engine = self._make(sa_asyncio.create_async_engine, sa.pool.AsyncAdaptedQueuePool)
        self._settings.listen(self._engine.sync_engine)
        self._verbs = self._engine.execution_options(**self._settings.verbs_options())
        self._transactions = self._engine.execution_options(**self._settings.transaction_options())
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def engine(self) -> sa_asyncio.AsyncEngine:
        """SQLAlchemy's engine, for its Core and its ORM; it shares the pool."""
        return self._engine

    def session(self, **options: Any) -> sa_asyncio.AsyncSession:
        """A new session of SQLAlchemy's ORM: ``async with db.session() as session: ...``."""
        return sa_asyncio.AsyncSession(self._engine, **options)

    async def close(self) -> None:
        """Close the pool's connections. Another query opens new ones, in any loop."""
        await self._engine.dispose()
        self._loop = None

    async def reconnect(self) -> None:
        """Close the pool's connections and make sure that a new one can be opened."""
        await self.close()
        async with self._engine.connect():
            self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> AsyncConnection:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()

    def _owner(self) -> asyncio.Task[Any] | None:
        """Who asks; refuses those of another loop than the one that opened the connections."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            if self._loop is not None:
                raise RuntimeError(
                    "this AsyncConnection was used by another event loop: await its close()"
                    " there first, or make one for each loop"
                )
            self._loop = loop
        return asyncio.current_task(loop)

    async def _run(
        self, verb: Callable[[sa.Connection, Query, Any], T], query: Query, values: Any
    ) -> T:
        """Run a verb on the connection of the caller's transaction, or on one of its own."""
        joined: sa_asyncio.AsyncConnection | None = self._joined(self._owner())
        if joined is not None:
            return await joined.run_sync(verb, query, values)
        async with self._verbs.begin() as connection:
            return await connection.run_sync(verb, query, values)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[sa_asyncio.AsyncConnection]:
        """Do all or nothing: ``async with db.transaction(): ...``.

        Every verb awaited in the block by the same task is part of it; tasks that the block
        starts are not. It is committed at the end, and rolled back if an exception leaves the
        block. A transaction inside another one is a savepoint: an exception undoes what was
        done since then.

        The block gets SQLAlchemy's connection.
        """
        owner = self._owner()
        joined: sa_asyncio.AsyncConnection | None = self._joined(owner)
        if joined is not None:
            async with joined.begin_nested():
                yield joined
            return
        async with self._transactions.begin() as connection:
            begun = self._begin(connection, owner)
            try:
                yield connection
            finally:
                self._end(begun)

    async def query(self, query: str, /, *parameters: Any, **kwparameters: Any) -> list[Row]:
        """Return all rows of the result."""
        values = self._values(parameters, kwparameters)
        return await self._run(all_rows, self._parse(query), values)

    async def get(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Row | None:
        """Return the one row of the result, or None.

        Raises:
            MultipleRowsError: there are more.
        """
        values = self._values(parameters, kwparameters)
        return await self._run(only_row, self._parse(query), values)

    def iter(self, query: str, /, *parameters: Any, **kwparameters: Any) -> AsyncIterator[Row]:
        """Return an asynchronous iterator over the rows, fetched while they are read.

        In a transaction, and from a database in memory, they are fetched at once, so that
        other queries can run on the same connection meanwhile.
        """
        return self._iter(self._parse(query), self._values(parameters, kwparameters))

    async def _iter(self, query: Query, values: Values) -> AsyncIterator[Row]:
        if self._joined(self._owner()) is not None or not self._streams:
            for row in await self._run(all_rows, query, values):
                yield row
            return
        async with self._engine.connect() as connection:
            streaming = await connection.execution_options(yield_per=_ROWS_AT_ONCE)
            async with streaming.stream(query.clause, query.bind(values)) as result:
                async for part in result.partitions():
                    for row in rows(result.keys(), part):
                        yield row

    async def execute(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Any:
        """Run a query that returns no rows; return the id of the row it added, else 0.

        In PostgreSQL that is the first column of ``RETURNING``.
        """
        values = self._values(parameters, kwparameters)
        return await self._run(last_row_id, self._parse(query), values)

    async def execute_lastrowid(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Any:
        """Add a row and return its id.

        Raises:
            QueryError: PostgreSQL's id of an ``INSERT`` without ``RETURNING`` is wanted.
        """
        values = self._values(parameters, kwparameters)
        return await self._run(last_row_id, self._inserting(query), values)

    async def execute_rowcount(self, query: str, /, *parameters: Any, **kwparameters: Any) -> int:
        """Run a query; return how many rows it found to change, to add or to remove."""
        values = self._values(parameters, kwparameters)
        return await self._run(row_count, self._parse(query), values)

    async def executemany_lastrowid(self, query: str, /, parameters: Iterable[Values]) -> int:
        """Run a query with each of the values, all or nothing.

        Returns:
            From MySQL the id of the first row added; else 0, because nobody says.
        """
        return await self._run_many(last_row_id_of_many, query, parameters)

    async def executemany_rowcount(self, query: str, /, parameters: Iterable[Values]) -> int:
        """Run a query with each of the values, all or nothing; return the number of rows."""
        return await self._run_many(row_count_of_many, query, parameters)

    async def _run_many(
        self,
        verb: Callable[[sa.Connection, Query, Any], int],
        query: str,
        parameters: Iterable[Values],
    ) -> int:
        many = self._many(parameters)
        if not many:
            return 0
        parsed = self._parse(query)
        async with self.transaction() as connection:
            return await connection.run_sync(verb, parsed, many)

    insert = execute_lastrowid
    update = delete = execute_rowcount
    executemany = insertmany = executemany_lastrowid
    updatemany = executemany_rowcount
