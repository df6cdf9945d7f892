"""What goes wrong: the database's errors, which are SQLAlchemy's, and ours."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

__all__ = [
    "DBAPIError",
    "IntegrityError",
    "MultipleRowsError",
    "OperationalError",
    "ProgrammingError",
    "QueryError",
]


class QueryError(ValueError):
    """A query that was not sent: its placeholders and its values do not go together."""


class MultipleRowsError(ValueError):
    """More than one row came back where one was asked for."""

    def __init__(self) -> None:
        super().__init__("get() found more than one row: narrow the query down, or use query()")
