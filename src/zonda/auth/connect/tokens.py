"""What a provider gives for a login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zonda.auth.errors import LoginError

__all__ = ["Login", "Tokens"]


class Tokens:
    """The tokens of one user (RFC 6749 section 5.1). They are secrets: ``repr`` hides them.

    Attributes:
        access_token: for requests in the user's name.
        refresh_token: for new tokens when that has expired, or None.
        id_token: who the user is, signed (OpenID Connect), or None. Already verified.
        expires_at: when the access token expires, in seconds since the epoch, or None.
        scope: what the user agreed to; "" if the provider does not say.
        answer: all that the provider sent.
    """

    __slots__ = ("access_token", "answer", "expires_at", "id_token", "refresh_token", "scope")

    def __init__(self, answer: Mapping[str, Any], now: float) -> None:
        """Read the provider's answer.

        Args:
            answer: its JSON object.
            now: when it came, in seconds since the epoch.

        Raises:
            LoginError: there is no bearer token in it.
        """
        kind = answer.get("token_type", "bearer")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise LoginError(f"The provider gave a token of the unknown type {kind!r}", 502)
        self.answer = dict(answer)
        access_token = _text(answer, "access_token")
        if not access_token:
            raise LoginError("The provider's answer has no access_token", 502)
        self.access_token: str = access_token
        self.refresh_token = _text(answer, "refresh_token")
        self.id_token = _text(answer, "id_token")
        self.scope = _text(answer, "scope") or ""
        seconds = answer.get("expires_in")
        self.expires_at: float | None = None
        if seconds is not None:
            try:
                self.expires_at = now + float(seconds)
            except (TypeError, ValueError):
                raise LoginError(f"The provider's expires_in is {seconds!r}", 502) from None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(sorted(self.answer))}>"


class Login:
    """A login that succeeded.

    Attributes:
        user: what the provider says about the user. With OpenID Connect ``user["sub"]``
            tells the users of one provider apart, and is never used again for another one;
            an e-mail address is no such thing.
        tokens: the user's :class:`Tokens`.
        next_url: where the user wanted to go: a URL of this site.
    """

    __slots__ = ("next_url", "tokens", "user")

    def __init__(self, user: dict[str, Any], tokens: Tokens, next_url: str) -> None:
        self.user = user
        self.tokens = tokens
        self.next_url = next_url

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.user.get('sub')!r}>"


def _text(answer: Mapping[str, Any], name: str) -> str | None:
    value = answer.get(name)
    if value is not None and not isinstance(value, str):
        raise LoginError(f"The provider's {name} is not text", 502)
    return value
