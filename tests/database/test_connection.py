"""The blocking face: threads, forks, lost servers, and SQLAlchemy's own tools."""

import gc
import os
import threading
import traceback

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from tests.database.conftest import SESSION_ID
from zonda.database import Connection, OperationalError

SERVERS = pytest.mark.parametrize("backend", ["mysql", "postgresql"], indirect=True)
KILL = {"mysql": "KILL %s", "postgresql": "SELECT pg_terminate_backend(%s)"}


def pid(db, backend):
    return db.get(SESSION_ID[backend.name]).id


def kill(backend, number):
    with backend.connect() as db:
        db.execute(KILL[backend.name], number)


@pytest.fixture
def db(backend):
    with backend.connect() as db:
        db.execute(backend.ddl)
        yield db


def names(db, backend):
    return [row.name for row in db.query(f"SELECT name FROM {backend.table} ORDER BY id")]


def add(db, backend, name):
    db.execute(f"INSERT INTO {backend.table} (name) VALUES (%s)", name)


def in_thread(function):
    """The function's outcome in a thread of its own."""
    outcome = []
    thread = threading.Thread(target=lambda: outcome.append(function()))
    thread.start()
    thread.join(30)
    return outcome[0]


@SERVERS
class TestLostServers:
    def test_a_connection_that_the_server_closed_is_renewed(self, db, backend):
        first = pid(db, backend)
        kill(backend, first)
        add(db, backend, "Ada")
        assert pid(db, backend) != first
        assert names(db, backend) == ["Ada"]

    def test_a_transaction_that_it_ends_is_an_error_and_leaves_nothing(self, db, backend):
        def half():
            with db.transaction():
                add(db, backend, "Ada")
                kill(backend, pid(db, backend))
                add(db, backend, "Grace")

        with pytest.raises(OperationalError):
            half()
        assert names(db, backend) == []
        with db.transaction():
            add(db, backend, "Edsger")
        assert names(db, backend) == ["Edsger"]

    def test_nobody_there_is_an_operational_error(self, backend):
        db = Connection(sa.make_url(backend.arguments["host"]).set(port=1))
        with pytest.raises(OperationalError):
            db.get("SELECT 1")
        with pytest.raises(OperationalError):
            db.reconnect()


class TestThreads:
    @SERVERS  # SQLite would wait for the writer
    def test_a_transaction_is_its_threads_own(self, db, backend):
        with db.transaction():
            add(db, backend, "Ada")
            assert names(db, backend) == ["Ada"]
            assert in_thread(lambda: names(db, backend)) == []
        assert in_thread(lambda: names(db, backend)) == ["Ada"]

    def test_threads_share_the_pool(self, db, backend):
        done = [
            threading.Thread(target=add, args=(db, backend, f"{number}")) for number in range(20)
        ]
        for thread in done:
            thread.start()
        for thread in done:
            thread.join(30)
        assert len(names(db, backend)) == 20


class TestForks:
    def test_a_child_makes_connections_of_its_own(self, db, backend):
        add(db, backend, "parent")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                add(db, backend, "child")
                status = 0 if names(db, backend) == ["parent", "child"] else 2
                del db
                gc.collect()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        add(db, backend, "parent again")
        between = [] if backend.name == "memory" else ["child"]
        assert names(db, backend) == ["parent", *between, "parent again"]


class TestIter:
    def test_rows_are_fetched_while_they_are_read(self, db, backend):
        many = [(f"{number}",) for number in range(1100)]
        db.insertmany(f"INSERT INTO {backend.table} (name) VALUES (%s)", many)
        rows = db.iter(f"SELECT * FROM {backend.table} ORDER BY id")
        assert next(rows).name == "0"
        checked_out = db.engine.pool.checkedout()
        assert checked_out == (0 if backend.name == "memory" else 1)
        rows.close()
        assert db.engine.pool.checkedout() == 0
        assert len(names(db, backend)) == 1100


class TestSQLAlchemy:
    def test_an_orm_session(self, db, backend):
        class Base(orm.DeclarativeBase):
            pass

        class Person(Base):
            __tablename__ = backend.table
            id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
            name: orm.Mapped[str]

        with db.session() as session:
            session.add(Person(name="Ada"))
            session.commit()
            session.add(Person(name="Grace"))
            session.flush()
            session.rollback()
        assert names(db, backend) == ["Ada"]
        with db.session(expire_on_commit=False) as session:
            assert session.scalars(sa.select(Person)).one().name == "Ada"

    def test_the_engine(self, db, backend):
        with db.engine.begin() as connection:
            connection.execute(sa.text(f"INSERT INTO {backend.table} (name) VALUES ('Ada')"))
        assert names(db, backend) == ["Ada"]
        assert db.engine.pool.checkedout() == 0


class TestClose:
    def test_a_closed_one_opens_again(self, tmp_path):
        db = Connection(database=tmp_path / "a.db")
        db.execute("CREATE TABLE t (a INTEGER)")
        db.close()
        db.close()
        assert db.query("SELECT * FROM t") == []
        db.close()

    def test_what_is_forgotten_is_closed(self, tmp_path):
        db = Connection(database=tmp_path / "a.db")
        db.query("SELECT 1")
        pool = db.engine.pool
        assert pool.checkedin() == 1
        engine = db.engine
        del db
        gc.collect()
        assert engine.pool is not pool
        assert pool.checkedin() == 0

    def test_foreign_keys_hold_in_sqlite(self):
        with Connection() as db:
            db.execute("CREATE TABLE a (id INTEGER PRIMARY KEY)")
            db.execute("CREATE TABLE b (a INTEGER REFERENCES a)")
            with pytest.raises(sa.exc.IntegrityError):
                db.execute("INSERT INTO b VALUES (1)")
