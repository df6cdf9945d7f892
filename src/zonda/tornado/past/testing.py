"""``LogTrapTestCase`` and ``get_unused_port``."""

from __future__ import annotations

import logging
import socket
import unittest
from io import StringIO
from typing import Any

from zonda.legacy import deprecated

__all__ = ["LogTrapTestCase", "get_unused_port", "unittest"]


class LogTrapTestCase(unittest.TestCase):
    """A test case that shows what was logged only if the test fails."""

    def run(self, result: Any = None) -> Any:
        """Run the test, with the handlers of the root logger set aside."""
        deprecated("testing.LogTrapTestCase", "pytest, or unittest -b")
        logger = logging.getLogger()
        trap = StringIO()
        handler = logging.StreamHandler(trap)
        saved = logger.handlers[:]
        logger.handlers[:] = [handler]
        own_result = result is None
        if own_result:
            result = self.defaultTestResult()
        failed = len(result.failures) + len(result.errors)
        try:
            super().run(result)
        finally:
            logger.handlers[:] = saved
        if len(result.failures) + len(result.errors) > failed and trap.getvalue():
            for saved_handler in saved:
                stream = getattr(saved_handler, "stream", None)
                if stream is not None:
                    stream.write(trap.getvalue())
        return result


def get_unused_port() -> int:
    """A port that was free a moment ago; another program may take it first."""
    deprecated("testing.get_unused_port", "testing.bind_unused_port")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
