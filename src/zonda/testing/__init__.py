"""Tools for testing asynchronous code, with `unittest` or without.

::

    class HelloTest(AsyncHTTPTestCase):
        def get_app(self):
            return make_app()

        def test_homepage(self):
            self.assertEqual(self.fetch("/").body, b"Hello")

A test method that has to wait is decorated with `gen_test`. Nothing here needs a network
beyond the loopback interface, and every test gets a loop and a free port of its own.
`application_client` does without the port, and `zonda.testing.mock` answers for servers that
are somewhere else.
"""

from zonda.legacy import names
from zonda.testing.asynctest import AsyncTestCase
from zonda.testing.expectlog import ExpectLog
from zonda.testing.gentest import gen_test, get_async_test_timeout
from zonda.testing.httptest import AsyncHTTPSTestCase, AsyncHTTPTestCase, bind_unused_port
from zonda.testing.inprocess import application_client
from zonda.testing.runner import main, setup_with_context_manager

__all__ = [
    "AsyncHTTPSTestCase",
    "AsyncHTTPTestCase",
    "AsyncTestCase",
    "ExpectLog",
    "application_client",
    "bind_unused_port",
    "gen_test",
    "get_async_test_timeout",
    "main",
    "setup_with_context_manager",
]

__getattr__ = names("testing")
