"""OAuth 1.0 (OAuth Core 1.0, and its revision A, which RFC 5849 describes)."""

from __future__ import annotations

import binascii
import hmac
import secrets
import time
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin

from zonda.auth.client import ProviderClientMixin, handler_of
from zonda.auth.errors import AuthError
from zonda.auth.signing import sign
from zonda.escape import utf8
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.legacy import past, starts_itself, takes_callback

__all__ = ["OAuthMixin"]

_COOKIE: Final = "_oauth_request_token"
_OUT_OF_BAND: Final = "oob"


class OAuthMixin(ProviderClientMixin):
    """Logs users in by OAuth 1.0 or 1.0a; needs oauthlib (``pip install zonda[auth]``).

    A class for one provider sets these, and overrides :meth:`_oauth_consumer_token` and
    :meth:`_oauth_get_user_future`:

    * ``_OAUTH_REQUEST_TOKEN_URL``, ``_OAUTH_AUTHORIZE_URL``, ``_OAUTH_ACCESS_TOKEN_URL``
    * ``_OAUTH_VERSION``: ``"1.0"`` or ``"1.0a"``, the default
    * ``_OAUTH_NO_CALLBACKS``: true if the provider knows the callback from registration
      and refuses to be told one

    :class:`~zonda.auth.TwitterMixin` is an example.
    """

    _OAUTH_REQUEST_TOKEN_URL: str
    _OAUTH_AUTHORIZE_URL: str
    _OAUTH_ACCESS_TOKEN_URL: str

    @takes_callback
    @starts_itself
    async def authorize_redirect(
        self,
        callback_uri: str | None = None,
        extra_params: dict[str, Any] | None = None,
        http_client: AsyncHTTPClient | None = None,
    ) -> None:
        """Fetch a request token, and send the user with it to the provider.

        The token is kept in a cookie until they come back. The response is finished when this
        returns.

        Args:
            callback_uri: where the provider sends the user to, relative to the current URL.
                With ``"oob"`` the provider shows them a number to be typed in; then the
                response holds the URL to go to. May be left out if the provider knows it.
            extra_params: further parameters of the request for a token, in 1.0a.

        Raises:
            AuthError: the provider's answer makes no sense.
            HTTPClientError: the provider refused.
        """
        if callback_uri and getattr(self, "_OAUTH_NO_CALLBACKS", False):
            raise Exception(
                "This service does not support oauth_callback: register the callback there, "
                "and leave out callback_uri"
            )
        if getattr(self, "_OAUTH_VERSION", "1.0a") == "1.0a":
            url = self._oauth_request_token_url(callback_uri, extra_params)
        else:
            url = self._oauth_request_token_url()
        response = await (http_client or self.get_auth_http_client()).fetch(url)
        self._on_request_token(self._OAUTH_AUTHORIZE_URL, callback_uri, response)

    @takes_callback
    @starts_itself
    async def get_authenticated_user(
        self, http_client: AsyncHTTPClient | None = None
    ) -> dict[str, Any]:
        """The user who came back; to be called by the handler of the callback.

        Returns:
            what :meth:`_oauth_get_user_future` found out, and ``access_token``: a dictionary
            with ``key`` and ``secret`` and what else the provider says with them.

        Raises:
            AuthError: the user did not begin the login in this browser, or there is no user.
            MissingArgumentError: there is no argument ``oauth_token``.
            HTTPClientError: the provider refused.
        """
        handler = handler_of(self)
        key = handler.get_argument("oauth_token")
        verifier = handler.get_argument("oauth_verifier", None)
        cookie = handler.get_cookie(_COOKIE)
        if not cookie:
            raise AuthError("Missing OAuth request token cookie")
        handler.clear_cookie(_COOKIE)
        token: dict[str, Any] = _read_cookie(cookie)
        if not hmac.compare_digest(utf8(key), utf8(token["key"])):
            raise AuthError("Request token does not match cookie")
        if verifier:
            token["verifier"] = verifier
        client = http_client or self.get_auth_http_client()
        response = await client.fetch(self._oauth_access_token_url(token))
        access_token = _parse_token(response.body)
        user = await self._oauth_get_user_future(access_token)
        if not user:
            raise AuthError("Error getting user")
        user["access_token"] = access_token
        return user

    def _oauth_consumer_token(self) -> dict[str, Any]:
        """Override this: ``{"key": ..., "secret": ...}`` as registered with the provider."""
        raise NotImplementedError(f"{type(self).__name__} must define _oauth_consumer_token()")

    async def _oauth_get_user_future(self, access_token: dict[str, Any]) -> dict[str, Any]:
        """Override this: ask the provider who it is; None or empty if there is nobody."""
        if hasattr(self, "_oauth_get_user"):  # Tornado 4's, which takes a callback
            ask = self._oauth_get_user
            user: dict[str, Any] = await past("auth").user_by_callback(ask, access_token)
            return user
        raise NotImplementedError(f"{type(self).__name__} must define _oauth_get_user_future()")

    def _oauth_request_token_url(
        self, callback_uri: str | None = None, extra_params: dict[str, Any] | None = None
    ) -> str:
        """Where to fetch a request token (RFC 5849 section 2.1), signed."""
        url = self._OAUTH_REQUEST_TOKEN_URL
        more: dict[str, Any] = {}
        if callback_uri == _OUT_OF_BAND:
            more["oauth_callback"] = _OUT_OF_BAND
        elif callback_uri:
            more["oauth_callback"] = urljoin(handler_of(self).request.full_url(), callback_uri)
        more.update(extra_params or {})
        return _with_query(url, {**more, **self._oauth_parameters(url, None, more, "GET")})

    def _on_request_token(
        self, authorize_url: str, callback_uri: str | None, response: HTTPResponse
    ) -> None:
        """Keep the token, and send the user on (RFC 5849 section 2.2)."""
        handler = handler_of(self)
        token = _parse_token(response.body)
        handler.set_cookie(
            _COOKIE,
            "|".join(binascii.b2a_base64(utf8(token[n]), newline=False).decode() for n in _PAIR),
            httponly=True,
            secure=handler.request.protocol == "https",
            samesite="Lax",
        )
        arguments = {"oauth_token": token["key"]}
        if callback_uri == _OUT_OF_BAND:
            handler.finish(_with_query(authorize_url, arguments))
            return
        if callback_uri:
            arguments["oauth_callback"] = urljoin(handler.request.full_url(), callback_uri)
        handler.redirect(_with_query(authorize_url, arguments))

    def _oauth_access_token_url(self, request_token: dict[str, Any]) -> str:
        """Where to change a request token for an access token (RFC 5849 section 2.3), signed."""
        url = self._OAUTH_ACCESS_TOKEN_URL
        more = {}
        if "verifier" in request_token:
            more["oauth_verifier"] = request_token["verifier"]
        return _with_query(url, {**more, **self._oauth_parameters(url, request_token, more, "GET")})

    def _oauth_request_parameters(
        self,
        url: str,
        access_token: dict[str, Any],
        parameters: dict[str, Any] = {},  # noqa: B006
        method: str = "GET",
    ) -> dict[str, Any]:
        """The ``oauth_*`` parameters that sign a request on behalf of a user.

        Args:
            parameters: all others, of query and form.
        """
        return self._oauth_parameters(url, access_token, parameters, method)

    def _oauth_parameters(
        self, url: str, token: dict[str, Any] | None, others: dict[str, Any], method: str
    ) -> dict[str, Any]:
        consumer = self._oauth_consumer_token()
        parameters = {
            "oauth_consumer_key": consumer["key"],
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(int(time.time())),
            "oauth_nonce": secrets.token_hex(16),
            "oauth_version": "1.0",
        }
        if token is not None:
            parameters["oauth_token"] = token["key"]
        parameters["oauth_signature"] = sign(
            method,
            url,
            {**others, **parameters},
            consumer["secret"],
            "" if token is None else token["secret"],
        )
        return parameters


_PAIR: Final = ("key", "secret")


def _with_query(url: str, arguments: dict[str, Any]) -> str:
    return url + ("&" if "?" in url else "?") + urlencode(arguments)


def _read_cookie(cookie: str) -> dict[str, str]:
    try:
        key, secret = (
            binascii.a2b_base64(part, strict_mode=bool(part)).decode()
            for part in cookie.strip('"').split("|")
        )
    except ValueError:  # a wrong number of parts, not base64, not UTF-8
        raise AuthError("The OAuth request token cookie is malformed") from None
    return {"key": key, "secret": secret}


def _parse_token(body: bytes) -> dict[str, Any]:
    """The token in a provider's answer (RFC 5849 section 2.1), with what else is there."""
    fields = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    try:
        token = {"key": fields.pop("oauth_token"), "secret": fields.pop("oauth_token_secret")}
    except KeyError as missing:
        raise AuthError(f"The OAuth provider's answer has no {missing.args[0]}") from None
    return {**token, **fields}
