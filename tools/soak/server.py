"""The server that the scenarios attack: one program for Zonda and for Tornado.

Run as ``python server.py PACKAGE PORT [--option value ...]``. It prints ``ready``, and tells
about itself on ``/figures``.
"""

# mypy: ignore-errors
# Which package it is made of is known at run time only.

import argparse
import asyncio
import gc
import hashlib
import importlib
import logging
import os
import resource
import signal
import sys
import tempfile
import time


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("package", choices=["zonda", "tornado"])
    parser.add_argument("port", type=int)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--descriptors", type=int)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--timeout", type=float, help="for heads, bodies and writes, in seconds")
    return parser.parse_args()


arguments = parse()
web = importlib.import_module(arguments.package + ".web")
websocket = importlib.import_module(arguments.package + ".websocket")
httpserver = importlib.import_module(arguments.package + ".httpserver")
IS_ZONDA = arguments.package == "zonda"
PIECE = os.urandom(65536)


class Hello(web.RequestHandler):
    def get(self):
        self.write("hello")


class Slow(web.RequestHandler):
    async def get(self):
        await asyncio.sleep(float(self.get_argument("seconds")))
        self.write("slow")


class Big(web.RequestHandler):
    """So many bytes, at the pace of the client."""

    async def get(self):
        size = int(self.get_argument("size"))
        try:
            for _ in range(size // len(PIECE)):
                self.write(PIECE)
                await self.flush()
        except Exception as error:
            if type(error).__name__ != "StreamClosedError":
                raise


@web.stream_request_body
class Count(web.RequestHandler):
    """Counts what comes in, and keeps none of it."""

    def prepare(self):
        self.size = 0
        self.request.connection.set_max_body_size(1 << 40)

    def data_received(self, chunk):
        self.size += len(chunk)

    def put(self):
        self.write(str(self.size))


@web.stream_request_body
class Save(web.RequestHandler):
    """Keeps an upload on the disk, which may be full."""

    def prepare(self):
        self.request.connection.set_max_body_size(1 << 40)
        self.file = tempfile.TemporaryFile(dir=arguments.folder)  # noqa: SIM115 - closed in on_finish

    def data_received(self, chunk):
        self.file.write(chunk)

    def put(self):
        self.file.flush()
        self.write("saved")

    def on_finish(self):
        try:
            self.file.close()
        except OSError:
            pass  # what could not be written


class Body(web.RequestHandler):
    def post(self):
        self.write(hashlib.sha1(self.request.body).hexdigest())


class Fault(web.RequestHandler):
    """Fails in a way that the client names."""

    def prepare(self):
        self.kind = self.get_argument("kind")
        if self.kind == "prepare":
            raise ZeroDivisionError

    async def get(self):
        if self.kind == "late":
            await asyncio.sleep(0)
            raise ZeroDivisionError
        if self.kind == "cancelled":
            raise asyncio.CancelledError
        if self.kind == "begun":
            self.write("begun")
            await self.flush()
            raise ZeroDivisionError
        if self.kind == "group":
            async with asyncio.TaskGroup() as group:
                group.create_task(fail())
        if self.kind == "exit":
            raise GeneratorExit
        raise web.HTTPError(418)


async def fail():
    raise ZeroDivisionError


class Echo(websocket.WebSocketHandler):
    def on_message(self, message):
        self.write_message(message)


class Figures(web.RequestHandler):
    def get(self):
        gc.collect()
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        self.write(
            {
                "pid": os.getpid(),
                "memory": pages * os.sysconf("SC_PAGESIZE"),
                "descriptors": len(os.listdir("/proc/self/fd")),
                "tasks": len(asyncio.all_tasks()),
                "cpu": time.process_time(),
            }
        )


ROUTES = [
    ("/", Hello),
    ("/slow", Slow),
    ("/big", Big),
    ("/count", Count),
    ("/save", Save),
    ("/body", Body),
    ("/fault", Fault),
    ("/ws", Echo),
    ("/figures", Figures),
]


def options() -> dict:
    seconds = arguments.timeout
    if seconds is None:
        return {}
    if not IS_ZONDA:
        return {"idle_connection_timeout": seconds, "body_timeout": seconds}
    timeouts = importlib.import_module("zonda.http1connection").Timeouts(
        header=seconds, idle=seconds, body=seconds, write=seconds
    )
    return {"timeouts": timeouts}


async def main(sockets) -> None:
    server = httpserver.HTTPServer(
        web.Application(ROUTES), decompress_request=True, max_buffer_size=10_000_000, **options()
    )
    server.add_sockets(sockets)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    os.write(1, b"ready %d\n" % os.getpid())  # in one piece: workers write at the same time
    await stopped.wait()
    if IS_ZONDA:
        await server.drain(timeout=10)
    else:  # what its documentation offers
        server.stop()
        await server.close_all_connections()


if __name__ == "__main__":
    logging.basicConfig(level="CRITICAL")
    if arguments.descriptors is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (arguments.descriptors,) * 2)
    netutil = importlib.import_module(arguments.package + ".netutil")
    process = importlib.import_module(arguments.package + ".process")
    listening = netutil.bind_sockets(arguments.port, "127.0.0.1", backlog=4096)
    if arguments.workers > 1:
        process.fork_processes(arguments.workers)
    asyncio.run(main(listening))
    sys.exit(0)
