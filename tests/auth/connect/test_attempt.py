"""The cookie of a login that has been begun, on a site with HTTPS."""

import hashlib
from base64 import urlsafe_b64encode

import pytest

from tests.auth.browser import Browser, query_of
from tests.wire import looped, serving
from zonda import auth, web
from zonda.auth.connect.attempt import LoginAttempt
from zonda.httpclient import AsyncHTTPClient

ELSEWHERE = auth.OAuth2Provider(
    authorization_endpoint="https://provider.example/authorize",
    token_endpoint="https://provider.example/token",
)
POSTING = auth.OAuth2Provider(
    authorization_endpoint="https://provider.example/authorize",
    token_endpoint="https://provider.example/token",
    response_mode="form_post",
)


class Login(web.RequestHandler, auth.OAuth2LoginMixin):
    """Begins a login; says what it would do with the response."""

    def initialize(self, provider: auth.OAuth2Provider) -> None:
        self.provider = provider

    async def get(self) -> None:
        if self.is_login_response():
            await self.finish_login()
        else:
            await self.authorize_redirect()

    async def post(self) -> None:
        await self.finish_login()

    async def finish_login(self) -> None:
        try:
            await self.get_authenticated_user()
        except auth.LoginError as error:
            self.write(str(error))


def application(provider: auth.OAuth2Provider) -> web.Application:
    return web.Application(
        [("/login", Login, {"provider": provider})],
        cookie_secret="secret",
        oauth2={"client_id": "c", "client_secret": "s"},
    )


def test_the_challenge() -> None:
    attempt = LoginAttempt("s", "n", "v" * 43, "p", "r", "/")
    digest = hashlib.sha256(b"v" * 43).digest()
    assert attempt.challenge == urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_the_challenge_of_the_specification() -> None:
    """RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    attempt = LoginAttempt("s", "n", verifier, "p", "r", "/")
    assert attempt.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@looped
async def test_no_neighbour_can_plant_the_cookie() -> None:
    async with serving(application(ELSEWHERE), tls=True) as served:
        browser = Browser()
        response = await browser.step(f"https://127.0.0.1:{served.port}/login")
        (cookie,) = response.headers.get_list("Set-Cookie")
        assert cookie.startswith("__Host-zonda-login-")
        attributes = {part.strip() for part in cookie.split(";")[1:]}
        assert attributes == {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax", "Secure"}
        asked = query_of(response.headers["Location"])
        assert asked["redirect_uri"] == f"https://127.0.0.1:{served.port}/login"
        AsyncHTTPClient().close()


@looped
async def test_a_provider_that_posts_its_response() -> None:
    async with serving(application(POSTING), tls=True) as served:
        browser, url = Browser(), f"https://127.0.0.1:{served.port}/login"
        response = await browser.step(url)
        asked = query_of(response.headers["Location"])
        assert asked["response_mode"] == "form_post"
        assert "SameSite=None" in response.headers["Set-Cookie"]
        # In the query it is not looked for ...
        response = await browser.step(f"{url}?state={asked['state']}&error=no")
        assert response.code == 302
        # ... and in the body it is.
        response = await browser.step(url, {"state": asked["state"], "error": "sorry"})
        assert b"sorry" in response.body
        AsyncHTTPClient().close()


@looped
async def test_a_posted_response_needs_https() -> None:
    async with serving(application(POSTING)) as served:
        response = await Browser().step(f"http://127.0.0.1:{served.port}/login")
        assert response.code == 500
        AsyncHTTPClient().close()


@looped
async def test_a_response_is_not_looked_for_in_a_body() -> None:
    async with serving(application(ELSEWHERE)) as served:
        browser, url = Browser(), f"http://127.0.0.1:{served.port}/login"
        asked = query_of((await browser.step(url)).headers["Location"])
        response = await browser.step(url, {"state": asked["state"], "error": "sorry"})
        assert b"not begun in this browser" in response.body
        AsyncHTTPClient().close()


@pytest.mark.parametrize("name", ["cookie_secret"])
@looped
async def test_the_setting_that_is_needed(name: str) -> None:
    it = application(ELSEWHERE)
    del it.settings[name]
    async with serving(it) as served:
        assert (await Browser().step(f"http://127.0.0.1:{served.port}/login")).code == 500
        AsyncHTTPClient().close()
