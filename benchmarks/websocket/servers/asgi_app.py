"""ASGI without a framework, on uvicorn: ``... PORT websockets|websockets-sansio|wsproto``."""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from benchmarks.servers import HOST, port

Event = MutableMapping[str, Any]
Send = Callable[[Event], Awaitable[None]]

members: set[Send] = set()


async def app(scope: Event, receive: Callable[[], Awaitable[Event]], send: Send) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    if scope["path"] == "/room":
        await room(receive, send)
        return
    while (event := await receive())["type"] == "websocket.receive":
        key = "bytes" if event.get("bytes") is not None else "text"
        await send({"type": "websocket.send", key: event[key]})


async def room(receive: Callable[[], Awaitable[Event]], send: Send) -> None:
    members.add(send)
    try:
        while (event := await receive())["type"] == "websocket.receive":
            message = {"type": "websocket.send", "text": event["text"]}
            for member in members:
                await member(message)
    finally:
        members.discard(send)


def main() -> None:
    import uvicorn

    uvicorn.run(
        "benchmarks.websocket.servers.asgi_app:app",
        host=HOST,
        port=port(),
        loop="uvloop",
        http="httptools",
        ws=sys.argv[2],  # type: ignore[arg-type]
        lifespan="off",
        log_level="error",
        access_log=False,
    )


if __name__ == "__main__":
    main()
