"""``-v``: a client that tells of its connections, and of every head as it goes over the wire."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from zonda.protocol.http1 import HTTP1Client
from zonda.simple_httpclient import SimpleAsyncHTTPClient
from zonda.simple_httpclient.connecting import Connector

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead
    from zonda.http1connection.client import HTTP1ClientConnection

__all__ = ["VerboseClient"]


def _tell(mark: str, lines: list[str]) -> None:
    sys.stderr.write("".join(f"{mark} {line}".rstrip() + "\n" for line in lines))
    sys.stderr.flush()


class TellingMachine(HTTP1Client):
    """A client's end of HTTP/1 that shows the heads it sends and receives."""

    __slots__ = ()

    def send_request(self, *arguments: Any, **more: Any) -> bytes:
        """See `HTTP1Client`."""
        data = super().send_request(*arguments, **more)
        head = data.partition(b"\r\n\r\n")[0].decode("latin-1")
        _tell(">", [*head.split("\r\n"), ""])
        return data

    def next_head(self) -> ResponseHead | None:
        """See `HTTP1Client`."""
        head = super().next_head()
        if head is not None:
            fields = [f"{name}: {value}" for name, value in head.items()]
            _tell("<", [f"{head.version} {head.status} {head.reason}", *fields, ""])
        return head


class TellingConnector(Connector):
    """Shows where a connection leads, and gives it a machine that shows the rest."""

    __slots__ = ()

    async def run(self) -> HTTP1ClientConnection:
        """See `Connector`."""
        connection = await super().run()
        connection.machine = TellingMachine(self._client.limits)
        sock = connection.stream.socket
        address = sock.getpeername()
        where = address if isinstance(address, str) else f"{address[0]} port {address[1]}"
        told = [f"connected to {where}"]
        if hasattr(sock, "version"):
            told.append(f"{sock.version()}, {sock.cipher()[0]}")
        _tell("*", told)
        return connection


class VerboseClient(SimpleAsyncHTTPClient):
    """The client that ``-v`` uses."""

    connector_class = TellingConnector
    shortens = False  # all heads shall come by the machine
