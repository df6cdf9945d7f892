"""Logins by OpenID Connect: the handler's side."""

from __future__ import annotations

from typing import Any

from zonda.auth.client import handler_of
from zonda.auth.connect.attempt import LoginAttempt
from zonda.auth.connect.fetching import check_url
from zonda.auth.connect.mixin import OAuth2LoginMixin
from zonda.auth.connect.openidprovider import OpenIDProvider
from zonda.auth.connect.tokens import Tokens
from zonda.auth.errors import LoginError
from zonda.httputil import url_concat

__all__ = ["OpenIDConnectMixin"]


class OpenIDConnectMixin(OAuth2LoginMixin):
    """Logs users in by OpenID Connect Core 1.0, with the authorization code flow. ::

        class GoogleLogin(web.RequestHandler, auth.OpenIDConnectMixin):
            provider = auth.OpenIDProvider("https://accounts.google.com", settings_key="google")

            async def get(self):
                if not self.is_login_response():
                    await self.authorize_redirect(self.get_argument("next", "/"))
                    return
                login = await self.get_authenticated_user()
                self.set_signed_cookie("user", login.user["sub"], httponly=True)
                self.redirect(login.next_url)

    Besides state and PKCE it is guarded by a nonce, and by the provider's signature.
    """

    provider: OpenIDProvider

    #: Ask that users have logged in at most so many seconds ago; the provider makes others
    #: log in again.
    max_age: int | None = None

    async def refresh_tokens(self, refresh_token: str, subject: str | None = None) -> Tokens:
        """New tokens for a user who is not here (Core section 12).

        Args:
            refresh_token: that of the last tokens.
            subject: the user's ``sub``. The provider must not give the tokens of another one.

        Raises:
            LoginError: as in :class:`OAuth2LoginMixin`, or the new ID token is not to be
                believed.
        """
        tokens = await super().refresh_tokens(refresh_token)
        if tokens.id_token is not None:
            http_client, client = self.get_auth_http_client(), self.get_client()
            claims = await self.provider.verify(http_client, client, tokens, nonce=None)
            if subject is not None and claims["sub"] != subject:
                raise LoginError("The new ID token is another user's")
        return tokens

    async def get_userinfo(self, tokens: Tokens, subject: str | None = None) -> dict[str, Any]:
        """What the userinfo endpoint says about the user (Core section 5.3).

        Args:
            subject: the user's ``sub``; what is about somebody else is refused
                (section 5.3.2).

        Raises:
            LoginError: it refuses, or its answer makes no sense.
        """
        found = await super().get_userinfo(tokens)
        if not isinstance(found.get("sub"), str) or subject not in (None, found["sub"]):
            raise LoginError("The userinfo endpoint speaks of another user", 502)
        return found

    async def logout_redirect(
        self,
        id_token: str | None = None,
        post_logout_redirect_uri: str | None = None,
        state: str | None = None,
    ) -> None:
        """Send the user to the provider to be logged out there too.

        Forget the user here first, by ``clear_cookie`` for example. (OpenID Connect
        RP-Initiated Logout 1.0 section 2.)

        Args:
            id_token: that of the login; without it the provider may ask the user.
            post_logout_redirect_uri: where the provider sends the user then; it must be
                registered there.
            state: comes back as an argument.

        Raises:
            LoginError: the provider has no such page.
        """
        metadata = await self.provider.metadata(self.get_auth_http_client())
        if "end_session_endpoint" not in metadata:
            raise LoginError("This provider has no end_session_endpoint to log out at", 502)
        parameters = {
            "id_token_hint": id_token,
            "client_id": self.get_client().client_id,
            "post_logout_redirect_uri": post_logout_redirect_uri,
            "state": state,
        }
        given = {name: value for name, value in parameters.items() if value is not None}
        handler_of(self).redirect(url_concat(check_url(metadata["end_session_endpoint"]), given))

    def _login_parameters(self, attempt: LoginAttempt) -> dict[str, str]:
        parameters = {**super()._login_parameters(attempt), "nonce": attempt.nonce}
        if self.max_age is not None:
            parameters["max_age"] = str(self.max_age)
        return parameters

    async def _identify(self, tokens: Tokens, attempt: LoginAttempt) -> dict[str, Any]:
        claims = await self.provider.verify(
            self.get_auth_http_client(),
            self.get_client(),
            tokens,
            nonce=attempt.nonce,
            max_age=self.max_age,
        )
        if self.provider.asks_userinfo:
            return {**await self.get_userinfo(tokens, claims["sub"]), **claims}
        return claims
