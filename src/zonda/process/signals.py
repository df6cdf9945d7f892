"""Ending a process in order when it is told to."""

from __future__ import annotations

import asyncio
import signal

__all__ = ["wait_for_signal"]


async def wait_for_signal(*signals: int) -> int:
    """Wait until this process gets one of the signals, SIGTERM and SIGINT by default.

    ::

        server = application.listen(8888)
        await wait_for_signal()
        await server.drain()

    A second signal then does what it would do without this: it kills the process.

    :returns: the signal's number.
    :raises RuntimeError: called in a thread other than the main one.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Future[int] = loop.create_future()
    wanted = signals or (signal.SIGTERM, signal.SIGINT)

    def arrive(number: int) -> None:
        if not arrived.done():
            arrived.set_result(number)

    for number in wanted:
        loop.add_signal_handler(number, arrive, number)
    try:
        return await arrived
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)
