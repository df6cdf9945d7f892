"""`mock_http`: let a `MockHTTP` answer for a while."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from zonda.httpclient import AsyncHTTPClient
from zonda.simple_httpclient import SimpleAsyncHTTPClient
from zonda.testing.mock.client import MockHTTPClient
from zonda.testing.mock.transport import MockHTTP

__all__ = ["mock_http"]

_CACHE = "_async_client_dict_AsyncHTTPClient"


@contextmanager
def mock_http(
    *, pass_through: Sequence[str] = (), assert_all_called: bool = True, **options: Any
) -> Iterator[MockHTTP]:
    """Have a `MockHTTP` answer all clients that ``AsyncHTTPClient()`` and ``HTTPClient()`` make.

    ::

        with mock_http() as mock:
            mock.get("https://api.example/forecast", json={"wind": 40})
            forecast = await get_forecast()

    Not concerned are clients that were made before and are kept by their users, and those
    of a class that is named, such as ``SimpleAsyncHTTPClient(force_instance=True)``.

    :param pass_through: hosts to be reached over the network; see `MockHTTP.pass_through`.
    :param assert_all_called: whether a route that was not called is an error, too.
    :param options: keyword arguments of `SimpleAsyncHTTPClient`. Those that are configured
        for it, and the ``defaults`` and ``max_clients`` of any other client, stay.
    :raises AssertionError: (at the end) a request had no route, or a route no request.
    """
    mock = MockHTTP(pass_through, assert_all_called)
    with _installed(mock, options):
        yield mock
    mock.check()


@contextmanager
def _installed(mock: MockHTTP, options: dict[str, Any]) -> Iterator[None]:
    configuration = AsyncHTTPClient._save_configuration()
    clients = AsyncHTTPClient._async_clients()
    options = {**_kept(configuration[1] or {}), **options}
    AsyncHTTPClient.configure(MockHTTPClient, mock=mock, **options)
    setattr(AsyncHTTPClient, _CACHE, weakref.WeakKeyDictionary())
    try:
        yield
    finally:
        mock.close()
        AsyncHTTPClient._restore_configuration(configuration)
        setattr(AsyncHTTPClient, _CACHE, clients)


def _kept(configured: dict[str, Any]) -> dict[str, Any]:
    """Which of the present client's options the mock takes over."""
    if AsyncHTTPClient.configured_class() is SimpleAsyncHTTPClient:
        return configured
    return {name: configured[name] for name in ("defaults", "max_clients") if name in configured}
