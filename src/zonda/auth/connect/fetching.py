"""How providers are asked: with deadlines, over TLS, and without being led elsewhere."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from zonda.auth.errors import LoginError
from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

__all__ = ["check_url", "fetch_object"]

#: Seconds for one request to a provider: a user is waiting.
_TIMEOUT: Final = 10.0
_MAX_BODY: Final = 1 << 20
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def check_url(url: Any) -> str:
    """The URL, if secrets may be sent there: with https, or to this very machine.

    Raises:
        LoginError: it is something else.
    """
    if isinstance(url, str):
        parts = urlsplit(url)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if secure and parts.hostname and not parts.fragment:
            return url
    raise LoginError(f"A provider's URL must begin with https://, not {url!r}", 502)


async def fetch_object(client: AsyncHTTPClient, request: HTTPRequest) -> dict[str, Any]:
    """Make a request and return the JSON object that answers it.

    Redirects are not followed: secrets are in the request.

    Raises:
        LoginError: with the provider's error code (RFC 6749 section 5.2) if it refused, and
            with status 502 if it cannot be reached or the answer is something else.
    """
    where = check_url(request.url).partition("?")[0]
    request.follow_redirects = False
    request.request_timeout = request.request_timeout or _TIMEOUT
    try:
        response = await client.fetch(request, raise_error=False)
    except (HTTPClientError, OSError) as error:
        raise LoginError(f"{where} cannot be asked: {type(error).__name__}", 502) from None
    return _object(where, response)


def _object(where: str, response: HTTPResponse) -> dict[str, Any]:
    answer: Any = None
    if len(response.body) <= _MAX_BODY:
        try:
            answer = json.loads(response.body)
        except (ValueError, RecursionError):
            pass
    if isinstance(answer, dict) and answer.get("error"):
        error, description = str(answer["error"]), str(answer.get("error_description", ""))
        raise LoginError(
            f"{where} refuses: {error!r} {description!r}",
            403 if response.code < 500 else 502,
            error=error,
            description=description,
        )
    if response.code != 200:
        raise LoginError(f"{where} answers with status {response.code}", 502)
    if not isinstance(answer, dict):
        raise LoginError(f"{where} does not answer with a JSON object", 502)
    return answer
