"""How connections are made, kept and renewed: from torndb's words to SQLAlchemy's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from zonda.database.address import MEMORY
from zonda.database.library import sqlalchemy as sa

__all__ = ["Settings"]

#: Seconds to wait for a connection, where nothing else was said.
_CONNECT_TIMEOUT = 10
_CONNECT_TIMEOUT_WORD = {"asyncpg": "timeout"}  # the others say connect_timeout
_MYSQL = frozenset({"mysql", "mariadb"})
# Set on the connection that a verb runs on, read when SQLite's transaction begins.
_BEGIN = "zonda_sqlite_begin"


@dataclass
class Settings:
    """What `Connection` was told beside the address; None where nothing was said."""

    url: sa.URL
    max_idle_time: float
    connect_timeout: float | None
    time_zone: str | None
    charset: str | None
    sql_mode: str | None
    connect_args: dict[str, Any]
    engine_options: Mapping[str, Any]
    backend: str = field(init=False)

    def __post_init__(self) -> None:
        backend = self.url.get_backend_name()
        self.backend = "mysql" if backend in _MYSQL else backend
        if self.backend == "mysql":
            self._for_mysql()
        else:
            self._refuse("time_zone", "charset", "sql_mode")
        if self.backend == "sqlite":
            self._refuse("connect_timeout")
        else:
            self._bound_connecting()

    @property
    def in_memory(self) -> bool:
        """Whether the database is SQLite's in memory, which lives as long as its connection."""
        return self.backend == "sqlite" and self.url.database == MEMORY

    def _refuse(self, *names: str) -> None:
        for name in names:
            if getattr(self, name) is not None:
                raise ValueError(f"{self.backend} has no {name}")

    def _for_mysql(self) -> None:
        if self.charset is not None or "charset" not in self.url.query:
            self.url = self.url.update_query_dict({"charset": self.charset or "utf8mb4"})
        self.time_zone = "+0:00" if self.time_zone is None else self.time_zone
        self.sql_mode = "TRADITIONAL" if self.sql_mode is None else self.sql_mode

    def _bound_connecting(self) -> None:
        seconds = _CONNECT_TIMEOUT if self.connect_timeout is None else self.connect_timeout
        word = _CONNECT_TIMEOUT_WORD.get(self.url.get_driver_name(), "connect_timeout")
        if seconds and word not in self.url.query:
            self.connect_args.setdefault(word, seconds)

    def options(self, pool: type[sa.pool.QueuePool]) -> dict[str, Any]:
        """The arguments of ``create_engine``; ``pool`` is the kind that the face waits with."""
        options: dict[str, Any] = {"pool_pre_ping": self.backend != "sqlite"}
        if self.in_memory:
            # Each further connection would see a database of its own.
            options |= {"poolclass": pool, "pool_size": 1, "max_overflow": 0}
            self.connect_args.setdefault("check_same_thread", False)
        return options | {"connect_args": self.connect_args} | dict(self.engine_options)

    def verbs_options(self) -> dict[str, Any]:
        """Execution options of a single query: it is a transaction of its own.

        In the way that costs the least: PostgreSQL's and SQLite's drivers need no word with
        the server for it, and both have statements that run outside of transactions only.
        """
        if self.backend == "postgresql":
            return {"isolation_level": "AUTOCOMMIT"}
        return {_BEGIN: ""} if self.backend == "sqlite" else {}

    def transaction_options(self) -> dict[str, Any]:
        """Execution options of a transaction.

        SQLite's takes its lock at the beginning: one that reads first and then writes could
        fail half-way, because another one has written in between.
        """
        return {_BEGIN: "BEGIN IMMEDIATE"} if self.backend == "sqlite" else {}

    def listen(self, engine: sa.Engine) -> None:
        """Prepare each new connection of an engine, and renew those that were idle too long."""
        if self.backend == "sqlite":
            sa.event.listen(engine, "connect", _prepare_sqlite)
            sa.event.listen(engine, "begin", _begin_sqlite)
        elif self.backend == "mysql":
            sa.event.listen(engine, "connect", self._prepare_mysql)
        if not self.in_memory:
            sa.event.listen(engine, "checkin", _note_idle)
            sa.event.listen(engine, "checkout", self._check_idle)

    def _prepare_mysql(self, connection: Any, record: object) -> None:
        cursor = connection.cursor()
        try:
            cursor.execute("SET time_zone = %s, sql_mode = %s", (self.time_zone, self.sql_mode))
        finally:
            cursor.close()

    def _check_idle(self, connection: object, record: Any, proxy: object) -> None:
        since = record.info.get("zonda_idle_since")
        if since is not None and monotonic() - since >= self.max_idle_time:
            raise sa.exc.DisconnectionError(f"idle for {self.max_idle_time:g} s or longer")


def _note_idle(connection: object, record: Any) -> None:
    record.info["zonda_idle_since"] = monotonic()


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver would begin transactions itself, but only before some kinds of statements, and
    # what a transaction had read until then would not be part of it.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA foreign_keys = ON")  # as in every other database
    finally:
        cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    if statement := connection.get_execution_options().get(_BEGIN, "BEGIN"):
        connection.exec_driver_sql(statement)
