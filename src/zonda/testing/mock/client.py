"""A client whose requests a `MockHTTP` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zonda.testing.memory import MemoryClient
from zonda.testing.mock.transport import MockHTTP

if TYPE_CHECKING:
    from zonda.simple_httpclient.target import Origin
    from zonda.testing.memory import MemoryServer

__all__ = ["MockHTTPClient"]


class MockHTTPClient(MemoryClient):
    """An `AsyncHTTPClient` that has everything but the network.

    ``MockHTTPClient(force_instance=True, mock=mock)`` makes one by hand,
    ``AsyncHTTPClient.configure(MockHTTPClient, mock=mock)`` lets it take the place of all
    clients made from then on, and `mock_http` does so for a while. Proxies, TLS and
    ``prepare_curl_callback`` are passed over.

    :param mock: what answers. The others are those of `SimpleAsyncHTTPClient`.
    """

    def initialize(  # type: ignore[override]
        self, mock: MockHTTP | None = None, **options: Any
    ) -> None:
        """Set the client up; the arguments are those of the class."""
        if mock is None:
            raise TypeError("give the client a MockHTTP: MockHTTPClient(mock=...)")
        super().initialize(**options)
        self.mock = mock
        mock.adopt(self)

    def server_for(self, origin: Origin) -> MemoryServer | None:
        """See `MemoryClient.server_for`."""
        return self.mock.server_for(origin)
