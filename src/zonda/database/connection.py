"""The blocking face: torndb's class, on a pool."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from zonda.database.face import Face
from zonda.database.library import sqlalchemy as sa
from zonda.database.query import Values
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

__all__ = ["Connection"]

_ROWS_AT_ONCE = 500


class Connection(Face):
    """A database, by torndb's verbs; each of them blocks until the database has answered.

    Three ways to say which database::

        Connection("localhost:3306", "blog", user="root", password="")  # MySQL, as in torndb
        Connection("postgresql://user:password@host/blog")              # any, by URL
        Connection(database="blog.db")                                  # SQLite; in memory: ()

    A query has its values beside it, never in it: ``%s`` takes the values one by one,
    ``:name`` or ``%(name)s`` takes them by keyword or from one dict. Behind ``IN`` a
    placeholder takes a list::

        db.get("SELECT * FROM users WHERE name = %s AND password = %s", name, password)
        db.query("SELECT * FROM posts WHERE author = :author AND tag IN :tags", author=7, tags=tags)

    Each verb is a transaction of its own and takes a connection from the pool; see `transaction`.
    The object can be shared by threads, and be made before processes are forked.

    Args:
        host: MySQL's host, ``host:port`` or socket path, or the URL of a database; None: SQLite.
        database: name, or SQLite's file. Beside a URL it takes precedence, as do user and password.
        max_idle_time: seconds after which an unused connection is not used again.
        connect_timeout: seconds; 10 if None, the driver's own if 0. Not for SQLite.
        time_zone: MySQL's session variable; ``"+0:00"`` if None.
        charset: MySQL's; ``"utf8mb4"`` if None.
        sql_mode: MySQL's session variable; ``"TRADITIONAL"`` if None, which refuses bad data.
        engine_options: arguments of ``sqlalchemy.create_engine``, such as ``pool_size``.
        connect_args: anything else goes to the driver's ``connect``.

    Raises:
        ImportError: a driver is missing; the message names the extra that brings it.
        ValueError: no such database can be meant.
    """

    _awaitable = False

    def _start(self) -> None:
        self._engine = self._make(sa.create_engine, sa.pool.QueuePool)
        self._settings.listen(self._engine)
        self._verbs = self._engine.execution_options(**self._settings.verbs_options())
        self._transactions = self._engine.execution_options(**self._settings.transaction_options())
        self._finalizer = weakref.finalize(self, _dispose, self._engine, os.getpid())
        _all.add(self)

    @property
    def engine(self) -> sa.Engine:
        """SQLAlchemy's engine, for its Core and its ORM; it shares the pool."""
        return self._engine

    def session(self, **options: Any) -> sa.orm.Session:
        """A new session of SQLAlchemy's ORM: ``with db.session() as session: ...``."""
        from sqlalchemy.orm import Session

        return Session(self._engine, **options)

    def close(self) -> None:
        """Close the pool's connections. Another query opens new ones."""
        self._engine.dispose()

    def reconnect(self) -> None:
        """Close the pool's connections and make sure that a new one can be opened."""
        self.close()
        with self._engine.connect():
            pass

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        """The connection of the caller's transaction, or one for a single query."""
        joined = self._joined(threading.current_thread())
        if joined is not None:
            yield joined
            return
        with self._verbs.begin() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Do all or nothing: ``with db.transaction(): ...``.

        Every verb called in the block by the same thread is part of it. It is committed at the
        end, and rolled back if an exception leaves the block. A transaction inside another one
        is a savepoint: an exception undoes what was done since then.

        The block gets SQLAlchemy's connection.
        """
        joined = self._joined(threading.current_thread())
        if joined is not None:
            with joined.begin_nested():
                yield joined
            return
        with self._transactions.begin() as connection:
            begun = self._begin(connection, threading.current_thread())
            try:
                yield connection
            finally:
                self._end(begun)

    def query(self, query: str, /, *parameters: Any, **kwparameters: Any) -> list[Row]:
        """Return all rows of the result."""
        values = self._values(parameters, kwparameters)
        with self._connection() as connection:
            return all_rows(connection, self._parse(query), values)

    def get(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Row | None:
        """Return the one row of the result, or None.

        Raises:
            MultipleRowsError: there are more.
        """
        values = self._values(parameters, kwparameters)
        with self._connection() as connection:
            return only_row(connection, self._parse(query), values)

    def iter(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Iterator[Row]:
        """Return an iterator over the rows, which are fetched while they are read.

        In a transaction, and from a database in memory, they are fetched at once, so that
        other queries can run on the same connection meanwhile.
        """
        parsed = self._parse(query)
        bound = parsed.bind(self._values(parameters, kwparameters))
        return self._iter(parsed.clause, bound)

    def _iter(self, clause: sa.TextClause, bound: dict[str, Any]) -> Iterator[Row]:
        joined = self._joined(threading.current_thread())
        if joined is not None or not self._streams:
            with self._connection() as connection:
                result = connection.execute(clause, bound)
                found = rows(result.keys(), result)
            yield from found
            return
        with self._engine.connect() as connection:
            streaming = connection.execution_options(yield_per=_ROWS_AT_ONCE)
            with streaming.execute(clause, bound) as result:
                for part in result.partitions():
                    yield from rows(result.keys(), part)

    def execute(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Any:
        """Run a query that returns no rows; return the id of the row it added, else 0.

        In PostgreSQL that is the first column of ``RETURNING``.
        """
        values = self._values(parameters, kwparameters)
        with self._connection() as connection:
            return last_row_id(connection, self._parse(query), values)

    def execute_lastrowid(self, query: str, /, *parameters: Any, **kwparameters: Any) -> Any:
        """Add a row and return its id.

        Raises:
            QueryError: PostgreSQL's id of an ``INSERT`` without ``RETURNING`` is wanted.
        """
        values = self._values(parameters, kwparameters)
        parsed = self._inserting(query)
        with self._connection() as connection:
            return last_row_id(connection, parsed, values)

    def execute_rowcount(self, query: str, /, *parameters: Any, **kwparameters: Any) -> int:
        """Run a query; return how many rows it found to change, to add or to remove."""
        values = self._values(parameters, kwparameters)
        with self._connection() as connection:
            return row_count(connection, self._parse(query), values)

    def executemany_lastrowid(self, query: str, /, parameters: Iterable[Values]) -> int:
        """Run a query with each of the values, all or nothing.

        Returns:
            From MySQL the id of the first row added; else 0, because nobody says.
        """
        many = self._many(parameters)
        if not many:
            return 0
        with self.transaction() as connection:
            return last_row_id_of_many(connection, self._parse(query), many)

    def executemany_rowcount(self, query: str, /, parameters: Iterable[Values]) -> int:
        """Run a query with each of the values, all or nothing; return the number of rows."""
        many = self._many(parameters)
        if not many:
            return 0
        with self.transaction() as connection:
            return row_count_of_many(connection, self._parse(query), many)

    insert = execute_lastrowid
    update = delete = execute_rowcount
    executemany = insertmany = executemany_lastrowid
    updatemany = executemany_rowcount

    def _forget_parent(self) -> None:
        """In a forked process: leave the parent's connections to the parent."""
        if not self._settings.in_memory:
            self._engine.dispose(close=False)


def _dispose(engine: sa.Engine, process: int) -> None:
    if os.getpid() == process:
        engine.dispose()


_all: weakref.WeakSet[Connection] = weakref.WeakSet()


def _after_fork() -> None:
    for connection in list(_all):
        connection._forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
