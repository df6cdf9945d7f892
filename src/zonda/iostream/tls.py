"""A stream over TLS: OpenSSL reads and writes the socket's descriptor itself.

The handshake is a stage before the stream is open: readiness calls `_shake` until OpenSSL is
content, and only then `_release` lets reading and writing begin. From there on the differences
to TCP are small: OpenSSL hands out at most one record a read, may hold decrypted bytes that the
kernel knows nothing of (`pending`), and may want to write in order to read, or the reverse.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import os
import socket
import ssl
from collections.abc import Callable
from typing import Any

from zonda.iostream.channel import is_peer_gone
from zonda.iostream.errors import StreamClosedError
from zonda.iostream.poller import Callback
from zonda.iostream.push import PUSH_READ_SIZE
from zonda.iostream.tcp import IOStream
from zonda.legacy import past
from zonda.log import gen_log
from zonda.netutil.tls import (
    SSLOptions,
    client_ssl_defaults,
    server_ssl_defaults,
    ssl_wrap_socket,
)

# A TLS record carries at most so many bytes (RFC 8446 5.1). A read that gives fewer has
# usually emptied the socket.
_RECORD = 16 * 1024
# Records pushed in one turn of the loop before other streams get theirs.
_RECORDS_PER_TURN = 4

_HANDSHAKE_OVER = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


class SSLIOStream(IOStream):
    """A stream over a TLS connection.

    :param socket: an `ssl.SSLSocket` that is connected (the handshake then begins by itself),
        or a plain socket that is not (it begins after `connect`). Wrap with
        ``do_handshake_on_connect=False``.
    :param ssl_options: an `ssl.SSLContext`, or a dictionary as for
        `zonda.netutil.ssl_options_to_context`, for `connect`.
    """

    __slots__ = (
        "_handshake_future",
        "_server_hostname",
        "_shaken",
        "_ssl_options",
        "_tls",
        "_write_wants_read",
    )

    _short_read_is_empty = False
    _short_write_is_full = False
    _hides_data = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._ssl_options: SSLOptions | None = kwargs.pop("ssl_options", None)
        super().__init__(*args, **kwargs)
        self._server_hostname: str | None = None
        self._handshake_future: asyncio.Future[SSLIOStream] | None = None
        self._shaken = False
        self._write_wants_read = False
        self._tls: Any = None
        if isinstance(self.socket, ssl.SSLSocket) and _is_connected(self.socket):
            self._begin_handshake()

    # -- the handshake ----------------------------------------------------------------------

    def connect(
        self,
        address: Any,
        *args: Any,
        server_hostname: str | None = None,
        callback: Any = None,
    ) -> asyncio.Future[SSLIOStream]:
        """Connect and shake hands; see `IOStream.connect`.

        :param server_hostname: the name that the server's certificate must have; also sent to
            the server (SNI, RFC 6066 3).
        """
        if args or callback is not None:
            return past("iostream").connect(  # type: ignore[no-any-return]
                self, address, args, server_hostname, callback
            )
        self._server_hostname = server_hostname
        future = self.wait_for_handshake()
        super().connect(address)
        self._connect_future = None
        return future

    def wait_for_handshake(self, callback: Any = None) -> asyncio.Future[SSLIOStream]:
        """The Future gives this stream when the handshake is done, or its error.

        :raises RuntimeError: somebody is waiting already.
        """
        if self._handshake_future is not None:
            raise RuntimeError("Already waiting")
        future: asyncio.Future[SSLIOStream] = self._loop.create_future()
        if self._shaken:
            future.set_result(self)
        elif self._closed:
            raise StreamClosedError(real_error=self.error)
        else:
            self._handshake_future = future
        if callback is not None:
            past("iostream").call_back(self, future, callback)
        return future

    def _connected(self) -> None:
        try:
            self.socket = ssl_wrap_socket(
                self.socket,
                client_ssl_defaults() if self._ssl_options is None else self._ssl_options,
                server_hostname=self._server_hostname,
                server_side=False,
                do_handshake_on_connect=False,
            )
        except (ssl.SSLError, OSError, ValueError) as exc:
            # ValueError: the context wants to compare the host name and none was given.
            self.close(exc)
            return
        self._begin_handshake()

    def _begin_handshake(self) -> None:
        self._hold()
        # A server has nothing to say before the client has spoken.
        if self.socket.server_side:
            self._watch_reading(self._shake)
        else:
            self._watch_writing(self._shake)

    def _shake(self) -> None:
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            self._unwatch_writing()
            self._watch_reading(self._shake)
        except ssl.SSLWantWriteError:
            self._unwatch_reading()
            self._watch_writing(self._shake)
        except OSError as exc:  # SSLError, certificate errors and broken connections
            self._handshake_failed(exc)
        else:
            self._handshake_done()

    def _handshake_failed(self, exc: OSError) -> None:
        if isinstance(exc, ssl.SSLError) and not isinstance(exc, _HANDSHAKE_OVER):
            gen_log.warning("SSL Error on %d %s: %s", self._fd, _peer_name(self.socket), exc)
        elif not isinstance(exc, ssl.SSLError) and not is_peer_gone(exc):
            gen_log.warning("Error in the TLS handshake on %d: %s", self._fd, exc)
        self.close(exc.with_traceback(None))

    def _handshake_done(self) -> None:
        self._unwatch_reading()
        self._unwatch_writing()
        self._shaken = True
        # The object under the SSLSocket saves two Python frames a call.
        self._tls = getattr(self.socket, "_sslobj", None) or self.socket
        future, self._handshake_future = self._handshake_future, None
        if future is not None and not future.done():
            future.set_result(self)
        self._release()

    def reading(self) -> bool:
        """True if a read is pending, or the handshake waits for the peer."""
        return (not self._shaken and self._reader_on) or super().reading()

    def writing(self) -> bool:
        """True if bytes wait to be written, or the handshake has something to say."""
        return (not self._shaken and self._writer_on) or super().writing()

    def _lost(self) -> None:
        future, self._handshake_future = self._handshake_future, None
        if future is not None and not future.done():
            future.set_exception(self.error or StreamClosedError())
            future.exception()
        super()._lost()

    def session_source(self) -> Callable[[], ssl.SSLSession | None]:
        """What gives the session for a later `start_tls`, also when the stream has been closed.

        To be called after the handshake. Under TLS 1.3 the server sends sessions when it
        likes, so ask as late as possible.
        """
        return functools.partial(getattr, self._tls, "session")

    # -- reading ----------------------------------------------------------------------------

    def _push_readable(self) -> None:
        receiver = self._receiver
        for _ in range(_RECORDS_PER_TURN):
            try:
                data = self._read_chunk()
            except OSError as exc:
                self.close(exc.with_traceback(None))
                return
            if data is None:
                return
            self._push(data)
            if len(data) < _RECORD or self._receiver is not receiver or not self._reader_on:
                break
        self._look_for_pending()

    def _read_chunk(self) -> bytes | None:
        try:
            return self._tls.read(PUSH_READ_SIZE)  # type: ignore[no-any-return]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as exc:
            self._read_wants(exc)
            return None
        except ssl.SSLEOFError:
            pass
        # Pythons before 3.13 say the same of a reset, after which nobody is there to be answered.
        if not _is_connected(self.socket):
            raise _reset()
        return b""  # closed without a close_notify, as many do

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """See `BaseIOStream`."""
        try:
            return self.socket.recv_into(buf)  # type: ignore[no-any-return]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as exc:
            self._read_wants(exc)
            return None

    def _read_wants(self, exc: ssl.SSLError) -> None:
        """Reading has to write first (a key update or a renegotiation)."""
        if isinstance(exc, ssl.SSLWantWriteError):
            self._watch_writing(self._read_again)

    def _read_again(self) -> None:
        self._unwatch_writing()
        self._readable()
        if not self._closed:
            self._flush()

    def _readable(self) -> None:
        if self._receiver is not None:
            self._push_readable()
        else:
            self._pull_readable()

    def _look_for_pending(self) -> None:
        """Bytes that OpenSSL has decrypted already wake nobody."""
        if self._reader_on and self.socket.pending():
            self._loop.call_soon(self._read_pending)

    def _read_pending(self) -> None:
        if self._reader_on and not self._closed:
            self._readable()

    def _listen(self) -> None:
        super()._listen()
        if self._shaken:
            self._look_for_pending()

    def _await_data(self) -> None:
        super()._await_data()
        if self._shaken:
            self._look_for_pending()

    # -- writing ----------------------------------------------------------------------------

    def write_to_fd(self, data: memoryview) -> int:
        """See `BaseIOStream`."""
        try:
            return self.socket.send(data)  # type: ignore[no-any-return]
        except ssl.SSLWantWriteError:
            return 0
        except ssl.SSLWantReadError:
            self._write_wants_read = True
            return 0
        except ssl.SSLEOFError:
            pass
        raise _reset()  # before Python 3.13 ssl says so of a peer that has gone

    def _watch_writing(self, callback: Callback) -> None:
        # Writing that has to read first (a renegotiation) waits for the peer: the socket has
        # room all the time and would wake us for nothing.
        if self._write_wants_read:
            self._unwatch_writing()
            self._watch_reading(self._write_again)
        else:
            super()._watch_writing(callback)

    def _write_again(self) -> None:
        self._write_wants_read = False
        self._unwatch_reading()
        self._flush()
        if not self._closed and not self._write_wants_read:
            self._resume_watching()

    def _shutdown_writing(self) -> None:
        # After the close_notify OpenSSL may refuse what the peer still sends.
        self._send_close_notify()
        super()._shutdown_writing()

    # -- the end ----------------------------------------------------------------------------

    def close_fd(self) -> None:
        """See `BaseIOStream`."""
        # The close_notify says that everything was sent: not if it was not.
        if self._shaken and self.error is None and not self.write_buffer_size:
            self._send_close_notify()
        self._tls = None
        super().close_fd()

    def _send_close_notify(self) -> None:
        """RFC 8446 6.1. The peer's own is not waited for."""
        try:
            self.socket.unwrap()
        except (OSError, ValueError):
            pass


def upgrade(
    stream: IOStream,
    server_side: bool,
    ssl_options: SSLOptions | None,
    server_hostname: str | None,
    session: ssl.SSLSession | None,
) -> asyncio.Future[SSLIOStream]:
    """`IOStream.start_tls`."""
    if stream._closed or not stream._is_idle():
        raise ValueError("IOStream is not idle; cannot convert to SSL")
    if ssl_options is None:
        ssl_options = server_ssl_defaults() if server_side else client_ssl_defaults()
    wrapped = ssl_wrap_socket(
        stream.socket,
        ssl_options,
        server_hostname=server_hostname,
        server_side=server_side,
        do_handshake_on_connect=False,
        **({} if session is None else {"session": session}),
    )
    stream._give_up_socket()
    encrypted = SSLIOStream(
        wrapped,
        ssl_options=ssl_options,
        max_buffer_size=stream.max_buffer_size,
        read_chunk_size=stream.read_chunk_size,
        max_write_buffer_size=stream.max_write_buffer_size,
    )
    callback, stream._close_callback = stream._close_callback, None
    encrypted.set_close_callback(callback)
    future = encrypted.wait_for_handshake()
    # Whoever gives up waiting is the only one who could have had the stream.
    future.add_done_callback(lambda done: encrypted.close() if done.cancelled() else None)
    return future


async def shaken(handshake: asyncio.Future[SSLIOStream]) -> SSLIOStream:
    """Wait for the stream of `IOStream.start_tls`; who is cancelled meanwhile leaves none open.

    A task may be cancelled between the end of the handshake and its own next turn; then nobody
    else knows of the stream.
    """
    try:
        return await handshake
    except asyncio.CancelledError:
        if not handshake.cancelled() and handshake.done() and handshake.exception() is None:
            handshake.result().close()
        raise


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))


def _is_connected(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        return False
    return True


def _peer_name(sock: socket.socket) -> str:
    try:
        return str(sock.getpeername())
    except OSError:
        return "(not connected)"
