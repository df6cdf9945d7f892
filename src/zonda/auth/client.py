"""The client by which the mixins talk to providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from zonda.httpclient import AsyncHTTPClient

if TYPE_CHECKING:
    from zonda.web import RequestHandler

__all__ = ["ProviderClientMixin", "handler_of"]


class ProviderClientMixin:
    """What all mixins of this room share."""

    def get_auth_http_client(self) -> AsyncHTTPClient:
        """The client for requests to the provider. Override it to use one of your own."""
        return AsyncHTTPClient()


def handler_of(mixin: object) -> RequestHandler:
    """The mixin as the handler that it is mixed into."""
    return cast("RequestHandler", mixin)
