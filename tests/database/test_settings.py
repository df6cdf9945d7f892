"""How connections are made, kept and renewed."""

import pytest

from tests.database.conftest import SESSION_ID
from zonda.database import AsyncConnection, Connection
from zonda.database.settings import Settings


@pytest.mark.parametrize("backend", ["mysql"], indirect=True)
class TestMySQL:
    SELECT = "SELECT @@time_zone AS zone, @@sql_mode AS mode, @@character_set_client AS charset"

    async def test_the_session_is_set_up_as_torndb_did(self, backend):
        with backend.connect() as db:
            blocking = db.get(self.SELECT)
        async with backend.connect_async() as db:
            assert await db.get(self.SELECT) == blocking
        assert (blocking.zone, blocking.charset) == ("+00:00", "utf8mb4")
        assert "TRADITIONAL" in blocking["mode"]

    async def test_it_can_be_set_up_otherwise(self, backend):
        options = {"time_zone": "-3:00", "sql_mode": "ANSI", "charset": "latin1"}
        with backend.connect(**options) as db:
            blocking = db.get(self.SELECT)
        async with backend.connect_async(**options) as db:
            assert await db.get(self.SELECT) == blocking
        assert (blocking.zone, blocking.charset) == ("-03:00", "latin1")
        assert "TRADITIONAL" not in blocking["mode"]


@pytest.mark.parametrize("backend", ["mysql", "postgresql"], indirect=True)
class TestServers:
    async def test_a_connection_is_kept(self, backend):
        with backend.connect() as db:
            ids = {db.get(SESSION_ID[backend.name]).id for _ in range(3)}
            assert len(ids) == 1
            db.reconnect()
            assert db.get(SESSION_ID[backend.name]).id not in ids

    async def test_a_connection_that_was_idle_too_long_is_not_used_again(self, backend):
        with backend.connect(max_idle_time=0) as db:
            assert len({db.get(SESSION_ID[backend.name]).id for _ in range(3)}) == 3
        async with backend.connect_async(max_idle_time=0) as db:
            found = [(await db.get(SESSION_ID[backend.name])).id for _ in range(3)]
            assert len(set(found)) == 3


def options_of(*args, **kwargs):
    return Connection(*args, **kwargs)._settings.options(object)


def test_connecting_has_a_limit():
    pytest.importorskip("pymysql")
    assert options_of("localhost", "x")["connect_args"] == {"connect_timeout": 10}
    assert options_of("localhost", "x", connect_timeout=3)["connect_args"] == {"connect_timeout": 3}
    assert options_of("localhost", "x", connect_timeout=0)["connect_args"] == {}
    assert options_of("mysql://localhost/x?connect_timeout=7")["connect_args"] == {}


def test_what_is_left_goes_to_the_driver_and_to_the_engine():
    with Connection(cached_statements=7, engine_options={"pool_pre_ping": True}) as db:
        options = db._settings.options(object)
        assert options["connect_args"]["cached_statements"] == 7
        assert options["pool_pre_ping"]
        assert db.get("SELECT 1 AS one").one == 1


@pytest.mark.parametrize("name", ["time_zone", "charset", "sql_mode", "connect_timeout"])
@pytest.mark.parametrize("face", [Connection, AsyncConnection])
def test_what_a_database_does_not_have_is_refused(name, face):
    with pytest.raises(ValueError, match=f"sqlite has no {name}"):
        face(**{name: 1})


def test_only_memory_is_in_memory(tmp_path):
    with Connection() as memory, Connection(database=tmp_path / "x") as file:
        kinds = [db._settings.in_memory for db in (memory, file)]
    assert kinds == [True, False]
    assert isinstance(memory._settings, Settings)
