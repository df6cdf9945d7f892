"""The two programs that Autobahn tests: an echo server, and a client that echoes."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from zonda.web import Application
from zonda.websocket import WebSocketClientConnection, WebSocketHandler, websocket_connect

#: Bytes that a message may have: case 9.1.6 sends 16 MiB.
MAX_MESSAGE_SIZE = 64 * 1024 * 1024


class Echo(WebSocketHandler):
    """Sends every message back."""

    def get_compression_options(self) -> dict[str, Any]:
        """Compression as far as the client offers it."""
        return {"compression_level": 1}

    def on_message(self, message: str | bytes) -> None:
        """Send it back as what it came."""
        self.write_message(message, isinstance(message, bytes))


async def serve(port: int) -> None:
    """Echo on ``port`` until the process is ended, or this is cancelled."""
    application = Application(
        [("/", Echo)],
        websocket_max_message_size=MAX_MESSAGE_SIZE,
        log_function=lambda handler: None,
    )
    server = application.listen(port, "127.0.0.1")
    try:
        await asyncio.Event().wait()
    finally:
        server.stop()
        await server.close_all_connections()


async def visit(url: str) -> None:
    """Run every case of the fuzzing server at ``url``, then have it write its report."""
    counter = await websocket_connect(f"{url}/getCaseCount")
    count = int(str(await counter.read_message()))
    for case in range(1, count + 1):
        await _run_case(f"{url}/runCase?case={case}&agent=zonda")
    await websocket_connect(f"{url}/updateReports?agent=zonda")


async def _run_case(url: str) -> None:
    """Echo until the server closes.

    By a callback, so that an echo goes out before what comes behind its message is looked at.
    """
    over = asyncio.Event()
    opened: asyncio.Future[WebSocketClientConnection] = asyncio.Future()

    def echo(message: str | bytes | None) -> asyncio.Future[None] | None:
        if message is None:
            over.set()
            return None
        return opened.result().write_message(message, isinstance(message, bytes))

    connection = await websocket_connect(
        url,
        on_message_callback=echo,
        compression_options={"compression_level": 1},
        max_message_size=MAX_MESSAGE_SIZE,
    )
    opened.set_result(connection)
    await over.wait()


if __name__ == "__main__":
    role, where = sys.argv[1:]
    asyncio.run(serve(int(where)) if role == "serve" else visit(where))
