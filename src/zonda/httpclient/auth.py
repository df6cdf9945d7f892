"""What ``auth=`` may be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zonda.httpclient.request import HTTPRequest

__all__ = ["Auth", "BasicAuth", "BearerAuth", "DigestAuth", "apply_auth"]


class BasicAuth(NamedTuple):
    """A user name and a password, sent with the first request (RFC 7617)."""

    username: str
    password: str


class DigestAuth(NamedTuple):
    """A user name and a password that answers a server's challenge (RFC 7616)."""

    username: str
    password: str


class BearerAuth(NamedTuple):
    """A token (RFC 6750)."""

    token: str


#: A function is called with the request about to be sent, each time, and sets its fields; it
#: may be ``async``. After a redirect to another origin it is not called.
AuthFunction = Callable[["HTTPRequest"], "Awaitable[object] | object"]
Auth = BasicAuth | DigestAuth | BearerAuth | tuple[str, str] | AuthFunction


def apply_auth(request: HTTPRequest, auth: Auth) -> None:
    """Have a request log in as ``auth`` says.

    Raises:
        TypeError: this is no way to log in.
        ValueError: a token holds what no token can, or ``auth_username`` is given as well.
    """
    if request.auth_username is not None:
        raise ValueError("give auth, or auth_username and auth_password")
    if isinstance(auth, BearerAuth):
        if not auth.token or not all("!" <= c <= "~" for c in auth.token):
            raise ValueError("a bearer token is made of visible ASCII characters")
        request._own_headers()["Authorization"] = f"Bearer {auth.token}"
    elif isinstance(auth, tuple):
        if len(auth) != 2:
            raise TypeError("auth is a user name and a password, or an object that says how")
        request.auth_username, request.auth_password = auth
        request.auth_mode = "digest" if isinstance(auth, DigestAuth) else "basic"
    elif callable(auth):
        request.auth = auth
        request._special = True
    else:
        raise TypeError(f"{auth!r} is no way to log in: give a pair, BearerAuth or a function")
