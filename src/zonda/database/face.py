"""What the blocking and the awaitable face share: their arguments and their transactions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from zonda.database.address import drivers, locate
from zonda.database.errors import QueryError
from zonda.database.library import sqlalchemy as sa
from zonda.database.query import Query, Values, parse
from zonda.database.settings import Settings
from zonda.database.verbs import Many

__all__ = ["Face", "Open"]

E = TypeVar("E")


@dataclass
class Open(Generic[E]):
    """A transaction that is under way."""

    connection: E
    owner: object
    """Whoever began it; queries of others do not belong to it."""
    active: bool = True


_open: ContextVar[Mapping[object, Open[Any]]] = ContextVar("zonda_transactions")


class Face:
    """Arguments, queries and the transaction of the caller; see `Connection`."""

    _awaitable: bool

    def __init__(
        self,
        host: str | sa.URL | None = None,
        database: str | os.PathLike[str] | None = None,
        user: str | None = None,
        password: str | None = None,
        max_idle_time: float = 7 * 3600,
        connect_timeout: float | None = None,
        time_zone: str | None = None,
        charset: str | None = None,
        sql_mode: str | None = None,
        *,
        engine_options: Mapping[str, Any] | None = None,
        **connect_args: Any,
    ) -> None:
        self._settings = Settings(
            locate(host, database, user, password, self._awaitable),
            max_idle_time,
            connect_timeout,
            time_zone,
            charset,
            sql_mode,
            connect_args,
            engine_options or {},
        )
        self.host = self._settings.url.host
        self.database = self._settings.url.database
        self._dialect = self._settings.backend
        #: Whether rows may be fetched while they are read, on a connection of their own.
        self._streams = not self._settings.in_memory
        self._start()

    def _start(self) -> None:
        """Make the engine; it connects when it is used."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._settings.url.render_as_string()}>"

    def _make(self, create: Callable[..., E], pool: type[sa.pool.QueuePool]) -> E:
        """Make an engine; say what to install when its driver is missing."""
        try:
            return create(self._settings.url, **self._settings.options(pool))
        except ModuleNotFoundError as error:
            known = drivers(self._settings.url)
            hint = f": pip install zonda[{known.extra}]" if known else ""
            raise ImportError(f"{self._dialect} needs the driver {error.name}{hint}") from error

    def _parse(self, query: str) -> Query:
        return parse(query, self._dialect)

    def _inserting(self, query: str) -> Query:
        """A query of which the id of the new row is wanted."""
        parsed = self._parse(query)
        if self._dialect == "postgresql" and parsed.inserts and not parsed.returning:
            raise QueryError(
                "PostgreSQL tells the id of a new row only if it is asked for:"
                f" add RETURNING and the column to {query!r}"
            )
        return parsed

    @staticmethod
    def _values(parameters: tuple[Any, ...], kwparameters: dict[str, Any]) -> Values:
        if kwparameters:
            if parameters:
                raise QueryError("values with and without names cannot be mixed")
            return kwparameters
        if len(parameters) == 1 and isinstance(parameters[0], Mapping):
            return parameters[0]
        return parameters

    @staticmethod
    def _many(parameters: Iterable[Values]) -> Many:
        """The values of each run; one that is no sequence would be taken apart by letters."""
        many = list(parameters)
        for values in many:
            if not isinstance(values, Mapping | list | tuple):
                kind = type(values).__name__
                raise QueryError(f"each run takes a tuple or a dict of values, this is {kind}")
        return many

    def _joined(self, owner: object) -> Any:
        """The connection of the transaction that ``owner`` is in, or None."""
        found = _open.get({}).get(self)
        return found.connection if found and found.active and found.owner is owner else None

    def _begin(self, connection: E, owner: object) -> Open[E]:
        """Note that the caller is in a transaction from now on."""
        begun = Open(connection, owner)
        _open.set({**_open.get({}), self: begun})
        return begun

    def _end(self, begun: Open[Any]) -> None:
        begun.active = False
        # Contexts that were copied meanwhile keep it, and see that it is over.
        begun.connection = None
        left = {face: other for face, other in _open.get({}).items() if other is not begun}
        _open.set(left)
