"""Logins by OAuth 2.0 and OpenID Connect, the whole way and guarded.

A *provider* says where users log in and how it likes to be talked to; a mixin makes a
handler of it. Between the redirect and the return, an *attempt* is kept in a signed cookie.
"""

from zonda.auth.connect.mixin import OAuth2LoginMixin
from zonda.auth.connect.openidmixin import OpenIDConnectMixin
from zonda.auth.connect.openidprovider import OpenIDProvider
from zonda.auth.connect.provider import ClientCredentials, OAuth2Provider
from zonda.auth.connect.tokens import Login, Tokens

__all__ = [
    "ClientCredentials",
    "Login",
    "OAuth2LoginMixin",
    "OAuth2Provider",
    "OpenIDConnectMixin",
    "OpenIDProvider",
    "Tokens",
]
