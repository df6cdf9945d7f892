"""websockets' own server and its ``broadcast``, on uvloop."""

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from benchmarks.servers import HOST, port

members: set[ServerConnection] = set()


async def handle(connection: ServerConnection) -> None:
    assert connection.request is not None
    if connection.request.path == "/room":
        members.add(connection)
        try:
            async for message in connection:
                broadcast(members, message)
        finally:
            members.discard(connection)
    else:
        async for message in connection:
            await connection.send(message)


async def main() -> None:
    # Compression is on by default; what the client does not offer is not used.
    async with serve(handle, HOST, port(), max_size=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
