"""`ExpectLog`: log messages that a test is about."""

from __future__ import annotations

import logging
import re
import warnings
from types import TracebackType

from zonda.log import app_log


class ExpectLog(logging.Filter):
    """Expects a message in a block, and keeps it out of the test's output.

    ::

        with ExpectLog(app_log, "Uncaught exception"):
            self.fetch("/broken")

    :param logger: the logger, or its name; ``""`` is the root logger. What is logged to a
        logger below it does not count.
    :param regex: matched against the message from its start.
    :param required: fail if no such message came.
    :param level: expect this level (as of `logging`) and no other; the logger is enabled
        for it in the block. Without it, expect `logging.WARNING` or higher.

    ``logged_stack`` tells whether a message (whichever) came with a traceback, ``matched``
    how many were as expected.

    :raises Exception: no such message came; not if the block raises something else.
    """

    def __init__(
        self,
        logger: logging.Logger | str,
        regex: str | re.Pattern[str],
        required: bool = True,
        level: int | None = None,
    ) -> None:
        super().__init__()
        self.logger = logging.getLogger(logger) if isinstance(logger, str) else logger
        self.regex = re.compile(regex)
        self.required = required
        self.matched = 0
        self.deprecated_level_matched = 0
        self.logged_stack = False
        self.level = level
        self.orig_level: int | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """False for the expected message (see `logging.Filter`)."""
        if record.exc_info:
            self.logged_stack = True
        message = record.getMessage()
        if not self.regex.match(message):
            return True
        if self.level is not None and record.levelno != self.level:
            app_log.warning(
                "Got expected log message %r at unexpected level (%s vs %s)",
                message,
                logging.getLevelName(self.level),
                record.levelname,
            )
            return True
        if self.level is None and record.levelno < logging.WARNING:
            self.deprecated_level_matched += 1
        self.matched += 1
        return False

    def __enter__(self) -> ExpectLog:
        if self.level is not None and not self.logger.isEnabledFor(self.level):
            self.orig_level = self.logger.level
            self.logger.setLevel(self.level)
        self.logger.addFilter(self)
        return self

    def __exit__(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.orig_level is not None:
            self.logger.setLevel(self.orig_level)
        self.logger.removeFilter(self)
        if typ is not None:
            return
        if self.required and not self.matched:
            raise Exception(
                f"did not get expected log message: {self.regex.pattern!r} "
                f"on logger {self.logger.name!r}"
            )
        if self.deprecated_level_matched and self.deprecated_level_matched >= self.matched:
            warnings.warn(
                "ExpectLog matched at INFO or below without level argument: give the level",
                DeprecationWarning,
                stacklevel=2,
            )
