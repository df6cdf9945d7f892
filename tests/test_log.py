"""zonda.log: the format, what it neutralises, and the options that set logging up."""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.log import (
    LogFormatter,
    access_log,
    app_log,
    define_logging_options,
    enable_pretty_logging,
    gen_log,
    visible,
)
from zonda.options import OptionParser


def record(
    message: Any, *args: Any, level: int = logging.INFO, name: str = "app", **kwargs: Any
) -> logging.LogRecord:
    return logging.LogRecord(name, level, "/dir/place.py", 7, message, args, None, **kwargs)


def formatted(message: Any, *args: Any, **kwargs: Any) -> str:
    """The message as a formatter without prefix shows it."""
    return LogFormatter(fmt="%(message)s", color=False).format(record(message, *args, **kwargs))


def test_logger_names() -> None:
    names = [logger.name for logger in (access_log, app_log, gen_log)]
    assert names == ["tornado.access", "tornado.application", "tornado.general"]


class TestFormat:
    def test_prefix(self) -> None:
        formatter = LogFormatter(datefmt="DATE", color=False)
        assert formatter.format(record("hello %s", "you")) == "[I DATE place:7] hello you"

    def test_colors(self) -> None:
        formatter = LogFormatter(color=False, fmt="%(color)s<%(end_color)s %(message)s")
        formatter._colors = {logging.ERROR: "\x1b[31m"}
        formatter._normal = "\x1b[m"
        assert formatter.format(record("x", level=logging.ERROR)) == "\x1b[31m<\x1b[m x"
        assert formatter.format(record("x", level=logging.INFO)) == "< x"

    @pytest.mark.parametrize(("style", "fmt"), [("{", "{message}!"), ("$", "$message!")])
    def test_styles(self, style: Any, fmt: str) -> None:
        assert LogFormatter(fmt=fmt, style=style, color=False).format(record("x")) == "x!"

    def test_unformattable_message_is_shown_with_its_arguments(self) -> None:
        text = formatted("%d", "no number")
        assert "no number" in text
        assert "TypeError" in text

    def test_bytes_and_other_objects(self) -> None:
        assert formatted(b"\xe9") == repr(b"\xe9")
        assert formatted(["a", 1]) == "['a', 1]"

    def test_traceback_stays_readable(self) -> None:
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            failed = logging.LogRecord("n", 40, "f", 1, "oops", (), sys.exc_info())
        lines = LogFormatter(fmt="%(message)s", color=False).format(failed).split("\n")
        assert lines[:2] == ["oops", "    Traceback (most recent call last):"]
        assert lines[-2:] == ["    ValueError: first", "    second"]

    def test_stack(self) -> None:
        assert formatted("here", sinfo="Stack:\n  call") == "here\n    Stack:\n      call"


class TestInjection:
    def test_control_characters_are_shown(self) -> None:
        assert formatted("a\r\x1b[2J\x00\x7f\x85\u2028b\ud800") == (
            r"a\r\x1b[2J\x00\x7f\x85\u2028b\ud800"
        )

    def test_letters_cannot_run_backwards(self) -> None:
        assert formatted("a\u202egpj.exe") == r"a\u202egpj.exe"

    def test_harmless_characters_stay(self) -> None:
        assert formatted("tab\té 漢\N{NO-BREAK SPACE}😀") == "tab\té 漢\N{NO-BREAK SPACE}😀"

    def test_second_lines_are_indented(self) -> None:
        assert formatted("a\n[I 260101 fake") == "a\n    [I 260101 fake"

    def test_access_log_records_are_one_line(self) -> None:
        assert formatted("200 GET %s", "/\n[I fake", name="tornado.access") == r"200 GET /\n[I fake"

    def test_exception_text(self) -> None:
        try:
            raise ValueError("\x1b]0;title\x07\r\n[I fake")
        except ValueError:
            failed = logging.LogRecord("n", 40, "f", 1, "oops", (), sys.exc_info())
        text = LogFormatter(color=False).format(failed)
        assert r"ValueError: \x1b]0;title\x07\r" in text
        assert "\n    [I fake" in text

    @given(st.text())
    def test_lines_begin_where_the_formatter_wants(self, text: str) -> None:
        lines = formatted("%s", text).splitlines()
        assert all(line.startswith("    ") for line in lines[1:])
        assert len(formatted("%s", text, name="tornado.access").splitlines()) <= 1

    @given(st.text())
    def test_can_be_written_anywhere(self, text: str) -> None:
        formatted("%s", text).encode()


class TestColorDetection:
    def colors_on_a_terminal(self, **environment: str) -> bool:
        """Ask a process whose standard error is a terminal."""
        code = "from zonda.log import LogFormatter as F; f = F(); print(len(f._colors), f._normal)"
        master, slave = pty.openpty()
        try:
            inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
            output = subprocess.check_output(
                [sys.executable, "-c", code], stderr=slave, env={**inherited, **environment}
            )
        finally:
            os.close(master)
            os.close(slave)
        return b"5 \x1b" in output

    def test_terminal(self) -> None:
        assert self.colors_on_a_terminal(TERM="xterm")

    def test_terminal_that_nobody_describes(self) -> None:
        assert self.colors_on_a_terminal(TERM="no-such-terminal")

    def test_objections(self) -> None:
        assert not self.colors_on_a_terminal(TERM="dumb")
        assert not self.colors_on_a_terminal(TERM="xterm", NO_COLOR="1")

    def test_no_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stderr", io.StringIO())
        assert LogFormatter()._colors == {}


class TestPrettyLogging:
    @pytest.fixture
    def logger(self) -> Iterator[logging.Logger]:
        logger = logging.Logger("pretty")
        yield logger
        for handler in logger.handlers:
            handler.close()

    @pytest.fixture
    def options(self) -> OptionParser:
        options = OptionParser()
        define_logging_options(options)
        return options

    def test_default_is_standard_error(self, options: OptionParser, logger: logging.Logger) -> None:
        enable_pretty_logging(options, logger)
        [handler] = logger.handlers
        assert isinstance(handler, logging.StreamHandler)
        assert handler.stream is sys.stderr
        assert isinstance(handler.formatter, LogFormatter)
        assert logger.level == logging.INFO

    def test_handlers_of_others_are_respected(
        self, options: OptionParser, logger: logging.Logger
    ) -> None:
        logger.addHandler(logging.NullHandler())
        enable_pretty_logging(options, logger)
        assert len(logger.handlers) == 1
        options.log_to_stderr = True
        enable_pretty_logging(options, logger)
        assert len(logger.handlers) == 2

    def test_no_standard_error(self, options: OptionParser, logger: logging.Logger) -> None:
        options.log_to_stderr = False
        enable_pretty_logging(options, logger)
        assert logger.handlers == []

    @pytest.mark.parametrize("level", ["none", "None", None])
    def test_none_touches_nothing(
        self, options: OptionParser, logger: logging.Logger, level: str | None
    ) -> None:
        options.logging = level
        enable_pretty_logging(options, logger)
        assert (logger.level, logger.handlers) == (logging.NOTSET, [])

    def test_unknown_level(self, options: OptionParser, logger: logging.Logger) -> None:
        options.logging = "loud"
        with pytest.raises(ValueError, match=r"'loud': use debug"):
            enable_pretty_logging(options, logger)

    def test_file_rotated_by_size(
        self, options: OptionParser, logger: logging.Logger, tmp_path: Path
    ) -> None:
        options.log_file_prefix = str(tmp_path / "log")
        options.log_file_max_size = 1000
        options.log_file_num_backups = 3
        options.logging = "debug"
        enable_pretty_logging(options, logger)
        [handler] = logger.handlers
        assert isinstance(handler, logging.handlers.RotatingFileHandler)
        assert (handler.maxBytes, handler.backupCount) == (1000, 3)
        logger.debug("é\x1b")
        assert (tmp_path / "log").read_text(encoding="utf-8").endswith("é\\x1b\n")

    def test_file_rotated_by_time(
        self, options: OptionParser, logger: logging.Logger, tmp_path: Path
    ) -> None:
        options.log_file_prefix = str(tmp_path / "log")
        options.log_rotate_mode = "time"
        options.log_rotate_when = "H"
        options.log_rotate_interval = 2
        enable_pretty_logging(options, logger)
        [handler] = logger.handlers
        assert isinstance(handler, logging.handlers.TimedRotatingFileHandler)
        assert handler.interval == 2 * 3600

    def test_unknown_rotation(
        self, options: OptionParser, logger: logging.Logger, tmp_path: Path
    ) -> None:
        options.log_file_prefix = str(tmp_path / "log")
        options.log_rotate_mode = "moon"
        with pytest.raises(ValueError, match="'moon'"):
            enable_pretty_logging(options, logger)

    def test_parsing_the_command_line_sets_it_up(self) -> None:
        code = (
            "import zonda.options, logging\n"
            "rest = zonda.options.parse_command_line(['prog', '--logging=warning', 'x'])\n"
            "logging.info('hidden'); logging.warning('shown %s', rest)"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert result.stderr.endswith("shown ['x']\n")
        assert "hidden" not in result.stderr

    def test_global_options_are_the_default(self, logger: logging.Logger) -> None:
        from zonda.options import options

        with mock.patch.object(options.mockable(), "logging", "error"):
            enable_pretty_logging(logger=logger)
        assert logger.level == logging.ERROR


def test_what_peers_sent_is_shown_on_one_line() -> None:
    assert visible("a\r\nb\x1b[2J\x85\u2028é\t") == r"a\r\nb\x1b[2J\x85\u2028é" + "\t"
