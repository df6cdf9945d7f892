"""Protection against cross-site request forgery: pages of other sites must not act for users.

Two ways, each turned on by a setting, for all methods but GET, HEAD and OPTIONS:

``cross_origin_protection``
    Browsers say where a request comes from: by ``Sec-Fetch-Site``, older ones by ``Origin``.
    Requests from elsewhere are refused unless :meth:`XSRFMixin.check_trusted_origin` lets
    them in. Nothing needs to be added to forms.
``xsrf_cookies``
    A random token is set as the cookie ``_xsrf`` and must come back as a form field or
    header field besides, where only our own pages can put it.

Tokens are written in two versions. Version 1 is the token in hexadecimal. In version 2 it is
masked anew for each response, or its bytes could be guessed one by one from the length of
compressed pages (BREACH)::

    2|mask|masked token|timestamp      mask and token in hexadecimal, seconds since the epoch
"""

from __future__ import annotations

import binascii
import os
import re
import time
from collections.abc import Callable
from itertools import cycle
from typing import Final

from zonda.escape import utf8, xhtml_escape
from zonda.log import gen_log
from zonda.web.errors import HTTPError
from zonda.web.frame import HandlerFrame

__all__ = ["XSRFMixin"]

#: Methods that change nothing (RFC 9110 section 9.2.1).
_SAFE_METHODS: Final = frozenset(("GET", "HEAD", "OPTIONS"))
_MASK_SIZE: Final = 4
_TOKEN_SIZE: Final = 16

_version_prefix = re.compile(r"[1-9][0-9]*\|").match
# A serialized origin, RFC 6454 section 6.2; some clients send whole URLs.
_origin_host = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]+)").match


class XSRFMixin(HandlerFrame):
    """Tokens, and the checks of requests that may come from other sites."""

    # -------------------------------------------------------------- where it comes from

    def check_trusted_origin(self, origin: str) -> bool:
        """Whether requests from another origin are welcome.

        With the setting ``cross_origin_protection``, this is asked about requests that may
        change something, that a browser made for a page of another origin, before
        ``prepare``. False is answered with 403. By default the setting ``trusted_origins``,
        a collection of origins such as ``"https://shop.example"``, decides.

        Override it to decide by more than a list. One that always returns True turns the
        protection off for this handler: then it must not go by cookies, or must have
        another protection.

        Args:
            origin: what the browser sent in the ``Origin`` field, untrusted: ``scheme://host``
                with the port if it is unusual, or ``"null"``.
        """
        trusted = self.settings.get("trusted_origins") or ()
        if isinstance(trusted, str):  # "in" would take any part of it
            return origin == trusted
        return origin in trusted

    def _cross_origin_protection(self) -> None:
        """Refuse a request that another site's page may have made, if that is asked for.

        Raises:
            HTTPError: 403.
        """
        if (
            self.settings.get("cross_origin_protection")
            and self.request.method not in _SAFE_METHODS
        ):
            objection = self._check_cross_origin(self.check_trusted_origin)
            if objection is not None:
                raise HTTPError(403, "%s", objection)

    def _check_cross_origin(self, check: Callable[[str], bool]) -> str | None:
        """Why a request must be refused, or None.

        Args:
            check: asked for the ``Origin`` of requests that come from another one.
        """
        headers = self.request.headers
        site = headers.get("Sec-Fetch-Site")
        if site in ("same-origin", "none"):  # none: typed, or a bookmark
            return None
        origin = headers.get("Origin")
        if site is None:
            if origin is None:
                return None  # no browser, so nobody else's cookies
            if self._origin_matches_host(origin):
                return None
        elif not origin:
            return f"Sec-Fetch-Site {site} without an Origin not allowed"
        if check(origin):
            return None
        if site is None:
            return f"Origin {origin!r} not allowed"
        return f"Sec-Fetch-Site {site} from Origin {origin!r} not allowed"

    def _origin_matches_host(self, origin: str) -> bool:
        """Whether it is the host that the request is for.

        The scheme does not count: behind a proxy we often do not know our own.
        """
        match = _origin_host(origin)
        return match is not None and match[1].lower() == self.request.host.lower()

    # -------------------------------------------------------------------------- tokens

    @property
    def xsrf_token(self) -> bytes:
        """The token of this user, ASCII; masked differently in each request.

        If the client has none yet, reading it sets the cookie ``_xsrf`` (setting
        ``xsrf_cookie_name``) with the options in the setting ``xsrf_cookie_kwargs``. It lives
        as long as the browser, or 30 days if there is a ``current_user``.

        Raises:
            ValueError: the setting ``xsrf_cookie_version`` is neither 1 nor 2.
        """
        known: bytes | None = self.__dict__.get("_xsrf_token")
        if known is not None:
            return known
        version, token, timestamp = self._get_raw_xsrf_token()
        written = self._xsrf_token = _encode_token(
            self.settings.get("xsrf_cookie_version", 2), token, timestamp
        )
        if version is None:
            options = dict(self.settings.get("xsrf_cookie_kwargs") or {})
            if self.current_user and "expires_days" not in options:
                options["expires_days"] = 30
            self.set_cookie(self._xsrf_cookie_name(), written, **options)
        return written

    def xsrf_form_html(self) -> str:
        """The hidden form field with the token, to be put into every form that is posted."""
        token = xhtml_escape(self.xsrf_token)
        return f'<input type="hidden" name="_xsrf" value="{token}"/>'

    def check_xsrf_cookie(self) -> None:
        """Check that the token came in the cookie and in the request besides.

        Called before ``prepare`` if the setting ``xsrf_cookies`` is on. The token is looked
        for in the argument ``_xsrf``, then in the header fields ``X-XSRFToken`` and
        ``X-CSRFToken``. Override it to exempt a handler, or to accept other proofs.

        Raises:
            HTTPError: 403.
        """
        headers = self.request.headers
        given = (
            self.get_argument("_xsrf", None)
            or headers.get("X-Xsrftoken")
            or headers.get("X-Csrftoken")
        )
        if not given:
            raise HTTPError(403, "'_xsrf' argument missing from POST")
        _, token, _ = self._decode_xsrf_token(given)
        if not token:
            raise HTTPError(403, "'_xsrf' argument has invalid format")
        _, expected, _ = self._get_raw_xsrf_token()
        from hmac import compare_digest  # loads OpenSSL: not at import

        if not compare_digest(token, expected):
            raise HTTPError(403, "XSRF cookie does not match POST argument")

    def _get_raw_xsrf_token(self) -> tuple[int | None, bytes, float]:
        """The cookie's version, token and time; for a new token the version is None."""
        known: tuple[int | None, bytes, float] | None = self.__dict__.get("_raw_xsrf_token")
        if known is not None:
            return known
        cookie = self.get_cookie(self._xsrf_cookie_name())
        version, token, timestamp = (
            self._decode_xsrf_token(cookie) if cookie else (None, None, None)
        )
        if token is None or timestamp is None:
            version, token, timestamp = None, os.urandom(_TOKEN_SIZE), time.time()
        self._raw_xsrf_token = version, token, timestamp
        return self._raw_xsrf_token

    def _decode_xsrf_token(self, cookie: str) -> tuple[int | None, bytes | None, float | None]:
        """Version, token and time of a written token; three times None if it is malformed."""
        if _version_prefix(cookie) is None:
            # Version 1. Other programs put other things there than hexadecimal digits.
            data = utf8(cookie)
            try:
                token = binascii.unhexlify(data)
            except binascii.Error:
                token = data
            return 1, token, int(time.time())
        try:
            version, mask, masked, timestamp = cookie.split("|")
            if version != "2":
                raise ValueError(f"unknown version {version}")
            return 2, _mask(_from_hex(mask), _from_hex(masked)), int(timestamp)
        except ValueError:
            # What it is instead may be a good one of somebody, cut off.
            gen_log.debug("Malformed XSRF token")
            return None, None, None

    def _xsrf_cookie_name(self) -> str:
        name: str = self.settings.get("xsrf_cookie_name", "_xsrf")
        return name


def _encode_token(version: int, token: bytes, timestamp: float) -> bytes:
    if version == 1:
        return binascii.hexlify(token)
    if version == 2:
        mask = os.urandom(_MASK_SIZE)
        masked = binascii.hexlify(_mask(mask, token))
        return b"|".join((b"2", binascii.hexlify(mask), masked, b"%d" % timestamp))
    raise ValueError(f"the setting xsrf_cookie_version is {version!r}: it must be 1 or 2")


def _mask(mask: bytes, data: bytes) -> bytes:
    """Mask, or unmask, *data*.

    Raises:
        ValueError: the mask has not the right size.
    """
    if len(mask) != _MASK_SIZE:
        raise ValueError(f"a mask of {len(mask)} bytes")
    return bytes([byte ^ key for byte, key in zip(data, cycle(mask), strict=False)])


def _from_hex(digits: str) -> bytes:
    return binascii.unhexlify(utf8(digits))
