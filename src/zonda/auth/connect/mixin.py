"""Logins by OAuth 2.0: the handler's side."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from zonda.auth.client import ProviderClientMixin, handler_of
from zonda.auth.connect import attempt as attempts
from zonda.auth.connect.attempt import LoginAttempt
from zonda.auth.connect.destination import own_url
from zonda.auth.connect.provider import ClientCredentials, OAuth2Provider
from zonda.auth.connect.tokens import Login, Tokens
from zonda.auth.errors import LoginError

__all__ = ["OAuth2LoginMixin"]


class OAuth2LoginMixin(ProviderClientMixin):
    """Logs users in by the authorization code flow of OAuth 2.0 (RFC 6749, RFC 9700). ::

        class GitHubLogin(web.RequestHandler, auth.OAuth2LoginMixin):
            provider = GITHUB

            async def get(self):
                if not self.is_login_response():
                    await self.authorize_redirect(self.get_argument("next", "/"))
                    return
                login = await self.get_authenticated_user()
                self.set_signed_cookie("user", str(login.user["id"]), httponly=True)
                self.redirect(login.next_url)

    Guarded by state and PKCE; the application needs the setting ``cookie_secret``.
    """

    #: Where users log in.
    provider: OAuth2Provider

    def get_client(self) -> ClientCredentials:
        """The application's credentials. Override it to keep them elsewhere than in settings."""
        return self.provider.client(handler_of(self).settings)

    def get_redirect_uri(self) -> str:
        """Where the provider sends users back to; it must be registered there.

        By default ``redirect_uri`` beside the credentials in the settings, or else the
        URL of this request without query.
        """
        handler = handler_of(self)
        known = handler.settings.get(self.provider.settings_key) or {}
        here = f"{handler.request.protocol}://{handler.request.host}{handler.request.path}"
        return str(known.get("redirect_uri") or here)

    def is_login_response(self) -> bool:
        """Whether the request is that of a user who comes back from the provider."""
        arguments = self._response_arguments()
        return "state" in arguments and bool({"code", "error"} & arguments.keys())

    async def authorize_redirect(
        self,
        next_url: str = "/",
        *,
        scope: Sequence[str] | None = None,
        extra_params: Mapping[str, str] | None = None,
    ) -> None:
        """Send the user to the provider.

        Args:
            next_url: where they want to go afterwards. If it is not of this site, ``/``.
            scope: what to ask for, instead of what the provider's object says.
            extra_params: further parameters, such as ``{"prompt": "login"}``.

        Raises:
            LoginError: the provider cannot be asked where that is.
        """
        handler, provider = handler_of(self), self.provider
        metadata = await provider.metadata(self.get_auth_http_client())
        client = self.get_client()
        attempt = attempts.begin(
            handler,
            provider.name,
            self.get_redirect_uri(),
            own_url(handler.request, next_url),
            cross_site=provider.response_mode is not None,
        )
        parameters = {
            **provider.extra_parameters,
            **(extra_params or {}),
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": attempt.redirect_uri,
            "state": attempt.state,
            **self._login_parameters(attempt),
        }
        wanted = provider.scope if scope is None else scope
        if wanted:
            parameters["scope"] = " ".join(wanted)
        handler.redirect(provider.authorization_url(metadata, parameters))

    async def get_authenticated_user(self) -> Login:
        """The user who came back; to be called if :meth:`is_login_response`.

        Raises:
            LoginError: the user refused (its ``error`` is ``"access_denied"``), the response
                is not to be trusted, or the provider does not do its part.
        """
        attempt = await self._checked_attempt()
        code = self._response_arguments().get("code")
        if not code:
            raise LoginError("The provider's response has no code")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
        }
        if self.provider.pkce:
            form["code_verifier"] = attempt.verifier
        http_client = self.get_auth_http_client()
        tokens = await self.provider.fetch_tokens(http_client, self.get_client(), form)
        return Login(await self._identify(tokens, attempt), tokens, attempt.next_url)

    async def refresh_tokens(self, refresh_token: str) -> Tokens:
        """New tokens for a user who is not here (RFC 6749 section 6).

        Args:
            refresh_token: that of the last tokens. If the provider gives no new one, the
                result has it again.

        Raises:
            LoginError: the provider refuses; ``error`` is ``"invalid_grant"`` when the user has
                to log in again.
        """
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        http_client = self.get_auth_http_client()
        tokens = await self.provider.fetch_tokens(http_client, self.get_client(), form)
        tokens.refresh_token = tokens.refresh_token or refresh_token
        return tokens

    async def get_userinfo(self, tokens: Tokens) -> dict[str, Any]:
        """What the provider's userinfo endpoint says about the user of these tokens.

        Raises:
            LoginError: it refuses, or its answer makes no sense.
        """
        return await self.provider.fetch_userinfo(self.get_auth_http_client(), tokens)

    # ------------------------------------------------------------------ steps of a login

    def _response_arguments(self) -> dict[str, str]:
        """The parameters of the response, from where the provider was told to put them.

        Raises:
            LoginError: one is there twice (RFC 6749 section 3.1).
        """
        handler, posted = handler_of(self), self.provider.response_mode is not None
        get = handler.get_body_arguments if posted else handler.get_query_arguments
        found = {}
        for name in ("state", "code", "error", "error_description", "iss"):
            values = get(name, strip=False)
            if len(values) > 1:
                raise LoginError(f"The login response has {name!r} twice")
            if values:
                found[name] = values[0]
        return found

    async def _checked_attempt(self) -> LoginAttempt:
        """The attempt that this response belongs to.

        Raises:
            LoginError: there is none; the response is another provider's (RFC 9207); or it
                says that there is no login.
        """
        response = self._response_arguments()
        attempt = attempts.resume(handler_of(self), self.provider.name, response.get("state", ""))
        await self._check_issuer(response.get("iss"))
        if "error" in response:
            error, description = response["error"], response.get("error_description", "")
            raise LoginError(
                f"The login was refused: {error!r} {description!r}",
                error=error,
                description=description,
            )
        return attempt

    async def _check_issuer(self, issuer: str | None) -> None:
        metadata = await self.provider.metadata(self.get_auth_http_client())
        required = metadata.get("authorization_response_iss_parameter_supported") is True
        if issuer is None and not required:
            return
        expected = self.provider.issuer
        if expected is not None and not hmac.compare_digest(
            (issuer or "").encode(), expected.encode()
        ):
            raise LoginError(f"The login response is from {issuer!r}, not from {expected!r}")

    def _login_parameters(self, attempt: LoginAttempt) -> dict[str, str]:
        """What guards the request for a login, besides the state."""
        provider = self.provider
        parameters = {}
        if provider.pkce:
            parameters["code_challenge"] = attempt.challenge
            parameters["code_challenge_method"] = "S256"
        if provider.response_mode is not None:
            parameters["response_mode"] = provider.response_mode
        return parameters

    async def _identify(self, tokens: Tokens, attempt: LoginAttempt) -> dict[str, Any]:
        """Who the user is; empty if the provider has no userinfo endpoint."""
        if "userinfo_endpoint" not in self.provider.known_metadata:
            return {}
        return await self.get_userinfo(tokens)
