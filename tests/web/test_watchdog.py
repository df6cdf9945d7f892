"""A handler that blocks the loop is found out."""

import asyncio
import gc
import logging
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from zonda import web
from zonda.web import watchdog

SECONDS = 0.05


class Told(logging.Handler):
    """Remembers what the watchdog says, and lets somebody wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "blocking the event loop" in record.getMessage():
            self.lines.append(record.getMessage())
            self.event.set()

    def block(self) -> None:
        """Do what handlers should not, until it has been noticed."""
        assert self.event.wait(20)


@pytest.fixture
def told() -> Iterator[Told]:
    handler = Told()
    logger = logging.getLogger("tornado.application")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def serving(serve, told, **settings):
    class Blocking(web.RequestHandler):
        def get(self):
            told.block()
            time.sleep(5 * SECONDS)  # and goes on doing it

        async def post(self):
            await asyncio.sleep(0)
            helper(told)

    return serve([("/block", Blocking)], **settings)


def helper(told):
    told.block()


def test_it_is_told_once_with_the_handler_and_the_stack(serve, told):
    site = serving(serve, told, blocking_warning=SECONDS)
    assert site.ask("/block").status == 200
    (line,) = told.lines
    assert f"{__name__}.serving.<locals>.Blocking.get, for GET /block (127.0.0.1), " in line
    assert "for 0.05 seconds" in line
    assert "told.block()" in line
    assert "asyncio.to_thread" in line
    assert "selectors" not in line  # nothing of the loop


def test_each_time_anew(serve, told):
    site = serving(serve, told, blocking_warning=SECONDS)
    for number in (1, 2):
        told.event.clear()
        site.ask("/block", "POST")
        assert len(told.lines) == number
    assert "in helper" in told.lines[1]
    assert "Blocking.post, for POST /block" in told.lines[1]


def test_waiting_is_not_blocking(serve, told):
    class Waiting(web.RequestHandler):
        async def get(self):
            await asyncio.sleep(6 * SECONDS)

    serve([("/", Waiting)], blocking_warning=SECONDS).ask("/")
    assert not told.lines


def test_it_is_there_when_asked_for():
    assert web.Application([], debug=True, autoreload=False).settings["blocking_warning"] == 0.5
    settings = web.Application([], debug=True, autoreload=False, blocking_warning=None).settings
    assert settings["blocking_warning"] is None
    assert "blocking_warning" not in web.Application([]).settings


def test_without_the_setting_there_is_no_thread(serve):
    class Watched(web.RequestHandler):
        def get(self):
            self.write(str(asyncio.get_running_loop() in watchdog._watched))

    assert serve([("/", Watched)]).ask("/").text == "False"
    assert serve([("/", Watched)], blocking_warning=9).ask("/").text == "True"


def test_the_thread_ends_with_its_loop():
    async def main():
        loop = asyncio.get_running_loop()
        for _ in range(2):
            watchdog.watch(loop, 0.01)
        return watchdog._watched[loop], weakref.ref(loop)

    thread, loop = asyncio.run(main())
    thread.join(20)
    assert not thread.is_alive()
    gc.collect()
    assert loop() is None


def test_a_loop_that_is_not_running_is_not_blocked(told):
    loop = asyncio.new_event_loop()
    loop.call_soon(watchdog.watch, loop, 0.01)
    loop.run_until_complete(asyncio.sleep(0.02))
    time.sleep(0.1)
    loop.run_until_complete(asyncio.sleep(0.02))
    loop.close()
    assert not told.lines


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("time.sleep(20)", "Use await asyncio.sleep"),
        ("helper(1)", "asyncio.to_thread"),
    ],
)
def test_advice(code, advice, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(f"def get():\n    {code}\n")

    class Frame:
        f_code = compile(path.read_text(), str(path), "exec")
        f_lineno = 2
        f_globals = {"__name__": "program"}

    assert advice in watchdog._advice([Frame()])


def test_advice_for_libraries(serve, told, tmp_path, monkeypatch):
    (tmp_path / "requests.py").write_text("def get(told):\n    told.block()\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "requests", raising=False)
    import requests

    class Fetching(web.RequestHandler):
        def get(self):
            requests.get(told)

    serve([("/", Fetching)], blocking_warning=SECONDS).ask("/")
    monkeypatch.delitem(__import__("sys").modules, "requests")
    (line,) = told.lines
    assert "Instead of requests use await zonda.httpclient.AsyncHTTPClient().fetch(url)" in line
