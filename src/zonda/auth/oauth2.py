"""OAuth 2.0 (RFC 6749), as far as all providers of old agree."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from zonda.auth.client import ProviderClientMixin, handler_of
from zonda.escape import json_decode
from zonda.httputil import url_concat
from zonda.legacy import starts_itself, takes_callback

__all__ = ["OAuth2Mixin"]


class OAuth2Mixin(ProviderClientMixin):
    """The parts from which a login by OAuth 2.0 is put together.

    A class for one provider sets ``_OAUTH_AUTHORIZE_URL`` and ``_OAUTH_ACCESS_TOKEN_URL``;
    :class:`~zonda.auth.GoogleOAuth2Mixin` is an example. New programs do better with
    :class:`~zonda.auth.OAuth2LoginMixin`, which goes the whole way and guards it.
    """

    _OAUTH_AUTHORIZE_URL: str
    _OAUTH_ACCESS_TOKEN_URL: str

    @takes_callback
    def authorize_redirect(
        self,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        extra_params: dict[str, Any] | None = None,
        scope: list[str] | None = None,
        response_type: str = "code",
    ) -> None:
        """Send the user to the provider, to agree to what the application asks for.

        Args:
            redirect_uri: where the provider sends them back to, as registered with it.
            client_id: what the provider calls the application.
            client_secret: never had an effect; leave it out.
            extra_params: further parameters. Put a ``state`` there that you can recognise, and
                check it when the user comes back (RFC 6749 section 10.12).
            scope: what to ask for.
        """
        if client_secret is not None:
            from warnings import warn

            warn("client_secret has no effect: leave it out", DeprecationWarning, stacklevel=2)
        arguments = {"response_type": response_type}
        if redirect_uri is not None:
            arguments["redirect_uri"] = redirect_uri
        if client_id is not None:
            arguments["client_id"] = client_id
        arguments.update(extra_params or {})
        wanted: Any = scope
        if wanted:
            arguments["scope"] = wanted if isinstance(wanted, str) else " ".join(wanted)
        handler_of(self).redirect(url_concat(self._OAUTH_AUTHORIZE_URL, arguments))

    def _oauth_request_token_url(
        self,
        redirect_uri: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        code: str | None = None,
        extra_params: dict[str, Any] | None = None,
    ) -> str:
        """Where to change a code for an access token, for providers that want a GET."""
        arguments = {
            "redirect_uri": redirect_uri,
            "code": code,
            "client_id": client_id,
            "client_secret": client_secret,
        }
        given = {name: value for name, value in arguments.items() if value is not None}
        return url_concat(self._OAUTH_ACCESS_TOKEN_URL, {**given, **(extra_params or {})})

    @takes_callback
    @starts_itself
    async def oauth2_request(
        self,
        url: str,
        access_token: str | None = None,
        post_args: dict[str, Any] | None = None,
        **args: Any,
    ) -> Any:
        """Make a request in the name of a user, and return the answer's JSON.

        Args:
            access_token: sent as an argument of that name.
            post_args: fields of a form; makes it a POST.
            args: arguments of the query.

        Raises:
            HTTPClientError: the provider refused.
            ValueError: the answer is not JSON.
        """
        arguments = {"access_token": access_token} if access_token else {}
        arguments.update(args)
        if arguments:
            url += ("&" if "?" in url else "?") + urlencode(arguments)
        client = self.get_auth_http_client()
        if post_args is None:
            response = await client.fetch(url)
        else:
            response = await client.fetch(url, method="POST", body=urlencode(post_args))
        return json_decode(response.body)
