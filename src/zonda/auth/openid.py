"""OpenID 2.0: logins by redirect, confirmed by the provider itself.

Few providers are left that speak it (Steam is one); its successor is OpenID Connect, see
:class:`~zonda.auth.OpenIDConnectMixin`.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from zonda.auth.client import ProviderClientMixin, handler_of
from zonda.auth.errors import AuthError
from zonda.auth.nonces import UsedNonces
from zonda.httpclient import AsyncHTTPClient, HTTPResponse
from zonda.legacy import starts_itself, takes_callback

__all__ = ["OpenIdMixin"]

_OPENID: Final = "http://specs.openid.net/auth/2.0"
_ANY_USER: Final = f"{_OPENID}/identifier_select"
_ATTRIBUTE_EXCHANGE: Final = "http://openid.net/srv/ax/1.0"
_OAUTH_EXTENSION: Final = "http://specs.openid.net/extensions/oauth/1.0"

_SCHEMA: Final = "http://axschema.org/"
_FIRST_NAME: Final = _SCHEMA + "namePerson/first"
_LAST_NAME: Final = _SCHEMA + "namePerson/last"
_FULL_NAME: Final = _SCHEMA + "namePerson"
_EMAIL: Final = _SCHEMA + "contact/email"
_LANGUAGE: Final = _SCHEMA + "pref/language"
_USERNAME: Final = _SCHEMA + "namePerson/friendly"

#: What is asked for by each of the names that ``ax_attrs`` may hold.
_ATTRIBUTES: Final = {
    "name": {"firstname": _FIRST_NAME, "fullname": _FULL_NAME, "lastname": _LAST_NAME},
    "email": {"email": _EMAIL},
    "language": {"language": _LANGUAGE},
    "username": {"username": _USERNAME},
}

# Modes of a response that is not an assertion (sections 5.2.3 and 10.2).
_REFUSALS: Final = {
    "cancel": "the user cancelled the login",
    "setup_needed": "the provider wants to talk to the user first",
    "error": "the provider reports an error",
}

_used_nonces = UsedNonces()


class OpenIdMixin(ProviderClientMixin):
    """Logs users in by OpenID 2.0 with attribute exchange.

    A class for one provider sets ``_OPENID_ENDPOINT``, the provider's URL::

        class SteamLogin(web.RequestHandler, auth.OpenIdMixin):
            _OPENID_ENDPOINT = "https://steamcommunity.com/openid/login"

            async def get(self):
                if self.get_argument("openid.mode", None):
                    user = await self.get_authenticated_user()
                    self.set_signed_cookie("user", user["claimed_id"])
                    self.redirect("/")
                else:
                    self.authenticate_redirect(ax_attrs=[])
    """

    _OPENID_ENDPOINT: str

    @takes_callback
    def authenticate_redirect(
        self,
        callback_uri: str | None = None,
        ax_attrs: list[str] = ["name", "email", "language", "username"],  # noqa: B006
    ) -> None:
        """Send the user to the provider, who sends them back to the callback.

        Args:
            callback_uri: where to; relative to the current URL, which is the default.
            ax_attrs: what to ask for, besides who it is; names among the default's.
        """
        handler = handler_of(self)
        arguments = self._openid_args(callback_uri or handler.request.full_url(), ax_attrs)
        endpoint = self._OPENID_ENDPOINT
        handler.redirect(endpoint + ("&" if "?" in endpoint else "?") + urlencode(arguments))

    @takes_callback
    @starts_itself
    async def get_authenticated_user(
        self, http_client: AsyncHTTPClient | None = None
    ) -> dict[str, Any]:
        """Who it is that came back; to be called when there is an argument ``openid.mode``.

        The provider is asked whether the response is its own (OpenID 2.0 section 11.4.2).

        Returns:
            any of ``name``, ``first_name``, ``last_name``, ``email``, ``locale``,
            ``username``, and ``claimed_id``, which tells users apart.

        Raises:
            AuthError: the user refused, or the response is not to be trusted.
            HTTPClientError: the provider cannot be asked.
        """
        fields = self._openid_fields()
        self._openid_check_fields(fields)
        response = await (http_client or self.get_auth_http_client()).fetch(
            self._OPENID_ENDPOINT,
            method="POST",
            body=urlencode({**fields, "openid.mode": "check_authentication"}),
        )
        return self._on_authentication_verified(response)

    def _openid_args(
        self, callback_uri: str, ax_attrs: Iterable[str] = (), oauth_scope: str | None = None
    ) -> dict[str, str]:
        """The fields of the authentication request (section 9.1)."""
        request = handler_of(self).request
        return_to = urljoin(request.full_url(), callback_uri)
        arguments = {
            "openid.ns": _OPENID,
            "openid.claimed_id": _ANY_USER,
            "openid.identity": _ANY_USER,
            "openid.return_to": return_to,
            "openid.realm": urljoin(return_to, "/"),
            "openid.mode": "checkid_setup",
        }
        wanted: dict[str, str] = {}
        for name in _ATTRIBUTES:
            if name in ax_attrs:
                wanted.update(_ATTRIBUTES[name])
        unknown = set(ax_attrs) - set(_ATTRIBUTES)
        if unknown:
            raise KeyError(f"ax_attrs may be {', '.join(_ATTRIBUTES)}, not {sorted(unknown)}")
        if wanted:
            arguments["openid.ns.ax"] = _ATTRIBUTE_EXCHANGE
            arguments["openid.ax.mode"] = "fetch_request"
            arguments["openid.ax.required"] = ",".join(wanted)
            arguments |= {f"openid.ax.type.{name}": uri for name, uri in wanted.items()}
        if oauth_scope:
            arguments["openid.ns.oauth"] = _OAUTH_EXTENSION
            arguments["openid.oauth.consumer"] = request.host.partition(":")[0]
            arguments["openid.oauth.scope"] = oauth_scope
        return arguments

    def _openid_fields(self) -> dict[str, str]:
        """The fields of the response, of which there must be one each (section 4.1.2)."""
        handler = handler_of(self)
        fields = {}
        for name in handler.request.arguments:
            if name.startswith("openid."):
                values = handler.get_arguments(name, strip=False)
                if len(values) != 1:
                    raise AuthError(f"Invalid OpenID response: {name!r} is there twice")
                fields[name] = values[0]
        return fields

    def _openid_check_fields(self, fields: dict[str, str]) -> None:
        """Refuse what is no assertion, or one for somebody else (section 11.1)."""
        mode = fields.get("openid.mode", "")
        if mode in _REFUSALS:
            raise AuthError(f"OpenID login failed: {_REFUSALS[mode]}")
        if "openid.signed" in fields:  # else nobody but the provider can say what it is
            self._openid_check_return_to(_signed(fields).get("openid.return_to", ""))

    def _openid_check_return_to(self, return_to: str) -> None:
        """Refuse a response that was made for another site or page (section 11.1)."""
        here, there = urlsplit(handler_of(self).request.full_url()), urlsplit(return_to)
        same = (here.scheme, here.netloc, here.path) == (there.scheme, there.netloc, there.path)
        arguments = parse_qsl(here.query, keep_blank_values=True)
        expected = parse_qsl(there.query, keep_blank_values=True)
        if not same or not all(pair in arguments for pair in expected):
            raise AuthError(
                f"The OpenID response is for {return_to!r}, not for this URL. Behind a proxy, "
                "listen with xheaders=True so that the server knows its own address"
            )

    def _on_authentication_verified(self, response: HTTPResponse) -> dict[str, Any]:
        """The user, if the provider's answer confirms the response."""
        lines = response.body.split(b"\n")
        verdicts = [line for line in lines if line.startswith(b"is_valid:")]
        if len(verdicts) != 1 or not hmac.compare_digest(verdicts[0], b"is_valid:true"):
            raise AuthError(f"Invalid OpenID response: {response.body[:200]!r}")
        fields = self._openid_fields()
        if "openid.signed" in fields:
            fields = _signed(fields)
            if not _used_nonces.use(self._OPENID_ENDPOINT, fields.get("openid.response_nonce", "")):
                raise AuthError("The OpenID response is too old, or was used before")
        user = _user(_exchanged(fields))
        if fields.get("openid.claimed_id"):
            user["claimed_id"] = fields["openid.claimed_id"]
        return user


def _signed(fields: dict[str, str]) -> dict[str, str]:
    """The fields that the provider's signature covers (section 10.1); anybody can add others."""
    signed = {f"openid.{name}" for name in fields["openid.signed"].split(",")}
    return {name: value for name, value in fields.items() if name in signed}


def _exchanged(fields: dict[str, str]) -> dict[str, str]:
    """The attributes of the response by the URI of their type (AX 1.0 section 5.2)."""
    for name, value in fields.items():
        prefix, _, alias = name.rpartition(".")
        if prefix == "openid.ns" and value == _ATTRIBUTE_EXCHANGE:
            break
    else:
        return {}
    types = f"openid.{alias}.type."
    values = f"openid.{alias}.value."
    found = {}
    for name, uri in fields.items():
        if name.startswith(types):
            found[uri] = fields.get(values + name.removeprefix(types), "")
    return found


def _user(attributes: dict[str, str]) -> dict[str, Any]:
    first, last = attributes.get(_FIRST_NAME, ""), attributes.get(_LAST_NAME, "")
    email = attributes.get(_EMAIL, "")
    both = " ".join(part for part in (first, last) if part)
    user = {
        "first_name": first,
        "last_name": last,
        "name": attributes.get(_FULL_NAME) or both or email.partition("@")[0],
        "email": email,
        "locale": attributes.get(_LANGUAGE, "").lower(),
        "username": attributes.get(_USERNAME, ""),
    }
    return {name: value for name, value in user.items() if value}
