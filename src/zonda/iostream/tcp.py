"""A stream over a socket without encryption."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import struct
from typing import TYPE_CHECKING, Any, TypeVar

from zonda._kernel import recv_some, send_some
from zonda.iostream.base import BaseIOStream
from zonda.iostream.buffer import StreamBuffer, WriteData
from zonda.iostream.channel import FD_CLOSED
from zonda.iostream.errors import StreamClosedError
from zonda.iostream.push import PUSH_READ_SIZE
from zonda.legacy import past

if TYPE_CHECKING:
    import ssl

    from zonda.iostream.tls import SSLIOStream

Stream = TypeVar("Stream", bound="IOStream")

# Bytes of a file offered to the kernel in one call.
FILE_CHUNK = 512 * 1024

# Reads of a stream before others get their turn, while there is more than one can take.
_READS_PER_TURN = 4

# struct linger: on, 0 seconds. close() then resets the connection instead of ending it.
_LINGER_RESET = struct.pack("ii", 1, 0)


class IOStream(BaseIOStream):
    """A stream over a TCP or Unix socket, connected already or to be by `connect`.

    :param socket: made non-blocking; it belongs to the stream, which closes it. The attribute
        `socket` is None after that.

    The other parameters are those of `BaseIOStream`.
    """

    __slots__ = ("_connect_future", "socket")

    socket: Any

    def __init_subclass__(cls) -> None:
        # A subclass that reads or writes in a way of its own must not have its methods passed by.
        super().__init_subclass__()
        if cls.read_from_fd is not IOStream.read_from_fd:
            _drop_shortcuts(cls, "_push_readable", "_read_some", "_read_straight")
        if cls.write_to_fd is not IOStream.write_to_fd:
            _drop_shortcuts(cls, "send", "_send_first")

    def __init__(self, socket: socket.socket, *args: Any, **kwargs: Any) -> None:
        self.socket = socket
        socket.setblocking(False)
        super().__init__(*args, **kwargs)
        self._fd = socket.fileno()
        self._connect_future: asyncio.Future[Any] | None = None

    # -- connecting -------------------------------------------------------------------------

    def connect(
        self: Stream,
        address: Any,
        *args: Any,
        server_hostname: str | None = None,
        callback: Any = None,
    ) -> asyncio.Future[Stream]:
        """Connect to `address`, in the form that the socket's family wants.

        A host name in it is resolved at once and blocks the loop: use
        `zonda.tcpclient.TCPClient` for names. `write` may be called while connecting.

        :param server_hostname: for TLS streams: the name that the certificate must have.
        :raises StreamClosedError: (in the Future) with the reason in `real_error`.
        """
        if args or callback is not None:
            return past("iostream").connect(  # type: ignore[no-any-return]
                self, address, args, server_hostname, callback
            )
        if self._closed:
            raise StreamClosedError(real_error=self.error)
        future: asyncio.Future[Stream] = self._loop.create_future()
        self._connect_future = future
        self._hold()
        try:
            self.socket.connect(address)
        except OSError as exc:
            if exc.errno not in (errno.EINPROGRESS, errno.EINTR):
                self.close(exc.with_traceback(None))
                return future
        self._watch_writing(self._on_connected)
        return future

    def _hold(self) -> None:
        """Not ready yet: keep what is written until `_release`."""
        self._open = False
        if self._wbuf is None:
            self._wbuf = StreamBuffer()

    def _on_connected(self) -> None:
        self._unwatch_writing()
        error = self.get_fd_error()
        if error is not None:
            self.close(error)
            return
        self._connected()

    def _connected(self) -> None:
        """The transport is there."""
        self._resolve_connect()
        self._release()

    def _resolve_connect(self) -> None:
        future, self._connect_future = self._connect_future, None
        if future is not None and not future.done():
            future.set_result(self)

    def _release(self) -> None:
        """Ready: send what was held back, and begin to read if anybody wants to."""
        self._open = True
        self._resume_watching()
        self._flush()

    def _lost(self) -> None:
        future, self._connect_future = self._connect_future, None
        if future is not None:
            self._fail(future)
        super()._lost()

    # -- shortcuts --------------------------------------------------------------------------

    def _push_readable(self) -> None:
        # The hot path of every server: _read_chunk and _push written out.
        try:
            data = recv_some(self._fd, PUSH_READ_SIZE)
        except OSError as exc:
            self.close(exc.with_traceback(None))
            return
        if data:
            try:
                self._receiver.data_received(data)  # type: ignore[union-attr]
            except Exception as exc:
                self._receiver_failed(exc)
            if len(data) == PUSH_READ_SIZE:
                self._push_more()
        elif data is not None:
            self._push(data)

    def _push_more(self) -> None:
        """Much is coming in: read on. A turn of the loop for each piece costs as much again."""
        for _ in range(_READS_PER_TURN - 1):
            if self._receiver is None or not self._reader_on:
                return
            try:
                data = recv_some(self._fd, PUSH_READ_SIZE)
            except OSError as exc:
                self.close(exc.with_traceback(None))
                return
            if data is None:
                return
            self._push(data)
            if len(data) < PUSH_READ_SIZE:
                return

    def _read_some(self) -> bytes | None:
        # An instance with attributes of its own may have a read_from_fd among them.
        if self.__dict__:
            return super()._read_some()
        return recv_some(self._fd, self.read_chunk_size)

    def _read_straight(self, size: int) -> bytes | None:
        if self.__dict__:
            return super()._read_some()
        try:
            return self.socket.recv(size)  # type: ignore[no-any-return]
        except BlockingIOError:
            return None

    def send(self, data: WriteData) -> None:
        """See `PushChannel.send`."""
        tried = self._wbuf is None
        if tried:
            try:
                sent = send_some(self._fd, data)
            except OSError as exc:
                # On a closed stream (EBADF) this does nothing.
                self._write_failed(exc.with_traceback(None))
                return
            if sent == len(data):
                return
            data = memoryview(data).cast("B")[sent:]
        if data:
            self._send_later(data, tried)

    def _send_first(self, buffer: StreamBuffer) -> tuple[int, int]:
        file = None if self.__dict__ else buffer.first_file()
        if file is not None and file[0].zero_copy:
            region, position = file
            offered = min(len(region) - position, FILE_CHUNK)
            sent = region.send_to(self._fd, position, offered)
            if sent is not None:
                return offered, sent
        return super()._send_first(buffer)

    # -- the descriptor ---------------------------------------------------------------------

    def fileno(self) -> int:
        """The socket's file descriptor."""
        return int(self.socket.fileno())

    def close_fd(self) -> None:
        """See `BaseIOStream`."""
        self.socket.close()
        self.socket = None

    def get_fd_error(self) -> Exception | None:
        """The socket's pending error (SO_ERROR); asking clears it."""
        code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        return OSError(code, os.strerror(code)) if code else None

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """See `BaseIOStream`."""
        try:
            return self.socket.recv_into(buf)  # type: ignore[no-any-return]
        except BlockingIOError:
            return None

    def write_to_fd(self, data: memoryview) -> int:
        """See `BaseIOStream`."""
        return self.socket.send(data)  # type: ignore[no-any-return]

    def set_nodelay(self, value: bool) -> None:
        """Send small pieces at once (TCP_NODELAY), or gather them again."""
        sock = self.socket
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1 if value else 0)
            except OSError as exc:
                # Some systems say EINVAL when the peer has gone; reading will tell, too.
                if exc.errno != errno.EINVAL and not isinstance(exc, ConnectionError):
                    raise

    def _shutdown_writing(self) -> None:
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as exc:
            self._write_failed(exc)

    def abort(self) -> None:
        """Close at once and reset the connection (RFC 9293 3.10.5): the peer sees an error."""
        if not self._closed:
            try:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
            except OSError:
                pass  # not connected, or not TCP: closing is all that can be done
        self.close()

    # -- TLS --------------------------------------------------------------------------------

    def start_tls(
        self,
        server_side: bool,
        ssl_options: dict[str, Any] | ssl.SSLContext | None = None,
        server_hostname: str | None = None,
        session: ssl.SSLSession | None = None,
    ) -> asyncio.Future[SSLIOStream]:
        """Go on encrypted; the Future gives the new stream, this one cannot be used any more.

        :param server_side: True on the side that accepted the connection.
        :param ssl_options: an `ssl.SSLContext`, or a dictionary as for
            `zonda.netutil.ssl_options_to_context`. None means the default checks of a client.
        :param server_hostname: the name that the server's certificate must have.
        :param session: for clients: resume this session of an earlier connection with the same
            context (RFC 8446 2.2), if the server agrees; see `SSLIOStream.session_source`.
        :raises ValueError: a read or a write is pending, or bytes wait to be read.
        :raises ssl.SSLError: (in the Future) the handshake failed.
        """
        from zonda.iostream.tls import upgrade

        return upgrade(self, server_side, ssl_options, server_hostname, session)

    def _is_idle(self) -> bool:
        """Nothing is under way and no byte waits in either direction."""
        busy = self._is_reading() or self._rbuf or self._wbuf or self._receiver is not None
        return self._open and not busy

    def _give_up_socket(self) -> None:
        """The socket has gone to another stream; to its users this one is closed."""
        self._unwatch_reading()
        self._unwatch_writing()
        self.socket = None
        self._fd = FD_CLOSED
        self._wbuf = None
        self._closed, self._open = True, False


def _drop_shortcuts(cls: type[IOStream], *names: str) -> None:
    """Give `cls` the general methods, unless it has defined its own."""
    for name in names:
        if getattr(cls, name) is getattr(IOStream, name):
            setattr(cls, name, getattr(BaseIOStream, name))
