"""From the command line to a request."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from zonda.cli.fetch.exits import Failure
from zonda.httputil import HTTPHeaders

__all__ = ["arguments_of", "url_of"]


def url_of(options: Namespace) -> str:
    """The URL, completed."""
    url: str = options.url
    return url if "://" in url else f"http://{url}"


def arguments_of(options: Namespace) -> dict[str, Any]:
    """The arguments of `HTTPRequest` that the options ask for.

    Raises:
        Failure: they do not go together, or a file cannot be read.
    """
    content = _content(options)
    if content and options.head:
        raise Failure(2, "-I asks for a head: it sends no content")
    for file in (options.cacert, options.cert, options.key):
        if file is not None and not Path(file).is_file():
            raise Failure(26, f"no file {file!r}")
    headers = _headers(options)
    if options.json is not None:
        for name in ("Content-Type", "Accept"):
            headers.setdefault(name, "application/json")
    return {
        "method": options.request or ("HEAD" if options.head else "POST" if content else "GET"),
        "headers": headers,
        "allow_nonstandard_methods": True,
        "user_agent": options.user_agent,
        "decompress_response": options.compressed,
        "follow_redirects": options.location,
        "max_redirects": options.max_redirs,
        "validate_cert": not options.insecure,
        "ca_certs": options.cacert,
        "client_cert": options.cert,
        "client_key": options.key,
        "proxy": options.proxy,
        "network_interface": options.interface,
        "unix_socket": options.unix_socket,
        "connect_timeout": options.connect_timeout,
        "request_timeout": options.max_time,
        "retries": options.retry or None,
        **_login(options),
        **content,
    }


def _headers(options: Namespace) -> HTTPHeaders:
    headers = HTTPHeaders()
    for line in options.header:
        name, colon, value = line.partition(":")
        if not colon:
            raise Failure(2, f"-H {line!r}: a field is written 'Name: value'")
        headers.add(name.strip(), value.strip())
    if options.cookie:
        headers.add("Cookie", options.cookie)
    return headers


def _login(options: Namespace) -> dict[str, Any]:
    if options.user is None:
        return {}
    name, colon, password = options.user.partition(":")
    if not colon:
        import getpass

        password = getpass.getpass(f"password of {name}: ")
    mode = "digest" if options.digest else "basic"
    return {"auth_username": name, "auth_password": password, "auth_mode": mode}


# -------------------------------------------------------------------------------- content


def _content(options: Namespace) -> dict[str, Any]:
    given = [options.data, options.json, options.form]
    if sum(one is not None for one in given) > 1:
        raise Failure(2, "give one of -d, --json and -F")
    if options.data is not None:
        return {"body": b"&".join(_read(text) for text in options.data)}
    if options.json is not None:
        return {"body": _read(options.json)}
    if options.form is not None:
        return _form(options.form)
    return {}


def _read(text: str) -> bytes:
    """What is meant: the text, or the content of a file."""
    if not text.startswith("@"):
        return text.encode()
    if text == "@-":
        return sys.stdin.buffer.read()
    try:
        return Path(text[1:]).read_bytes()
    except OSError as error:
        raise Failure(26, str(error)) from None


def _form(fields: list[str]) -> dict[str, Any]:
    data: list[tuple[str, str]] = []
    files: list[tuple[str, Any]] = []
    for field in fields:
        name, equals, content = field.partition("=")
        if not equals:
            raise Failure(2, f"-F {field!r}: write NAME=CONTENT or NAME=@FILE")
        if content.startswith("@"):
            files.append((name, _file(content[1:])))
        else:
            data.append((name, content))
    return {"data": data, "files": files}


def _file(text: str) -> tuple[Any, ...]:
    """``FILE;type=TYPE;filename=NAME`` as ``files=`` takes it."""
    where, *rest = text.split(";")
    said = dict(part.strip().partition("=")[::2] for part in rest)
    unknown = said.keys() - {"type", "filename"}
    if unknown:
        raise Failure(2, f"-F: {', '.join(unknown)} is neither type nor filename")
    path = Path(where)
    if not path.is_file():
        raise Failure(26, f"no file {where!r}")
    name = said.get("filename", path.name)
    return (name, path, said["type"]) if "type" in said else (name, path)
