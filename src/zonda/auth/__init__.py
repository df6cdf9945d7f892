"""Logins by other people's accounts: mixins for request handlers.

For a program of today :class:`OpenIDConnectMixin`, or for providers that only speak OAuth 2.0
:class:`OAuth2LoginMixin`::

    class GoogleLogin(web.RequestHandler, auth.OpenIDConnectMixin):
        provider = auth.OpenIDProvider("https://accounts.google.com", settings_key="google")

        async def get(self):
            if not self.is_login_response():
                await self.authorize_redirect(self.get_argument("next", "/"))
                return
            login = await self.get_authenticated_user()
            self.set_signed_cookie("user", login.user["sub"], httponly=True)
            self.redirect(login.next_url)

The other mixins are Tornado's, with its names and meanings.
"""

from zonda.auth.connect import (
    ClientCredentials,
    Login,
    OAuth2LoginMixin,
    OAuth2Provider,
    OpenIDConnectMixin,
    OpenIDProvider,
    Tokens,
)
from zonda.auth.errors import AuthError, LoginError, ProviderGoneError
from zonda.auth.facebook import FacebookGraphMixin
from zonda.auth.google import GoogleOAuth2Mixin
from zonda.auth.oauth1 import OAuthMixin
from zonda.auth.oauth2 import OAuth2Mixin
from zonda.auth.openid import OpenIdMixin
from zonda.auth.retired import FacebookMixin, FriendFeedMixin, GoogleMixin, YahooMixin
from zonda.auth.twitter import TwitterMixin

__all__ = [
    "AuthError",
    "ClientCredentials",
    "FacebookGraphMixin",
    "FacebookMixin",
    "FriendFeedMixin",
    "GoogleMixin",
    "GoogleOAuth2Mixin",
    "Login",
    "LoginError",
    "OAuth2LoginMixin",
    "OAuth2Mixin",
    "OAuth2Provider",
    "OAuthMixin",
    "OpenIDConnectMixin",
    "OpenIDProvider",
    "OpenIdMixin",
    "ProviderGoneError",
    "Tokens",
    "TwitterMixin",
    "YahooMixin",
]
