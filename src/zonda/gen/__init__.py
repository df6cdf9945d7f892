"""Coroutines made of generators, and tools to wait for several things or not too long.

New code is shorter with ``async def`` and `await`; both kinds may call each other freely::

    @gen.coroutine
    def two_pages(client):
        first, second = yield [client.fetch(A), client.fetch(B)]
        return first.body + second.body

    async def main():
        print(await two_pages(AsyncHTTPClient()))

What such a generator may yield: futures (of asyncio or `concurrent.futures`), awaitables,
None (one turn of the loop), lists and dicts of these, and whatever `convert_yielded` was
taught. `multi`, `with_timeout`, `WaitIterator` and `sleep` serve native coroutines as well.
"""

from zonda.concurrent import Future, ReturnValueIgnoredError
from zonda.gen.coroutine import Return, Runner, coroutine, is_coroutine_function
from zonda.gen.errors import (
    BadYieldError,
    KeyReuseError,
    LeakedCallbackError,
    UnknownKeyError,
)
from zonda.gen.several import WaitIterator, multi
from zonda.gen.timing import sleep, with_timeout
from zonda.gen.yielded import convert_yielded, maybe_future, moment
from zonda.legacy import names
from zonda.util import TimeoutError

Multi = multi
multi_future = multi


__all__ = [
    "BadYieldError",
    "Future",
    "KeyReuseError",
    "LeakedCallbackError",
    "Multi",
    "Return",
    "ReturnValueIgnoredError",
    "Runner",
    "TimeoutError",
    "UnknownKeyError",
    "WaitIterator",
    "convert_yielded",
    "coroutine",
    "is_coroutine_function",
    "maybe_future",
    "moment",
    "multi",
    "multi_future",
    "sleep",
    "with_timeout",
]

__getattr__ = names("gen")
