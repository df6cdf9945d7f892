"""What an ID token must say to be believed (OpenID Connect Core section 3.1.3.7).

The signature is not looked at here: see :mod:`zonda.auth.connect.openidprovider`.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from zonda.auth.errors import LoginError

__all__ = ["Expectation", "check_access_token", "check_claims", "check_logged_in_at"]

_HASHES: Final = {"256": hashlib.sha256, "384": hashlib.sha384, "512": hashlib.sha512}
_MAX_SUBJECT: Final = 255
_END_OF_TIME: Final = 1e12
#: The part of Microsoft's issuer that differs from tenant to tenant.
_TENANT: Final = "{tenantid}"
_is_tenant = re.compile(r"[0-9A-Fa-f-]{36}").fullmatch


class Expectation(NamedTuple):
    """What the claims are compared with.

    Attributes:
        issuer: the provider. ``{tenantid}`` in it stands for the claim ``tid``.
        client_id: whom the token must be for.
        nonce: that of the attempt; None for a token that did not come from a login.
        trusted_audiences: who else it may be for.
        skew: how many seconds the provider's clock may be off.
        now: seconds since the epoch.
    """

    issuer: str
    client_id: str
    nonce: str | None
    trusted_audiences: Collection[str]
    skew: float
    now: float


def check_claims(claims: Mapping[str, Any], expected: Expectation) -> None:
    """Compare the claims with what they must be.

    Raises:
        LoginError: with the first that is wrong or missing.
    """
    _check_issuer(claims, expected.issuer)
    _check_audience(claims, expected)
    _check_times(claims, expected)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= _MAX_SUBJECT:
        raise LoginError("The ID token does not say who the user is")
    if expected.nonce is not None:
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not _equal(nonce, expected.nonce):
            raise LoginError("The ID token is from another login")


def check_access_token(claims: Mapping[str, Any], algorithm: str, access_token: str) -> None:
    """Compare ``at_hash`` with the access token (section 3.1.3.8), if it is there.

    Raises:
        LoginError: the ID token came with another access token.
    """
    if "at_hash" not in claims:
        return
    function = _HASHES.get(algorithm[-3:], hashlib.sha512)  # EdDSA: by Ed25519's own hash
    digest = function(access_token.encode()).digest()
    half = binascii.b2a_base64(digest[: len(digest) // 2], newline=False).rstrip(b"=")
    if not _equal(str(claims["at_hash"]), half.translate(_URL_SAFE).decode()):
        raise LoginError("The ID token belongs to another access token")


def check_logged_in_at(claims: Mapping[str, Any], max_age: float, expected: Expectation) -> None:
    """Refuse a user who was logged in longer ago than was asked for (section 3.1.2.1).

    Raises:
        LoginError: it was longer ago, or the token does not say when.
    """
    if expected.now - _time(claims, "auth_time") > max_age + expected.skew:
        raise LoginError("The user has not logged in recently enough")


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    if _TENANT in issuer:
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or not _is_tenant(tenant):
            raise LoginError("The ID token does not say which tenant it is from")
        issuer = issuer.replace(_TENANT, tenant)
    if claims.get("iss") != issuer:
        raise LoginError(f"The ID token is from {claims.get('iss')!r}, not from {issuer!r}")


def _check_audience(claims: Mapping[str, Any], expected: Expectation) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    strangers = [a for a in audiences if a not in (expected.client_id, *expected.trusted_audiences)]
    if expected.client_id not in audiences or strangers:
        raise LoginError(f"The ID token is for {audience!r}")
    party = claims.get("azp")
    if party != expected.client_id and (party is not None or len(audiences) > 1):
        raise LoginError(f"The ID token was given to {party!r}")


def _check_times(claims: Mapping[str, Any], expected: Expectation) -> None:
    now, skew = expected.now, expected.skew
    if _time(claims, "exp") <= now - skew:
        raise LoginError("The ID token has expired")
    if _time(claims, "iat") > now + skew:
        raise LoginError("The ID token is from the future: compare the clocks")
    if "nbf" in claims and _time(claims, "nbf") > now + skew:
        raise LoginError("The ID token is not valid yet: compare the clocks")


def _time(claims: Mapping[str, Any], name: str) -> float:
    value: Any = claims.get(name)
    known = isinstance(value, float) or type(value) is int  # a bool is an int as well
    if not known or not 0 <= value < _END_OF_TIME:  # which NaN is not
        raise LoginError(f"The ID token has no time in {name!r}")
    return float(value)
