"""Which database is meant, by a URL or in torndb's words, and which driver speaks to it."""

from __future__ import annotations

import os
from typing import NamedTuple

from zonda.database.library import sqlalchemy as sa

__all__ = ["MEMORY", "Drivers", "drivers", "locate"]

#: SQLite's name for a database that lives in memory and goes with its connection.
MEMORY = ":memory:"


class Drivers(NamedTuple):
    """The drivers of one kind of database, and what installs them."""

    blocking: str
    awaitable: str
    extra: str


_DRIVERS = {
    "sqlite": Drivers("pysqlite", "aiosqlite", "database"),
    "mysql": Drivers("pymysql", "asyncmy", "mysql"),
    "mariadb": Drivers("pymysql", "asyncmy", "mysql"),
    "postgresql": Drivers("psycopg", "psycopg", "postgresql"),
}


def drivers(url: sa.URL) -> Drivers | None:
    """The drivers that we know for this kind of database."""
    return _DRIVERS.get(url.get_backend_name())


def locate(
    host: str | sa.URL | None,
    database: str | os.PathLike[str] | None,
    user: str | None,
    password: str | None,
    awaitable: bool,
) -> sa.URL:
    """Make one URL, with a driver, of what `Connection` was given.

    :raises ValueError: a host without a database, a port that is no number, or no URL.
    """
    if isinstance(host, sa.URL):
        url = host
    elif host is None:
        url = sa.URL.create("sqlite")
    elif "://" in host:
        try:
            url = sa.engine.make_url(host)
        except sa.exc.ArgumentError:
            raise ValueError(
                "no URL of a database; one looks like mysql://user:password@host/database"
            ) from None  # the message must not carry the password
    else:
        url = _torndb(host, database)
    if database is not None:
        url = url.set(database=os.fspath(database))
    if user is not None:
        url = url.set(username=user)
    if password is not None:
        url = url.set(password=password)
    return _with_driver(url, awaitable)


def _torndb(host: str, database: str | os.PathLike[str] | None) -> sa.URL:
    """MySQL at ``host``, ``host:port`` or the path of a socket."""
    if database is None:
        raise ValueError(
            f"which database at {host}? Connection({host!r}, 'name') is MySQL; SQLite is"
            " Connection(database='file'), others have URLs such as 'postgresql://host/name'"
        )
    if "/" in host:
        return sa.URL.create("mysql", query={"unix_socket": host})
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return sa.URL.create("mysql", host=host.strip("[]"))
    if not port.isdecimal():
        raise ValueError(f"{port!r} is no port")
    return sa.URL.create("mysql", host=name.strip("[]"), port=int(port))


def _with_driver(url: sa.URL, awaitable: bool) -> sa.URL:
    backend, plus, _ = url.drivername.partition("+")
    if backend == "postgres":  # as some platforms write it
        url = url.set(drivername=url.drivername.replace("postgres", "postgresql", 1))
        backend = "postgresql"
    if not plus and (known := _DRIVERS.get(backend)):
        url = url.set(drivername=f"{backend}+{known.awaitable if awaitable else known.blocking}")
    if backend == "sqlite" and not url.database:
        url = url.set(database=MEMORY)
    return url
