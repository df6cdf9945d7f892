"""Providers of OpenID Connect: found by their issuer, believed for their signatures."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from zonda.auth.connect.documents import Document
from zonda.auth.connect.fetching import check_url, fetch_object
from zonda.auth.connect.idtoken import (
    Expectation,
    check_access_token,
    check_claims,
    check_logged_in_at,
)
from zonda.auth.connect.keys import candidates
from zonda.auth.connect.provider import ClientAuth, ClientCredentials, OAuth2Provider
from zonda.auth.connect.tokens import Tokens
from zonda.auth.errors import LoginError
from zonda.httpclient import AsyncHTTPClient, HTTPRequest

if TYPE_CHECKING:
    from joserfc.jwk import Key

__all__ = ["OpenIDProvider"]

#: All with a public key: what the provider publishes can then verify and not sign.
_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519"),
)
#: A key that is not known makes us fetch the keys anew, but not more often than this, in seconds.
_KEYS_AT_LEAST: Final = 10.0
_MAX_TOKEN: Final = 1 << 16


class OpenIDProvider(OAuth2Provider):
    """A provider that logs users in by OpenID Connect; needs joserfc (``zonda[auth]``). ::

        GOOGLE = auth.OpenIDProvider("https://accounts.google.com", settings_key="google")

    Endpoints and keys are found by themselves (OpenID Connect Discovery) when they are first
    needed, and again every hour. Keys may be rotated at any time.

    Args:
        issuer: the provider's URL, exactly as it writes it. A ``{tenantid}`` in it stands for
            the claim ``tid``, as Microsoft's does for accounts of any tenant.
        discovery_url: if it is not ``/.well-known/openid-configuration`` below the issuer.
        scope: what to ask for; ``openid`` is needed.
        algorithms: those that ID tokens may be signed with (RFC 7518, RFC 8037). ``HS256``,
            with the client's secret as key, must be named here to be accepted.
        clock_skew: how many seconds the provider's clock may differ from ours.
        trusted_audiences: other applications that an ID token may be for besides this one.
        fetch_userinfo: ask the userinfo endpoint at every login for what is not in the ID token.
        settings_key: see :class:`OAuth2Provider`, like all others.
    """

    def __init__(
        self,
        issuer: str,
        *,
        discovery_url: str | None = None,
        scope: Sequence[str] = ("openid", "profile", "email"),
        algorithms: Collection[str] = _ALGORITHMS,
        clock_skew: float = 60.0,
        trusted_audiences: Collection[str] = (),
        fetch_userinfo: bool = False,
        settings_key: str = "openid_connect",
        client_auth: ClientAuth | None = None,
        pkce: bool = True,
        response_mode: Literal["form_post"] | None = None,
    ) -> None:
        self.known_metadata = {}
        self.name = self.issuer = issuer
        self._set_up(scope, settings_key, client_auth, pkce, response_mode)
        if "openid" not in self.scope:
            raise ValueError("scope must hold 'openid'")
        if not algorithms or "none" in algorithms:
            raise ValueError("algorithms must name some, and not 'none'")
        self.discovery_url = (
            discovery_url or issuer.rstrip("/") + "/.well-known/openid-configuration"
        )
        self.algorithms = frozenset(algorithms)
        self.clock_skew = clock_skew
        self.trusted_audiences = frozenset(trusted_audiences)
        self.asks_userinfo = fetch_userinfo
        self._metadata = Document()
        self._keys = Document()

    async def metadata(self, http_client: AsyncHTTPClient) -> Mapping[str, Any]:
        """The provider's metadata (OpenID Connect Discovery section 3).

        Raises:
            LoginError: it cannot be had, or is another provider's (section 4.3).
        """

        async def fetch() -> dict[str, Any]:
            found = await fetch_object(http_client, HTTPRequest(self.discovery_url))
            if found.get("issuer") != self.issuer:
                raise LoginError(
                    f"{self.discovery_url} says that it is {found.get('issuer')!r}, "
                    f"not {self.issuer!r}",
                    502,
                )
            return found

        return await self._metadata.get(fetch)

    async def verify(
        self,
        http_client: AsyncHTTPClient,
        client: ClientCredentials,
        tokens: Tokens,
        *,
        nonce: str | None,
        max_age: float | None = None,
    ) -> dict[str, Any]:
        """The claims of the ID token, if it is to be believed (Core section 3.1.3.7).

        Args:
            nonce: that of the login; None for a token that came by a refresh.
            max_age: how many seconds ago the user must have logged in at most.

        Raises:
            LoginError: it is missing, forged, or for somebody or something else.
        """
        if tokens.id_token is None:
            raise LoginError("The provider's answer has no id_token", 502)
        header, claims = await self._verified(http_client, client, tokens.id_token)
        expected = Expectation(
            self.name,
            client.client_id,
            nonce,
            self.trusted_audiences,
            self.clock_skew,
            time.time(),
        )
        check_claims(claims, expected)
        check_access_token(claims, header["alg"], tokens.access_token)
        if max_age is not None:
            check_logged_in_at(claims, max_age, expected)
        return claims

    async def _verified(
        self, http_client: AsyncHTTPClient, client: ClientCredentials, token: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token whose signature is good (RFC 7515 section 5.2)."""
        try:
            from joserfc import jws, jwt
            from joserfc.errors import JoseError
        except ImportError:
            raise RuntimeError(
                "OpenID Connect needs joserfc: install it with 'pip install zonda[auth]'"
            ) from None

        if len(token) > _MAX_TOKEN:
            raise LoginError("The ID token is too long")
        try:
            header = dict(jws.extract_compact(token.encode()).headers())
        except (JoseError, ValueError, RecursionError) as error:
            raise LoginError(f"The ID token is malformed: {error}") from None
        algorithm = header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in self.algorithms:
            raise LoginError(f"The ID token is signed by {algorithm!r}, which is not accepted")
        for key in await self._fitting_keys(http_client, client, header):
            try:
                decoded = jwt.decode(token, key, algorithms=[algorithm])
            except (JoseError, ValueError, TypeError, RecursionError):
                continue
            if not isinstance(decoded.claims, dict):
                raise LoginError("The ID token holds no claims")
            return header, decoded.claims
        raise LoginError("The ID token's signature is not the provider's")

    async def _fitting_keys(
        self, http_client: AsyncHTTPClient, client: ClientCredentials, header: dict[str, Any]
    ) -> Sequence[Key]:
        """The keys to try; fetched anew if there is none, for the provider may have new ones."""
        if header["alg"].startswith("HS"):
            from joserfc.jwk import OctKey

            return [OctKey.import_key(client.client_secret)] if client.client_secret else []

        async def fetch() -> dict[str, Any]:
            metadata = await self.metadata(http_client)
            return await fetch_object(http_client, HTTPRequest(check_url(metadata.get("jwks_uri"))))

        found = candidates(await self._keys.get(fetch), header)
        if not found:
            keys = await self._keys.get(fetch, younger_than=_KEYS_AT_LEAST)
            found = candidates(keys, header)
        return found
