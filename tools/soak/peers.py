"""Clients that behave badly: slow, silent, gone."""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct

from tools.soak.target import Target

__all__ = ["Crowd", "reset"]


def reset(sock: socket.socket) -> None:
    """Go away without manners: RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Crowd:
    """Many plain sockets to one server."""

    def __init__(self, target: Target, count: int, receive: int | None = None) -> None:
        self.sockets = [target.raw(receive) for _ in range(count)]

    def say(self, data: bytes) -> int:
        """Send ``data`` on each; the number of those that could."""
        said = 0
        for sock in self.sockets:
            with contextlib.suppress(OSError):
                sock.send(data)
                said += 1
        return said

    def ended(self) -> int:
        """How many the server has closed. What it sent before is read and thrown away."""
        count = 0
        with selectors.DefaultSelector() as selector:
            for sock in self.sockets:
                selector.register(sock, selectors.EVENT_READ)
            for key, _ in selector.select(0):
                count += self._is_over(key.fileobj)  # type: ignore[arg-type]  # as registered
        return count

    @staticmethod
    def _is_over(sock: socket.socket) -> bool:
        try:
            while sock.recv(65536):
                pass
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def leave(self, *, politely: bool = True) -> None:
        """All go."""
        for sock in self.sockets:
            if politely:
                sock.close()
            else:
                reset(sock)
        self.sockets.clear()
