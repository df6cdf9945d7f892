"""Work in the background, in each way that handlers of Tornado 4 had for it."""

import datetime
import functools
import threading
from concurrent.futures import ThreadPoolExecutor

import tornado.concurrent
import tornado.gen
import tornado.httpserver
import tornado.ioloop
import tornado.options
import tornado.web
from tornado.options import define, options

define("port", default=8000, type=int)

done = []


class Executor(ThreadPoolExecutor):
    """One pool, however often it is made."""

    _instance = None

    def __new__(cls, *args, **kwargs):
        if not getattr(cls, "_instance", None):
            cls._instance = ThreadPoolExecutor(max_workers=4)
        return cls._instance


class LaterHandler(tornado.web.RequestHandler):
    @tornado.web.asynchronous
    @tornado.gen.coroutine
    def get(self, *args, **kwargs):
        loop = tornado.ioloop.IOLoop.instance()
        loop.add_timeout(1, callback=functools.partial(self.work, "later"))
        self.finish("It works")

    @tornado.gen.coroutine
    def work(self, what):
        done.append(what)
        return "after"


class TaskHandler(LaterHandler):
    @tornado.web.asynchronous
    @tornado.gen.coroutine
    def get(self, *args, **kwargs):
        response = yield tornado.gen.Task(self.work, "task")
        self.finish("hello " + response)


class ThreadHandler(tornado.web.RequestHandler):
    executor = ThreadPoolExecutor(2)

    @tornado.web.asynchronous
    @tornado.gen.coroutine
    def get(self, *args, **kwargs):
        tornado.ioloop.IOLoop.instance().add_callback(functools.partial(self.work, "thread"))
        self.finish("It works")

    @tornado.concurrent.run_on_executor
    def work(self, what):
        done.append("%s %s" % (what, threading.current_thread() is threading.main_thread()))


class TimeoutHandler(tornado.web.RequestHandler):
    executor = Executor()

    @tornado.web.asynchronous
    @tornado.gen.coroutine
    def get(self, *args, **kwargs):
        future = Executor().submit(self.work, "timeout")
        response = yield tornado.gen.with_timeout(
            datetime.timedelta(10), future, quiet_exceptions=tornado.gen.TimeoutError
        )
        if response:
            self.write(response.result())

    @tornado.concurrent.run_on_executor
    def work(self, what):
        done.append(what)
        return "waited for " + what


class TooLateHandler(tornado.web.RequestHandler):
    @tornado.gen.coroutine
    def get(self):
        never = tornado.concurrent.Future()
        try:
            yield tornado.gen.with_timeout(datetime.timedelta(milliseconds=10), never)
        except tornado.gen.TimeoutError:
            self.write("too late")


class DoneHandler(tornado.web.RequestHandler):
    def get(self):
        self.write({"done": done})


if __name__ == "__main__":
    tornado.options.parse_command_line()
    application = tornado.web.Application(
        [
            (r"/later", LaterHandler),
            (r"/task", TaskHandler),
            (r"/thread", ThreadHandler),
            (r"/timeout", TimeoutHandler),
            (r"/too-late", TooLateHandler),
            (r"/done", DoneHandler),
        ]
    )
    server = tornado.httpserver.HTTPServer(application, io_loop=tornado.ioloop.IOLoop.instance())
    server.listen(options.port, "127.0.0.1")
    print("ready", flush=True)
    tornado.ioloop.IOLoop.instance().start()
