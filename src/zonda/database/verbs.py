"""What the verbs do with a connection, the same for both faces.

Each takes an open connection of SQLAlchemy and what the caller of the verb gave. The awaitable
face runs them with `sqlalchemy.ext.asyncio.AsyncConnection.run_sync`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from zonda.database.errors import MultipleRowsError, QueryError
from zonda.database.library import sqlalchemy as sa
from zonda.database.query import Query, Values
from zonda.database.row import Row

__all__ = ["Many", "all_rows", "last_row_id", "only_row", "row_count", "rows"]

Many = Sequence[Values]


def rows(names: Iterable[str], found: Iterable[Sequence[Any]]) -> list[Row]:
    """Rows of a result, with the names of its columns."""
    names = list(names)
    return [Row(zip(names, row, strict=True)) for row in found]


def all_rows(connection: sa.Connection, query: Query, values: Values) -> list[Row]:
    """All rows of the result."""
    result = connection.execute(query.clause, query.bind(values))
    return rows(result.keys(), result)


def only_row(connection: sa.Connection, query: Query, values: Values) -> Row | None:
    """The one row of the result; None when there is none.

    :raises MultipleRowsError: there are more.
    """
    with connection.execute(query.clause, query.bind(values)) as result:
        found = rows(result.keys(), result.fetchmany(2))
    if len(found) > 1:
        raise MultipleRowsError
    return found[0] if found else None


def last_row_id(connection: sa.Connection, query: Query, values: Values) -> Any:
    """The id of the row that the query added; 0 when it added none, or nobody says."""
    with connection.execute(query.clause, query.bind(values)) as result:
        if query.returning and result.returns_rows:
            found = result.fetchone()
            return found[0] if found else 0
        if not query.inserts or query.dialect == "postgresql":
            return 0  # other drivers remember what the connection added before
        return result.lastrowid or 0 if result.rowcount else 0


def row_count(connection: sa.Connection, query: Query, values: Values) -> int:
    """How many rows the query found to change, to add or to remove."""
    with connection.execute(query.clause, query.bind(values)) as result:
        return result.rowcount


def last_row_id_of_many(connection: sa.Connection, query: Query, many: Many) -> int:
    """Run the query with each of the values; the id of the first row added, from MySQL."""
    with execute_many(connection, query, many) as result:
        return (result.lastrowid or 0) if query.dialect == "mysql" else 0


def row_count_of_many(connection: sa.Connection, query: Query, many: Many) -> int:
    """Run the query with each of the values; how many rows were changed in all."""
    with execute_many(connection, query, many) as result:
        return result.rowcount


def execute_many(connection: sa.Connection, query: Query, many: Many) -> sa.CursorResult[Any]:
    """Run the query once with each of the values."""
    if query.lists:
        raise QueryError(f"IN takes no list in a query that runs many times: {query.text!r}")
    return connection.execute(query.clause, [query.bind(values) for values in many])
