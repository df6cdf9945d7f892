"""The client's end: connect, then read and write messages."""

from __future__ import annotations

import asyncio
import copy
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

from zonda.concurrent import future_set_result_unless_cancelled
from zonda.httpclient import HTTPRequest
from zonda.legacy import takes_io_loop
from zonda.log import app_log
from zonda.protocol.websocket import Deflate, WebSocket, checked_subprotocols
from zonda.websocket.connection import WebSocketProtocol13
from zonda.websocket.endpoint import HOLD
from zonda.websocket.errors import WebSocketClosedError
from zonda.websocket.services import LoopServices
from zonda.websocket.settings import (
    DEFAULT_MAX_MESSAGE_SIZE,
    CompressionOptions,
    ConnectionSettings,
)

if TYPE_CHECKING:
    from zonda.httputil import HTTPHeaders
    from zonda.iostream import IOStream
    from zonda.netutil import Resolver
    from zonda.websocket.opening import Opened

__all__ = ["WebSocketClientConnection", "websocket_connect"]

Message = str | bytes

#: Messages that wait to be read; with more the server is held back.
_READ_AHEAD: Final = 32


class WebSocketClientConnection:
    """A connection to a server; made by :func:`websocket_connect`.

    Attributes:
        connect_future: gives this object once the connection is open.
        headers: those of the server's handshake.
        close_code: of the server's close frame, if it sent one with a code.
        close_reason: likewise.
        protocol: the connection; None before the handshake and after :meth:`close`.
    """

    protocol: WebSocketProtocol13 | None = None
    close_code: int | None = None
    close_reason: str | None = None
    headers: HTTPHeaders

    def __init__(
        self,
        request: HTTPRequest,
        on_message_callback: Callable[[Message | None], Any] | None = None,
        compression_options: dict[str, Any] | None = None,
        ping_interval: float | None = None,
        ping_timeout: float | None = None,
        max_message_size: int = DEFAULT_MAX_MESSAGE_SIZE,
        subprotocols: list[str] | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        from zonda.ioloop import IOLoop
        from zonda.tcpclient import TCPClient

        self.request = request
        self._on_message_callback = on_message_callback
        self._compression = (
            None if compression_options is None else CompressionOptions.of(compression_options)
        )
        self._settings = ConnectionSettings(ping_interval, ping_timeout, max_message_size)
        self._subprotocols = checked_subprotocols(subprotocols or [])
        self._loop = IOLoop.current().asyncio_loop
        self._context = copy_context()
        self._messages: deque[Message] = deque()
        self._readers: deque[asyncio.Future[Message | None]] = deque()
        self._connection: WebSocketProtocol13 | None = None
        #: The connection, while it waits for messages to be read.
        self._holding: WebSocketProtocol13 | None = None
        self._over = False
        self.tcp_client = TCPClient(resolver=resolver)
        self.connect_future: asyncio.Future[WebSocketClientConnection] = self._loop.create_future()
        task = self._loop.create_task(self._connect())
        self.connect_future.add_done_callback(
            lambda future: task.cancel() if future.cancelled() else None
        )

    # ------------------------------------------------------------------- connecting

    async def _connect(self) -> None:
        from zonda.websocket.opening import Opening

        compression = self._compression
        wanted = None if compression is None else compression.parameters
        try:
            opening = Opening(self.request, self.tcp_client, wanted, self._subprotocols)
            opened = await opening.run()
        except Exception as error:
            self._over = True
            if not self.connect_future.done():
                self.connect_future.set_exception(error)
            return
        finally:
            self.tcp_client.close()
        if self.connect_future.cancelled():
            opened.stream.close()
            return
        self._begin(opened)

    def _begin(self, opened: Opened) -> None:
        compression, deflate = self._compression, None
        if compression is not None and opened.deflate is not None:
            deflate = Deflate(
                opened.deflate, False, compression.compression_level, compression.mem_level
            )
        self.headers = opened.headers
        protocol = self.protocol = self._connection = WebSocketProtocol13(
            self,
            opened.stream,
            WebSocket(False, self._settings.max_message_size, deflate),
            self._settings,
            LoopServices.of(self._loop),
            self._context,
        )
        protocol.selected_subprotocol = opened.subprotocol
        future_set_result_unless_cancelled(self.connect_future, self)
        protocol.start()
        # The caller, who waits for connect_future, comes before the first message.
        self._loop.call_soon(protocol.go_on, context=self._context)

    @property
    def stream(self) -> IOStream | None:
        """What carries the connection; None before the handshake and after the end."""
        return None if self.protocol is None else self.protocol.stream

    @property
    def selected_subprotocol(self) -> str | None:
        """The subprotocol that the server selected."""
        return None if self.protocol is None else self.protocol.selected_subprotocol

    # ---------------------------------------------------------------------- reading

    def read_message(
        self, callback: Callable[[asyncio.Future[Message | None]], Any] | None = None
    ) -> asyncio.Future[Message | None]:
        """Read a message; None when the connection is over.

        Not for connections with an ``on_message_callback``.

        Args:
            callback: called with the future when it is done.
        """
        future: asyncio.Future[Message | None] = self._loop.create_future()
        if self._messages:
            future.set_result(self._messages.popleft())
            if self._holding is not None and len(self._messages) <= _READ_AHEAD // 2:
                connection, self._holding = self._holding, None
                self._loop.call_soon(connection.go_on, context=self._context)
        elif self._over:
            future.set_result(None)
        else:
            self._readers.append(future)
        if callback is not None:
            from zonda.ioloop import IOLoop

            IOLoop.current().add_future(future, callback)
        return future

    def on_message(self, message: Message) -> Any:
        """Hand a message to the callback, or to whoever reads."""
        if self._on_message_callback is not None:
            return self._on_message_callback(message)
        while self._readers:
            reader = self._readers.popleft()
            if not reader.done():
                reader.set_result(message)
                return None
        self._messages.append(message)
        if len(self._messages) < _READ_AHEAD:
            return None
        self._holding = self._connection
        return HOLD

    def on_ping(self, data: bytes) -> Any:
        """Called when a ping came; it has been answered already."""

    def on_pong(self, data: bytes) -> Any:
        """Called when the answer to a ping came."""

    def on_connection_close(self) -> None:
        """The connection is gone: whoever reads gets None."""
        self._over = True
        for reader in self._readers:
            if not reader.done():
                reader.set_result(None)
        self._readers.clear()
        if self._on_message_callback is not None:
            self._on_message_callback(None)

    def on_ws_connection_close(
        self, close_code: int | None = None, close_reason: str | None = None
    ) -> None:
        """Closes the connection; the counterpart of the handler's method."""
        self.close(close_code, close_reason)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what a callback raised."""
        app_log.error("Uncaught exception %s", value, exc_info=(typ, value, tb))

    # --------------------------------------------------------------------- writing

    def write_message(
        self, message: str | bytes | dict[str, Any], binary: bool = False
    ) -> asyncio.Future[None]:
        """Send a message to the server. See ``WebSocketHandler.write_message``.

        Raises:
            WebSocketClosedError: the connection is closed, or being closed.
        """
        if self.protocol is None:
            raise WebSocketClosedError("Client connection has been closed")
        return self.protocol.write_message(message, binary)

    def ping(self, data: str | bytes = b"") -> None:
        """Send a ping with up to 125 bytes of data.

        Raises:
            WebSocketClosedError: the connection is closed, or being closed.
            ValueError: ``data`` is longer.
        """
        if self.protocol is None:
            raise WebSocketClosedError("Client connection has been closed")
        self.protocol.write_ping(data.encode() if isinstance(data, str) else data)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the connection; the server has 5 seconds to agree.

        Messages that are on their way can still be read.

        Raises:
            ValueError: code or reason cannot be sent.
        """
        if self.protocol is not None:
            self.protocol.close(code, reason)
            self.protocol = None
        elif not self.connect_future.done():
            self.connect_future.cancel()


@takes_io_loop(1)
def websocket_connect(
    url: str | HTTPRequest,
    callback: Callable[[asyncio.Future[WebSocketClientConnection]], Any] | None = None,
    connect_timeout: float | None = None,
    on_message_callback: Callable[[Message | None], Any] | None = None,
    compression_options: dict[str, Any] | None = None,
    ping_interval: float | None = None,
    ping_timeout: float | None = None,
    max_message_size: int = DEFAULT_MAX_MESSAGE_SIZE,
    subprotocols: list[str] | None = None,
    resolver: Resolver | None = None,
) -> asyncio.Future[WebSocketClientConnection]:
    """Connect to a WebSocket server.

    Messages are read with ``read_message``, or handed to ``on_message_callback``::

        connection = await websocket_connect("wss://example.com/chat")
        await connection.write_message("hello")
        print(await connection.read_message())

    Args:
        url: with ``ws:`` or ``wss:``; or a request, for header fields, TLS options and
            proxies. A proxy has to know CONNECT or SOCKS, whether there is TLS or not.
        callback: called with the future when it is done.
        connect_timeout: seconds; 20 by default. Only for a URL: a request has its own.
        on_message_callback: called with each message, and with None at the end; the next
            one waits for an awaitable that it returns.
        compression_options: as for ``WebSocketHandler.get_compression_options``.
        ping_interval: seconds between pings; None or 0: none are sent.
        ping_timeout: seconds for their answers; the interval by default and at most.
        max_message_size: bytes that a message may have; 10 MiB.
        subprotocols: what to propose, in order of preference; tokens.
        resolver: how host names are looked up.

    Returns:
        a future of the connection. It fails with ``HTTPClientError`` when the server
        answers with an error, :exc:`~zonda.websocket.WebSocketError` when it does not
        speak WebSocket, ``HTTPTimeoutError`` or an ``OSError``.
    """
    if isinstance(url, HTTPRequest):
        if connect_timeout is not None:
            raise ValueError("give connect_timeout to the HTTPRequest")
        request = copy.copy(url)
    else:
        request = HTTPRequest(url, connect_timeout=connect_timeout)
    connection = WebSocketClientConnection(
        request,
        on_message_callback=on_message_callback,
        compression_options=compression_options,
        ping_interval=ping_interval,
        ping_timeout=ping_timeout,
        max_message_size=max_message_size,
        subprotocols=subprotocols,
        resolver=resolver,
    )
    if callback is not None:
        from zonda.ioloop import IOLoop

        IOLoop.current().add_future(connection.connect_future, callback)
    return connection.connect_future
