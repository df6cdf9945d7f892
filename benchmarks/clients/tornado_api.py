"""Tornado's ``AsyncHTTPClient``, from Zonda or from Tornado: the same source for both.

``python -m benchmarks.clients.tornado_api KIND URL IN_FLIGHT SECONDS zonda|tornado simple|curl
asyncio|uvloop``
"""

import importlib
import json
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.clients import harness
from benchmarks.rows import COMMENT

PACKAGE, KIND, LOOP = sys.argv[5:8]
JSON = {"Content-Type": "application/json"}


def make_client(httpclient: Any, url: str, in_flight: int) -> tuple[Any, dict[str, Any]]:
    """The client, and what its requests need: no certificate is checked."""
    if KIND == "curl":
        httpclient.AsyncHTTPClient.configure(f"{PACKAGE}.curl_httpclient.CurlAsyncHTTPClient")
        options: dict[str, Any] = {"validate_cert": False}
    elif url.startswith("https:"):
        # One context for all, where Tornado would make one for every request.
        options = {"ssl_options": ssl._create_unverified_context()}
    else:
        options = {}
    client = httpclient.AsyncHTTPClient(force_instance=True, max_clients=in_flight)
    return client, options


@asynccontextmanager
async def opener(url: str, in_flight: int) -> AsyncIterator[Mapping[str, harness.Fetch]]:
    httpclient: Any = importlib.import_module(f"{PACKAGE}.httpclient")
    client, options = make_client(httpclient, url, in_flight)

    async def get() -> bytes:
        response = await client.fetch(url, **options)
        return bytes(response.body)

    async def post() -> bytes:
        body = json.dumps(COMMENT)
        response = await client.fetch(url, method="POST", body=body, headers=JSON, **options)
        return bytes(response.body)

    async def down() -> int:
        size = 0

        def take(piece: bytes) -> None:
            nonlocal size
            size += len(piece)

        await client.fetch(url, streaming_callback=take, **options)
        return size

    async def up() -> bytes:
        async def produce(write: Callable[[bytes], Awaitable[None]]) -> None:
            async for piece in harness.pieces():
                await write(piece)

        headers = {"Content-Length": str(harness.LARGE)}
        response = await client.fetch(
            url, method="PUT", body_producer=produce, headers=headers, **options
        )
        return bytes(response.body)

    fetches = {"get": get, "post": post, "down": down, "up": up}
    if KIND == "curl":
        del fetches["up"]  # it takes no body_producer
    yield fetches


if __name__ == "__main__":
    harness.run(opener, LOOP)
