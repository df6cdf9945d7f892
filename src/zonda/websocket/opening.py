"""The client's half of the opening handshake: connect and ask.

Redirects are not followed, as in Tornado: they fail with their status.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from zonda.httpclient import HTTPResponse
from zonda.httpclient.errors import HTTPStreamClosedError, HTTPTimeoutError
from zonda.httputil import HTTPHeaders
from zonda.iostream import StreamClosedError
from zonda.log import gen_log
from zonda.protocol.errors import RemoteProtocolError
from zonda.protocol.http1 import END, NEED_DATA, HTTP1Client
from zonda.protocol.limits import MIB, Limits
from zonda.protocol.websocket import (
    DeflateParameters,
    HandshakeError,
    accept_response,
    check_response,
    new_key,
    offer,
    parse_extensions,
)
from zonda.simple_httpclient.preparation import login_at, prepare
from zonda.simple_httpclient.target import parse_url
from zonda.websocket.errors import WebSocketError

if TYPE_CHECKING:
    from zonda._kernel import ResponseHead
    from zonda.httpclient import HTTPRequest
    from zonda.iostream import IOStream
    from zonda.tcpclient import TCPClient

__all__ = ["Opened", "Opening", "http_url"]

#: The answer of a server that does not speak WebSocket is kept up to this size.
_LIMITS = Limits(max_body_size=MIB)


class Opened(NamedTuple):
    """What a successful handshake came to."""

    stream: IOStream
    headers: HTTPHeaders
    subprotocol: str | None
    deflate: DeflateParameters | None


def http_url(url: str) -> str:
    """The URL with the scheme that HTTP has for it (RFC 6455 section 3)."""
    scheme, separator, rest = url.partition(":")
    return {"ws": "http", "wss": "https"}.get(scheme.lower(), scheme) + separator + rest


class _ConnectingClient:
    """What a ``Connector`` asks of the HTTP client that it works for."""

    def __init__(self, tcp_client: TCPClient) -> None:
        from zonda.simple_httpclient.digest import Logins
        from zonda.simple_httpclient.tlssessions import TLSSessions

        self.tcp_client = tcp_client
        self.limits = _LIMITS
        self.max_buffer_size: int | None = None
        self.logins = Logins()
        self.tls_sessions = TLSSessions()


class Opening:
    """One attempt to open a connection.

    Args:
        request: what to ask; its URL may begin with ``ws:`` or ``wss:``.
        tcp_client: makes the connections.
        deflate: parameters to offer for compression; None: no compression.
        subprotocols: what to propose, in order of preference.
    """

    def __init__(
        self,
        request: HTTPRequest,
        tcp_client: TCPClient,
        deflate: DeflateParameters | None,
        subprotocols: list[str],
    ) -> None:
        self._request = request
        request.url = http_url(request.url)
        self._tcp_client = tcp_client
        self._deflate = deflate
        self._subprotocols = subprotocols
        self._stage = "while connecting"

    def _option(self, name: str) -> Any:
        """An attribute of the request, or the default for it."""
        if name == "decompress_response":
            return None
        value = getattr(self._request, name)
        return self._request._DEFAULTS.get(name) if value is None else value

    async def run(self) -> Opened:
        """Open the connection.

        Raises:
            HTTPTimeoutError: it took longer than the request allows.
            HTTPClientError: the server answered with an error, or a proxy refused.
            ConnectionRefusedError: nobody listens there.
            WebSocketError: it answered, but not as a WebSocket server.
            OSError: no connection could be made.
        """
        limits = [self._option("connect_timeout"), self._option("request_timeout")]
        try:
            async with asyncio.timeout(min((x for x in limits if x), default=None)) as limit:
                return await self._open()
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise HTTPTimeoutError(f"Timeout {self._stage}") from error

    async def _open(self) -> Opened:
        stream = await self._connect()
        try:
            return await self._ask(stream)
        except BaseException:
            stream.close()
            raise

    async def _connect(self) -> IOStream:
        from zonda.simple_httpclient.connecting import Connector
        from zonda.simple_httpclient.plan import Plan

        self._stage = "while connecting"
        plan = Plan(self._request, self._request._DEFAULTS)
        # A proxy that forwards requests knows nothing of WebSocket: it has to connect us with
        # the server, whether we encrypt or not (RFC 6455 section 4.1).
        plan.forwarder = None
        client: Any = _ConnectingClient(self._tcp_client)
        try:
            return await Connector(client, plan, 0).open()
        except StreamClosedError as error:
            if isinstance(error.real_error, OSError):
                raise error.real_error from error
            raise

    async def _ask(self, stream: IOStream) -> Opened:
        """One request and its answer."""
        self._stage = "during the handshake"
        machine = HTTP1Client(_LIMITS)
        key = new_key()
        stream.send(self._encode(machine, key))
        try:
            head = await self._read_head(stream, machine)
            headers = HTTPHeaders.from_pairs(head.items())
            if head.status == 101:
                return self._accept(stream, key, headers)
            body = await self._read_body(stream, machine)
        except StreamClosedError as error:
            raise HTTPStreamClosedError("the server closed during the handshake") from error
        except RemoteProtocolError as error:
            raise WebSocketError(f"the server's answer is not HTTP: {error}") from error
        response = HTTPResponse(
            self._request, head.status, headers, BytesIO(body), reason=head.reason
        )
        response.rethrow()
        raise WebSocketError(f"the server answered with {head.status} instead of 101")

    def _encode(self, machine: HTTP1Client, key: str) -> bytes:
        request = self._request
        if request.method != "GET":
            raise ValueError(f"a WebSocket handshake is a GET request, not {request.method}")
        self._drop_own_fields(request)
        target = parse_url(request.url)
        login = login_at(request, target, self._option, None)
        wire = prepare(request, target, target.path, self._option, login)
        fields = [
            *wire.fields,
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", "13"),
        ]
        if self._subprotocols:
            fields.append(("Sec-WebSocket-Protocol", ",".join(self._subprotocols)))
        if self._deflate is not None:
            fields.append(("Sec-WebSocket-Extensions", offer(self._deflate)))
        return machine.send_request("GET", wire.start_line, wire.block, fields, -1, None)

    def _drop_own_fields(self, request: HTTPRequest) -> None:
        """Take fields of the handshake itself out of the caller's; they are ours to choose."""
        headers = HTTPHeaders(request.headers)
        for name in list(headers):
            if name in ("Upgrade", "Connection") or name.lower().startswith("sec-websocket-"):
                del headers[name]
        if len(headers) != len(request.headers):
            request.headers = headers

    async def _read_head(self, stream: IOStream, machine: HTTP1Client) -> ResponseHead:
        while True:
            machine.receive(await stream.read_until(b"\r\n\r\n", max_bytes=_LIMITS.max_header_size))
            head = machine.next_head()
            if head is not None and (head.status >= 200 or head.status == 101):
                return head

    async def _read_body(self, stream: IOStream, machine: HTTP1Client) -> bytes:
        pieces: list[bytes] = []
        while (data := machine.next_data()) is not END:
            if data is NEED_DATA:
                try:
                    machine.receive(await stream.read_bytes(65536, partial=True))
                except StreamClosedError:
                    machine.receive_eof()
            else:
                pieces.append(data)
        return b"".join(pieces)

    def _accept(self, stream: IOStream, key: str, headers: HTTPHeaders) -> Opened:
        try:
            check_response(key, headers)
            subprotocol = self._accept_subprotocol(headers)
            extensions = headers.get("Sec-WebSocket-Extensions")
            agreed = accept_response(
                parse_extensions(extensions) if extensions else [], self._deflate
            )
        except ValueError as error:
            gen_log.debug("Refused a WebSocket handshake: %s", error)
            raise WebSocketError(str(error)) from error
        return Opened(stream, headers, subprotocol, agreed)

    def _accept_subprotocol(self, headers: HTTPHeaders) -> str | None:
        selected = headers.get_list("Sec-WebSocket-Protocol")
        if not selected:
            return None
        if len(selected) > 1 or selected[0] not in self._subprotocols:
            raise HandshakeError(502, "the server selected a subprotocol that was not proposed")
        return selected[0]
