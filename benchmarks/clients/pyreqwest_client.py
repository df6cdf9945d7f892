"""pyreqwest (reqwest, Rust); the loop is the fifth argument."""

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pyreqwest.client import ClientBuilder

from benchmarks.clients import harness
from benchmarks.rows import COMMENT


@asynccontextmanager
async def opener(url: str, in_flight: int) -> AsyncIterator[Mapping[str, harness.Fetch]]:
    builder = ClientBuilder().max_connections(in_flight).no_proxy()
    async with builder.danger_accept_invalid_certs(True).build() as client:

        async def get() -> bytes:
            response = await client.get(url).build().send()
            return bytes(await response.bytes())

        async def post() -> bytes:
            response = await client.post(url).body_json(COMMENT).build().send()
            return bytes(await response.bytes())

        async def down() -> int:
            size = 0
            async with client.get(url).build_streamed() as response:
                while piece := await response.body_reader.read_chunk():
                    size += len(piece)
            return size

        async def up() -> bytes:
            request = client.put(url).header("Content-Length", str(harness.LARGE))
            response = await request.body_stream(harness.pieces()).build().send()
            return bytes(await response.bytes())

        yield {"get": get, "post": post, "down": down, "up": up}


if __name__ == "__main__":
    harness.run(opener, sys.argv[5])
