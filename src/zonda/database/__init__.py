"""SQL databases by torndb's verbs, blocking and awaitable, on SQLAlchemy.

``Connection`` blocks, as ``tornado.database`` and torndb did; ``AsyncConnection`` has the same
verbs to be awaited. SQLite works at once, MySQL (MariaDB) and PostgreSQL with their drivers:
``pip install zonda[database]``, ``zonda[mysql]``, ``zonda[postgresql]``.

The errors of databases are SQLAlchemy's: ``OperationalError`` when it cannot be reached,
``IntegrityError`` when a constraint is hurt, ``ProgrammingError`` when the query is wrong, all
of them ``DBAPIError``.
"""

from zonda.database.asyncconnection import AsyncConnection
from zonda.database.connection import Connection
from zonda.database.errors import (
    DBAPIError,
    IntegrityError,
    MultipleRowsError,
    OperationalError,
    ProgrammingError,
    QueryError,
)
from zonda.database.row import Row

__all__ = [
    "AsyncConnection",
    "Connection",
    "DBAPIError",
    "IntegrityError",
    "MultipleRowsError",
    "OperationalError",
    "ProgrammingError",
    "QueryError",
    "Row",
]
