"""Zonda: the Tornado API, rebuilt from nothing.

The package itself holds next to nothing. Its modules carry Tornado's names
(``zonda.web``, ``zonda.ioloop``, ``zonda.httpclient``, ...) and are imported when they are
first touched (PEP 562), so that ``import zonda`` is nearly free and
``zonda.web.Application`` needs no second import statement.
"""

from ._version import __version__ as version

# Type checkers take this name for true; importing typing would cost more than this whole file.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Literal

    from . import auth as auth
    from . import autoreload as autoreload
    from . import concurrent as concurrent
    from . import curl_httpclient as curl_httpclient
    from . import database as database
    from . import escape as escape
    from . import gen as gen
    from . import http1connection as http1connection
    from . import httpclient as httpclient
    from . import httpserver as httpserver
    from . import httputil as httputil
    from . import ioloop as ioloop
    from . import iostream as iostream
    from . import locale as locale
    from . import locks as locks
    from . import log as log
    from . import netutil as netutil
    from . import options as options
    from . import platform as platform
    from . import process as process
    from . import queues as queues
    from . import routing as routing
    from . import simple_httpclient as simple_httpclient
    from . import tcpclient as tcpclient
    from . import tcpserver as tcpserver
    from . import template as template
    from . import testing as testing
    from . import util as util
    from . import web as web
    from . import websocket as websocket
    from . import wsgi as wsgi

__all__ = [
    "auth",
    "autoreload",
    "concurrent",
    "escape",
    "gen",
    "http1connection",
    "httpclient",
    "httpserver",
    "httputil",
    "ioloop",
    "iostream",
    "locale",
    "locks",
    "log",
    "netutil",
    "options",
    "platform",
    "process",
    "queues",
    "routing",
    "simple_httpclient",
    "tcpclient",
    "tcpserver",
    "template",
    "testing",
    "util",
    "web",
    "websocket",
    "wsgi",
]


def _version_info(text: str) -> "tuple[int, int, int, int]":
    major, minor, patch = map(int, text.split("."))
    return major, minor, patch, 0


#: ``(major, minor, patch, stage)``, comparable as in Tornado: stage is 0 for a release and
#: would be negative for what comes before one.
version_info = _version_info(version)


def kernel() -> "Literal['native', 'pure']":
    """Say which implementation of the byte loops this process runs on.

    ``"native"`` is the compiled kernel; ``"pure"`` its Python twin, which takes over when the
    extension was not built or when the environment sets ``ZONDA_PURE=1``. The choice is made
    once, when the first module that needs the kernel is imported.
    """
    from . import _kernel

    return _kernel.NAME


def __getattr__(name: str) -> "ModuleType":
    """Import a public module when it is first asked for."""
    # These need other packages, so a star import does not bring them.
    if name not in __all__ and name not in ("curl_httpclient", "database"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
