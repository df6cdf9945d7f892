"""Logins with Facebook, as Tornado has them."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

from zonda.auth.errors import AuthError
from zonda.auth.oauth2 import OAuth2Mixin
from zonda.escape import json_decode
from zonda.legacy import starts_itself, takes_callback

__all__ = ["FacebookGraphMixin"]

_FIELDS: Final = ("id", "name", "first_name", "last_name", "locale", "picture", "link")


class FacebookGraphMixin(OAuth2Mixin):
    """Logs users in with Facebook, and talks to its Graph API.

    A handler of the URL that is registered there for users to come back to::

        class FacebookLogin(web.RequestHandler, auth.FacebookGraphMixin):
            async def get(self):
                client_id = self.settings["facebook_api_key"]
                redirect_uri = "https://www.example.com" + self.reverse_url("facebook")
                code = self.get_argument("code", None)
                if code is None:
                    self.authorize_redirect(redirect_uri=redirect_uri, client_id=client_id)
                    return
                user = await self.get_authenticated_user(
                    redirect_uri=redirect_uri,
                    client_id=client_id,
                    client_secret=self.settings["facebook_secret"],
                    code=code,
                )
                self.set_signed_cookie("user", user["id"])
                self.redirect("/")
    """

    _OAUTH_ACCESS_TOKEN_URL = "https://graph.facebook.com/oauth/access_token?"
    _OAUTH_AUTHORIZE_URL = "https://www.facebook.com/dialog/oauth?"
    _OAUTH_NO_CALLBACKS = False
    _FACEBOOK_BASE_URL = "https://graph.facebook.com"

    @takes_callback
    @starts_itself
    async def get_authenticated_user(
        self,
        redirect_uri: str,
        client_id: str,
        client_secret: str,
        code: str,
        extra_fields: dict[str, Any] | None = None,
    ) -> dict[str, Any] | None:
        """The user who came back with *code*.

        Args:
            redirect_uri: the same as in ``authorize_redirect``.
            extra_fields: names of further fields of Facebook's user object.

        Returns:
            ``id``, ``name``, ``first_name``, ``last_name``, ``locale``, ``picture``,
            ``link`` and the extra fields, None where Facebook says nothing; ``access_token``
            for :meth:`facebook_request`; ``session_expires``, for how many seconds that is
            good, as text. None if Facebook knows no user.

        Raises:
            AuthError: there is no access token in Facebook's answer.
            HTTPClientError: Facebook refused.
        """
        url = self._oauth_request_token_url(redirect_uri, client_id, client_secret, code)
        response = await self.get_auth_http_client().fetch(url)
        session = json_decode(response.body)
        token = session.get("access_token")
        if not token:
            raise AuthError("Facebook's answer has no access_token")
        fields = dict.fromkeys([*_FIELDS, *(extra_fields or ())])
        # https://developers.facebook.com/docs/graph-api/guides/secure-requests
        proof = hmac.new(client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        user = await self.facebook_request(
            "/me", access_token=token, appsecret_proof=proof, fields=",".join(fields)
        )
        if user is None:
            return None
        found: dict[str, Any] = {field: user.get(field) for field in fields}
        found["access_token"] = token
        found["session_expires"] = str(session.get("expires_in"))
        return found

    @takes_callback
    @starts_itself
    async def facebook_request(
        self,
        path: str,
        access_token: str | None = None,
        post_args: dict[str, Any] | None = None,
        **args: Any,
    ) -> Any:
        """Ask the Graph API: *path* is like ``/me/feed``. See :meth:`oauth2_request`."""
        return await self.oauth2_request(
            self._FACEBOOK_BASE_URL + path, access_token=access_token, post_args=post_args, **args
        )
