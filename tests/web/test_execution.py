"""prepare, the method, finish: at once, or after waiting."""

import asyncio
import contextvars

import pytest

from zonda import gen, web

variable = contextvars.ContextVar("variable", default="unset")


class TestMethods:
    def test_unknown_and_unimplemented_methods(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                self.write("x")

        site = serve([("/", Page)])
        assert site.ask(method="DELETE").status == 405
        assert site.ask(method="PROPFIND").status == 405
        assert site.ask(method="get").status == 405  # methods are case-sensitive

    def test_methods_of_ones_own(self, serve):
        class Dav(web.RequestHandler):
            SUPPORTED_METHODS = (*web.RequestHandler.SUPPORTED_METHODS, "PROPFIND")

            def propfind(self):
                self.write("found")

        assert serve([("/", Dav)]).ask(method="PROPFIND").body == b"found"

    def test_path_arguments(self, serve):
        class Page(web.RequestHandler):
            async def get(self, *args, **kwargs):
                assert self.path_args == list(args)
                assert self.path_kwargs == kwargs
                self.write(repr((args, kwargs)))

        site = serve([(r"/a/(\w+)/([^/]*)", Page), (r"/b/(?P<name>.*)", Page)])
        assert site.ask("/a/x/%E4%BD%A0").text == "(('x', '你'), {})"
        assert site.ask("/b/y%2Fz").text == "((), {'name': 'y/z'})"
        assert site.ask("/b/%ff").status == 400  # not UTF-8

    def test_what_methods_may_return(self, serve):
        class Page(web.RequestHandler):
            def get(self, kind):
                self.write(kind)
                if kind == "future":
                    future = asyncio.get_running_loop().create_future()
                    asyncio.get_running_loop().call_soon(future.set_result, None)
                    return future
                return "text" if kind == "text" else None

            @gen.coroutine
            def post(self, kind):
                yield gen.moment
                self.write(kind)

        site = serve([("/(.*)", Page)])
        assert site.ask("/future").body == b"future"
        assert site.ask("/none").body == b"none"
        assert site.ask("/text").status == 500
        assert site.ask("/yields", "POST").body == b"yields"


class TestPrepare:
    @pytest.mark.parametrize("waits", [False, True])
    def test_it_comes_first_and_may_end_the_request(self, serve, waits):
        class Page(web.RequestHandler):
            async def prepare(self):
                if waits:
                    await asyncio.sleep(0)
                if self.get_argument("end", ""):
                    self.finish("from prepare")

            def get(self):
                self.write("from get")

        site = serve([("/", Page)])
        assert site.ask("/").body == b"from get"
        assert site.ask("/?end=1").body == b"from prepare"

    def test_its_errors_are_answered(self, serve):
        class Page(web.RequestHandler):
            def prepare(self):
                raise web.HTTPError(401)

        assert serve([("/", Page)]).ask().status == 401


class TestStrangeEnds:
    """Handlers that end by what is no error: their clients still get an answer."""

    @pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit])
    @pytest.mark.parametrize("waits", [False, True])
    @pytest.mark.parametrize("asynchronous", [False, True])
    def test_it_is_answered(self, serve, error, waits, asynchronous):
        class Page(web.RequestHandler):
            async def post(self):
                if waits:
                    await asyncio.sleep(0)
                raise error

            def get(self):
                raise error

        site = serve([("/", Page)])
        assert site.ask("/", "POST" if asynchronous else "GET").status == 500
        assert site.ask("/nothing").status == 404


class TestWaiting:
    def test_tools_that_look_at_the_task(self, serve):
        class Page(web.RequestHandler):
            async def get(self):
                task = asyncio.current_task()
                async with asyncio.timeout(10):
                    await asyncio.sleep(0)
                assert asyncio.current_task() is task
                async with asyncio.TaskGroup() as group:
                    group.create_task(asyncio.sleep(0))
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0):
                        await asyncio.Event().wait()
                self.write("fine")

        assert serve([("/", Page)]).ask().body == b"fine"

    @pytest.mark.parametrize("waits", [False, True])
    def test_context_variables_stay_with_their_request(self, serve, waits):
        class Page(web.RequestHandler):
            async def get(self):
                self.write(variable.get())
                token = variable.set("set")
                if waits:
                    await asyncio.sleep(0)
                assert variable.get() == "set"
                if self.get_argument("reset", ""):
                    variable.reset(token)

        site = serve([("/", Page)])
        one = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answers = site.exchange(one % b"" + one % b"?reset=1" + last)
        assert answers.count(b"\r\n\r\nunset") == 3

    def test_errors_after_waiting_are_answered(self, serve):
        class Page(web.RequestHandler):
            async def get(self):
                await asyncio.sleep(0)
                raise web.HTTPError(409)

        assert serve([("/", Page)]).ask().status == 409

    def test_cancelling_itself_is_an_error(self, serve):
        class Page(web.RequestHandler):
            async def get(self):
                asyncio.current_task().cancel()
                await asyncio.sleep(0)

        assert serve([("/", Page)]).ask().status == 500
