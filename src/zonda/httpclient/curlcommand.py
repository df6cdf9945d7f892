"""A request as a command for a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from zonda.escape import native_str
from zonda.httpclient.masking import MASK, mask_fields, mask_url
from zonda.httputil import HTTPHeaders

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest

__all__ = ["curl_command"]

_BODY_METHODS = ("POST", "PUT", "PATCH")


def curl_command(request: HTTPRequest, mask: bool = False) -> str:
    """The ``curl`` command that sends a request, quoted for a POSIX shell.

    What was not given is left to curl, except that curl does not follow redirects by itself
    and that a request here does. A ``body_producer`` cannot be shown: the body is to be given
    on standard input then.

    Args:
        request: the request.
        mask: whether what proves who the user is is replaced by ``***``: passwords, cookies
            and tokens in their usual fields. The URL's query and the body stay as they are.
    """
    words = ["curl"]
    words += _method(request)
    words += _policy(request)
    words += _login(request, mask)
    words += _connection(request, mask)
    words += _headers(request, mask)
    feed, content = _body(request)
    words += content
    url = mask_url(request.url) if mask else request.url
    if request.server_hostname:
        url, more = _elsewhere(url, request.server_hostname)
        words += more
    words += ["--url", url] if url.startswith("-") else [url]
    return feed + " ".join(map(shlex.quote, words))


def _method(request: HTTPRequest) -> list[str]:
    has_body = request._body is not None or request.body_producer is not None
    if request.method == "HEAD" and not has_body:
        return ["--head"]
    if request.method == ("POST" if has_body else "GET"):
        return []
    return ["--request", request.method]


def _policy(request: HTTPRequest) -> list[str]:
    words = ["--globoff"] if any(c in request.url for c in "[]{}") else []
    if request.follow_redirects is not False:
        words += ["--location", "--max-redirs", str(_given(request.max_redirects, 5))]
    if request.decompress_response is not False and "Accept-Encoding" not in (
        HTTPHeaders(request._headers or ())
    ):
        words.append("--compressed")
    if request.connect_timeout:
        words += ["--connect-timeout", f"{request.connect_timeout:g}"]
    if request.request_timeout:
        words += ["--max-time", f"{request.request_timeout:g}"]
    if request.expect_100_continue:
        words += ["--header", "Expect: 100-continue"]
    return words


def _given(value: int | None, default: int) -> int:
    return default if value is None else value


def _login(request: HTTPRequest, mask: bool) -> list[str]:
    if request.auth_username is None:
        return []
    password = MASK if mask else native_str(request.auth_password or "")
    words = ["--user", f"{native_str(request.auth_username)}:{password}"]
    return ["--digest", *words] if request.auth_mode == "digest" else words


def _connection(request: HTTPRequest, mask: bool) -> list[str]:
    words: list[str] = []
    if request.proxy:
        words += ["--proxy", mask_url(request.proxy) if mask else request.proxy]
    elif request.proxy_host:
        words += ["--proxy", f"http://{request.proxy_host}:{request.proxy_port}"]
    if request.proxy_username:
        password = MASK if mask else request.proxy_password or ""
        words += ["--proxy-user", f"{request.proxy_username}:{password}"]
        if request.proxy_auth_mode == "digest":
            words.append("--proxy-digest")
    if request.unix_socket:
        words += ["--unix-socket", request.unix_socket]
    if request.network_interface:
        words += ["--interface", request.network_interface]
    if request.allow_ipv6 is False:
        words.append("--ipv4")
    if request.validate_cert is False:
        words.append("--insecure")
    for option, value in (
        ("--cacert", request.ca_certs),
        ("--cert", request.client_cert),
        ("--key", request.client_key),
    ):
        if value is not None:
            words += [option, value]
    return words


def _elsewhere(url: str, name: str) -> tuple[str, list[str]]:
    """Ask for a host under another name: curl takes TLS's name from the URL."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    words = ["--connect-to", f"::{host}:{parts.port or ''}", "--header", f"Host: {address}"]
    user = parts.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{user}@{name}{port}" if user else name + port).geturl(), words


def _headers(request: HTTPRequest, mask: bool) -> list[str]:
    headers = HTTPHeaders(request._headers or ())
    fields = [(name, native_str(value)) for name, value in headers.get_all()]
    words: list[str] = []
    if request.user_agent and "User-Agent" not in headers:
        words += ["--user-agent", request.user_agent]
    for name, value in mask_fields(fields, mask):
        if any(c in "\r\n\0" for c in name + value):
            raise ValueError(f"the field {name!r} holds a control character")
        # curl takes "Name:" for "leave this one out", and "Name;" for an empty one.
        words += ["--header", f"{name}: {value}" if value else f"{name};"]
    return words


def _body(request: HTTPRequest) -> tuple[str, list[str]]:
    """What feeds curl's standard input, and the options for the content."""
    has_type = "Content-Type" in HTTPHeaders(request._headers or ())
    # curl would call every content a form.
    plain = [] if has_type or request.method == "POST" else ["--header", "Content-Type:"]
    body = request._body
    if body is None:
        return "", [*plain, "--data-binary", "@-"] if request.body_producer is not None else []
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" not in text:
        return "", [*plain, "--data-raw", text]
    octets = "".join(
        chr(octet) if 32 <= octet < 127 and octet not in b"\\'%-" else f"\\{octet:03o}"
        for octet in body
    )
    return f"printf '{octets}' | ", [*plain, "--data-binary", "@-"]
