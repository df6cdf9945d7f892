"""What both faces do alike, on every database."""

import asyncio
import datetime
import sys
from contextlib import suppress

import pytest

from zonda.database import (
    AsyncConnection,
    Connection,
    IntegrityError,
    MultipleRowsError,
    OperationalError,
    ProgrammingError,
    QueryError,
)

INJECTION = "badguy' or 1=1 -- y"


class TestVerbs:
    async def test_rows_are_read_by_attribute(self, either):
        async with either() as db:
            await db.add("Ada", 7)
            (row,) = await db.query("SELECT id, name, n FROM @t")
            assert (row.id, row.name, row["n"]) == (1, "Ada", 7)
            assert await db.query("SELECT * FROM @t WHERE n > 7") == []

    async def test_get_finds_one_row_or_none(self, either):
        async with either() as db:
            await db.add("Ada")
            await db.add("Grace")
            assert (await db.get("SELECT * FROM @t WHERE name = %s", "Grace")).id == 2
            assert await db.get("SELECT * FROM @t WHERE name = :name", name="Edsger") is None
            with pytest.raises(MultipleRowsError, match="more than one row"):
                await db.get("SELECT * FROM @t")
            assert await db.names() == ["Ada", "Grace"]

    async def test_iter_passes_all_rows(self, either):
        async with either() as db:
            values = [(f"name {n}", n) for n in range(1200)]
            await db.insertmany("INSERT INTO @t (name, n) VALUES (%s, %s)", values)
            rows = await db.iter("SELECT * FROM @t WHERE n >= %s ORDER BY n", 1)
            assert [row.n for row in rows] == list(range(1, 1200))

    async def test_inserts_return_the_id(self, either):
        async with either() as db:
            ids = [await db.add("Ada"), await db.add("Grace")]
            insert = "INSERT INTO @t (name) VALUES (:name)" + db.backend.returning
            ids += [await db.execute(insert, name="Edsger")]
            ids += [await db.execute_lastrowid(insert, {"name": "Barbara"})]
            assert ids == [1, 2, 3, 4]

    async def test_other_queries_return_no_id(self, either):
        async with either() as db:
            await db.add("Ada")
            assert await db.execute("UPDATE @t SET n = 1") == 0
            assert await db.execute("INSERT INTO @t (name) SELECT name FROM @t WHERE 1=2") == 0

    async def test_changes_return_how_many(self, either):
        async with either() as db:
            await db.add("Ada")
            await db.add("Grace")
            assert await db.update("UPDATE @t SET n = 1") == 2
            assert await db.update("UPDATE @t SET n = 1") == 2  # found, though not changed
            assert await db.execute_rowcount("UPDATE @t SET n = 2 WHERE name = 'Ada'") == 1
            assert await db.delete("DELETE FROM @t WHERE name = %s", "nobody") == 0

    async def test_many_at_once(self, either):
        async with either() as db:
            insert = "INSERT INTO @t (name, n) VALUES (%s, %s)"
            first = 1 if db.backend.name == "mysql" else 0
            assert await db.executemany(insert, [("Ada", 1), ("Grace", 2)]) == first
            rows = [{"n": 3, "name": "Ada"}, {"n": 4, "name": "Grace"}, {"n": 5, "name": "nobody"}]
            update = "UPDATE @t SET n = :n WHERE name = :name"
            assert await db.updatemany(update, iter(rows)) == 2
            assert await db.executemany_rowcount(update, []) == 0
            assert await db.executemany(update, []) == 0
            assert [row.n for row in await db.query("SELECT n FROM @t ORDER BY n")] == [3, 4]

    async def test_many_are_all_or_nothing(self, either):
        async with either() as db:
            insert = "INSERT INTO @t (name) VALUES (%s)"
            with pytest.raises(IntegrityError):
                await db.executemany(insert, [("Ada",), ("Ada",)])
            assert await db.names() == []

    async def test_many_take_tuples(self, either):
        async with either() as db:
            with pytest.raises(QueryError, match="takes a tuple or a dict of values, this is str"):
                await db.executemany("INSERT INTO @t (name) VALUES (%s)", ["A", "B"])
            with pytest.raises(QueryError, match="IN takes no list"):
                await db.updatemany("UPDATE @t SET n = 1 WHERE n IN %s", [([1],)])

    async def test_errors_are_those_of_sqlalchemy(self, either):
        async with either() as db:
            await db.add("Ada")
            with pytest.raises(IntegrityError):
                await db.add("Ada")
            # SQLite calls nearly everything operational.
            kind = OperationalError if db.db._dialect == "sqlite" else ProgrammingError
            with pytest.raises(kind, match="syntax"):
                await db.query("SELEKT")
            assert await db.names() == ["Ada"]


class TestValues:
    async def test_a_text_stays_a_text(self, either):
        texts = ["'", '"', "\\", "\\'", "%s", "%(a)s", ":p0", "a%", "--", "/*", ";", "ü😀", ""]
        async with either() as db:
            for text in [INJECTION, *texts]:
                await db.add(text)
                assert (await db.get("SELECT * FROM @t WHERE name = %s", text)).name == text
                named = await db.get("SELECT * FROM @t WHERE name = %(text)s", text=text)
                assert named.name == text

    async def test_no_login_without_the_password(self, either):
        login = "SELECT name FROM @t WHERE name = %s AND n = %s"
        async with either() as db:
            await db.add("dyan", 1234)
            for name in [INJECTION, "dyan' -- n", "' OR ''='", "\\' OR 1=1 -- "]:
                assert await db.get(login, name, 0) is None
            assert await db.get(login, "dyan", 1234) == {"name": "dyan"}

    async def test_quoted_placeholders_are_refused_and_not_filled(self, either):
        async with either() as db:
            with pytest.raises(QueryError, match="leave the quotes out"):
                await db.get("SELECT * FROM @t WHERE name = '%s'", INJECTION)

    async def test_a_wrong_count_is_refused_before_anything_is_sent(self, either):
        async with either() as db:
            with pytest.raises(QueryError):
                await db.execute("DELETE FROM @t WHERE n = %s")
            with pytest.raises(QueryError):
                await db.iter("SELECT * FROM @t WHERE n = %s", 1, 2)
            with pytest.raises(QueryError, match="cannot be mixed"):
                await db.query("SELECT * FROM @t WHERE n = %s", 1, n=2)

    async def test_lists_stand_behind_in(self, either):
        async with either() as db:
            for name in ("Ada", "Grace", "Edsger"):
                await db.add(name)
            query = "SELECT name FROM @t WHERE name IN %s ORDER BY id"
            for names in (["Ada", "Edsger"], ["Ada"], ["' OR 1=1 -- "]):
                found = [row.name for row in await db.query(query, names)]
                assert found == [name for name in names if "'" not in name]
            query = "SELECT * FROM @t WHERE name NOT IN :names AND n IN :ns"
            assert len(await db.query(query, names={"Ada"}, ns=(0, 1))) == 2

    async def test_signs_of_sql_that_are_no_placeholders(self, either):
        async with either() as db:
            await db.add("a%b:c")
            query = "SELECT name, 7 % 4 AS rest, '10:20 %s :x' AS t FROM @t WHERE name LIKE 'a%:c'"
            expected = [{"name": "a%b:c", "rest": 3, "t": "10:20 %s :x"}]
            assert await db.query(query) == expected
            with_values = query.replace("%", "%%").replace("%%s", "%s") + " AND n = %s"
            assert await db.query(with_values, 0) == expected

    async def test_other_types(self, either):
        moment = datetime.datetime(2026, 11, 21, 4, 5, 6)
        async with either() as db:
            kind = "TIMESTAMP" if db.backend.name == "postgresql" else "DATETIME"
            binary = "BYTEA" if db.backend.name == "postgresql" else "BLOB"
            await db.execute(f"ALTER TABLE {db.backend.table} ADD COLUMN moment {kind}")
            await db.execute(f"ALTER TABLE {db.backend.table} ADD COLUMN data {binary}")
            insert = "INSERT INTO @t (moment, data, n, name) VALUES (%s, %s, %s, %s)"
            await db.insert(insert + db.backend.returning, moment, b"\0\xff'", None, None)
            row = await db.get("SELECT * FROM @t WHERE moment = :moment", moment=moment)
            assert str(row.moment) == str(moment)
            assert (bytes(row.data), row.n) == (b"\0\xff'", None)


class TestTransactions:
    async def test_it_is_kept(self, either):
        async with either() as db:
            async with db.transaction():
                await db.add("Ada")
                await db.add("Grace")
            assert await db.names() == ["Ada", "Grace"]

    async def test_an_exception_undoes_it(self, either):
        async with either() as db:
            await db.add("Ada")

            async def replace_and_fail():
                async with db.transaction():
                    await db.add("Grace")
                    await db.delete("DELETE FROM @t WHERE name = 'Ada'")
                    assert await db.names() == ["Grace"]
                    assert [row.name for row in await db.iter("SELECT * FROM @t")] == ["Grace"]
                    raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                await replace_and_fail()
            assert await db.names() == ["Ada"]

    async def test_an_inner_one_is_a_savepoint(self, either):
        async with either() as db:
            async with db.transaction():
                await db.add("Ada")
                with suppress(IntegrityError):
                    async with db.transaction():
                        await db.add("Grace")
                        await db.add("Ada")
                async with db.transaction():
                    await db.add("Edsger")
                    await db.executemany("INSERT INTO @t (name) VALUES (%s)", [("Barbara",)])
            assert await db.names() == ["Ada", "Edsger", "Barbara"]

    async def test_it_can_be_rolled_back_by_hand(self, either):
        async with either() as db:
            async with db.transaction() as connection:
                await db.add("Ada")
                undone = connection.get_transaction().rollback()
                if undone is not None:
                    await undone
            assert await db.names() == []

    async def test_queries_while_rows_are_read(self, either):
        async with either() as db:
            await db.insertmany("INSERT INTO @t (name) VALUES (%s)", [("a",), ("b",), ("c",)])
            async with db.transaction():
                for row in await db.iter("SELECT * FROM @t"):
                    await db.update("UPDATE @t SET n = %s WHERE id = %s", row.id, row.id)
            assert [r.n for r in await db.query("SELECT n FROM @t ORDER BY n")] == [1, 2, 3]

    @pytest.mark.parametrize("backend", ["sqlite", "memory"], indirect=True)
    async def test_one_that_reads_first_loses_no_update(self, backend):
        """Both count up from what they have read; SQLite's own driver would lose one."""
        async with backend.connect_async() as db:
            await db.execute(backend.ddl)
            await db.insert(f"INSERT INTO {backend.table} (n) VALUES (0)")

            async def count():
                async with db.transaction():
                    n = (await db.get(f"SELECT n FROM {backend.table}")).n
                    await asyncio.sleep(0)
                    await db.update(f"UPDATE {backend.table} SET n = %s", n + 1)

            await asyncio.gather(*(count() for _ in range(5)))
            assert (await db.get(f"SELECT n FROM {backend.table}")).n == 5

    @pytest.mark.parametrize("backend", ["sqlite", "memory", "postgresql"], indirect=True)
    async def test_statements_that_run_outside_of_transactions_only(self, either):
        async with either() as db:
            await db.execute("VACUUM @t" if db.backend.name == "postgresql" else "VACUUM")


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
async def test_postgresql_needs_returning(either):
    async with either() as db:
        with pytest.raises(QueryError, match="add RETURNING"):
            await db.insert("INSERT INTO @t (name) VALUES ('Ada')")
        assert await db.execute("INSERT INTO @t (name) VALUES ('Ada')") == 0
        assert await db.query("SELECT 1 AS one WHERE 1 = ANY(%s)", [1, 2]) == [{"one": 1}]


@pytest.mark.parametrize("face", [Connection, AsyncConnection])
def test_a_missing_driver_says_what_to_install(monkeypatch, face):
    for module in ("psycopg", "sqlalchemy.dialects.postgresql.psycopg"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ImportError, match=r"pip install zonda\[postgresql\]"):
        face("postgresql://localhost/x")


@pytest.mark.parametrize("face", [Connection, AsyncConnection])
def test_a_password_is_not_shown(face):
    pytest.importorskip("asyncmy")
    assert "secret" not in repr(face("localhost", "blog", "ada", "secret"))
    assert repr(face("localhost", "blog", "ada", "secret")).startswith(f"<{face.__name__} mysql+")


@pytest.mark.parametrize(
    ("backend", "driver"), [("mysql", "aiomysql"), ("postgresql", "asyncpg")], indirect=["backend"]
)
async def test_other_drivers(backend, driver):
    pytest.importorskip(driver)
    backend.arguments["host"] = backend.arguments["host"].replace("://", f"+{driver}://")
    try:
        async with backend.connect_async() as db:
            await db.execute(backend.ddl)
            async with db.transaction():
                await db.execute(f"INSERT INTO {backend.table} (name) VALUES (:a)", a=INJECTION)
            query = f"SELECT name FROM {backend.table} WHERE name = %s"
            assert await db.query(query, INJECTION) == [{"name": INJECTION}]
            assert [row async for row in db.iter(query, "x")] == []
    finally:
        backend.arguments["host"] = backend.arguments["host"].replace(f"+{driver}", "")
