"""Every mixin asks its provider by a client that can be replaced."""

from typing import Any

import pytest

from tests.wire import looped
from zonda import auth
from zonda.httpclient import AsyncHTTPClient


@pytest.mark.parametrize(
    "mixin", [auth.OpenIdMixin, auth.OAuthMixin, auth.OAuth2Mixin, auth.OAuth2LoginMixin]
)
@looped
async def test_by_default_it_is_the_loops_own(mixin: Any) -> None:
    client = AsyncHTTPClient()
    assert mixin().get_auth_http_client() is client
    client.close()
