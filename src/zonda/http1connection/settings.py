"""What all connections of one server have in common."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from zonda.deadlines import Deadlines
from zonda.eager import EagerRunner
from zonda.guests import Guests
from zonda.protocol.exchange import Service
from zonda.protocol.limits import Limits

if TYPE_CHECKING:
    from zonda.http1connection.server import ServerConnection

__all__ = ["ServerContext", "Timeouts"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long, in seconds, a client may take. Each can be set for a server.

    The defaults close on clients that stall, while slow but living ones are served.
    ``math.inf`` turns a time limit off, 0 the rate. They are looked at once a second.
    """

    #: For a request head, from the connection's or the head's first byte (408).
    header: float = 60.0
    #: Between two requests on one connection (closed without an answer).
    idle: float = 75.0
    #: For a whole request body; None: any time, as long as it comes fast enough (408).
    body: float | None = None
    #: Bytes a second that a request body has to come with, on average (408).
    min_body_rate: float = 240.0
    #: Seconds before the rate counts.
    body_rate_grace: float = 10.0
    #: Without the client taking anything of a response that is waiting (reset).
    write: float = 60.0
    #: For a handler to finish once the client has closed its sending half.
    half_close: float = 60.0
    #: Without a sign of the client on a connection that is being closed.
    linger: float = 2.0
    #: For a client that goes on sending on a connection that is being closed.
    linger_total: float = 30.0

    def adjusted(self, idle: float | None, body: float | None) -> Timeouts:
        """The same with Tornado's ``idle_connection_timeout`` and ``body_timeout``."""
        timeouts = self
        if idle is not None:
            # A connection that has not said anything yet is idle as well.
            timeouts = replace(timeouts, idle=idle, header=min(idle, timeouts.header))
        return timeouts if body is None else replace(timeouts, body=body)


@dataclass(slots=True)
class ServerContext:
    """The service, the settings and the connections of one server on one event loop."""

    loop: asyncio.AbstractEventLoop
    service: Service
    limits: Limits
    timeouts: Timeouts
    no_keep_alive: bool = False
    #: Called with each connection that has been closed.
    on_close: Callable[[ServerConnection], None] | None = None
    #: Copied for each request: variables set by one are not seen by another.
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    connections: set[ServerConnection] = field(default_factory=set)
    #: Set when the last connection has gone, by a server that waits for that.
    emptied: asyncio.Event | None = None
    #: The service as a bound method, which is quicker to call than an object.
    serve: Callable[[Any], None] = field(init=False)
    deadlines: Deadlines = field(init=False)
    eager: EagerRunner = field(init=False)
    #: Connections that have been handed to another protocol.
    guests: Guests = field(init=False)
    #: A future that is done: what has nothing to wait for returns it instead of a new one.
    done: asyncio.Future[None] = field(init=False)

    def __post_init__(self) -> None:
        self.serve = self.service.__call__
        self.deadlines = Deadlines(self.loop)
        self.eager = EagerRunner(self.loop)
        self.guests = Guests(self.loop)
        self.done = self.loop.create_future()
        self.done.set_result(None)
