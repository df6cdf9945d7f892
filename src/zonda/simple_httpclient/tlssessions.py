"""TLS sessions that later connections resume (RFC 8446 section 2.2)."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from zonda.iostream.tls import SSLIOStream

__all__ = ["TLSSessions"]

#: Servers whose sessions are kept.
_KEPT = 64


class TLSSessions:
    """What the last connection of each kind left for the next one.

    A resumed handshake needs no certificates, and no signature of the server. Sessions
    come after the handshake, perhaps with the last response; they are asked for only when
    another connection is made, so that requests have nothing to do with it.
    """

    __slots__ = ("_sources",)

    def __init__(self) -> None:
        self._sources: dict[Hashable, Callable[[], ssl.SSLSession | None]] = {}

    def take(self, key: Hashable) -> ssl.SSLSession | None:
        """A session to offer to the server.

        Args:
            key: all that tells connections apart, the context and the name that was verified
                among it.
        """
        source = self._sources.get(key)
        return None if source is None else source()

    def keep(self, key: Hashable, stream: SSLIOStream) -> None:
        """Remember a connection whose handshake is done."""
        self._sources.pop(key, None)
        while len(self._sources) >= _KEPT:
            del self._sources[next(iter(self._sources))]
        self._sources[key] = stream.session_source()
