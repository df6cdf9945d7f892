"""The server's end: a handler that becomes a WebSocket connection."""

from __future__ import annotations

import asyncio
import functools
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from zonda import web
from zonda.log import gen_log
from zonda.protocol.websocket import (
    Deflate,
    HandshakeError,
    WebSocket,
    accept_offer,
    accept_value,
    check_request,
    parse_extensions,
    subprotocols,
)
from zonda.util import lazy
from zonda.websocket.connection import WebSocketProtocol13
from zonda.websocket.errors import WebSocketClosedError
from zonda.websocket.services import LoopServices
from zonda.websocket.settings import (
    DEFAULT_MAX_MESSAGE_SIZE,
    CompressionOptions,
    ConnectionSettings,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from zonda.iostream import IOStream

__all__ = ["WebSocketHandler"]

#: The write buffer that all connections share: none of them writes a response any more.
_NOTHING_WRITTEN: list[bytes] = []


class WebSocketHandler(web.RequestHandler):
    """Base class of handlers that talk WebSocket (RFC 6455).

    Override :meth:`on_message`, and :meth:`open` and :meth:`on_close` if you need them;
    send with :meth:`write_message`::

        class Echo(WebSocketHandler):
            def on_message(self, message):
                self.write_message("You said: " + message)

    Handshakes from pages of other origins are refused; see :meth:`check_origin`.

    Application settings: ``websocket_ping_interval`` and ``websocket_ping_timeout``
    (seconds), ``websocket_max_message_size`` (bytes).
    """

    #: The connection; None before the handshake and after the end.
    ws_connection: WebSocketProtocol13 | None = None
    #: Code and reason of the client's close frame, if it sent one with any.
    close_code: int | None = None
    close_reason: str | None = None
    #: Groups of the route's pattern; the arguments of :meth:`open`.
    open_args: tuple[str, ...] = ()
    open_kwargs: dict[str, str] = {}

    _on_close_called = False
    _upgraded = False
    _over: asyncio.Future[None] | None = None

    # ------------------------------------------------------------------- handshake

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Answer the handshake and become a WebSocket connection.

        Overridden, it may refuse with an ordinary response instead; the overriding
        method's ``await super().get(...)`` returns when the connection is over.
        """
        self.open_args = args
        self.open_kwargs = kwargs
        connection = self._accept()
        if connection is None:
            return
        try:
            pending = self.open(*args, **kwargs)
            if pending is not None:
                await pending
        except (Exception, asyncio.CancelledError):
            connection.callback_failed()
        # Messages run in the context that the request and open() have left.
        connection.context = copy_context()
        connection.context.run(connection.go_on)
        if type(self).get is not WebSocketHandler.get and self.ws_connection is not None:
            self._over = asyncio.get_running_loop().create_future()
            await self._over

    def _accept(self) -> WebSocketProtocol13 | None:
        """Switch protocols, or answer why not and return None."""
        headers = self.request.headers
        try:
            key = check_request(self.request.version, headers)
            extensions = headers.get("Sec-WebSocket-Extensions")
            offers = parse_extensions(extensions) if extensions else []
            self._check_page()
        except HandshakeError as error:
            self._refuse(error.status, str(error))
            return None
        except ValueError as error:
            self._refuse(400, str(error))
            return None
        exchange = self._exchange
        if not hasattr(exchange, "upgrade"):
            self._refuse(400, "this kind of connection cannot become a WebSocket")
            return None
        self.clear_header("Content-Type")
        subprotocol = self._choose_subprotocol()
        deflate = self._agree_on_compression(offers)
        self._status_code = 101
        fields = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Accept", accept_value(key)),
            *self._output_fields(),
        ]
        stream = exchange.upgrade(fields, self._custom_reason)
        connection = WebSocketProtocol13(
            self,
            stream,
            WebSocket(True, self.max_message_size, deflate),
            ConnectionSettings(self.ping_interval, self.ping_timeout),
            LoopServices.of(asyncio.get_running_loop()),
            copy_context(),
        )
        connection.selected_subprotocol = subprotocol
        self.ws_connection = connection
        self._become_websocket()
        connection.start(exchange.guests)
        return connection

    def _become_websocket(self) -> None:
        self._headers_written = self._finished = self._upgraded = True
        self._log()
        self.on_finish()
        # An idle connection keeps no more than it needs: the response's fields have been sent.
        self._fields = None
        self._write_buffer = _NOTHING_WRITTEN

    def _refuse(self, status: int, message: str) -> None:
        gen_log.debug("Refused a WebSocket handshake: %s", message)
        self.set_status(status)
        if status == 426:
            self.set_header("Sec-WebSocket-Version", "13")
        self.finish(message)

    def _check_page(self) -> None:
        """Refuse handshakes from pages of other origins, unless they are welcome."""
        objection = self._check_cross_origin(self.check_origin)
        if objection is not None:
            gen_log.debug("Refused a WebSocket handshake: %s", objection)
            raise HandshakeError(403, "Cross origin websockets not allowed")

    def _choose_subprotocol(self) -> str | None:
        proposed = subprotocols(self.request.headers)
        selected = self.select_subprotocol(proposed)
        if selected is not None:
            if selected not in proposed:
                raise ValueError(
                    f"select_subprotocol returned {selected!r}, which the client did not propose"
                )
            self.set_header("Sec-WebSocket-Protocol", selected)
        return selected

    def _agree_on_compression(self, offers: list[Any]) -> Deflate | None:
        given = self.get_compression_options()
        if given is None or not offers:
            return None
        options = CompressionOptions.of(given)
        agreed = accept_offer(offers, options.parameters)
        if agreed is None:
            return None
        self.set_header("Sec-WebSocket-Extensions", agreed.encode())
        return Deflate(agreed, True, options.compression_level, options.mem_level)

    def check_origin(self, origin: str) -> bool:
        """Whether a page of ``origin`` may open connections; override it to allow others.

        Browsers tell where the page comes from; without this check any site could talk to
        yours with the cookies of its visitors. Requests from pages of the very host that
        they are sent to, and from programs that are no browsers, are accepted without
        asking. By default those of the setting ``trusted_origins`` are, too.

        Args:
            origin: the request's ``Origin`` field, such as ``https://example.com``.
        """
        return self._origin_matches_host(origin) or self.check_trusted_origin(origin)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """Choose one of the subprotocols that the client proposes; None for none.

        A client that gets none of those it needs closes the connection.
        """
        return None

    @property
    def selected_subprotocol(self) -> str | None:
        """What :meth:`select_subprotocol` chose."""
        assert self.ws_connection is not None
        return self.ws_connection.selected_subprotocol

    def get_compression_options(self) -> dict[str, Any] | None:
        """Options for permessage-deflate (RFC 7692); None, the default: no compression.

        ``{}`` means the defaults. There are ``compression_level`` (0 to 9; 1, the fastest:
        messages gain little from more) and ``mem_level`` (1 to 9; 8), both as in :mod:`zlib`;
        ``server_no_context_takeover`` and ``client_no_context_takeover`` (bool: less memory
        between messages, less compression); ``server_max_window_bits`` and
        ``client_max_window_bits`` (9 to 15).
        """
        return None

    # -------------------------------------------------------------------- settings

    @property
    def ping_interval(self) -> float | None:
        """Seconds between pings; None, the default, or 0: none are sent."""
        interval: float | None = self.settings.get("websocket_ping_interval")
        return interval

    @property
    def ping_timeout(self) -> float | None:
        """Seconds for the answer to a ping, at most, and by default, the interval."""
        timeout: float | None = self.settings.get("websocket_ping_timeout")
        return timeout

    @property
    def max_message_size(self) -> int:
        """Bytes that a message may have, decompressed (10 MiB); larger ones end in 1009."""
        size: int = self.settings.get("websocket_max_message_size", DEFAULT_MAX_MESSAGE_SIZE)
        return size

    # ---------------------------------------------------------------------- events

    def _open(self, *args: Any, **kwargs: Any) -> Awaitable[None] | None:
        """Called when the connection is open, with the groups of the route's pattern.

        Override it, plain or ``async def``. Messages wait until it is done.
        """

    # An attribute, so that overriding methods may have what parameters they like.
    open: Callable[..., Awaitable[None] | None] = _open

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        """Called with each message; must be overridden, plain or ``async def``.

        The next message waits until it is done.
        """
        raise NotImplementedError(f"{type(self).__name__} needs an on_message(message) method")

    def on_ping(self, data: bytes) -> None:
        """Called when a ping came; it has been answered already."""

    def on_pong(self, data: bytes) -> None:
        """Called when the answer to a ping came."""

    def on_close(self) -> None:
        """Called once the connection is over; see ``close_code`` and ``close_reason``."""

    def on_connection_close(self) -> None:
        """The connection is gone."""
        if not self._upgraded:
            super().on_connection_close()
            return
        self.ws_connection = None
        over, self._over = self._over, None
        if over is not None and not over.done():
            over.set_result(None)
        self.on_ws_connection_close(self.close_code, self.close_reason)

    def on_ws_connection_close(
        self, close_code: int | None = None, close_reason: str | None = None
    ) -> None:
        """Calls :meth:`on_close`, exactly once."""
        if not self._on_close_called:
            self._on_close_called = True
            self.on_close()

    # --------------------------------------------------------------------- sending

    def write_message(
        self, message: str | bytes | dict[str, Any], binary: bool = False
    ) -> asyncio.Future[None]:
        """Send a message to the client.

        Args:
            message: a str, or bytes that are UTF-8; a dict is sent as JSON.
            binary: send it as a binary message, of any bytes.

        Returns:
            a future that is done when little enough is waiting to be sent for more:
            await it if you send a lot. It fails with :exc:`WebSocketClosedError` when the
            client goes away.

        Raises:
            WebSocketClosedError: the connection is closed, or being closed.
        """
        connection = self.ws_connection
        if connection is None:
            raise WebSocketClosedError()
        return connection.write_message(message, binary)

    def ping(self, data: str | bytes = b"") -> None:
        """Send a ping with up to 125 bytes of data.

        Raises:
            WebSocketClosedError: the connection is closed, or being closed.
            ValueError: ``data`` is longer.
        """
        if self.ws_connection is None:
            raise WebSocketClosedError()
        self.ws_connection.write_ping(data.encode() if isinstance(data, str) else data)

    def close(self, code: int | None = None, reason: str | None = None) -> None:
        """Close the connection; the client has 5 seconds to agree.

        Args:
            code: 1000, another registered close code or one from 3000 to 4999.
            reason: text of up to 123 bytes.

        Raises:
            ValueError: code or reason cannot be sent.
        """
        if self.ws_connection is not None:
            self.ws_connection.close(code, reason)
            self.ws_connection = None

    def set_nodelay(self, value: bool) -> None:
        """Send small messages at once (TCP_NODELAY). By default the system may gather them."""
        assert self.ws_connection is not None
        self.ws_connection.set_nodelay(value)

    @lazy
    def stream(self) -> IOStream:
        """The connection's stream, which programs for Tornado 4 look at; an attribute like others.

        Raises:
            AttributeError: the connection is not open yet.
        """
        if self.ws_connection is None:
            raise AttributeError("stream: there is one when the connection is open")
        return self.ws_connection.stream

    def detach(self) -> IOStream:
        """Take the connection's stream, before or after the handshake."""
        if self.ws_connection is None:
            return super().detach()
        stream = self.ws_connection.stream
        stream.stop_push()
        return stream


def _before_upgrade(name: str) -> None:
    """Let a method of ordinary handlers fail once the protocol is another."""
    method = getattr(web.RequestHandler, name)

    @functools.wraps(method)
    def guarded(self: WebSocketHandler, *args: Any, **kwargs: Any) -> Any:
        if self._upgraded:
            raise RuntimeError(
                f"{name}() cannot be used on a WebSocket connection; use write_message()"
            )
        return method(self, *args, **kwargs)

    setattr(WebSocketHandler, name, guarded)


for _name in (
    "write",
    "redirect",
    "set_header",
    "set_cookie",
    "set_status",
    "flush",
    "finish",
):
    _before_upgrade(_name)
