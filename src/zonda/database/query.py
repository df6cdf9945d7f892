"""A query and its values, which never meet in one text.

The values are bound: they travel beside the query, or are escaped by the driver at the place that
it was told, and cannot become SQL. A query whose placeholders and values do not fit is refused
before it is sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from zonda.database.errors import QueryError
from zonda.database.lexer import Token, tokens
from zonda.database.library import sqlalchemy as sa

__all__ = ["Query", "parse"]

Values = Sequence[Any] | Mapping[str, Any]

# A pool hands each query its own connection, so these would begin or end nothing.
_TRANSACTION_WORDS = {"BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END"}
_CONTAINERS = (list, tuple, set, frozenset, dict)
_LISTS = (list, tuple, set, frozenset)


class Query:
    """A query that was read once, ready to be bound to values again and again."""

    def __init__(self, text: str, dialect: str) -> None:
        self.text = text
        self.dialect = dialect
        pieces = list(tokens(text, dialect))
        self._words = [piece.text.upper() for piece in pieces if piece.kind == "word"]
        self._positional = sum(piece.kind == "positional" for piece in pieces)
        self._names = {piece.text for piece in pieces if piece.kind == "named"}
        if self._words and self._words[0] in _TRANSACTION_WORDS:
            raise QueryError(
                f"{self._words[0]} has no meaning here, because each query may run on another"
                " connection of the pool: use transaction()"
            )
        if self._positional and self._names:
            raise QueryError(
                f"the query mixes %s and names ({_listed(self._names)}): write one kind."
                f" What is no placeholder needs a blank behind the colon: {text!r}"
            )
        #: The placeholders that stand behind IN and take a list of values.
        self.lists: set[str] = set()
        clause = sa.text("".join(self._rendered(pieces)))
        for name in self.lists:
            clause = clause.bindparams(sa.bindparam(name, expanding=True))
        self.clause = clause

    @property
    def inserts(self) -> bool:
        """Whether the query adds rows."""
        first = self._words[0] if self._words else ""
        inserting = {"INSERT", "REPLACE"}
        return first in inserting or (first == "WITH" and not inserting.isdisjoint(self._words))

    @property
    def returning(self) -> bool:
        """Whether the query gives back columns of the rows that it writes."""
        return "RETURNING" in self._words

    def _rendered(self, pieces: Sequence[Token]) -> list[str]:
        """The query in SQLAlchemy's words, where a value is ``:name`` and a colon is ``\\:``."""
        rendered = []
        last_word = ""
        count = 0
        for kind, text in pieces:
            if kind == "word":
                last_word = text.upper()
            elif kind == "text" and not text.isspace():
                last_word = ""
            if kind in {"positional", "named"}:
                name = f"p{count}" if kind == "positional" else f"n_{text}"
                count += 1
                if last_word == "IN":
                    self.lists.add(name)
                rendered.append(f" :{name} ")  # the blanks keep it apart from its neighbours
            else:
                rendered.append(text.replace(":", "\\:"))
        return rendered

    def bind(self, values: Values) -> dict[str, Any]:
        """Give each placeholder its value.

        :raises QueryError: the values are too many or too few, have other names, or a value is a
            list where one value is wanted, or the other way round.
        """
        if isinstance(values, Mapping):
            self._check_names(values)
            bound = {f"n_{name}": value for name, value in values.items()}
        else:
            self._check_count(values)
            bound = {f"p{number}": value for number, value in enumerate(values)}
        return {name: self._checked(name, value) for name, value in bound.items()}

    def _check_count(self, values: Sequence[Any]) -> None:
        if self._names:
            given = f"{len(values)} without a name" if values else "none"
            raise QueryError(
                f"the query asks for {_listed(self._names)} by name and got {given}: {self.text!r}"
            )
        if len(values) == self._positional:
            return
        hint = ""
        if len(values) == 1 and isinstance(values[0], list | tuple):
            hint = " Pass the values one by one, not as one tuple."
        elif any(t.kind == "quoted" and "%s" in t.text for t in tokens(self.text, self.dialect)):
            hint = " A %s inside quotes is text: leave the quotes out."
        raise QueryError(
            f"the query has {self._positional} placeholders (%s) and got {len(values)}"
            f" values.{hint} {self.text!r}"
        )

    def _check_names(self, values: Mapping[str, Any]) -> None:
        if self._positional:
            raise QueryError(
                f"the query has {self._positional} placeholders without a name (%s) and got"
                f" values by name ({_listed(values)}): {self.text!r}"
            )
        if missing := self._names - values.keys():
            raise QueryError(f"no value was given for {_listed(missing)}: {self.text!r}")
        if surplus := values.keys() - self._names:
            raise QueryError(f"the query does not ask for {_listed(surplus)}: {self.text!r}")

    def _checked(self, name: str, value: Any) -> Any:
        """The value as the driver takes it."""
        if name in self.lists:
            if not isinstance(value, _LISTS):
                kind = type(value).__name__
                raise QueryError(f"IN takes a list of values, this is {kind}: {self.text!r}")
            if not value:
                raise QueryError(
                    "IN takes one value at least: ask beforehand whether the list is empty,"
                    f" nothing can be in it: {self.text!r}"
                )
            return [self._single(item) for item in value]
        return self._single(value)

    def _single(self, value: Any) -> Any:
        # A list is an array in PostgreSQL. MySQL's drivers would write it out as SQL.
        if isinstance(value, _CONTAINERS) and self.dialect != "postgresql":
            kind = type(value).__name__
            raise QueryError(
                f"a value cannot be of type {kind}; lists stand behind IN: {self.text!r}"
            )
        if self.dialect == "sqlite":
            # SQLite has no such types and compares texts of this form rightly.
            if isinstance(value, datetime.datetime):
                return value.isoformat(" ")
            if isinstance(value, datetime.date | datetime.time):
                return value.isoformat()
        return value


def _listed(names: Any) -> str:
    return ", ".join(f":{name}" for name in sorted(names))


@lru_cache(512)
def parse(text: str, dialect: str) -> Query:
    """Read a query written for ``dialect``; the last 512 are kept.

    :raises QueryError: it mixes kinds of placeholders, or begins or ends a transaction.
    """
    if not isinstance(text, str):
        raise TypeError(f"a query is a str, this is {type(text).__name__}")
    return Query(text, dialect)
