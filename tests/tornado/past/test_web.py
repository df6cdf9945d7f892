"""Handlers in the style of Tornado 4, over real sockets."""

from __future__ import annotations

import datetime
import functools
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.tornado.era import fetch, looped
from zonda import gen, web
from zonda.concurrent import return_future, run_on_executor
from zonda.httpclient import AsyncHTTPClient
from zonda.ioloop import IOLoop

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@looped
async def test_the_request_stays_open_until_finish() -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        def get(self) -> None:
            # A number is an absolute time, so this is called at once.
            IOLoop.instance().add_timeout(1, callback=functools.partial(self.later, 5))

        def later(self, number: int) -> None:
            self.write(f"later {number}")
            self.finish()

    assert (await fetch(Handler)).body == b"later 5"


@looped
async def test_with_a_coroutine_below_it_the_request_ends_with_that() -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        @gen.coroutine
        def get(self) -> Any:
            self.write((yield gen.Task(self.ping, "x")))

        @gen.coroutine
        def ping(self, url: str) -> Any:
            yield gen.sleep(0)
            return "pong " + url

    assert (await fetch(Handler)).body == b"pong x"


@looped
async def test_with_a_native_coroutine_too() -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        async def get(self) -> None:
            await gen.sleep(0)
            self.write("native")

    assert (await fetch(Handler)).body == b"native"


@pytest.mark.parametrize("place", ["at once", "callback", "callback of a callback", "coroutine"])
@looped
async def test_an_exception_anywhere_is_the_requests_error_page(place: str, caplog) -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        def get(self) -> Any:
            loop = IOLoop.current()
            if place == "at once":
                self.fail()
            elif place == "callback":
                loop.add_timeout(datetime.timedelta(milliseconds=1), self.fail)
            elif place == "callback of a callback":
                loop.add_callback(lambda: loop.call_later(0, self.fail))
            else:
                return self.failing()
            return None

        @gen.coroutine
        def failing(self) -> Any:
            yield gen.sleep(0)
            self.fail()

        def fail(self) -> None:
            raise web.HTTPError(418, "no coffee")

    with caplog.at_level(logging.WARNING, "tornado.general"):
        response = await fetch(Handler)
    assert response.code == 418
    assert "no coffee" in caplog.text


@looped
async def test_exceptions_of_one_request_do_not_reach_another() -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        def get(self) -> None:
            if self.request.path == "/bad":
                IOLoop.current().add_callback(lambda: 1 / 0)
            else:
                IOLoop.current().call_later(0.05, self.finish, "good")

    logging.getLogger("tornado.application").addFilter(nothing := lambda record: False)
    try:
        good, bad = await gen.multi([fetch(Handler, "/good"), fetch(Handler, "/bad")])
    finally:
        logging.getLogger("tornado.application").removeFilter(nothing)
    assert (good.code, good.body, bad.code) == (200, b"good", 500)


@looped
async def test_what_is_returned_must_be_something_to_wait_for() -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        def get(self) -> str:
            return "lost"

    logging.getLogger("tornado.application").addFilter(nothing := lambda record: False)
    try:
        assert (await fetch(Handler)).code == 500
    finally:
        logging.getLogger("tornado.application").removeFilter(nothing)


@looped
async def test_fetch_with_a_callback_and_flush_with_one() -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        def get(self) -> None:
            if self.request.path == "/inner":
                self.finish("inner")
                return
            client = AsyncHTTPClient(io_loop=IOLoop.current())
            url = f"http://{self.request.host}/inner"
            client.fetch(url, self.async_callback(self.on_response))

        def on_response(self, response: Any) -> None:
            self.write(response.body)
            self.flush(callback=self.finish)

    assert (await fetch(Handler)).body == b"inner"


@looped
async def test_fetch_never_raises_with_a_callback() -> None:
    class Handler(web.RequestHandler):
        @web.asynchronous
        @gen.engine
        def get(self) -> Any:
            if self.request.path == "/404":
                raise web.HTTPError(404)
            client = AsyncHTTPClient()
            base = f"http://{self.request.host}"
            missing = yield gen.Task(client.fetch, base + "/404")
            nobody = yield gen.Task(client.fetch, "http://127.0.0.1:1/")
            with pytest.raises(OSError, match="refused"):
                nobody.rethrow()
            self.finish({"codes": [missing.code, nobody.code], "error": str(missing.error)})

    answer = (await fetch(Handler)).json()
    assert answer == {"codes": [404, 599], "error": "HTTP 404: Not Found"}


@looped
async def test_executors_in_all_their_forms() -> None:
    class Handler(web.RequestHandler):
        executor = ThreadPoolExecutor(2)

        @web.asynchronous
        @gen.coroutine
        def get(self) -> Any:
            submitted = self.executor.submit(self.ping, "thread")  # of a decorated method
            nested = yield gen.with_timeout(
                datetime.timedelta(10), submitted, quiet_exceptions=gen.TimeoutError
            )
            plain = yield self.executor.submit(time.strftime, "%%")
            called = yield gen.Task(self.ping, "callback")
            self.write(f"{nested.result()} {plain} {called} {yield self.ping('yield')}")

        @run_on_executor
        def ping(self, url: str) -> str:
            return url

    assert (await fetch(Handler)).body == b"thread % callback yield"


@looped
async def test_return_future_in_a_handler() -> None:
    @return_future
    def double(number: int, callback: Any) -> None:
        IOLoop.current().add_callback(callback, 2 * number)

    class Handler(web.RequestHandler):
        async def get(self) -> None:
            got: list[int] = []
            self.write(str(await double(4)))
            await double(5, callback=got.append)
            await gen.moment
            self.write(str(got))

    assert (await fetch(Handler)).body == b"8[10]"
