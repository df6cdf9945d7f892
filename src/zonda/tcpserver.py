"""A server for any protocol over TCP, Unix sockets and TLS."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from zonda.iostream import IOStream, SSLIOStream
from zonda.legacy import takes_io_loop
from zonda.log import app_log
from zonda.netutil import add_accept_handler, bind_sockets, ssl_wrap_socket
from zonda.netutil.bind import DEFAULT_BACKLOG
from zonda.netutil.tls import SSLOptions, ssl_options_to_context

if TYPE_CHECKING:
    import ssl

__all__ = ["TCPServer"]


class TCPServer:
    """Accepts connections and hands each over as a stream.

    Define `handle_stream` in a subclass::

        class EchoServer(TCPServer):
            async def handle_stream(self, stream, address):
                while True:
                    try:
                        await stream.write(await stream.read_until(b"\\n"))
                    except StreamClosedError:
                        break

        async def main():
            EchoServer().listen(8888)
            await asyncio.Event().wait()

    Instead of `listen`, sockets made elsewhere can be given to `add_sockets`: after a fork,
    from systemd, or Unix sockets.

    :param ssl_options: an `ssl.SSLContext`, or a dictionary as for
        `zonda.netutil.ssl_options_to_context`, with ``certfile`` in it. None: no TLS.
    :param max_buffer_size: see `zonda.iostream.BaseIOStream`, also for the next.
    :raises KeyError: `ssl_options` is a dictionary without ``certfile``.
    :raises ValueError: a file that `ssl_options` names does not exist.
    """

    @takes_io_loop(1)
    def __init__(
        self,
        ssl_options: SSLOptions | None = None,
        max_buffer_size: int | None = None,
        read_chunk_size: int | None = None,
    ) -> None:
        if isinstance(ssl_options, dict):
            _check_files(ssl_options)
        self.ssl_options = ssl_options
        self.max_buffer_size = max_buffer_size
        self.read_chunk_size = read_chunk_size
        self._sockets: dict[int, socket.socket] = {}
        self._handlers: dict[int, Callable[[], None]] = {}
        self._pending_sockets: list[socket.socket] = []
        self._started = False
        self._stopped = False
        # The context made of ssl_options, and the ssl_options it was made of.
        self._tls_context: tuple[SSLOptions, ssl.SSLContext] | None = None

    # -- sockets to listen on ---------------------------------------------------------------

    def listen(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = DEFAULT_BACKLOG,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> None:
        """Accept connections on `port` from now on; the parameters are those of
        `zonda.netutil.bind_sockets`. Can be called several times.
        """
        self.add_sockets(
            bind_sockets(
                port,
                address=address,
                family=family,
                backlog=backlog,
                flags=flags,
                reuse_port=reuse_port,
            )
        )

    def add_sockets(self, sockets: Iterable[socket.socket]) -> None:
        """Accept connections on listening sockets, which then belong to the server."""
        for sock in sockets:
            self._sockets[sock.fileno()] = sock
            self._handlers[sock.fileno()] = add_accept_handler(sock, self._handle_connection)

    def add_socket(self, socket: socket.socket) -> None:
        """`add_sockets` for one socket."""
        self.add_sockets([socket])

    def bind(
        self,
        port: int,
        address: str | None = None,
        family: socket.AddressFamily = socket.AF_UNSPEC,
        backlog: int = DEFAULT_BACKLOG,
        flags: int | None = None,
        reuse_port: bool = False,
    ) -> None:
        """Bind, but do not accept before `start`; the parameters are those of
        `zonda.netutil.bind_sockets`. Can be called several times.
        """
        sockets = bind_sockets(
            port,
            address=address,
            family=family,
            backlog=backlog,
            flags=flags,
            reuse_port=reuse_port,
        )
        if self._started:
            self.add_sockets(sockets)
        else:
            self._pending_sockets.extend(sockets)

    def start(self, num_processes: int | None = 1, max_restarts: int | None = None) -> None:
        """Accept connections on what was bound, in one process or in several.

        :param num_processes: 1 stays in this process. None or less than 1 forks one child for
            every CPU, a greater number so many; no event loop may exist then, and this returns
            in the children only.
        :param max_restarts: see `zonda.process.fork_processes`.
        """
        assert not self._started, "start() was called before"
        self._started = True
        if num_processes != 1:
            from zonda.process import fork_processes

            fork_processes(num_processes, max_restarts)
        sockets, self._pending_sockets = self._pending_sockets, []
        self.add_sockets(sockets)

    def stop(self) -> None:
        """Accept no more and close the listening sockets. Open connections go on."""
        if self._stopped:
            return
        self._stopped = True
        for fd, sock in self._sockets.items():
            assert sock.fileno() == fd, "a listening socket was closed by somebody else"
            self._handlers.pop(fd)()
            sock.close()

    def _accept_waiting(self) -> None:
        """Accept what the kernel has ready: closing the sockets would reset it."""
        for remove in self._handlers.values():
            remove.__self__.accept()  # type: ignore[attr-defined]  # what add_accept_handler gives

    # -- connections ------------------------------------------------------------------------

    def handle_stream(self, stream: IOStream, address: Any) -> Awaitable[None] | None:
        """Called for each connection; define it in a subclass.

        With TLS the handshake may still be under way: reading and writing wait for it.

        :param address: of the peer; for TCP ``(ip, port)`` or, with IPv6, four items.
        :returns: nothing, or something awaitable, the exception of which is logged.
        """
        raise NotImplementedError

    def _handle_connection(self, connection: socket.socket, address: Any) -> None:
        try:
            stream = self._make_stream(connection)
        except Exception:
            connection.close()
            app_log.error("Error in connection callback", exc_info=True)
            return
        if stream is None:
            return
        try:
            future = self.handle_stream(stream, address)
            if future is not None:
                _look_after(future)
        except Exception:
            app_log.error("Error in connection callback", exc_info=True)

    def _make_stream(self, connection: socket.socket) -> IOStream | None:
        """The stream over an accepted connection, None if that is gone already."""
        if self.ssl_options is None:
            return IOStream(
                connection,
                max_buffer_size=self.max_buffer_size,
                read_chunk_size=self.read_chunk_size,
            )
        context = self._ssl_context(self.ssl_options)
        try:
            connection.getpeername()
            encrypted = ssl_wrap_socket(
                connection, context, server_side=True, do_handshake_on_connect=False
            )
        except OSError:
            connection.close()  # the client did not wait for us
            return None
        return SSLIOStream(
            encrypted,
            max_buffer_size=self.max_buffer_size,
            read_chunk_size=self.read_chunk_size,
        )

    def _ssl_context(self, ssl_options: SSLOptions) -> ssl.SSLContext:
        if self._tls_context is None or self._tls_context[0] is not ssl_options:
            self._tls_context = ssl_options, ssl_options_to_context(ssl_options, server_side=True)
        return self._tls_context[1]


def _look_after(future: Awaitable[None]) -> None:
    from zonda.gen import convert_yielded
    from zonda.ioloop import IOLoop

    IOLoop.current().add_future(convert_yielded(future), lambda done: done.result())


def _check_files(ssl_options: dict[str, Any]) -> None:
    if "certfile" not in ssl_options:
        raise KeyError('missing key "certfile" in ssl_options')
    for key in ("certfile", "keyfile"):
        file = ssl_options.get(key)
        if file is not None and not os.path.exists(file):
            raise ValueError(f'{key} "{file}" does not exist')
