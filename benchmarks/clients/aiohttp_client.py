"""aiohttp's ``ClientSession``; the loop is the fifth argument."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from benchmarks.clients import harness
from benchmarks.rows import COMMENT


@asynccontextmanager
async def opener(url: str, in_flight: int) -> AsyncIterator[Mapping[str, harness.Fetch]]:
    connector = aiohttp.TCPConnector(limit=in_flight, ssl=False)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def get() -> bytes:
            async with session.get(url) as response:
                return await response.read()

        async def post() -> bytes:
            async with session.post(url, json=COMMENT) as response:
                return await response.read()

        async def down() -> int:
            size = 0
            async with session.get(url) as response:
                async for piece in response.content.iter_any():
                    size += len(piece)
            return size

        async def up() -> bytes:
            headers = {"Content-Length": str(harness.LARGE)}
            async with session.put(url, data=harness.pieces(), headers=headers) as response:
                return await response.read()

        yield {"get": get, "post": post, "down": down, "up": up}


if __name__ == "__main__":
    harness.run(opener, sys.argv[5])
