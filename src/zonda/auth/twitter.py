"""Logins with Twitter's API 1.1, as Tornado has them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from zonda.auth.client import handler_of
from zonda.auth.oauth1 import OAuthMixin
from zonda.escape import json_decode
from zonda.legacy import starts_itself, takes_callback

__all__ = ["TwitterMixin"]


class TwitterMixin(OAuthMixin):
    """Logs users in with Twitter by OAuth 1.0a, and talks to its API 1.1.

    The settings ``twitter_consumer_key`` and ``twitter_consumer_secret`` hold what Twitter
    gave you; the handler's URL is the callback that you registered there. Twitter has been
    closing this API down: see whether your account may still use it. ::

        class TwitterLogin(web.RequestHandler, auth.TwitterMixin):
            async def get(self):
                if self.get_argument("oauth_token", None):
                    user = await self.get_authenticated_user()
                    self.set_signed_cookie("user", user["username"])
                    self.redirect("/")
                else:
                    await self.authorize_redirect()
    """

    _OAUTH_REQUEST_TOKEN_URL = "https://api.twitter.com/oauth/request_token"
    _OAUTH_ACCESS_TOKEN_URL = "https://api.twitter.com/oauth/access_token"
    _OAUTH_AUTHORIZE_URL = "https://api.twitter.com/oauth/authorize"
    _OAUTH_AUTHENTICATE_URL = "https://api.twitter.com/oauth/authenticate"
    _OAUTH_NO_CALLBACKS = False
    _TWITTER_BASE_URL = "https://api.twitter.com/1.1"

    @takes_callback
    @starts_itself
    async def authenticate_redirect(self, callback_uri: str | None = None) -> None:
        """Like :meth:`authorize_redirect`, but users who have agreed before are not asked again.

        This is what one uses to log users in.
        """
        url = self._oauth_request_token_url(callback_uri=callback_uri)
        response = await self.get_auth_http_client().fetch(url)
        self._on_request_token(self._OAUTH_AUTHENTICATE_URL, None, response)

    @takes_callback
    @starts_itself
    async def twitter_request(
        self,
        path: str,
        access_token: dict[str, Any],
        post_args: dict[str, Any] | None = None,
        **args: Any,
    ) -> Any:
        """Ask the API in the name of a user, and return the answer's JSON.

        Args:
            path: such as ``/statuses/user_timeline/btaylor``, or a whole URL.
            access_token: that of the user whom :meth:`get_authenticated_user` gave.
            post_args: fields of a form; makes it a POST.
            args: arguments of the query.

        Raises:
            HTTPClientError: Twitter refused.
        """
        url = path
        if not path.startswith(("http:", "https:")):
            url = self._TWITTER_BASE_URL + path + ".json"
        method = "GET" if post_args is None else "POST"
        if access_token:
            signed = {**args, **(post_args or {})}
            args |= self._oauth_request_parameters(url, access_token, signed, method)
        if args:
            url += ("&" if "?" in url else "?") + urlencode(args)
        body = None if post_args is None else urlencode(post_args)
        response = await self.get_auth_http_client().fetch(url, method=method, body=body)
        return json_decode(response.body)

    def _oauth_consumer_token(self) -> dict[str, Any]:
        handler = handler_of(self)
        handler.require_setting("twitter_consumer_key", "Twitter OAuth")
        handler.require_setting("twitter_consumer_secret", "Twitter OAuth")
        return {
            "key": handler.settings["twitter_consumer_key"],
            "secret": handler.settings["twitter_consumer_secret"],
        }

    async def _oauth_get_user_future(self, access_token: dict[str, Any]) -> dict[str, Any]:
        user: dict[str, Any] = await self.twitter_request(
            "/account/verify_credentials", access_token=access_token
        )
        if user:
            user["username"] = user["screen_name"]
        return user
