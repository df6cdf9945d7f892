"""Mixins of Tornado 1 to 3 whose providers have been switched off.

The names are here so that a program that has them beside others can start. Logging in with
them cannot work for anybody any more; it fails with an error that says what to use today.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn
from warnings import warn

from zonda.auth.errors import ProviderGoneError

__all__ = ["FacebookMixin", "FriendFeedMixin", "GoogleMixin", "YahooMixin"]


class _RetiredMixin:
    """Base of the mixins for providers that are gone."""

    #: What happened, and what to do.
    _GONE: ClassVar[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if _RetiredMixin not in cls.__bases__:
            warn(f"{cls.__name__} cannot log anybody in: {cls._GONE}", DeprecationWarning, 2)

    def authenticate_redirect(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ProviderGoneError."""
        raise ProviderGoneError(self._GONE)

    def authorize_redirect(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ProviderGoneError."""
        raise ProviderGoneError(self._GONE)

    def get_authenticated_user(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ProviderGoneError."""
        raise ProviderGoneError(self._GONE)


class GoogleMixin(_RetiredMixin):
    """Google by OpenID 2.0. Gone since 2015: use :class:`~zonda.auth.OpenIDConnectMixin`."""

    _GONE = (
        "Google switched OpenID 2.0 off in 2015; use OpenIDConnectMixin with the issuer "
        "https://accounts.google.com, or GoogleOAuth2Mixin"
    )


class FacebookMixin(_RetiredMixin):
    """Facebook Connect. Gone since 2012: use :class:`~zonda.auth.FacebookGraphMixin`."""

    _GONE = "Facebook's old REST API was switched off in 2012; use FacebookGraphMixin"

    def facebook_request(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ProviderGoneError."""
        raise ProviderGoneError(self._GONE)


class FriendFeedMixin(_RetiredMixin):
    """FriendFeed. Gone since 2015, with nobody in its place."""

    _GONE = (
        "FriendFeed closed in 2015; use OpenIDConnectMixin, or for other services with "
        "OAuth 1.0 derive from OAuthMixin"
    )

    def friendfeed_request(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ProviderGoneError."""
        raise ProviderGoneError(self._GONE)


class YahooMixin(_RetiredMixin):
    """Yahoo's BBAuth. Gone: use :class:`~zonda.auth.OpenIDConnectMixin`."""

    _GONE = (
        "Yahoo's BBAuth and OpenID 2.0 were switched off; use OpenIDConnectMixin with the "
        "issuer https://api.login.yahoo.com"
    )
