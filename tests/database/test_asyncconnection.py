"""The awaitable face: tasks, loops, cancellation, and SQLAlchemy's own tools."""

import asyncio
import subprocess
import sys

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from tests.database.conftest import SESSION_ID
from zonda.database import AsyncConnection, Connection, OperationalError

SERVERS = pytest.mark.parametrize("backend", ["mysql", "postgresql"], indirect=True)
KILL = {"mysql": "KILL %s", "postgresql": "SELECT pg_terminate_backend(%s)"}
SLEEP = {"mysql": "SELECT SLEEP(30)", "postgresql": "SELECT pg_sleep(30)"}


async def pid(db, backend):
    return (await db.get(SESSION_ID[backend.name])).id


async def names(db, backend):
    rows = await db.query(f"SELECT name FROM {backend.table} ORDER BY id")
    return [row.name for row in rows]


async def add(db, backend, name):
    await db.execute(f"INSERT INTO {backend.table} (name) VALUES (%s)", name)


@SERVERS
async def test_a_connection_that_the_server_closed_is_renewed(backend):
    async with backend.connect_async() as db:
        first = await pid(db, backend)
        with backend.connect() as other:
            other.execute(KILL[backend.name], first)
        assert await pid(db, backend) != first


@SERVERS
async def test_a_transaction_belongs_to_its_task(backend):
    async with backend.connect_async() as db:
        await db.execute(backend.ddl)
        async with db.transaction():
            await add(db, backend, "Ada")
            assert await asyncio.create_task(names(db, backend)) == []
            assert await asyncio.gather(names(db, backend)) == [[]]
            assert await names(db, backend) == ["Ada"]
        assert await asyncio.create_task(names(db, backend)) == ["Ada"]


@SERVERS
async def test_a_cancelled_query_gives_its_connection_back(backend):
    async with backend.connect_async() as db:
        await pid(db, backend)
        # What is cancelled is under way: the server says so.
        query = asyncio.create_task(db.query(SLEEP[backend.name]))
        busy = {
            "mysql": "SELECT COUNT(*) AS n FROM information_schema.processlist"
            " WHERE state = 'User sleep'",
            "postgresql": "SELECT COUNT(*) AS n FROM pg_stat_activity"
            " WHERE query LIKE 'SELECT pg_sl%' AND state = 'active'",
        }
        while not (await db.get(busy[backend.name])).n:
            await asyncio.sleep(0)
        query.cancel()
        with pytest.raises(asyncio.CancelledError):
            await query
        assert db.engine.pool.checkedout() == 0
        assert await pid(db, backend)


async def test_a_cancelled_transaction_is_undone(backend):
    async with backend.connect_async() as db:
        await db.execute(backend.ddl)
        begun = asyncio.Event()

        async def half():
            async with db.transaction():
                await add(db, backend, "Ada")
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(half())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await names(db, backend) == []


async def test_queries_run_at_the_same_time(backend):
    async with backend.connect_async() as db:
        await db.execute(backend.ddl)
        await asyncio.gather(*(add(db, backend, f"{number}") for number in range(20)))
        assert len(await names(db, backend)) == 20


async def test_an_abandoned_iteration_gives_its_connection_back(backend):
    async with backend.connect_async() as db:
        rows = db.iter("SELECT 1 AS one UNION SELECT 2")
        assert (await anext(rows)).one == 1
        await rows.aclose()
        assert db.engine.pool.checkedout() == 0


async def test_an_orm_session(backend):
    class Base(orm.DeclarativeBase):
        pass

    class Person(Base):
        __tablename__ = backend.table
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        name: orm.Mapped[str]

    async with backend.connect_async() as db:
        await db.execute(backend.ddl)
        async with db.session() as session:
            session.add(Person(name="Ada"))
            await session.commit()
        async with db.session() as session:
            assert (await session.scalars(sa.select(Person))).one().name == "Ada"


def test_one_loop_after_the_other(tmp_path):
    db = AsyncConnection(database=tmp_path / "a.db")

    async def ask(close):
        assert await db.query("SELECT 1 AS one") == [{"one": 1}]
        if close:
            await db.close()

    asyncio.run(ask(close=True))
    asyncio.run(ask(close=False))
    with pytest.raises(RuntimeError, match="was used by another event loop"):
        asyncio.run(ask(close=True))
    db._loop = None
    asyncio.run(db.close())


async def test_nobody_there_is_an_operational_error():
    pytest.importorskip("asyncmy")
    with pytest.raises(OperationalError):
        await AsyncConnection("127.0.0.1:1", "blog").reconnect()


def test_a_program_that_forgets_to_close_still_ends(tmp_path):
    code = """if 1:
        import asyncio, sys
        from zonda.database import AsyncConnection
        db = AsyncConnection(database=sys.argv[1])
        print(asyncio.run(db.query("SELECT 1 AS one")))
    """
    command = [sys.executable, "-c", code, str(tmp_path / "a.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[{'one': 1}]\n"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
async def test_both_faces_see_one_file(backend):
    async with backend.connect_async() as db:
        await db.execute(backend.ddl)
        with Connection(**backend.arguments) as blocking:
            blocking.execute(f"INSERT INTO {backend.table} (name) VALUES ('Ada')")
        assert await names(db, backend) == ["Ada"]
