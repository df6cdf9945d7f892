"""A handler that raises, thousands of times over, costs nothing that lasts."""

import asyncio
import gc
import logging
import sys
from collections.abc import Iterator

import pytest

from tests.wire import Served, looped, serving
from zonda import web

TIMES = 5000
AT_A_TIME = 50


class Failing(web.RequestHandler):
    def get(self) -> None:
        raise ZeroDivisionError(self.request.path)

    async def post(self) -> None:
        await asyncio.sleep(0)
        raise ZeroDivisionError(self.request.path)


class Good(web.RequestHandler):
    def get(self) -> None:
        self.write("good")


@pytest.fixture
def silence() -> Iterator[None]:
    """No log messages: pytest would keep each of them."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


async def storm(served: Served, times: int) -> None:
    """Requests that fail, many behind each other on one connection."""
    peer = await served.connect()
    requests = [b"GET /fail HTTP/1.1\r\nHost: x\r\n\r\n"] * AT_A_TIME
    requests[::2] = [b"POST /fail HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"] * (
        AT_A_TIME // 2
    )
    for _ in range(times // AT_A_TIME):
        await peer.send(*requests)
        for _ in requests:
            assert (await peer.answer()).status == 500
    await peer.close()
    served.peers.remove(peer)


@pytest.mark.usefixtures("silence")
@looped
async def test_a_storm_of_exceptions() -> None:
    routes = [("/fail", Failing), ("/good", Good)]
    application = web.Application(routes, log_function=lambda handler: None)
    async with serving(application) as served:
        other = await served.connect()
        await storm(served, 500)  # what is made once for all is made now
        gc.collect()
        before = sys.getallocatedblocks()
        raging = asyncio.create_task(storm(served, TIMES))
        answered = 0
        while not raging.done():
            assert (await other.get("/good")).text == "good"
            answered += 1
        await raging
        gc.collect()
        left = sys.getallocatedblocks() - before
        assert answered > 10, "the others are starved"
        assert left < TIMES // 2, "objects that were not there before"
