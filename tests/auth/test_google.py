"""Google, as Tornado has it."""

from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient, HTTPClientError

SETTINGS = {"google_oauth": {"key": "the key", "secret": "the secret & more"}}


class Token(web.RequestHandler):
    def post(self) -> None:
        if self.get_body_argument("code") != "good":
            raise web.HTTPError(400)
        names = self.request.body_arguments
        self.write({"access_token": "t", "form": {n: self.get_body_argument(n) for n in names}})


async def exchange(code: str, settings: dict[str, Any] = SETTINGS, **more: str) -> dict[str, Any]:
    async with serving([("/token", Token)]) as served:

        class Google(auth.GoogleOAuth2Mixin):
            _OAUTH_ACCESS_TOKEN_URL = f"http://127.0.0.1:{served.port}/token"

            def require_setting(self, name: str, feature: str) -> None:
                web.RequestHandler.require_setting(self, name, feature)  # type: ignore[arg-type]

        mixin: Any = Google()
        mixin.application = web.Application(**settings)
        mixin.settings = mixin.application.settings
        try:
            return await Google.get_authenticated_user(mixin, "https://me/back", code, **more)
        finally:
            AsyncHTTPClient().close()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"client_id": "another"},
        {"client_secret": "another"},
        {"client_id": "one", "client_secret": "two"},
    ],
)
@looped
async def test_a_code_is_changed_for_a_token(more: dict[str, str]) -> None:
    access = await exchange("good", **more)
    assert access["access_token"] == "t"
    assert access["form"] == {
        "redirect_uri": "https://me/back",
        "code": "good",
        "client_id": "the key",
        "client_secret": "the secret & more",
        "grant_type": "authorization_code",
        **more,
    }


@looped
async def test_without_settings() -> None:
    assert (await exchange("good", {}, client_id="a", client_secret="b"))["access_token"] == "t"
    with pytest.raises(Exception, match="'google_oauth' setting"):
        await exchange("good", {}, client_id="a")


@looped
async def test_a_code_that_is_not_good() -> None:
    with pytest.raises(HTTPClientError, match="400"):
        await exchange("bad")


def test_where_google_is() -> None:
    mixin = auth.GoogleOAuth2Mixin
    assert mixin._OAUTH_AUTHORIZE_URL == "https://accounts.google.com/o/oauth2/v2/auth"
    assert mixin._OAUTH_USERINFO_URL == "https://www.googleapis.com/oauth2/v1/userinfo"
    assert mixin._OAUTH_SETTINGS_KEY == "google_oauth"
