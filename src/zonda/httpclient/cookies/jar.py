"""Where a client keeps the cookies that servers set."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from zonda.httpclient.cookies.cookie import Cookie, SetCookie, parse_set_cookie
from zonda.httpclient.cookies.matching import (
    ascii_host,
    default_path,
    domains_of,
    is_within,
    path_matches,
    prefix_is_honest,
    split_url,
)
from zonda.httpclient.cookies.suffixes import is_public_suffix
from zonda.httpclient.forms import cookie_field
from zonda.netutil import is_valid_ip

if TYPE_CHECKING:
    import os

    from zonda.httpclient.request import HTTPRequest
    from zonda.httpclient.response import HTTPResponse

__all__ = ["CookieJar"]

#: What makes a cookie another one: name, path, whether hosts below get it (6265bis section 5.7).
_Key = tuple[str, str, bool]
_SECURE_SCHEMES: Final = ("https", "wss")


class CookieJar:
    """Cookies by the hosts that get them (RFC 6265 section 5, 6265bis section 5).

    Give it to a client, or several: ``AsyncHTTPClient(cookie_jar=jar)``. It can also be used by
    hand, with :meth:`store` and :meth:`field`. Iterating gives the :class:`Cookie` objects.

    Args:
        max_cookies: cookies that are kept; the ones used longest ago make room.
        max_per_domain: cookies that one domain, or host, may have set.
        public_suffix: says whether strangers can have names right below a domain; by
            default :func:`~zonda.httpclient.cookies.is_public_suffix`.
    """

    def __init__(
        self,
        max_cookies: int = 3000,
        max_per_domain: int = 180,
        public_suffix: Callable[[str], bool] = is_public_suffix,
    ) -> None:
        if max_cookies < 1 or max_per_domain < 1:
            raise ValueError("a jar has room for one cookie at least")
        self.max_cookies = max_cookies
        self.max_per_domain = max_per_domain
        self._is_public_suffix = public_suffix
        self._domains: dict[str, dict[_Key, Cookie]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Cookie]:
        for cookies in list(self._domains.values()):
            yield from list(cookies.values())

    def __bool__(self) -> bool:
        return True  # an empty jar is a jar

    # --------------------------------------------------------------- clients' interface

    def add_to(self, request: HTTPRequest) -> None:
        """Add the ``Cookie`` field to a request; cookies that it has already go before ours."""
        cookies = self.cookies_for(request.url)
        if not cookies:
            return
        headers = request.headers
        given = headers.get("Cookie", "")
        own = {piece.partition("=")[0].strip() for piece in given.split(";")} if given else ()
        pairs = [cookie.pair for cookie in cookies if cookie.name not in own]
        if pairs:
            headers["Cookie"] = "; ".join([given, *pairs] if given else pairs)

    def take_from(self, response: HTTPResponse) -> None:
        """Keep the cookies that a response sets."""
        for field in response.headers.get_list("Set-Cookie"):
            self.store(field, response.effective_url)

    # ------------------------------------------------------------------------- storing

    def store(self, set_cookie: str, url: str, now: float | None = None) -> Cookie | None:
        """Take a ``Set-Cookie`` field in.

        Args:
            set_cookie: the field's value.
            url: where it came from.
            now: the time, epoch seconds; by default it is now.

        Returns:
            the cookie; None if it was refused, or removes one.
        """
        now = time.time() if now is None else now
        given = parse_set_cookie(set_cookie, now)
        return None if given is None else self._accept(given, url, now)

    def set(
        self,
        name: str,
        value: str,
        url: str,
        *,
        domain: str = "",
        path: str | None = None,
        expires: float | None = None,
        secure: bool = False,
    ) -> Cookie:
        """Put a cookie in by hand, as if the server at ``url`` had set it.

        Raises:
            ValueError: name or value hold what cookies cannot, or that server could not set
                this cookie.
        """
        cookie_field({name: value}, None)
        given = SetCookie(name, value, domain.removeprefix(".").lower(), path, secure)
        given.expires = expires
        cookie = self._accept(given, url, time.time())
        if cookie is None:
            raise ValueError(f"{url} cannot set the cookie {name!r} like this")
        return cookie

    def _accept(self, given: SetCookie, url: str, now: float) -> Cookie | None:
        """Decide about a cookie (6265bis section 5.7) and store it."""
        scheme, host, request_path = split_url(url)
        domain, host_only = self._domain(given, host)
        if domain is None:
            return None
        secure_origin = scheme in _SECURE_SCHEMES
        path = given.path or default_path(request_path)
        if given.secure and not secure_origin:
            return None
        if not prefix_is_honest(given, path):
            return None
        if not (given.secure or secure_origin) and self._hides_a_secure_one(given, domain, path):
            return None
        cookie = Cookie(
            given.name,
            given.value,
            domain,
            path,
            host_only,
            given.secure,
            given.http_only,
            given.same_site,
            given.expires,
            now,
            now,
        )
        return self.add(cookie, now)

    def _domain(self, given: SetCookie, host: str) -> tuple[str | None, bool]:
        """The cookie's domain, or None, and whether it is for this host only."""
        domain = given.domain
        if not domain:
            return host, True
        try:
            domain = ascii_host(domain)
        except ValueError:
            return None, False
        if domain == host and (is_valid_ip(host) or self._is_public_suffix(domain)):
            return host, True
        if self._is_public_suffix(domain) or not is_within(host, domain):
            return None, False
        return domain, False

    def _hides_a_secure_one(self, given: SetCookie, domain: str, path: str) -> bool:
        """Whether a cookie from an insecure origin would stand before a secure one."""
        for other in self:
            if (
                other.secure
                and other.name == given.name
                and (is_within(other.domain, domain) or is_within(domain, other.domain))
                and path_matches(path, other.path)
            ):
                return True
        return False

    def add(self, cookie: Cookie, now: float | None = None) -> Cookie | None:
        """Keep a cookie as it is, in place of an older one of its name, domain and path.

        Returns:
            the cookie; None if it has expired, and so only removes the older one.
        """
        now = time.time() if now is None else now
        cookies = self._domains.get(cookie.domain)
        key = (cookie.name, cookie.path, cookie.host_only)
        old = None if cookies is None else cookies.pop(key, None)
        if old is not None:
            self._count -= 1
            cookie.created = min(cookie.created, old.created)
        if cookie.is_expired(now):
            if cookies is not None and not cookies:
                del self._domains[cookie.domain]
            return None
        cookies = self._domains.setdefault(cookie.domain, cookies or {})
        if len(cookies) >= self.max_per_domain:
            self._evict(list(cookies.values()), now)
        if self._count >= self.max_cookies:
            self._evict(list(self), now)
        self._domains.setdefault(cookie.domain, {})[key] = cookie
        self._count += 1
        return cookie

    def _evict(self, candidates: list[Cookie], now: float) -> None:
        """Make room: what is over goes first, then what is not secure, then the longest unused.

        A sixteenth goes at a time, so that a server cannot have us search for each cookie.
        """
        over = [cookie for cookie in candidates if cookie.is_expired(now)]
        if not over:
            candidates.sort(key=lambda cookie: (cookie.secure, cookie.used))
            over = candidates[: max(len(candidates) // 16, 1)]
        for cookie in over:
            self.discard(cookie)

    def discard(self, cookie: Cookie) -> None:
        """Forget one cookie, if it is here."""
        cookies = self._domains.get(cookie.domain, {})
        if cookies.pop((cookie.name, cookie.path, cookie.host_only), None) is not None:
            self._count -= 1
            if not cookies:
                del self._domains[cookie.domain]

    def clear(self, domain: str | None = None) -> None:
        """Forget all cookies, or those of one domain and the hosts in it."""
        for known in list(self._domains):
            if domain is None or is_within(known, domain):
                self._count -= len(self._domains.pop(known))

    def end_session(self) -> None:
        """Forget the cookies without an expiry date, as a browser does when it is closed."""
        for cookie in self:
            if cookie.expires is None:
                self.discard(cookie)

    # ----------------------------------------------------------------------- retrieving

    def cookies_for(self, url: str, now: float | None = None) -> list[Cookie]:
        """The cookies that a request for ``url`` gets, in order (RFC 6265 section 5.4)."""
        if not self._domains:
            return []
        now = time.time() if now is None else now
        scheme, host, path = split_url(url)
        found = []
        for domain in domains_of(host):
            for cookie in list(self._domains.get(domain, {}).values()):
                if cookie.is_expired(now):
                    self.discard(cookie)
                elif (
                    (domain == host or not cookie.host_only)
                    and (scheme in _SECURE_SCHEMES or not cookie.secure)
                    and path_matches(path, cookie.path)
                ):
                    cookie.used = now
                    found.append(cookie)
        # Longer paths first, older ones first among equals.
        found.sort(key=lambda cookie: (-len(cookie.path), cookie.created))
        return found

    def field(self, url: str, now: float | None = None) -> str:
        """The value of the ``Cookie`` field of a request for ``url``; "" if there is none."""
        return "; ".join(cookie.pair for cookie in self.cookies_for(url, now))

    # ---------------------------------------------------------------------------- files

    def save(self, path: str | os.PathLike[str], *, session_cookies: bool = True) -> None:
        """Write the cookies to a file that only its owner can read, in one step.

        A name that ends in ``.json`` gives JSON, which keeps everything. Any other gives the
        Netscape format of curl and wget, which does not know ``SameSite`` or times of use.

        Args:
            path: the file.
            session_cookies: whether cookies without an expiry date are written, too.

        Raises:
            OSError: the file cannot be written.
        """
        from zonda.httpclient.cookies.files import write

        now = time.time()
        cookies = [
            cookie
            for cookie in self
            if not cookie.is_expired(now) and (session_cookies or cookie.expires is not None)
        ]
        write(cookies, path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Add the cookies of a file, in either format, to those that are here.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no file of cookies; then nothing is added.
        """
        from zonda.httpclient.cookies.files import read

        for cookie in read(path):
            self.add(cookie)
