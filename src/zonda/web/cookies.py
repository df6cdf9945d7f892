"""How a handler reads and sets cookies (RFC 6265), and signs them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from zonda.escape import native_str
from zonda.httputil import format_timestamp
from zonda.web.frame import HandlerFrame
from zonda.web.signed import create_signed_value, decode_signed_value, get_signature_key_version

if TYPE_CHECKING:
    import datetime
    from http.cookies import SimpleCookie

__all__ = ["CookiesMixin", "ResponseCookie"]

# A token (RFC 6265 section 4.1.1) and the colon, which Python's own cookies allow as well.
_is_name = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~:]+").fullmatch
# Values of these characters are sent as they are, others in double quotes.
_is_plain_value = _is_name
# Never part of a value: what ends a header line or the value itself, and blanks.
_unsafe_in_value = re.compile(r"[\x00-\x20]").search
# RFC 6265 section 4.1.1: no control characters and no semicolon. Blanks would be stripped by
# some and not by others; characters that are no bytes cannot be sent.
_unsafe_in_attribute = re.compile(r"[^\x21-\x3a\x3c-\x7e\x80-\xff]").search
# In double quotes, as `http.cookies` of Python writes and reads them.
_to_escape = re.compile(r"[^A-Za-z0-9!#$%&'*+\-.^_`|~: ()/<=>?@\[\]{}]").sub

#: How each attribute is written, in the order in which they are sent.
_ATTRIBUTES: Final = {
    "comment": "Comment",
    "domain": "Domain",
    "expires": "expires",
    "httponly": "HttpOnly",
    "max-age": "Max-Age",
    "partitioned": "Partitioned",
    "path": "Path",
    "samesite": "SameSite",
    "secure": "Secure",
    "version": "Version",
}
_FLAGS: Final = frozenset(("httponly", "partitioned", "secure"))

_EXPIRED_DAYS: Final = 365


@cache
def _error_class() -> type[ValueError]:
    """What is raised for cookies that cannot be sent.

    Programs catch ``CookieError`` for some of them and ``ValueError`` for others: this is
    both. Few ever raise it, so ``http.cookies`` is not imported for it before.
    """
    from http.cookies import CookieError

    class InvalidCookieError(CookieError, ValueError):
        """A cookie's name, value or attribute cannot be sent."""

    return InvalidCookieError


class ResponseCookie:
    """One cookie that a response sets.

    Attributes:
        key: its name.
        value: its value as the application gave it.
        coded_value: the value as it is sent.
        attributes: attributes by lower-case name; flags have the value True.
    """

    __slots__ = ("attributes", "coded_value", "key", "value")

    def __init__(self, name: str, value: str, attributes: dict[str, Any]) -> None:
        """Check and encode.

        Args:
            attributes: any of ``expires`` (seconds since the epoch, time tuple in UTC or
                datetime), ``max-age`` (seconds), ``path``, ``domain``, ``samesite``,
                ``secure``, ``httponly``, ``partitioned``, ``comment`` and ``version``, in
                any case, with hyphen or underscore. None and False leave one out.

        Raises:
            ValueError: something in it cannot be sent safely.
        """
        self.key = _checked_name(name)
        self.value = value
        self.coded_value = _coded_value(name, value)
        self.attributes = dict(_checked_attributes(name, attributes))

    def OutputString(self, attrs: object = None) -> str:
        """The value of the ``Set-Cookie`` field. *attrs*, if given, are those to be written."""
        text = [f"{self.key}={self.coded_value}"]
        for attribute, written in _ATTRIBUTES.items():
            if attribute not in self.attributes:
                continue
            if attrs is not None and attribute not in attrs:  # type: ignore[operator]
                continue
            value = self.attributes[attribute]
            text.append(written if value is True else f"{written}={value}")
        return "; ".join(text)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.OutputString()}>"


def _checked_name(name: str) -> str:
    if not _is_name(name):
        raise _error_class()(
            f"Invalid cookie attribute name={name!r}: use letters, digits and !#$%&'*+-.^_`|~:"
        )
    if name.lower() in _ATTRIBUTES:
        raise _error_class()(f"{name!r} is an attribute of cookies: no cookie can be named so")
    return name


def _coded_value(name: str, value: str) -> str:
    if _is_plain_value(value):
        return value
    found = _unsafe_in_value(value)
    if found:  # the value itself is not shown: exceptions are logged
        raise _error_class()(
            f"cookie {name!r} cannot hold {found[0]!r}: "
            "encode the value with url_escape, or sign it"
        )
    return f'"{_to_escape(_escape, value)}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in '"\\':
        return "\\" + character
    if character > "\xff":
        raise _error_class()(
            f"a cookie cannot hold {character!r}: encode the value with url_escape, or sign it"
        )
    return f"\\{ord(character):03o}"


def _checked_attributes(name: str, attributes: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for written, value in attributes.items():
        attribute = written.lower().replace("_", "-")
        if attribute not in _ATTRIBUTES:
            raise _error_class()(
                f"cookie {name!r}: there is no attribute {written!r}; "
                f"there are {', '.join(_ATTRIBUTES)}"
            )
        if value is None or value is False or value == "":
            continue
        if attribute in _FLAGS:
            if value:
                yield attribute, True
        elif attribute == "expires":
            yield attribute, _expires(name, value)
        elif attribute == "max-age":
            yield attribute, _max_age(name, value)
        else:
            yield attribute, _attribute_text(name, written, value)


def _attribute_text(name: str, attribute: str, value: Any) -> str:
    text = native_str(value) if isinstance(value, bytes) else str(value)
    if _unsafe_in_attribute(text):
        raise _error_class()(
            f"Invalid cookie attribute {attribute}={text!r} for cookie {name!r}: "
            "blanks, control characters and semicolons must be percent-encoded"
        )
    return text


def _max_age(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise _error_class()(
            f"cookie {name!r}: max_age must be a number of seconds, not {value!r}"
        ) from None


def _expires(name: str, value: Any) -> str:
    if isinstance(value, str | bytes):
        raise _error_class()(
            f"cookie {name!r}: expires must be a number, a time tuple or a datetime, not {value!r}"
        )
    return format_timestamp(value)


class CookiesMixin(HandlerFrame):
    """Reading and setting cookies."""

    #: The cookies that the response sets, by name. Made when the first one is set; read when
    #: the response's head is sent.
    _new_cookie: dict[str, ResponseCookie] | None = None

    # ------------------------------------------------------------------------ reading

    @property
    def cookies(self) -> SimpleCookie:
        """The request's cookies, a :class:`http.cookies.SimpleCookie`."""
        return self.request.cookies

    def get_cookie(self, name: str, default: str | None = None) -> str | None:
        """The value of the request's cookie called *name*, or *default*.

        Cookies that this response sets are not seen before the next request.
        """
        request = self.request
        # Whoever has asked for the whole collection may have changed it.
        cookies = request.__dict__.get("cookies")
        if cookies is None:
            return request.cookie_values.get(name, default)
        return cookies[name].value if name in cookies else default

    def get_signed_cookie(
        self,
        name: str,
        value: str | None = None,
        max_age_days: float = 31,
        min_version: int | None = None,
    ) -> bytes | None:
        """The value of a cookie that :meth:`set_signed_cookie` set, or None.

        None also if it was changed, or signed longer than *max_age_days* ago, however long
        the client keeps it. See :func:`~zonda.web.decode_signed_value`.

        Args:
            value: a signed value to read instead of the request's cookie.
        """
        self.require_setting("cookie_secret", "signed cookies")
        return decode_signed_value(
            self.settings["cookie_secret"],
            name,
            self.get_cookie(name) if value is None else value,
            max_age_days=max_age_days,
            min_version=min_version,
        )

    def get_signed_cookie_key_version(self, name: str, value: str | None = None) -> int | None:
        """Which of the application's keys a signed cookie says it is signed with, or None."""
        self.require_setting("cookie_secret", "signed cookies")
        if value is None:
            value = self.get_cookie(name)
        return None if value is None else get_signature_key_version(value)

    # ------------------------------------------------------------------------ setting

    def set_cookie(
        self,
        name: str,
        value: str | bytes,
        domain: str | None = None,
        expires: float | tuple[Any, ...] | datetime.datetime | None = None,
        path: str = "/",
        expires_days: float | None = None,
        *,
        max_age: int | None = None,
        httponly: bool = False,
        secure: bool = False,
        samesite: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Set a cookie; it comes back with the client's next request.

        Args:
            expires: when the client shall forget it: seconds since the epoch, a time tuple
                in UTC, or a datetime (naive ones are UTC). Without, when the browser ends.
            expires_days: the same in days from now; `expires` counts if both are given.
            max_age: the same in seconds from now. 0 makes the client forget it at once.
            httponly: keep it from scripts.
            secure: have it sent over HTTPS only.
            samesite: ``"Strict"``, ``"Lax"`` or ``"None"``: with which requests from pages
                of other sites it is sent.
            kwargs: ``partitioned=True``, and the obsolete ``comment`` and ``version``. For
                old programs' sake all attributes are taken in upper and mixed case as well.

        Raises:
            ValueError: name, value or an attribute holds what cannot be sent safely.
                ``http.cookies.CookieError`` catches it too.
        """
        if expires is None and expires_days is not None:
            expires = _days_from_now(expires_days)
        attributes = {
            "domain": domain,
            "expires": expires,
            "path": path,
            "max-age": max_age,
            "httponly": httponly,
            "secure": secure,
            "samesite": samesite,
            **kwargs,
        }
        cookie = ResponseCookie(native_str(name), _text(value), attributes)
        cookies = self._new_cookie
        if cookies is None:
            cookies = self._new_cookie = {}
        cookies.pop(cookie.key, None)  # so that cookies are sent in the order they were set
        cookies[cookie.key] = cookie

    def clear_cookie(self, name: str, **kwargs: Any) -> None:
        """Make the client forget a cookie.

        *domain*, *path* and the flags must be those that it was set with.

        Raises:
            TypeError: *expires* or *max_age* is given.
        """
        for attribute in kwargs:
            if attribute.lower().replace("-", "_") in ("expires", "max_age"):
                raise TypeError(f"clear_cookie() got an unexpected keyword argument '{attribute}'")
        self.set_cookie(name, value="", expires=_days_from_now(-_EXPIRED_DAYS), **kwargs)

    def clear_all_cookies(self, **kwargs: Any) -> None:
        """Make the client forget all cookies that it sent. See :meth:`clear_cookie`.

        Their paths and domains are not known here: only cookies that were set with those
        given are forgotten.
        """
        for name in self.request.cookies:
            self.clear_cookie(name, **kwargs)

    def set_signed_cookie(
        self,
        name: str,
        value: str | bytes,
        expires_days: float | None = 30,
        version: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Set a cookie that the client can read but not change.

        The setting ``cookie_secret`` holds the key: a long random string, for example from
        ``python3 -c "import secrets; print(secrets.token_hex(32))"``. To rotate keys make it
        a dictionary, key version to key, and name the one to sign with in the setting
        ``key_version``. Read it by :meth:`get_signed_cookie`.

        Args:
            expires_days: see :meth:`set_cookie`; how long the value is good is decided by
                who reads it.
            version: of the format; by default the newest.
            kwargs: as for :meth:`set_cookie`.
        """
        signed = self.create_signed_value(name, value, version=version)
        self.set_cookie(name, signed, expires_days=expires_days, **kwargs)

    def create_signed_value(
        self, name: str, value: str | bytes, version: int | None = None
    ) -> bytes:
        """Sign a value with the application's key, without setting a cookie.

        See :func:`zonda.web.create_signed_value`.
        """
        self.require_setting("cookie_secret", "signed cookies")
        secret = self.settings["cookie_secret"]
        key_version: int | None = None
        if isinstance(secret, dict):
            key_version = self.settings.get("key_version")
            if key_version is None:
                raise Exception(
                    "cookie_secret is a dictionary: "
                    "name the key to sign with in the setting key_version"
                )
        return create_signed_value(secret, name, value, version=version, key_version=key_version)

    #: The names that signed cookies had before.
    get_secure_cookie = get_signed_cookie
    get_secure_cookie_key_version = get_signed_cookie_key_version
    set_secure_cookie = set_signed_cookie


def _text(value: str | bytes) -> str:
    if isinstance(value, str | bytes):
        return native_str(value)
    raise TypeError(f"a cookie's value must be str or bytes, not {type(value).__name__}")


def _days_from_now(days: float) -> float:
    return time.time() + days * 86400
