"""The page itself."""

from __future__ import annotations

import platform
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from zonda._version import __version__
from zonda.httputil import responses
from zonda.template import Template
from zonda.web.debug.frames import shown_frames, with_causes
from zonda.web.debug.secrets import MASK, Secrets, is_secret_name
from zonda.web.debug.template import PAGE
from zonda.web.debug.values import ShownValues

if TYPE_CHECKING:
    from types import TracebackType

    from zonda.httputil import HTTPServerRequest
    from zonda.web.frame import HandlerFrame

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

__all__ = ["debug_page", "wants_page"]


def wants_page(request: HTTPServerRequest) -> bool:
    """Whether who asks is a browser that shows pages, not a program."""
    accepted = request.headers.get("Accept", "")
    return "text/html" in accepted and request.headers.get("X-Requested-With") is None


def debug_page(handler: HandlerFrame, status: int, error: BaseException) -> str:
    """The page for an exception that a handler did not catch.

    Args:
        handler: the handler; of its request everything but secrets is shown.
        status: of the response.
    """
    request = handler.request
    chain = with_causes(error)
    secrets = _secrets_of(handler, chain)
    values = ShownValues(secrets)
    errors = [
        {
            "relation": relation,
            "type": _type_name(each),
            "message": values.text(_message(each)),
            "frames": shown_frames(each.__traceback__, values),
        }
        for each, relation in chain
    ]
    page: bytes = _template().generate(
        status=f"{status} {responses.get(status, 'Unknown')}",
        errors=errors,
        request=f"{request.method} {values.text(request.uri)}",
        tables=_request_tables(handler, values),
        text=secrets.blot_out("".join(traceback.format_exception(error))[-100_000:]),
        versions=f"Zonda {__version__}, Python {platform.python_version()} on {sys.platform}",
    )
    return page.decode()


@cache
def _template() -> Template:
    return Template(PAGE, name="debug.html", autoescape="xhtml_escape", whitespace="all")


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as failure:
        return f"<str() of it raises {type(failure).__name__}>"


def _secrets_of(handler: HandlerFrame, chain: list[tuple[BaseException, str]]) -> Secrets:
    secrets = Secrets()
    request = handler.request
    secrets.learn(handler.settings)
    secrets.learn(request.headers.get_all())
    secrets.learn_cookies(request.headers.get("Cookie", ""))
    for arguments in _arguments(request):
        secrets.learn(arguments)
    for error, _ in chain:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            secrets.learn(frame.f_locals)
    return secrets


def _arguments(request: HTTPServerRequest) -> Iterable[dict[str, list[bytes]]]:
    """The arguments of the request; what cannot be parsed is why this page is shown."""
    for name in ("query_arguments", "body_arguments"):
        try:
            yield getattr(request, name)
        except Exception:
            continue


def _request_tables(
    handler: HandlerFrame, values: ShownValues
) -> list[tuple[str, list[tuple[str, str]]]]:
    """What is known of the request, in tables that have a title each."""
    request = handler.request
    about = [
        ("URL", values.text(request.full_url())),
        ("Client", str(request.remote_ip)),
        ("Version", request.version),
        ("Handler", f"{type(handler).__module__}.{type(handler).__qualname__}"),
        ("Path arguments", values.show("", getattr(handler, "path_args", None) or [])),
        ("Named path arguments", values.show("", getattr(handler, "path_kwargs", None) or {})),
        ("Body", f"{len(request.body)} bytes"),
    ]
    tables = [("Request", about), ("Header fields", _rows(request.headers.get_all(), values.text))]
    titles = ("Arguments in the URL", "Arguments in the body")
    for title, arguments in zip(titles, _arguments(request), strict=False):
        rows = ((name, value) for name, several in arguments.items() for value in several)
        tables.append(
            (title, _rows(rows, lambda value: values.text(value.decode("utf-8", "replace"))))
        )
    uploads = request.__dict__.get("files") or {}
    files = [
        (name, values.text(f"{file.filename} ({file.content_type}, {len(file.body)} bytes)"))
        for name, several in uploads.items()
        for file in several
    ]
    tables += [("Files", files), ("Settings", _settings(handler, values))]
    return [(title, rows) for title, rows in tables if rows]


def _rows(pairs: Iterable[tuple[str, Any]], shown: Callable[[Any], str]) -> list[tuple[str, str]]:
    return [(name, MASK if is_secret_name(name) else shown(value)) for name, value in pairs]


def _settings(handler: HandlerFrame, values: ShownValues) -> list[tuple[str, str]]:
    return [
        (str(name), values.show(str(name), handler.settings[name])) for name in handler.settings
    ]
