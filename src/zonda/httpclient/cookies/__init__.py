"""Cookies on the client's side: a jar that keeps them, files that it is kept in.

Written to RFC 6265 and its successor in the making, draft-ietf-httpbis-rfc6265bis ("6265bis"
in these files).
"""

from zonda.httpclient.cookies.cookie import Cookie
from zonda.httpclient.cookies.jar import CookieJar
from zonda.httpclient.cookies.suffixes import is_public_suffix

__all__ = ["Cookie", "CookieJar", "is_public_suffix"]
