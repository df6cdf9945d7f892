"""What can go wrong with a login."""

from __future__ import annotations

from zonda.web import HTTPError

__all__ = ["AuthError", "LoginError", "ProviderGoneError"]


class AuthError(Exception):
    """A user could not be authenticated."""


class ProviderGoneError(AuthError):
    """The service behind a mixin of an older Tornado has been switched off."""


class LoginError(AuthError, HTTPError):
    """A login with :class:`~zonda.auth.OpenIDConnectMixin` or its base did not succeed.

    It need not be caught: a request that ends with it is answered with its status, and leaves
    one line in the log.

    Args:
        message: what went wrong.
        status_code: 403 when the browser brought something that is not to be trusted, or when
            the user refused; 502 when the provider did not do its part.
        error: the provider's error code (RFC 6749 sections 4.1.2.1 and 5.2), such as
            ``"access_denied"``; "" if it gave none.
        description: the provider's words for it. Do not show them as HTML.
    """

    def __init__(
        self, message: str, status_code: int = 403, *, error: str = "", description: str = ""
    ) -> None:
        HTTPError.__init__(self, status_code, "%s", message)
        self.error = error
        self.description = description
