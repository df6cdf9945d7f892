"""``gen.Callback``, ``gen.Wait`` and their kin: what a coroutine could yield besides futures.

A yield point belongs to the coroutine that yields it, where it finds the callbacks that were
given out and the results that came back, by key.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from zonda.concurrent import Future, call_when_done
from zonda.gen.coroutine import Return, Runner
from zonda.gen.errors import (
    BadYieldError,
    KeyReuseError,
    LeakedCallbackError,
    UnknownKeyError,
)
from zonda.gen.several import multi
from zonda.gen.yielded import convert_yielded, new_future
from zonda.legacy import deprecated

__all__ = [
    "Callback",
    "MultiYieldPoint",
    "Wait",
    "WaitAll",
    "YieldFuture",
    "YieldPoint",
    "start",
]


class Keys:
    """The callbacks that one coroutine has given out: a future for each key."""

    def __init__(self, runner: Runner) -> None:
        self.futures: dict[Hashable, Future[Any]] = {}
        assert runner.gen is not None
        runner.gen = LeakCheck(runner.gen, self)

    def register(self, key: Hashable) -> Future[Any]:
        """A new future for *key*.

        :raises KeyReuseError: the one before has not been waited for.
        """
        if key in self.futures:
            raise KeyReuseError(f"key {key!r} is already pending")
        future = self.futures[key] = new_future()
        return future

    def get(self, key: Hashable) -> Future[Any]:
        """The future of *key*.

        :raises UnknownKeyError: none was given out.
        """
        if key not in self.futures:
            raise UnknownKeyError(f"key {key!r} is not pending")
        return self.futures[key]

    def pop(self, key: Hashable) -> Any:
        """The result for *key*, which may then be used again."""
        return self.futures.pop(key).result()


class LeakCheck(Generator[Any, Any, Any]):
    """A coroutine's generator, which fails if it ends before its callbacks have come back."""

    def __init__(self, gen: Generator[Any, Any, Any], keys: Keys) -> None:
        self._gen = gen
        self._keys = keys

    def send(self, value: Any) -> Any:
        """See `Generator.send`."""
        with _LeakGuard(self._keys):
            return self._gen.send(value)

    def throw(self, *error: Any) -> Any:
        """See `Generator.throw`."""
        with _LeakGuard(self._keys):
            return self._gen.throw(*error)

    def close(self) -> None:
        """See `Generator.close`."""
        self._gen.close()


class _LeakGuard:
    """Turns the regular end of a generator into an error while keys are pending."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def __enter__(self) -> None:
        pass

    def __exit__(self, typ: type[BaseException] | None, *rest: object) -> None:
        if typ is not None and issubclass(typ, StopIteration | Return) and self._keys.futures:
            pending = list(self._keys.futures)
            raise LeakedCallbackError(f"finished without waiting for callbacks {pending!r}")


_keys: WeakKeyDictionary[Runner, Keys] = WeakKeyDictionary()


def keys_of(runner: Runner) -> Keys:
    """The keys of a coroutine."""
    known = _keys.get(runner)
    if known is None:
        known = _keys[runner] = Keys(runner)
    return known


class YieldPoint:
    """Something that a coroutine may yield, written by hand."""

    def start(self, runner: Runner) -> None:
        """Called when it is yielded."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether there is a result; the coroutine goes on then."""
        raise NotImplementedError

    def get_result(self) -> Any:
        """What ``yield`` gives, or raises."""
        raise NotImplementedError

    def waits_for(self) -> Sequence[Future[Any]]:
        """Futures after which to look again; without any, the loop's next turn."""
        return ()


class Callback(YieldPoint):
    """``yield gen.Callback(key)`` gives a callable; ``yield gen.Wait(key)`` waits for its call."""

    def __init__(self, key: Hashable) -> None:
        deprecated("gen.Callback", "a Future and its set_result")
        self.key = key

    def start(self, runner: Runner) -> None:
        """See `YieldPoint`."""
        self._future = keys_of(runner).register(self.key)

    def is_ready(self) -> bool:
        """See `YieldPoint`."""
        return True

    def get_result(self) -> Callable[..., None]:
        """See `YieldPoint`."""
        return functools.partial(_called_back, self._future)


def _called_back(future: Future[Any], /, *args: Any, **kwargs: Any) -> None:
    from zonda.tornado.past.gen import result_of_call

    if not future.done():
        future.set_result(result_of_call(args, kwargs))


class Wait(YieldPoint):
    """Waits until the callback of *key* is called, and gives what it was called with."""

    def __init__(self, key: Hashable) -> None:
        deprecated("gen.Wait", "await, with the Future")
        self.key = key

    def start(self, runner: Runner) -> None:
        """See `YieldPoint`."""
        self._keys = keys_of(runner)
        self._future = self._keys.get(self.key)

    def is_ready(self) -> bool:
        """See `YieldPoint`."""
        return self._future.done()

    def get_result(self) -> Any:
        """See `YieldPoint`."""
        return self._keys.pop(self.key)

    def waits_for(self) -> Sequence[Future[Any]]:
        """See `YieldPoint`."""
        return (self._future,)


class WaitAll(YieldPoint):
    """Waits for several keys, and gives a list."""

    def __init__(self, keys: Sequence[Hashable]) -> None:
        deprecated("gen.WaitAll", "await gen.multi")
        self.keys = keys

    def start(self, runner: Runner) -> None:
        """See `YieldPoint`."""
        self._keys = keys_of(runner)
        self._futures = [self._keys.get(key) for key in self.keys]

    def is_ready(self) -> bool:
        """See `YieldPoint`."""
        return all(future.done() for future in self._futures)

    def get_result(self) -> list[Any]:
        """See `YieldPoint`."""
        return [self._keys.pop(key) for key in self.keys]

    def waits_for(self) -> Sequence[Future[Any]]:
        """See `YieldPoint`."""
        return self._futures


class YieldFuture(YieldPoint):
    """A future as a yield point."""

    def __init__(self, future: Any) -> None:
        self.future = convert_yielded(future)

    def start(self, runner: Runner) -> None:
        """See `YieldPoint`."""

    def is_ready(self) -> bool:
        """See `YieldPoint`."""
        return bool(self.future.done())

    def get_result(self) -> Any:
        """See `YieldPoint`."""
        return self.future.result()

    def waits_for(self) -> Sequence[Future[Any]]:
        """See `YieldPoint`."""
        return (self.future,)


class MultiYieldPoint(YieldPoint):
    """Several yield points (or futures) at a time, in a list or dict."""

    def __init__(
        self,
        children: Sequence[Any] | Mapping[Any, Any],
        quiet_exceptions: type[BaseException] | tuple[type[BaseException], ...] = (),
    ) -> None:
        self.children = children
        self.quiet_exceptions = quiet_exceptions

    def start(self, runner: Runner) -> None:
        """See `YieldPoint`."""
        children = self.children
        if isinstance(children, Mapping):
            futures: Any = {key: _as_future(child, runner) for key, child in children.items()}
        else:
            futures = [_as_future(child, runner) for child in children]
        self._all = multi(futures, self.quiet_exceptions)

    def is_ready(self) -> bool:
        """See `YieldPoint`."""
        return self._all.done()

    def get_result(self) -> Any:
        """See `YieldPoint`."""
        return self._all.result()

    def waits_for(self) -> Sequence[Future[Any]]:
        """See `YieldPoint`."""
        return (self._all,)


@convert_yielded.register(list)
@convert_yielded.register(dict)
def _without_points(yielded: Any) -> Future[Any]:
    """Tell those who do not know the coroutine before anything in *yielded* is begun."""
    if _has_points(yielded):
        raise BadYieldError(f"only a coroutine can wait for {yielded!r}")
    return multi(yielded)


def _has_points(yielded: Any) -> bool:
    if not isinstance(yielded, list | dict):
        return False
    children = yielded.values() if isinstance(yielded, dict) else yielded
    return any(isinstance(child, YieldPoint) for child in children)


def _as_future(child: Any, runner: Runner) -> Any:
    return wait_for(child, runner) if isinstance(child, YieldPoint) else convert_yielded(child)


def wait_for(point: YieldPoint, runner: Runner) -> Future[Any]:
    """Start a yield point; a future of its result, never done at once.

    The turn of the loop in between lets the runner notice what `Keys` has put in its way.
    """
    future = new_future()
    loop = future.get_loop()

    def look(_: object = None) -> None:
        if future.done():
            return
        try:
            if point.is_ready():
                future.set_result(point.get_result())
                return
        except Exception as error:
            future.set_exception(error)
            return
        pending = [waited for waited in point.waits_for() if not waited.done()]
        if pending:
            call_when_done(pending[0], look)
        else:
            loop.call_soon(look)

    try:
        point.start(runner)
    except Exception as error:
        future.set_exception(error)
    else:
        loop.call_soon(look)
    return future


def start(yielded: Any, runner: Runner) -> Future[Any] | None:
    """A future for what a coroutine yielded, if that is or holds a yield point."""
    if isinstance(yielded, YieldPoint):
        return wait_for(yielded, runner)
    return wait_for(MultiYieldPoint(yielded), runner) if _has_points(yielded) else None
