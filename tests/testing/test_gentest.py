"""`gen_test` and `get_async_test_timeout`."""

import asyncio
import traceback
import unittest

import pytest

from zonda import gen
from zonda.testing import AsyncTestCase, gen_test, get_async_test_timeout


def outcome(method, *args, **kwargs):
    """Run a test method in a case of its own; the exception it ends with, or None."""
    case = type("Case", (AsyncTestCase,), {"test": method})("test")
    case.setUp()
    try:
        case.test(*args, **kwargs)
    except BaseException as error:
        return error
    else:
        return None
    finally:
        case.tearDown()


@pytest.mark.parametrize("options", [{}, {"timeout": 60}])
def test_both_kinds_of_coroutine(options):
    ran = []

    async def native(self, value=0):
        await asyncio.sleep(0)
        ran.append(("native", self.io_loop is not None, value))

    def decorated(self, value=0):
        yield gen.sleep(0)
        ran.append(("decorated", self.io_loop is not None, value))

    def plain(self, value=0):
        ran.append(("plain", self.io_loop is not None, value))

    for method in (native, decorated, plain):
        test = gen_test(**options)(method) if options else gen_test(method)
        assert outcome(test, value=5) is None
        assert test.__name__ == method.__name__
    assert ran == [("native", True, 5), ("decorated", True, 5), ("plain", True, 5)]


def test_failures():
    async def native(self):
        await asyncio.sleep(0)
        raise KeyError(1)

    def decorated(self):
        yield gen.sleep(0)
        raise unittest.SkipTest("not today")

    assert type(outcome(gen_test(native))) is KeyError
    assert type(outcome(gen_test(decorated))) is unittest.SkipTest


def where(error):
    """The source lines of an exception's traceback."""
    return [frame.line for frame in traceback.extract_tb(error.__traceback__)]


def test_timeouts_tell_where_it_waits():
    @gen_test(timeout=0.01)
    async def native(self):
        await asyncio.sleep(60)  # native waits here

    @gen_test(timeout=0.01)
    def decorated(self):
        yield gen.sleep(60)  # decorated waits here

    for method, line in ((native, "native waits here"), (decorated, "decorated waits here")):
        error = outcome(method)
        assert type(error) is TimeoutError
        assert "timed out after 0.01 seconds" in str(error)
        assert any(line in text for text in where(error))


class TestTimeoutFromTheEnvironment:
    def test_default(self, monkeypatch):
        monkeypatch.delenv("ASYNC_TEST_TIMEOUT", raising=False)
        assert get_async_test_timeout() == 5

    def test_given(self, monkeypatch):
        monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "2.5")
        assert get_async_test_timeout() == 2.5

    def test_nonsense(self, monkeypatch):
        monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "soon")
        assert get_async_test_timeout() == 5

    def test_it_counts_unless_one_is_given(self, monkeypatch):
        monkeypatch.setenv("ASYNC_TEST_TIMEOUT", "0.01")

        async def method(self):
            await asyncio.sleep(0.05)

        assert type(outcome(gen_test(method))) is TimeoutError
        assert outcome(gen_test(timeout=60)(method)) is None
