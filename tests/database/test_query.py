"""Queries that fit their values, and those that are refused."""

import datetime

import pytest

from zonda.database import QueryError
from zonda.database.query import parse


@pytest.mark.parametrize(
    ("query", "values", "message"),
    [
        ("a = %s", (), r"has 1 placeholders \(%s\) and got 0 values"),
        ("a = %s", (1, 2), r"has 1 placeholders \(%s\) and got 2 values"),
        ("a = %s AND b = %s", ((1, 2),), "one by one, not as one tuple"),
        ("a = %s AND b = %s", ([1, 2],), "one by one"),
        ("a = '%s'", (1,), "inside quotes is text: leave the quotes out"),
        ("a = 1", (1,), "0 placeholders"),
        ("a = :a", (), "asks for :a by name and got none"),
        ("a = :a", (1,), "asks for :a by name and got 1 without a name"),
        ("a = %s", {"a": 1}, "without a name .* got values by name .:a."),
        ("a = :a", {"b": 1}, "no value was given for :a"),
        ("a = :a", {"a": 1, "b": 2}, "does not ask for :b"),
        ("a IN %s", ("abc",), "IN takes a list of values, this is str"),
        ("a IN %s", ([],), "IN takes one value at least"),
        ("a IN :a", {"a": 1}, "IN takes a list of values, this is int"),
        ("a = %s", ([1],), "cannot be of type list; lists stand behind IN"),
        ("a = %s AND b = 1", ({"a": 1},), "cannot be of type dict"),
        ("a IN %s", ([[1]],), "cannot be of type list"),
    ],
)
@pytest.mark.parametrize("dialect", ["sqlite", "mysql"])
def test_values_that_do_not_fit(query, values, message, dialect):
    with pytest.raises(QueryError, match=message):
        parse(query, dialect).bind(values)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("a = %s AND b = :b", "mixes %s and names .:b."),
        ("BEGIN", r"BEGIN has no meaning here.*transaction\(\)"),
        ("start transaction", "START"),
        (" -- why\n commit", "COMMIT"),
        ("Rollback to here", "ROLLBACK"),
        ("SAVEPOINT a", "SAVEPOINT"),
    ],
)
def test_queries_that_are_refused(query, message):
    with pytest.raises(QueryError, match=message):
        parse(query, "mysql")


@pytest.mark.parametrize("query", [b"SELECT 1", None])
def test_a_query_is_text(query):
    with pytest.raises(TypeError, match="a query is a str"):
        parse(query, "sqlite")


def test_a_list_is_an_array_in_postgresql():
    assert parse("a = ANY(%s)", "postgresql").bind(([1, 2],)) == {"p0": [1, 2]}


@pytest.mark.parametrize("values", [(1, 2), [1, 2], {1, 2}, frozenset({1, 2})])
@pytest.mark.parametrize("query", ["a IN %s", "a NOT IN %s", "a in/**/%s", "a IN\n%s"])
def test_a_list_stands_behind_in(query, values):
    assert parse(query, "mysql").bind((values,)) == {"p0": [1, 2]}


def test_a_name_may_be_used_twice_and_be_any_word():
    query = parse("a = :from OR b = :from OR c = :self OR d = %(query)s", "sqlite")
    bound = query.bind({"from": 1, "self": 2, "query": 3})
    assert bound == {"n_from": 1, "n_self": 2, "n_query": 3}


def test_moments_are_texts_in_sqlite():
    moment = datetime.datetime(2026, 11, 21, 4, 5, 6)
    bound = parse("%s %s %s", "sqlite").bind((moment, moment.date(), moment.time()))
    assert list(bound.values()) == ["2026-11-21 04:05:06", "2026-11-21", "04:05:06"]
    assert parse("%s", "mysql").bind((moment,)) == {"p0": moment}


@pytest.mark.parametrize(
    ("query", "inserts", "returning"),
    [
        ("insert into t values (1)", True, False),
        ("REPLACE INTO t VALUES (1)", True, False),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a RETURNING id", True, True),
        ("WITH a AS (SELECT 1) SELECT 'INSERT' FROM a", False, False),
        ("UPDATE t SET a = 'RETURNING'", False, False),
        ("SELECT replace(a, b, c)", False, False),
        ("", False, False),
    ],
)
def test_what_a_query_does(query, inserts, returning):
    parsed = parse(query, "sqlite")
    assert (parsed.inserts, parsed.returning) == (inserts, returning)


def test_a_query_is_read_once():
    assert parse("SELECT 1", "sqlite") is parse("SELECT 1", "sqlite")
