"""A login that has been begun: what must be the same when the user comes back.

It is kept in a signed cookie of the browser that began it, for ten minutes. Its *state* goes
with the user to the provider and back (RFC 6749 section 10.12): a response without it, or
with another browser's, was slipped in by somebody else. The *nonce* comes back inside of the
ID token (OpenID Connect Core section 15.5.2), and the provider gives tokens only to who
knows the *verifier* (PKCE, RFC 7636), so that neither a stolen token nor a stolen code can be
put in.

Each attempt has a cookie of its own, so that logins in two tabs do not disturb one another.
Over HTTPS its name begins with ``__Host-``: no neighbouring site can plant one.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import json
import re
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from zonda.auth.errors import LoginError

if TYPE_CHECKING:
    from zonda.web import RequestHandler

__all__ = ["LIFETIME", "LoginAttempt", "begin", "resume"]

#: For how many seconds a user may stay with the provider.
LIFETIME: Final = 600
# A browser that has more of them unfinished is not a person's, or does not keep to LIFETIME.
_MAX_UNFINISHED: Final = 8
_PREFIX: Final = "zonda-login-"
_is_state = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch


class LoginAttempt(NamedTuple):
    """What was sent to the provider.

    Attributes:
        state: 256 random bits, like nonce and verifier.
        provider: which one it was.
        redirect_uri: where it was to send the user back to.
        next_url: where the user wants to go in the end.
    """

    state: str
    nonce: str
    verifier: str
    provider: str
    redirect_uri: str
    next_url: str

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier: method S256 (RFC 7636 section 4.2)."""
        digest = hashlib.sha256(self.verifier.encode("ascii")).digest()
        encoded = binascii.b2a_base64(digest, newline=False).translate(_URL_SAFE, b"=")
        return encoded.decode("ascii")


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def begin(
    handler: RequestHandler, provider: str, redirect_uri: str, next_url: str, *, cross_site: bool
) -> LoginAttempt:
    """Begin an attempt; its cookie is set in the handler's response.

    Args:
        cross_site: the provider sends the user back by a POST from its own page.

    Raises:
        LoginError: the cookie could not come back, because the site is not on HTTPS.
    """
    secure = handler.request.protocol == "https"
    if cross_site and not secure:
        raise LoginError("response_mode form_post needs this site to be on HTTPS", 500)
    for name in _unfinished(handler)[_MAX_UNFINISHED - 1 :]:
        _clear(handler, name)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    attempt = LoginAttempt(state, nonce, verifier, provider, redirect_uri, next_url)
    handler.set_signed_cookie(
        _cookie_name(handler, attempt.state),
        json.dumps(attempt),
        expires_days=None,
        max_age=LIFETIME,
        httponly=True,
        secure=secure,
        samesite="None" if cross_site else "Lax",
    )
    return attempt


def resume(handler: RequestHandler, provider: str, state: str) -> LoginAttempt:
    """The attempt that the user comes back from. It cannot be resumed again.

    Raises:
        LoginError: this browser has not begun it, or too long ago, or with another provider.
    """
    name = _cookie_name(handler, state) if _is_state(state) else ""
    kept = name and handler.get_signed_cookie(name, max_age_days=LIFETIME / 86400, min_version=2)
    if not kept:
        raise LoginError("The login was not begun in this browser, or too long ago")
    _clear(handler, name)
    attempt = LoginAttempt(*json.loads(kept))
    if not hmac.compare_digest(attempt.state, state) or attempt.provider != provider:
        raise LoginError("The login was begun with another provider")
    return attempt


def _cookie_name(handler: RequestHandler, state: str) -> str:
    prefix = "__Host-" if handler.request.protocol == "https" else ""
    return f"{prefix}{_PREFIX}{state[:12]}"


def _unfinished(handler: RequestHandler) -> list[str]:
    return [name for name in handler.request.cookies if _PREFIX in name]


def _clear(handler: RequestHandler, name: str) -> None:
    handler.clear_cookie(name, httponly=True, secure=handler.request.protocol == "https")
