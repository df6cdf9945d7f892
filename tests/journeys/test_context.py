"""What a handler sees of the task and the context it runs in."""

import asyncio
import contextvars
from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import gen, web

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


@looped
async def test_variables_of_one_request_are_not_seen_by_the_next(tls: bool) -> None:
    class Handler(web.RequestHandler):
        async def get(self) -> None:
            before = user.get()
            user.set(self.get_argument("user"))
            if self.get_argument("wait", ""):
                await asyncio.sleep(0.001)
            self.write(f"{before} {user.get()}")

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        for path in ("/?user=a", "/?user=b&wait=1", "/?user=c", "/?user=d&wait=1"):
            name = path[7]
            assert (await peer.get(path)).text == f"nobody {name}"
        await peer.send(*(f"GET /?user={n}&wait=1 HTTP/1.1\r\nHost: x\r\n\r\n" for n in "efgh"))
        for name in "efgh":
            assert (await peer.answer()).text == f"nobody {name}"


@looped
async def test_variables_of_requests_at_the_same_time(tls: bool) -> None:
    gate = asyncio.Event()

    class Handler(web.RequestHandler):
        async def get(self, name: str) -> None:
            token = user.set(name)
            await gate.wait()
            self.write(user.get())
            user.reset(token)

    async with serving([("/(.*)", Handler)], tls=tls) as served:
        peers = [await served.connect() for _ in range(5)]
        for number, peer in enumerate(peers):
            await peer.send(f"GET /{number} HTTP/1.1\r\nHost: x\r\n\r\n")
        await served.until(lambda: all(c.exchange for c in served.connections))
        gate.set()
        assert [(await peer.answer()).text for peer in peers] == list("01234")


@looped
async def test_a_variable_lasts_through_a_whole_request(tls: bool) -> None:
    seen: list[str] = []

    class Handler(web.RequestHandler):
        async def prepare(self) -> None:
            self.token = user.set("prepared")
            await asyncio.sleep(0)

        async def get(self) -> None:
            seen.append(user.get())
            await asyncio.sleep(0)
            user.reset(self.token)
            seen.append(user.get())
            user.set("got")

        def on_finish(self) -> None:
            seen.append(user.get())

        def log_exception(self, *args: Any) -> None:
            seen.append("failed")
            super().log_exception(*args)

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        assert (await peer.get()).status == 200
    assert seen == ["prepared", "nobody", "got"]


@looped
async def test_a_variable_lasts_through_a_streamed_body(tls: bool) -> None:
    seen: list[str] = []

    @web.stream_request_body
    class Handler(web.RequestHandler):
        async def prepare(self) -> None:
            await asyncio.sleep(0)
            user.set("p")

        async def data_received(self, chunk: bytes) -> None:
            await asyncio.sleep(0)
            user.set(user.get() + "d")

        def post(self) -> None:
            seen.append(user.get())

        def on_connection_close(self) -> None:
            seen.append(user.get() + " gone")

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        await served.until(lambda: served.connections and served.connection.body)
        await served.until(lambda: not served.connection.body.holding)
        await peer.send("def")
        assert (await peer.answer()).status == 200
        await peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc")
        await served.until(lambda: served.connection.body and served.connection.body._size)
        peer.reset()
        await served.until(lambda: len(seen) == 2)
    assert seen == ["pdd", "pd gone"]


@looped
async def test_callbacks_for_a_lost_connection_know_their_request(tls: bool) -> None:
    seen: list[str] = []
    for_ever = asyncio.Event()  # held here: a task that nobody can wake may be collected

    class Handler(web.RequestHandler):
        async def get(self, name: str) -> None:
            user.set(name)
            await for_ever.wait()

        def on_connection_close(self) -> None:
            seen.append(user.get())
            user.set("left behind")

    for reset in (True, False):
        async with serving([("/(.*)", Handler)], tls=tls) as served:
            peer = await served.connect()
            await peer.send(f"GET /{reset} HTTP/1.1\r\nHost: x\r\n\r\n")
            await served.until(lambda: served.connections and served.connection.exchange)
            await asyncio.sleep(0.005)
            if reset or tls:
                peer.reset()
            else:
                peer.say_no_more()
            await served.until(lambda: seen)
            assert seen.pop() == str(reset)
            assert user.get() == "nobody"
    for_ever.set()


@looped
async def test_the_context_of_the_server_is_where_requests_begin() -> None:
    class Handler(web.RequestHandler):
        def get(self) -> None:
            self.write(user.get())

    user.set("listener")
    async with serving([("/", Handler)]) as served:
        user.set("later")
        peer = await served.connect()
        assert (await peer.get()).text == "listener"


@pytest.mark.parametrize("warm", [True, False])
@looped
async def test_a_time_limit_inside_a_handler(tls: bool, warm: bool) -> None:
    class Handler(web.RequestHandler):
        async def get(self) -> None:
            try:
                async with asyncio.timeout(0.01):
                    await asyncio.Event().wait()
            except TimeoutError:
                self.write("late")
            await asyncio.sleep(0)  # no left-over cancellation
            async with asyncio.timeout(60):
                pass
            self.write(" but here")

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        if not warm:
            served.connection.server.eager._spares.clear()
        for _ in range(3):
            assert (await peer.get()).text == "late but here"


@looped
async def test_a_group_of_tasks_inside_a_handler(tls: bool) -> None:
    class Handler(web.RequestHandler):
        async def get(self) -> None:
            user.set("parent")

            async def child(number: int) -> str:
                await asyncio.sleep(0)
                return f"{user.get()}{number}"

            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(child(number)) for number in range(3)]
            self.write(",".join(task.result() for task in tasks))

        async def post(self) -> None:
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(3600))
                group.create_task(self._fail())

        async def _fail(self) -> None:
            raise web.HTTPError(418)

        def log_exception(self, *args: Any) -> None:
            pass

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        for _ in range(2):
            assert (await peer.get()).text == "parent0,parent1,parent2"
            assert (await peer.post("/", b"")).status == 500


@looped
async def test_the_current_task_is_one_and_the_same(tls: bool) -> None:
    tasks: list[Any] = []

    class Handler(web.RequestHandler):
        async def get(self) -> None:
            tasks.append(asyncio.current_task())
            await asyncio.sleep(0)
            tasks.append(asyncio.current_task())
            assert tasks[-1] in asyncio.all_tasks()

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        for _ in range(3):
            tasks.clear()
            assert (await peer.get()).status == 200
            assert tasks[0] is tasks[1]
            assert tasks[0] is not None
            await served.until(tasks[0].done)


@looped
async def test_a_handler_may_be_cancelled_by_its_task(tls: bool) -> None:
    tasks: list[asyncio.Task[Any]] = []

    class Handler(web.RequestHandler):
        async def get(self) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.append(task)
            await asyncio.Event().wait()

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        await peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await served.until(lambda: tasks)
        tasks[0].cancel()
        assert (await peer.answer()).status == 500
        assert (await peer.get("/none")).status == 404


@looped
async def test_old_coroutines(tls: bool) -> None:
    class Handler(web.RequestHandler):
        @gen.coroutine
        def get(self) -> Any:
            user.set("old")
            yield gen.sleep(0.001)
            self.write(user.get())

        def post(self) -> Any:
            return self._post()

        async def _post(self) -> None:
            self.write("awaited")

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        assert (await peer.get()).text == "old"
        assert (await peer.post("/", b"")).text == "awaited"
        assert user.get() == "nobody"


@looped
async def test_a_future_is_as_good_as_a_coroutine(tls: bool) -> None:
    class Handler(web.RequestHandler):
        def prepare(self) -> Any:
            future = asyncio.get_running_loop().create_future()
            future.set_result("anything")
            return future

        def get(self) -> Any:
            future = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_later(0.001, future.set_result, None)
            self.write("in time")
            return future

    async with serving([("/", Handler)], tls=tls) as served:
        peer = await served.connect()
        assert (await peer.get()).text == "in time"
