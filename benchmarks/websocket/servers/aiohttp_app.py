"""aiohttp's own server on uvloop."""

import asyncio

import uvloop
from aiohttp import WSMsgType, web

from benchmarks.servers import HOST, port

members: set[web.WebSocketResponse] = set()


async def echo(request: web.Request) -> web.WebSocketResponse:
    # Compression is on by default; what the client does not offer is not used.
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def room(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    members.add(socket)
    try:
        async for message in socket:
            for member in members:
                await member.send_str(message.data)
    finally:
        members.discard(socket)
    return socket


def main() -> None:
    app = web.Application()
    app.router.add_get("/echo", echo)
    app.router.add_get("/deflate", echo)
    app.router.add_get("/room", room)
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    web.run_app(app, host=HOST, port=port(), access_log=None, print=None, loop=loop)


if __name__ == "__main__":
    main()
