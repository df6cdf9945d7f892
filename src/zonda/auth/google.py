"""Logins with Google, as Tornado has them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from zonda.auth.client import handler_of
from zonda.auth.oauth2 import OAuth2Mixin
from zonda.escape import json_decode
from zonda.legacy import starts_itself, takes_callback

__all__ = ["GoogleOAuth2Mixin"]


class GoogleOAuth2Mixin(OAuth2Mixin):
    """Logs users in with Google by OAuth 2.0.

    Register the application and its ``redirect_uri`` at https://console.cloud.google.com under
    "Credentials", as an OAuth client for a web application, and put what you get into the
    setting ``google_oauth``: ``{"key": CLIENT_ID, "secret": CLIENT_SECRET}``. ::

        class GoogleLogin(web.RequestHandler, auth.GoogleOAuth2Mixin):
            async def get(self):
                redirect_uri = "https://www.example.com" + self.reverse_url("google")
                code = self.get_argument("code", None)
                if code is None:
                    self.authorize_redirect(
                        redirect_uri=redirect_uri,
                        client_id=self.get_google_oauth_settings()["key"],
                        scope=["profile", "email"],
                    )
                    return
                access = await self.get_authenticated_user(redirect_uri=redirect_uri, code=code)
                user = await self.oauth2_request(
                    self._OAUTH_USERINFO_URL, access_token=access["access_token"]
                )
                self.set_signed_cookie("user", user["id"])
                self.redirect("/")
    """

    _OAUTH_AUTHORIZE_URL = "https://accounts.google.com/o/oauth2/v2/auth"
    _OAUTH_ACCESS_TOKEN_URL = "https://www.googleapis.com/oauth2/v4/token"
    _OAUTH_USERINFO_URL = "https://www.googleapis.com/oauth2/v1/userinfo"
    _OAUTH_NO_CALLBACKS = False
    _OAUTH_SETTINGS_KEY = "google_oauth"

    def get_google_oauth_settings(self) -> dict[str, str]:
        """``{"key": ..., "secret": ...}``, from the settings. Override it to keep it elsewhere."""
        handler = handler_of(self)
        handler.require_setting(self._OAUTH_SETTINGS_KEY, "Google OAuth")
        settings: dict[str, str] = handler.settings[self._OAUTH_SETTINGS_KEY]
        return settings

    @takes_callback
    @starts_itself
    async def get_authenticated_user(
        self,
        redirect_uri: str,
        code: str,
        client_id: str | None = None,
        client_secret: str | None = None,
    ) -> dict[str, Any]:
        """Change the code that the user came back with for an access token.

        Args:
            redirect_uri: the same as in ``authorize_redirect``.
            code: the argument of that name.
            client_id: by default, like *client_secret*, what
                :meth:`get_google_oauth_settings` says.

        Returns:
            ``access_token`` and what Google sends with it. Who the user is, is asked for with
            that token: see the example above.

        Raises:
            HTTPClientError: Google refused.
        """
        if not client_id or not client_secret:
            settings = self.get_google_oauth_settings()
            client_id = client_id or settings["key"]
            client_secret = client_secret or settings["secret"]
        form = {
            "redirect_uri": redirect_uri,
            "code": code,
            "client_id": client_id,
            "client_secret": client_secret,
            "grant_type": "authorization_code",
        }
        response = await self.get_auth_http_client().fetch(
            self._OAUTH_ACCESS_TOKEN_URL,
            method="POST",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form),
        )
        access: dict[str, Any] = json_decode(response.body)
        return access
