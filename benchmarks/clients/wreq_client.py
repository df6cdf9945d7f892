"""wreq (Rust); the loop is the fifth argument."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import wreq

from benchmarks.clients import harness
from benchmarks.rows import COMMENT


@asynccontextmanager
async def opener(url: str, in_flight: int) -> AsyncIterator[Mapping[str, harness.Fetch]]:
    async with wreq.Client(http1_only=True, no_proxy=True, tls_verify=False) as client:

        async def get() -> bytes:
            response = await client.get(url)
            return bytes(await response.bytes())

        async def post() -> bytes:
            response = await client.post(url, json=COMMENT)
            return bytes(await response.bytes())

        async def down() -> int:
            size = 0
            response = await client.get(url)
            async with response.stream() as pieces:
                async for piece in pieces:
                    size += len(piece)
            return size

        async def up() -> bytes:
            headers = {"Content-Length": str(harness.LARGE)}
            response = await client.put(url, body=harness.pieces(), headers=headers)
            return bytes(await response.bytes())

        yield {"get": get, "post": post, "down": down, "up": up}


if __name__ == "__main__":
    harness.run(opener, sys.argv[5])
