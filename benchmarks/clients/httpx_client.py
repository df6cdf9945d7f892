"""httpx's ``AsyncClient``; the loop is the fifth argument."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from benchmarks.clients import harness
from benchmarks.rows import COMMENT


@asynccontextmanager
async def opener(url: str, in_flight: int) -> AsyncIterator[Mapping[str, harness.Fetch]]:
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    async with httpx.AsyncClient(limits=limits, timeout=60, verify=False) as client:

        async def get() -> bytes:
            return (await client.get(url)).content

        async def post() -> bytes:
            return (await client.post(url, json=COMMENT)).content

        async def down() -> int:
            size = 0
            async with client.stream("GET", url) as response:
                async for piece in response.aiter_bytes():
                    size += len(piece)
            return size

        async def up() -> bytes:
            headers = {"Content-Length": str(harness.LARGE)}
            return (await client.put(url, content=harness.pieces(), headers=headers)).content

        yield {"get": get, "post": post, "down": down, "up": up}


if __name__ == "__main__":
    harness.run(opener, sys.argv[5])
