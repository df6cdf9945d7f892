"""Providers of logins by OAuth 2.0 (RFC 6749)."""

from __future__ import annotations

import binascii
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal, NamedTuple
from urllib.parse import quote_plus, urlencode

from zonda.auth.connect.fetching import check_url, fetch_object
from zonda.auth.connect.tokens import Tokens
from zonda.auth.errors import LoginError
from zonda.httpclient import AsyncHTTPClient, HTTPRequest
from zonda.httputil import url_concat

__all__ = ["ClientCredentials", "OAuth2Provider"]

ClientAuth = Literal["client_secret_basic", "client_secret_post", "none"]
_SUPPORTED: Final = ("client_secret_basic", "client_secret_post", "none")


class ClientCredentials(NamedTuple):
    """What a provider gave for the application when it was registered.

    Attributes:
        client_id: its name with the provider.
        client_secret: its password; None for a public client, which has none.
    """

    client_id: str
    client_secret: str | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.client_id!r}>"


class OAuth2Provider:
    """A provider that logs users in by the authorization code flow of OAuth 2.0. ::

        GITHUB = auth.OAuth2Provider(
            authorization_endpoint="https://github.com/login/oauth/authorize",
            token_endpoint="https://github.com/login/oauth/access_token",
            userinfo_endpoint="https://api.github.com/user",
            scope=["read:user"],
            settings_key="github",
        )

    One object serves all handlers. Providers with ways of their own are subclasses that
    override :meth:`authorization_url`, :meth:`token_request` or :meth:`userinfo_request`.

    Args:
        authorization_endpoint: where users go to log in and agree.
        token_endpoint: where codes are changed for tokens.
        userinfo_endpoint: where it says who the user of a token is.
        scope: what to ask for.
        settings_key: the application's setting with the credentials: ``{"client_id": ...,
            "client_secret": ...}``, and perhaps ``"redirect_uri"``.
        client_auth: how the application shows who it is (RFC 6749 section 2.3.1, OpenID
            Connect Core section 9).
        pkce: whether to use RFC 7636; false only for a provider that refuses it.
        response_mode: ``"form_post"`` if the provider shall send users back by a POST, which
            needs HTTPS, and a handler that answers POST and whose ``check_xsrf_cookie``
            lets it pass: the state is a better guard.
        issuer: the provider's name for itself, if it sends it with its responses (RFC 9207).
    """

    #: The provider's metadata (RFC 8414 section 2), as far as it is known beforehand.
    known_metadata: dict[str, Any]
    #: What tells it from other providers.
    name: str
    #: Its own name for itself, if it has one.
    issuer: str | None

    #: Added to every request for a login; a subclass may set it.
    extra_parameters: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        *,
        authorization_endpoint: str,
        token_endpoint: str,
        userinfo_endpoint: str | None = None,
        scope: Sequence[str] = (),
        settings_key: str = "oauth2",
        client_auth: ClientAuth | None = None,
        pkce: bool = True,
        response_mode: Literal["form_post"] | None = None,
        issuer: str | None = None,
    ) -> None:
        self.known_metadata = {
            "authorization_endpoint": authorization_endpoint,
            "token_endpoint": token_endpoint,
        }
        if userinfo_endpoint is not None:
            self.known_metadata["userinfo_endpoint"] = userinfo_endpoint
        self.name = issuer or authorization_endpoint
        self.issuer = issuer
        self._set_up(scope, settings_key, client_auth, pkce, response_mode)

    def _set_up(
        self,
        scope: Sequence[str],
        settings_key: str,
        client_auth: ClientAuth | None,
        pkce: bool,
        response_mode: Literal["form_post"] | None,
    ) -> None:
        """Take what all kinds of providers have in common."""
        if isinstance(scope, str):
            raise TypeError("scope must be a list of str")
        self.scope = tuple(scope)
        self.settings_key = settings_key
        self.client_auth = client_auth
        self.pkce = pkce
        self.response_mode = response_mode

    def client(self, settings: Mapping[str, Any]) -> ClientCredentials:
        """The application's credentials, from its settings.

        Raises:
            LoginError: there are none.
        """
        known = settings.get(self.settings_key) or {}
        if not known.get("client_id"):
            raise LoginError(
                f"The setting {self.settings_key!r} must hold client_id and client_secret", 500
            )
        return ClientCredentials(known["client_id"], known.get("client_secret"))

    async def metadata(self, http_client: AsyncHTTPClient) -> Mapping[str, Any]:
        """The provider's metadata, by the names of RFC 8414 section 2."""
        return self.known_metadata

    # ------------------------------------------------------- what providers differ in

    def authorization_url(self, metadata: Mapping[str, Any], parameters: dict[str, str]) -> str:
        """Where to send the user (RFC 6749 section 4.1.1)."""
        return url_concat(check_url(metadata.get("authorization_endpoint")), parameters)

    def token_request(
        self, metadata: Mapping[str, Any], client: ClientCredentials, form: dict[str, str]
    ) -> HTTPRequest:
        """The request for tokens (RFC 6749 sections 4.1.3 and 6).

        Args:
            form: its parameters, without those that say who the application is.
        """
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        method = self._client_auth(metadata, client)
        if method == "client_secret_basic":
            pair = ":".join(map(quote_plus, (client.client_id, client.client_secret or "")))
            encoded = binascii.b2a_base64(pair.encode(), newline=False)
            headers["Authorization"] = f"Basic {encoded.decode()}"
        else:
            form = {**form, "client_id": client.client_id}
            if method == "client_secret_post":
                form["client_secret"] = client.client_secret or ""
        url = check_url(metadata.get("token_endpoint"))
        return HTTPRequest(url, method="POST", headers=headers, body=urlencode(form))

    def userinfo_request(self, metadata: Mapping[str, Any], tokens: Tokens) -> HTTPRequest:
        """The request that asks who the user is (RFC 6750 section 2.1)."""
        headers = {"Accept": "application/json", "Authorization": f"Bearer {tokens.access_token}"}
        return HTTPRequest(check_url(metadata.get("userinfo_endpoint")), headers=headers)

    # ---------------------------------------------------------------------- requests

    def _client_auth(self, metadata: Mapping[str, Any], client: ClientCredentials) -> str:
        if self.client_auth is not None:
            return self.client_auth
        if client.client_secret is None:
            return "none"
        offered = metadata.get("token_endpoint_auth_methods_supported") or _SUPPORTED
        for method in _SUPPORTED[:2]:
            if method in offered:
                return method
        raise LoginError(f"The provider wants one of {offered!r} as authentication", 502)

    async def fetch_tokens(
        self, http_client: AsyncHTTPClient, client: ClientCredentials, form: dict[str, str]
    ) -> Tokens:
        """Change a code, or a refresh token, for tokens.

        Raises:
            LoginError: the provider refuses, or its answer makes no sense.
        """
        metadata = await self.metadata(http_client)
        request = self.token_request(metadata, client, form)
        return Tokens(await fetch_object(http_client, request), time.time())

    async def fetch_userinfo(self, http_client: AsyncHTTPClient, tokens: Tokens) -> dict[str, Any]:
        """Ask who the user of a token is.

        Raises:
            LoginError: the provider refuses, or its answer makes no sense.
        """
        metadata = await self.metadata(http_client)
        return await fetch_object(http_client, self.userinfo_request(metadata, tokens))
