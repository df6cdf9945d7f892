"""Ending a server without dropping a request.

What a client has sent must be answered, and a client that is about to use its idle connection
again must not find it closed. So a server drains in steps: connections that the kernel has
accepted are taken in, then nobody listens any more; every response from now on says
``Connection: close`` (RFC 9112 section 9.6); idle connections stay for a moment, in which a
request that is on its way is still answered; WebSockets are told 1001 (RFC 6455 section
7.4.1). Whatever is left at the deadline is closed as it is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zonda.http1connection.settings import ServerContext

__all__ = ["drain_connections"]

#: Seconds that an idle connection stays open: a request may be on its way.
IDLE_GRACE: Final = 1.0


async def drain_connections(context: ServerContext, timeout: float) -> bool:
    """End all connections of a server that listens no more; see `HTTPServer.drain`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout
    emptied = context.emptied = asyncio.Event()
    for connection in list(context.connections):
        connection.retire()
    leaving = asyncio.ensure_future(context.guests.leave())
    await _wait(emptied, context, min(IDLE_GRACE, timeout))
    for connection in list(context.connections):
        if not connection.machine.partial_head:
            connection.shut_down()
    in_order = await _wait(emptied, context, deadline - loop.time())
    await leaving
    await context.guests.leave()  # those that came meanwhile
    for connection in list(context.connections):
        connection.stream.close()
    while context.connections:
        await asyncio.sleep(0)
    return in_order


async def _wait(emptied: asyncio.Event, context: ServerContext, seconds: float) -> bool:
    """Wait until there is no connection; False if there still is one after ``seconds``."""
    if context.connections:
        try:
            async with asyncio.timeout(max(seconds, 0.0)):
                await emptied.wait()
        except TimeoutError:
            return False
    return True
