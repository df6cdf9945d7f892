"""The pytest plugin. Each test runs pytest on a module of its own."""

import os
import subprocess
import sys
import textwrap

import pytest

import zonda

PATH = os.path.dirname(os.path.dirname(os.path.abspath(zonda.__file__)))

CONFTEST = """
pytest_plugins = ["zonda.testing.pytest_plugin"]
"""

APP = """
import asyncio
import pytest
from zonda import gen
from zonda.ioloop import IOLoop
from zonda.web import Application, RequestHandler

begun = []

class Hello(RequestHandler):
    async def get(self):
        begun.append(1)
        await asyncio.sleep(float(self.get_argument("delay", "0")))
        self.write("Hello")

@pytest.fixture
def app():
    return Application([("/", Hello)])
"""


@pytest.fixture
def run(tmp_path):
    def start(source, *, app=True):
        (tmp_path / "conftest.py").write_text(CONFTEST)
        (tmp_path / "test_it.py").write_text((APP if app else "") + textwrap.dedent(source))
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-W",
                "error",
                "--strict-markers",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            env={**os.environ, "PYTHONPATH": PATH, "ASYNC_TEST_TIMEOUT": "10"},
        ).stdout

    return start


def test_client_and_server(run):
    output = run("""
        async def test_native(client, server):
            assert (await client.get("/")).body == b"Hello"
            assert client.server is server
            assert server.http_server

        @gen.coroutine
        def test_decorated(client):
            response = yield client.get("/nothing")
            assert response.code == 404

        @pytest.mark.parametrize("value", [1, 2])
        async def test_parameters(io_loop, value):
            assert IOLoop.current() is io_loop
            assert value in (1, 2)

        def test_plain(client, io_loop):
            assert io_loop.run_sync(lambda: client.get("/")).body == b"Hello"
    """)
    assert "5 passed" in output


def test_serve(run):
    output = run("""
        from zonda.testing import AsyncHTTPSTestCase

        async def test_several(client, serve, app):
            other = serve(app, ssl_options=AsyncHTTPSTestCase.default_ssl_options())
            assert other.url("/").startswith("https://127.0.0.1:")
            assert (await client.get(other.url("/"))).body == b"Hello"
    """)
    assert "1 passed" in output


def test_clock(run):
    output = run("""
        async def test_half_a_minute(client, clock):
            slow = asyncio.ensure_future(client.get("/?delay=30", request_timeout=60))
            while not begun:
                await asyncio.sleep(0)
            await clock.advance(31)
            assert (await slow).body == b"Hello"
    """)
    assert "1 passed" in output


def test_failures(run):
    output = run("""
        async def test_wrong(client):
            assert (await client.get("/")).body == b"Bye"

        @pytest.mark.zonda(timeout=0.01)
        async def test_slow(io_loop):
            await asyncio.sleep(60)  # waits here
    """)
    assert "2 failed" in output
    assert "b'Hello' == b'Bye'" in output
    assert "timed out after 0.01 seconds" in output
    assert "# waits here" in output


def test_without_an_app(run):
    output = run("async def test_it(client): pass", app=False)
    assert "define a fixture named app" in output


def test_tasks_left_behind_are_ended(run):
    output = run("""
        async def test_it(io_loop):
            io_loop.task = asyncio.ensure_future(asyncio.sleep(60))

        def test_none_is_left():
            assert IOLoop.current(instance=False) is None
    """)
    assert "2 passed" in output


def test_tests_that_are_not_ours_are_left_alone(run):
    output = run(
        """
        ran = []

        def test_plain():
            ran.append(1)

        async def test_native():
            pass

        def test_end():
            assert ran
    """,
        app=False,
    )
    assert "async def functions are not natively supported" in output
    assert "2 passed" in output


def test_an_application_needs_no_port(run):
    output = run("""
        async def test_it(app_client):
            assert (await app_client.get("/")).body == b"Hello"
    """)
    assert "1 passed" in output


def test_other_servers_are_mocked_but_not_the_one_under_test(run):
    output = run("""
        from zonda.httpclient import AsyncHTTPClient

        async def test_it(mock_http, client):
            mock_http.get("http://api.example/", body="mocked")
            assert (await client.get("/")).body == b"Hello"
            assert (await AsyncHTTPClient().fetch("http://api.example/")).body == b"mocked"

        async def test_time_goes_by_the_clock(mock_http, clock):
            mock_http.get("http://api.example/", delay=3600)
            fetch = AsyncHTTPClient().fetch("http://api.example/", request_timeout=0)
            while not mock_http.calls:
                await asyncio.sleep(0)
            await clock.advance(3601)
            assert (await fetch).code == 200
    """)
    assert "2 passed" in output


def test_what_the_mock_misses_is_an_error(run):
    output = run("""
        async def test_it(mock_http):
            mock_http.get("http://api.example/")
    """)
    assert "expected requests did not come" in output
    assert "1 passed, 1 error" in output
