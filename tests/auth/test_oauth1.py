"""Logins by OAuth 1.0 and 1.0a."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.auth.browser import Browser, query_of
from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient

pytest.importorskip("oauthlib", reason="needs oauthlib")

from tests.auth.oauth1_provider import ACCESS_SECRET, CONSUMER, OAuth1Provider


class Login(web.RequestHandler, auth.OAuthMixin):
    user: Any = {"name": "Ada"}

    def initialize(self, errors: list[BaseException], base: str, **attributes: Any) -> None:
        self.errors = errors
        self._OAUTH_REQUEST_TOKEN_URL = base + "/request_token"
        self._OAUTH_AUTHORIZE_URL = base + "/authorize"
        self._OAUTH_ACCESS_TOKEN_URL = base + "/access_token"
        self.__dict__.update(attributes)

    def _oauth_consumer_token(self) -> dict[str, Any]:
        return CONSUMER

    async def _oauth_get_user_future(self, access_token: dict[str, Any]) -> Any:
        return self.user and dict(self.user)

    async def get(self) -> None:
        if self.get_argument("oauth_token", None):
            self.write(await self.get_authenticated_user())
        else:
            await self.authorize_redirect(
                callback_uri=self.get_argument("callback", None),
                extra_params={"x_scope": "read & write"},
            )

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        self.errors.append(value)


class Site:
    def __init__(self, provider: OAuth1Provider) -> None:
        self.provider = provider
        self.errors: list[BaseException] = []
        self.browser = Browser()
        self.url = ""

    async def refused(self, url: str, *, step: bool = False) -> BaseException:
        response = await (self.browser.step if step else self.browser.go)(url)
        assert response.code >= 400
        (error,) = self.errors
        return error


@asynccontextmanager
async def login_site(version: str | None = "1.0a", **attributes: Any) -> AsyncIterator[Site]:
    provider = OAuth1Provider(revised=version != "1.0")
    site = Site(provider)
    if version is not None:
        attributes["_OAUTH_VERSION"] = version
    async with serving(provider.application()) as there:
        base = f"http://127.0.0.1:{there.port}"
        route = ("/login", Login, {"errors": site.errors, "base": base, **attributes})
        async with serving([route]) as here:
            site.url = f"http://127.0.0.1:{here.port}/login"
            yield site
            AsyncHTTPClient().close()


@pytest.mark.parametrize("version", ["1.0", "1.0a", None])
@looped
async def test_a_login(version: str | None) -> None:
    async with login_site(version) as site:
        response = await site.browser.go(f"{site.url}?callback=/login%3Fx%3D1")
        assert response.json() == {
            "name": "Ada",
            "access_token": {"key": "at", "secret": ACCESS_SECRET, "screen_name": "ada"},
        }
        assert "/login?x=1&oauth_token=rt" in site.browser.visited[-1]
        begun, ended = site.provider.asked
        assert begun["oauth_version"] == ended["oauth_version"] == "1.0"
        assert ended["oauth_token"] == "rt"
        # The original knows neither callback nor further parameters at this point.
        assert ("oauth_callback" in begun) == ("x_scope" in begun) == (version != "1.0")


@looped
async def test_the_cookie_in_between() -> None:
    async with login_site() as site:
        response = await site.browser.step(f"{site.url}?callback=/login")
        (cookie,) = response.headers.get_list("Set-Cookie")
        assert cookie.startswith("_oauth_request_token=")
        attributes = {part.strip() for part in cookie.split(";")[1:]}
        assert attributes == {"HttpOnly", "Path=/", "SameSite=Lax"}
        await site.browser.go(response.headers["Location"])
        assert not any(site.browser.cookies.values())


@looped
async def test_a_provider_without_redirects() -> None:
    async with login_site() as site:
        response = await site.browser.go(f"{site.url}?callback=oob")
        assert response.code == 200
        assert query_of(response.text) == {"oauth_token": "rt"}
        assert site.provider.callbacks == {"rt": "oob"}


@looped
async def test_a_provider_that_knows_the_callback() -> None:
    async with login_site(_OAUTH_NO_CALLBACKS=True) as site:
        response = await site.browser.step(site.url)
        assert query_of(response.headers["Location"]) == {"oauth_token": "rt"}
        assert site.provider.callbacks == {"rt": ""}
        error = await site.refused(f"{site.url}?callback=/login")
        assert "does not support oauth_callback" in str(error)


@looped
async def test_a_login_that_another_browser_began() -> None:
    async with login_site() as site:
        error = await site.refused(f"{site.url}?oauth_token=rt&oauth_verifier=x")
        assert isinstance(error, auth.AuthError)
        assert "Missing OAuth request token cookie" in str(error)


@pytest.mark.parametrize("token", ["other", "é"])
@looped
async def test_a_token_that_is_not_this_browsers(token: str) -> None:
    async with login_site() as site:
        await site.browser.step(f"{site.url}?callback=/login")
        error = await site.refused(f"{site.url}?oauth_token={token}&oauth_verifier=x")
        assert "does not match cookie" in str(error)


@pytest.mark.parametrize("cookie", ["x", "a|b", "cnQ=|!!!!", "cnQ=|cnQ=|cnQ=", "/w==|cnQ="])
@looped
async def test_a_cookie_that_makes_no_sense(cookie: str) -> None:
    async with login_site() as site:
        netloc = site.url.removeprefix("http://").removesuffix("/login")
        site.browser.cookies[netloc] = {"_oauth_request_token": cookie}
        error = await site.refused(f"{site.url}?oauth_token=rt")
        assert isinstance(error, auth.AuthError)
        assert "malformed" in str(error)


@pytest.mark.parametrize("answer", ["x", "oauth_token=rt", "oauth_token_secret=s", "<html>"])
@looped
async def test_an_answer_without_a_token(answer: str) -> None:
    async with login_site() as site:
        site.provider.answer = answer
        error = await site.refused(f"{site.url}?callback=/login")
        assert isinstance(error, auth.AuthError)
        assert "has no oauth_token" in str(error)


@looped
async def test_nobody() -> None:
    async with login_site(user=None) as site:
        error = await site.refused(f"{site.url}?callback=/login")
        assert isinstance(error, auth.AuthError)
        assert "Error getting user" in str(error)


@looped
async def test_a_provider_that_refuses() -> None:
    async with login_site(_oauth_consumer_token=lambda: {"key": "k", "secret": "wrong"}) as site:
        error = await site.refused(f"{site.url}?callback=/login")
        assert "401" in str(error)


@looped
async def test_what_must_be_overridden() -> None:
    mixin = auth.OAuthMixin()
    with pytest.raises(NotImplementedError, match="_oauth_consumer_token"):
        mixin._oauth_consumer_token()
    with pytest.raises(NotImplementedError, match="_oauth_get_user_future"):
        await mixin._oauth_get_user_future({})
