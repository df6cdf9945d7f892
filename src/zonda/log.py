"""Logging: the three loggers Zonda writes to, and a readable format for terminals.

``access_log``
    One line a request, written by the HTTP server.
``app_log``
    Errors that come out of the application's own code.
``gen_log``
    Everything else: warnings about peers, closed connections, odd data.

They keep the names that programs configure, ``tornado.access``,
``tornado.application`` and ``tornado.general``: the past of this interface is its
present.  They are ordinary loggers; :func:`enable_pretty_logging` is one way to set
them up, called by ``parse_command_line``.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from zonda.options import OptionParser

__all__ = [
    "LogFormatter",
    "access_log",
    "app_log",
    "define_logging_options",
    "enable_pretty_logging",
    "gen_log",
    "visible",
]

access_log = logging.getLogger("tornado.access")
app_log = logging.getLogger("tornado.application")
gen_log = logging.getLogger("tornado.general")

# C0, DEL, C1, Unicode's own line ends, what turns the direction of writing, and lone
# surrogates, which no file takes.  A tab is harmless; line feeds are indented later on, so
# that no line that a peer invented begins where real ones do.
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"


@cache
def _invisible(one_line: bool) -> re.Pattern[str]:
    """What has to be shown as escapes; compiled when first needed, for it takes long."""
    return re.compile(f"[{_CONTROL}\n]" if one_line else f"[{_CONTROL}]")


def _visible(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def visible(text: str) -> str:
    """The text on one line: control characters and line ends are shown as escapes.

    For what peers sent, in messages that any formatter may get.
    """
    return text if text.isprintable() else _invisible(True).sub(_visible, text)


class LogFormatter(logging.Formatter):
    """A log format with colours, for terminals and files alike.

    Colour is used when standard error is a terminal that has it.  Control characters
    in messages are shown as escapes (``\\x1b``, ``\\r``): what a peer sends can neither
    forge a log line nor talk to the terminal.  Line feeds in the message and the lines of
    a traceback are indented; in access log records they are shown as ``\\n``.
    """

    DEFAULT_FORMAT = (
        "%(color)s[%(levelname)1.1s %(asctime)s %(module)s:%(lineno)d]%(end_color)s %(message)s"
    )
    DEFAULT_DATE_FORMAT = "%y%m%d %H:%M:%S"
    #: Terminal colours by level: 4 blue, 2 green, 3 yellow, 1 red, 5 magenta.
    DEFAULT_COLORS = {
        logging.DEBUG: 4,
        logging.INFO: 2,
        logging.WARNING: 3,
        logging.ERROR: 1,
        logging.CRITICAL: 5,
    }

    def __init__(
        self,
        fmt: str = DEFAULT_FORMAT,
        datefmt: str = DEFAULT_DATE_FORMAT,
        style: Literal["%", "{", "$"] = "%",
        color: bool = True,
        colors: dict[int, int] = DEFAULT_COLORS,
    ) -> None:
        """Make a formatter.

        *fmt* and *style* are those of ``logging.Formatter``, with the fields ``color``
        and ``end_color`` added; *datefmt* is for ``time.strftime``; *colors* maps levels
        to the colour numbers of ANSI terminals.
        """
        super().__init__(fmt, datefmt, style, validate=False)
        self._colors: dict[int, str] = {}
        self._normal = ""
        if color and _stderr_supports_color():
            self._colors, self._normal = _terminal_codes(colors)

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text, every line after the first indented."""
        try:
            message = record.getMessage()
        except Exception as error:
            message = f"unformattable message ({error!r}): {record.__dict__!r}"
        one_line = record.name == access_log.name
        record.message = _invisible(one_line).sub(_visible, message)
        record.asctime = self.formatTime(record, self.datefmt)
        color = self._colors.get(record.levelno, "")
        record.__dict__.update(color=color, end_color=self._normal if color else "")
        text = self.formatMessage(record)
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        for part in (record.exc_text, record.stack_info):
            if part:
                text = f"{text.rstrip()}\n{_invisible(False).sub(_visible, part)}"
        return text.replace("\n", "\n    ")


def _stderr_supports_color() -> bool:
    """True when standard error is a terminal and neither TERM nor NO_COLOR objects."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False


def _terminal_codes(colors: dict[int, int]) -> tuple[dict[int, str], str]:
    """Return the codes that begin each level's colour and the one that ends it.

    From the terminal's own description where there is one, otherwise ANSI's.
    """
    try:
        import curses

        curses.setupterm()
        foreground = curses.tigetstr("setaf") or curses.tigetstr("setf")
        normal = curses.tigetstr("sgr0")
        if foreground and normal:
            codes = {
                level: curses.tparm(foreground, number).decode("latin-1")
                for level, number in colors.items()
            }
            return codes, normal.decode("latin-1")
    except Exception:
        # No curses (Windows), no description of this terminal, or no real file.
        pass
    return {level: f"\x1b[2;3{number}m" for level, number in colors.items()}, "\x1b[0m"


def enable_pretty_logging(
    options: OptionParser | Any = None, logger: logging.Logger | None = None
) -> None:
    """Set up *logger*, by default the root logger, as the command line options say.

    *options* defaults to ``zonda.options.options``.  Does nothing when the option
    ``logging`` is ``none``.  Raises ``ValueError`` for an unknown level or rotation mode.
    """
    if options is None:
        options = _global_options()
    if options.logging is None or options.logging.lower() == "none":
        return
    logger = logger or logging.getLogger()
    logger.setLevel(_level(options.logging))
    if options.log_file_prefix:
        handler = _file_handler(options)
        handler.setFormatter(LogFormatter(color=False))
        logger.addHandler(handler)
    if options.log_to_stderr or (options.log_to_stderr is None and not logger.handlers):
        console = logging.StreamHandler()
        console.setFormatter(LogFormatter())
        logger.addHandler(console)


def _global_options() -> OptionParser:
    from zonda.options import options

    return options


def _level(name: str) -> int:
    level = logging.getLevelNamesMapping().get(name.upper())
    if level is None:
        raise ValueError(
            f"unknown log level {name!r}: use debug, info, warning, error, critical or none"
        )
    return level


def _file_handler(options: Any) -> logging.Handler:
    """Return the rotating file handler that the ``log_*`` options describe."""
    from logging.handlers import RotatingFileHandler, TimedRotatingFileHandler

    if options.log_rotate_mode == "size":
        return RotatingFileHandler(
            filename=options.log_file_prefix,
            maxBytes=options.log_file_max_size,
            backupCount=options.log_file_num_backups,
            encoding="utf-8",
        )
    if options.log_rotate_mode == "time":
        return TimedRotatingFileHandler(
            filename=options.log_file_prefix,
            when=options.log_rotate_when,
            interval=options.log_rotate_interval,
            backupCount=options.log_file_num_backups,
            encoding="utf-8",
        )
    raise ValueError(
        f"log_rotate_mode is {options.log_rotate_mode!r}: use size, to rotate by size, or time"
    )


def define_logging_options(options: OptionParser | Any = None) -> None:
    """Define ``--logging`` and the ``--log-*`` options, and obey them after parsing.

    *options* defaults to ``zonda.options.options``, where importing that module has
    defined them already.
    """
    if options is None:
        options = _global_options()
    options.define(
        "logging",
        default="info",
        help="log level; with none, logging is left as the program set it up",
        metavar="debug|info|warning|error|none",
    )
    options.define(
        "log_to_stderr",
        type=bool,
        default=None,
        help="log to standard error, in colour where it can; the default is to do so when"
        " there is no --log-file-prefix and logging is not set up otherwise",
    )
    options.define(
        "log_file_prefix",
        type=str,
        default=None,
        metavar="PATH",
        help="log to this file; processes that run side by side each need their own,"
        " so put the port into its name",
    )
    options.define(
        "log_file_max_size",
        type=int,
        default=100 * 1000 * 1000,
        help="size in bytes at which the log file is rotated",
    )
    options.define(
        "log_file_num_backups", type=int, default=10, help="how many old log files to keep"
    )
    options.define(
        "log_rotate_when",
        type=str,
        default="midnight",
        help="unit of the interval when rotating by time: S, M, H, D, W0-W6 or midnight",
    )
    options.define(
        "log_rotate_interval",
        type=int,
        default=1,
        help="length of the interval when rotating by time",
    )
    options.define(
        "log_rotate_mode", type=str, default="size", help="rotate log files by size or time"
    )
    options.add_parse_callback(lambda: enable_pretty_logging(options))
