"""Twitter, as Tornado has it."""

from typing import Any

import pytest

from tests.auth.browser import Browser, query_of
from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient

pytest.importorskip("oauthlib", reason="needs oauthlib")

from tests.auth.oauth1_provider import ACCESS_SECRET, CONSUMER, OAuth1Provider


def handler(base: str) -> Any:
    class Twitter(web.RequestHandler, auth.TwitterMixin):
        _OAUTH_REQUEST_TOKEN_URL = base + "/request_token"
        _OAUTH_AUTHORIZE_URL = base + "/never"
        _OAUTH_AUTHENTICATE_URL = base + "/authorize"
        _OAUTH_ACCESS_TOKEN_URL = base + "/access_token"
        _TWITTER_BASE_URL = base + "/api"

        async def get(self, what: str) -> None:
            token = {"key": "at", "secret": ACCESS_SECRET}
            if what == "login" and self.get_argument("oauth_token", None):
                self.write(await self.get_authenticated_user())
            elif what == "login":
                await self.authenticate_redirect(callback_uri="/login?")
            elif what == "read":
                self.write(await self.twitter_request("/lists/show", token, a="b c", c="~*é"))
            elif what == "write":
                form = {"status": "Hi & bye, é"}
                self.write(await self.twitter_request("/statuses/update", token, form, n=5))
            elif what == "whole":
                self.write(await self.twitter_request(base + "/api/x?y=z", token, a="b"))

    return Twitter


async def ask(path: str, **settings: Any) -> tuple[Any, OAuth1Provider, Browser]:
    provider, browser = OAuth1Provider(revised=True), Browser()
    async with serving(provider.application()) as there:
        routes = [("/(.*)", handler(f"http://127.0.0.1:{there.port}"))]
        known = {
            "twitter_consumer_key": CONSUMER["key"],
            "twitter_consumer_secret": CONSUMER["secret"],
        }
        application = web.Application(routes, **{**known, **settings})
        async with serving(application) as here:
            response = await browser.go(f"http://127.0.0.1:{here.port}{path}")
            AsyncHTTPClient().close()
    return response, provider, browser


@looped
async def test_a_login() -> None:
    response, provider, browser = await ask("/login")
    assert response.json() == {
        "screen_name": "ada",
        "username": "ada",
        "name": "Ada Lovelace",
        "access_token": {"key": "at", "secret": ACCESS_SECRET, "screen_name": "ada"},
    }
    assert len(provider.asked) == 3
    assert browser.visited[0].endswith("/login")


@looped
async def test_reading_and_writing_are_signed() -> None:
    response, provider, _ = await ask("/read")
    assert response.json() == {"path": "lists/show.json", "method": "GET"}
    assert (provider.asked[0]["a"], provider.asked[0]["c"]) == ("b c", "~*é")
    response, provider, _ = await ask("/write")
    assert response.json() == {"path": "statuses/update.json", "method": "POST"}
    assert (provider.asked[0]["status"], provider.asked[0]["n"]) == ("Hi & bye, é", "5")
    response, provider, _ = await ask("/whole")
    assert response.json() == {"path": "x", "method": "GET"}
    assert provider.asked[0]["y"] == "z"


@pytest.mark.parametrize("name", ["twitter_consumer_key", "twitter_consumer_secret"])
@looped
async def test_settings_that_are_missing(name: str) -> None:
    response, provider, _ = await ask("/login", **{name: None})
    assert response.code == 500
    assert not provider.asked


def test_where_twitter_is() -> None:
    mixin = auth.TwitterMixin
    assert mixin._OAUTH_AUTHENTICATE_URL == "https://api.twitter.com/oauth/authenticate"
    assert mixin._TWITTER_BASE_URL == "https://api.twitter.com/1.1"
    assert mixin._OAUTH_NO_CALLBACKS is False
    assert query_of(mixin._OAUTH_AUTHORIZE_URL) == {}
