"""Fixtures for pytest, and ``async def`` tests that use them.

Not loaded by itself; in ``conftest.py``::

    pytest_plugins = ["zonda.testing.pytest_plugin"]

    @pytest.fixture
    def app():
        return make_app()

and in a test module::

    async def test_homepage(client):
        response = await client.get("/")
        assert response.body == b"Hello"

A test that is a coroutine function (of either kind) and uses any of these fixtures runs in
the ``io_loop`` fixture's loop. It may take as long as `get_async_test_timeout` says, or
``@pytest.mark.zonda(timeout=seconds)``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from zonda.gen import is_coroutine_function
from zonda.ioloop import IOLoop
from zonda.testing.asynctest import end_loop
from zonda.testing.client import Client, Server
from zonda.testing.clock import Clock, ClockAsyncIOLoop
from zonda.testing.gentest import get_async_test_timeout

if TYPE_CHECKING:
    from zonda.testing.mock import MockHTTP

__all__ = ["app", "app_client", "client", "clock", "io_loop", "mock_http", "serve", "server"]


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "zonda(timeout): how long an asynchronous test may take")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run asynchronous tests that use our fixtures; leave all others to others."""
    function = pyfuncitem.obj
    if "io_loop" not in pyfuncitem.fixturenames or not (
        inspect.iscoroutinefunction(function) or is_coroutine_function(function)
    ):
        return None
    marker = pyfuncitem.get_closest_marker("zonda")
    timeout = marker.kwargs.get("timeout") if marker is not None else None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(function).parameters}
    ioloop = pyfuncitem.funcargs["io_loop"]
    assert isinstance(ioloop, IOLoop), "the io_loop fixture must return an IOLoop"
    ioloop.run_sync(
        functools.partial(function, **arguments),
        timeout=get_async_test_timeout() if timeout is None else timeout,
    )
    return True


@pytest.fixture
def io_loop() -> Iterator[IOLoop]:
    """The test's own `IOLoop`; it is current, and closed after the test."""
    ioloop: IOLoop = ClockAsyncIOLoop(make_current=True)
    try:
        yield ioloop
    finally:
        end_loop(ioloop)


@pytest.fixture
def clock(io_loop: IOLoop) -> Clock:
    """Moves the time of the test's loop: ``await clock.advance(60)``."""
    assert isinstance(io_loop, ClockAsyncIOLoop), "clock needs the io_loop fixture of this plugin"
    return Clock(io_loop)


@pytest.fixture
def app() -> Any:
    """To be defined by you: the application that ``server`` serves."""
    raise pytest.UsageError(
        "define a fixture named app, in the test module or conftest.py, "
        "that returns the Application to be tested"
    )


@pytest.fixture
def serve(io_loop: IOLoop) -> Iterator[Callable[..., Server]]:
    """Starts servers: ``serve(application, **options of HTTPServer)`` returns a `Server`."""
    servers: list[Server] = []

    def start(app: Any, **options: Any) -> Server:
        servers.append(Server(app, **options))
        return servers[-1]

    yield start
    for server in servers:
        io_loop.run_sync(server.close, timeout=get_async_test_timeout())


@pytest.fixture
def server(app: Any, serve: Callable[..., Server]) -> Server:
    """The running `Server` of the ``app`` fixture."""
    return serve(app)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """A `Client` of the ``server`` fixture."""
    from zonda.httpclient import AsyncHTTPClient

    http_client: AsyncHTTPClient = AsyncHTTPClient(force_instance=True)
    try:
        yield Client(server, http_client)
    finally:
        http_client.close()


@pytest.fixture
def app_client(app: Any, io_loop: IOLoop) -> Iterator[Client]:
    """A `Client` for the ``app`` fixture without a port; see `application_client`."""
    from zonda.testing.inprocess import make_application_client

    client = make_application_client(app)
    try:
        yield client
    finally:
        client.http_client.close()


@pytest.fixture
def mock_http(request: pytest.FixtureRequest, io_loop: IOLoop) -> Iterator[MockHTTP]:
    """A `MockHTTP` that answers for all servers but that of the ``server`` fixture.

    What it was not prepared for, or was for nothing, is an error after the test; see
    `zonda.testing.mock.mock_http`.
    """
    from zonda.testing.mock import mock_http

    with mock_http() as mock:
        if "server" in request.fixturenames:
            mock.pass_through(f"127.0.0.1:{request.getfixturevalue('server').port}")
        yield mock
