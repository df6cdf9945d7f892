"""The public keys of a provider (RFC 7517), by joserfc."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from zonda.auth.errors import LoginError

if TYPE_CHECKING:
    from joserfc.jwk import Key

__all__ = ["candidates"]

_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


def candidates(jwks: Mapping[str, Any], header: Mapping[str, Any]) -> list[Key]:
    """The keys that a token with this header may be signed with.

    Keys of the wrong type, use or algorithm do not count, and neither do those that joserfc
    does not know (RFC 7517 section 5).

    Raises:
        LoginError: *jwks* is no key set.
    """
    keys = jwks.get("keys")
    if not isinstance(keys, list):
        raise LoginError("The provider's key set has no keys", 502)
    fitting = (key for key in keys if isinstance(key, dict) and _fits(key, header))
    return [key for key in map(_import, fitting) if key is not None]


def _fits(key: dict[str, Any], header: Mapping[str, Any]) -> bool:
    algorithm, kid = header["alg"], header.get("kid")
    return (
        key.get("kty") == _KEY_TYPES.get(algorithm[:2])
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and "verify" in key.get("key_ops", ("verify",))
        and (kid is None or key.get("kid") == kid)
    )


def _import(key: dict[str, Any]) -> Key | None:
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    try:
        return import_key(key)
    except (JoseError, ValueError, TypeError, KeyError):  # each kind has its own way to fail
        return None
