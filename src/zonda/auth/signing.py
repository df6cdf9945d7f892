"""Signatures of OAuth 1.0 (RFC 5849 section 3.4), by oauthlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zonda.escape import utf8

__all__ = ["sign"]


def sign(
    method: str,
    url: str,
    parameters: Mapping[str, Any],
    consumer_secret: str | bytes,
    token_secret: str | bytes = "",
) -> str:
    """The HMAC-SHA1 signature of a request (RFC 5849 section 3.4.2), in base64.

    Args:
        url: of the request. Its query is signed as well.
        parameters: those of a form, of the query if it is not in *url*, and ``oauth_*``.

    Raises:
        RuntimeError: oauthlib is not installed.
    """
    try:
        # Typed, or not, by what is installed beside it.
        from oauthlib.oauth1 import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
            Client,
        )
        from oauthlib.oauth1.rfc5849 import (  # type: ignore[import-not-found,import-untyped,unused-ignore]
            signature,
        )
    except ImportError:
        raise RuntimeError(
            "OAuth 1.0 needs oauthlib: install it with 'pip install zonda[auth]'"
        ) from None

    query = url.partition("#")[0].partition("?")[2]
    pairs = signature.collect_parameters(uri_query=query)
    pairs += [(name, _text(value)) for name, value in parameters.items()]
    base = signature.signature_base_string(
        method, signature.base_string_uri(url), signature.normalize_parameters(pairs)
    )
    keys = Client("", _text(consumer_secret), resource_owner_secret=_text(token_secret))
    return str(signature.sign_hmac_sha1_with_client(base, keys))


def _text(value: Any) -> str:
    return utf8(value).decode() if isinstance(value, str | bytes) else str(value)
