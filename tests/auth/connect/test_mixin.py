"""Logins by OAuth 2.0 alone, with providers of several habits."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.auth.browser import Browser, query_of
from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient, HTTPRequest
from zonda.httputil import url_concat


class Login(web.RequestHandler, auth.OAuth2LoginMixin):
    def initialize(self, provider: auth.OAuth2Provider) -> None:
        self.provider = provider

    async def get(self) -> None:
        if not self.is_login_response():
            await self.authorize_redirect()
            return
        try:
            login = await self.get_authenticated_user()
        except auth.LoginError as error:
            self.set_status(error.status_code)
            self.finish(str(error))
            return
        self.write({"user": login.user, "token": login.tokens.access_token})


class Habits(web.RequestHandler):
    """A provider that notes what it is asked, and answers what it is told to."""

    def initialize(self, asked: list[Any], answers: dict[str, Any]) -> None:
        self.asked = asked
        self.answers = answers

    def get(self) -> None:
        arguments = {name: self.get_argument(name) for name in self.request.arguments}
        self.asked.append((self.request.method, self.request.path, arguments, self.request.headers))
        if self.request.path == "/authorize":
            response = {"code": "the code", "state": arguments["state"]}
            self.redirect(url_concat(arguments["redirect_uri"], response))
        else:
            self.finish(json.dumps(self.answers[self.request.path]))

    post = get


@asynccontextmanager
async def login(
    make: Any, **answers: Any
) -> AsyncIterator[tuple[Any, list[tuple[str, str, dict[str, str], Any]]]]:
    """Log in with the provider that *make* makes of its base URL; yields response and requests."""
    asked: list[Any] = []
    given = {f"/{path}": answer for path, answer in answers.items()}
    async with serving([(r"/.*", Habits, {"asked": asked, "answers": given})]) as there:
        provider = make(f"http://127.0.0.1:{there.port}")
        application = web.Application(
            [("/login", Login, {"provider": provider})],
            cookie_secret="secret",
            oauth2={"client_id": "c", "client_secret": "s"},
        )
        async with serving(application) as here:
            yield await Browser().go(f"http://127.0.0.1:{here.port}/login"), asked
            AsyncHTTPClient().close()


def plain(base: str, **options: Any) -> auth.OAuth2Provider:
    return auth.OAuth2Provider(
        authorization_endpoint=base + "/authorize",
        token_endpoint=base + "/token",
        **{"userinfo_endpoint": base + "/user", **options},
    )


@looped
async def test_a_provider_like_github() -> None:
    answers = {"token": {"access_token": "t", "token_type": "bearer"}, "user": {"id": 7}}
    async with login(plain, **answers) as (response, asked):
        assert response.json() == {"user": {"id": 7}, "token": "t"}
        (_, _, begun, _), (method, _, form, fields), (_, _, _, bearer) = asked
        assert "nonce" not in begun
        assert "scope" not in begun
        assert method == "POST"
        assert form["grant_type"] == "authorization_code"
        assert form["code"] == "the code"
        assert form["redirect_uri"] == begun["redirect_uri"]
        assert len(form["code_verifier"]) == 43
        assert fields["Accept"] == "application/json"
        assert fields["Authorization"] == "Basic Yzpz"
        assert bearer["Authorization"] == "Bearer t"


@looped
async def test_github_refuses_with_status_200() -> None:
    async with login(plain, token={"error": "bad_verification_code"}) as (response, _):
        assert response.code == 403
        assert "bad_verification_code" in response.text


@looped
async def test_a_provider_that_does_not_say_who_it_is() -> None:
    def make(base: str) -> auth.OAuth2Provider:
        return plain(base, userinfo_endpoint=None, pkce=False)

    async with login(make, token={"access_token": "t"}) as (response, asked):
        assert response.json() == {"user": {}, "token": "t"}
        assert "code_challenge" not in asked[0][2]
        assert "code_verifier" not in asked[1][2]


class WeChat(auth.OAuth2Provider):
    """Calls the client an app, and takes everything by GET."""

    def authorization_url(self, metadata: Any, parameters: dict[str, str]) -> str:
        parameters["appid"] = parameters.pop("client_id")
        return super().authorization_url(metadata, parameters) + "#wechat_redirect"

    def token_request(
        self, metadata: Any, client: auth.ClientCredentials, form: dict[str, str]
    ) -> HTTPRequest:
        who = {"appid": client.client_id, "secret": client.client_secret or ""}
        return HTTPRequest(f"{metadata['token_endpoint']}?{urlencode({**form, **who})}")

    def userinfo_request(self, metadata: Any, tokens: auth.Tokens) -> HTTPRequest:
        who = {"access_token": tokens.access_token, "openid": tokens.answer["openid"]}
        return HTTPRequest(f"{metadata['userinfo_endpoint']}?{urlencode(who)}")


def wechat(base: str) -> auth.OAuth2Provider:
    return WeChat(
        authorization_endpoint=base + "/authorize",
        token_endpoint=base + "/token",
        userinfo_endpoint=base + "/user",
        scope=["snsapi_login"],
        pkce=False,
    )


@looped
async def test_a_provider_like_wechat() -> None:
    answers = {"token": {"access_token": "t", "openid": "o"}, "user": {"nickname": "阿达"}}
    async with login(wechat, **answers) as (response, asked):
        assert response.json() == {"user": {"nickname": "阿达"}, "token": "t"}
        (_, _, begun, _), (method, _, form, _), (_, _, who, _) = asked
        assert begun["appid"] == "c"
        assert "client_id" not in begun
        assert begun["scope"] == "snsapi_login"
        assert (method, form["appid"], form["secret"]) == ("GET", "c", "s")
        assert who == {"access_token": "t", "openid": "o"}


@looped
async def test_wechat_refuses_without_an_error() -> None:
    async with login(wechat, token={"errcode": 40029, "errmsg": "invalid code"}) as (response, _):
        assert response.code == 502
        assert "no access_token" in response.text


@looped
async def test_a_redirect_uri_from_the_settings() -> None:
    provider = plain("https://provider.example")
    known = {"client_id": "c", "redirect_uri": "https://www.example.com/back"}
    application = web.Application(
        [("/login", Login, {"provider": provider})], cookie_secret="secret", oauth2=known
    )
    async with serving(application) as here:
        response = await Browser().step(f"http://127.0.0.1:{here.port}/login?next=x")
        assert query_of(response.headers["Location"])["redirect_uri"] == known["redirect_uri"]
        assert urlsplit(response.headers["Location"]).netloc == "provider.example"
        AsyncHTTPClient().close()


@pytest.mark.parametrize(
    ("issuer", "complaint"),
    [
        ("https://evil.example", "is from 'https://evil.example'"),
        ("https://provider.example", "was refused"),
        (None, "was refused"),
    ],
)
@looped
async def test_a_provider_that_is_known_to_name_itself(issuer: str | None, complaint: str) -> None:
    """The issuer of RFC 9207 counts for plain OAuth 2.0 too, if it is known and sent."""
    provider = plain("https://provider.example", issuer="https://provider.example")
    application = web.Application(
        [("/login", Login, {"provider": provider})],
        cookie_secret="secret",
        oauth2={"client_id": "c"},
    )
    async with serving(application) as here:
        url, browser = f"http://127.0.0.1:{here.port}/login", Browser()
        begun = query_of((await browser.step(url)).headers["Location"])
        back = {"state": begun["state"], "error": "no", **({"iss": issuer} if issuer else {})}
        response = await browser.step(url_concat(url, back))
        assert response.code == 403
        assert complaint in response.text
        AsyncHTTPClient().close()
