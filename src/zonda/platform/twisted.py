"""Twisted and Zonda in one program: both on asyncio's loop.

Importing this module teaches coroutines to wait for a Twisted ``Deferred``: yield it in a
decorated one, and ``await deferred.asFuture(loop)`` in a native one. Needs the package
``twisted``.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred  # type: ignore[import-not-found,import-untyped,unused-ignore]

from zonda.concurrent import (
    Future,
    future_set_exception_unless_cancelled,
    future_set_result_unless_cancelled,
)
from zonda.gen.yielded import convert_yielded, new_future

__all__ = ["install"]


def install() -> None:
    """Make Twisted's reactor run on the current asyncio loop.

    To be called before anything imports ``twisted.internet.reactor``.
    """
    from twisted.internet import asyncioreactor  # type: ignore[import-not-found,import-untyped,unused-ignore]

    asyncioreactor.install()


@convert_yielded.register(Deferred)
def _deferred_to_future(deferred: Any) -> Future[Any]:
    future = new_future()
    deferred.addCallbacks(
        lambda result: future_set_result_unless_cancelled(future, result),
        lambda failure: future_set_exception_unless_cancelled(future, failure.value),
    )
    return future
