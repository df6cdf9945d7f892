"""Logins in the style of Tornado 4, with a provider on loopback."""

# mypy: disable-error-code="unused-coroutine, call-arg"
# Methods that start by themselves, and take callbacks, do so in the past only.

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest

from tests.auth.browser import Browser
from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient
from zonda.ioloop import IOLoop

pytest.importorskip("oauthlib", reason="needs oauthlib")

from tests.auth.oauth1_provider import ACCESS_SECRET, CONSUMER, OAuth1Provider

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def asynchronous(method: Callable[..., Any]) -> Any:
    """The decorator without its warning, which comes where the class is written."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return web.asynchronous(method)


class Login(web.RequestHandler, auth.OAuthMixin):
    """Nothing in it waits for what it calls."""

    def initialize(self, base: str) -> None:
        self._OAUTH_REQUEST_TOKEN_URL = base + "/request_token"
        self._OAUTH_AUTHORIZE_URL = base + "/authorize"
        self._OAUTH_ACCESS_TOKEN_URL = base + "/access_token"

    def _oauth_consumer_token(self) -> dict[str, Any]:
        return CONSUMER

    def _oauth_get_user(self, access_token: dict[str, Any], callback: Callable[..., None]) -> None:
        self.find_user(lambda: callback({"name": "Ada", "key was": access_token["key"]}))

    def find_user(self, done: Callable[[], None]) -> None:
        IOLoop.current().add_callback(done)

    @asynchronous
    def get(self) -> None:
        if self.get_argument("oauth_token", None):
            self.get_authenticated_user(self.on_user)
        else:
            self.authorize_redirect(callback_uri="/login")

    def on_user(self, user: dict[str, Any]) -> None:
        self.finish(user)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        self.finish(f"{status_code}: {kwargs['exc_info'][1]}")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """The error page has it."""


class Failing(Login):
    def find_user(self, done: Callable[[], None]) -> None:
        IOLoop.current().add_callback(lambda: 1 // 0)


class FailingAtOnce(Login):
    def find_user(self, done: Callable[[], None]) -> None:
        raise OSError("no database")


class ByName(Login):
    @asynchronous
    def get(self) -> None:
        if self.get_argument("oauth_token", None):
            self.get_authenticated_user(callback=self.on_user, http_client=AsyncHTTPClient())
        else:
            self.authorize_redirect(callback_uri="/login", callback=lambda: None)


async def logged_in(handler: type[Login]) -> Any:
    """The body of the page that ends a login."""
    provider = OAuth1Provider(revised=True)
    async with serving(provider.application()) as there:
        route = ("/login", handler, {"base": f"http://127.0.0.1:{there.port}"})
        async with serving([route]) as here:
            response = await Browser().go(f"http://127.0.0.1:{here.port}/login")
            AsyncHTTPClient().close()
            return response


@pytest.mark.parametrize("handler", [Login, ByName])
@looped
async def test_a_login_by_callbacks(handler: type[Login]) -> None:
    assert (await logged_in(handler)).json() == {
        "name": "Ada",
        "key was": "at",
        "access_token": {"key": "at", "secret": ACCESS_SECRET, "screen_name": "ada"},
    }


@pytest.mark.parametrize(
    ("handler", "message"),
    [(Failing, "by zero"), (FailingAtOnce, "no database")],
)
@looped
async def test_an_error_on_the_way_to_the_user_has_its_page(
    handler: type[Login], message: str
) -> None:
    response = await logged_in(handler)
    assert response.code == 500
    assert message in response.body.decode()


class Requests(web.RequestHandler, auth.FacebookGraphMixin):
    @asynchronous
    def get(self) -> None:
        self._FACEBOOK_BASE_URL = f"http://{self.request.host}"
        self.facebook_request("/api", self.on_answer, access_token="t")

    def on_answer(self, answer: Any) -> None:
        self.finish({"answered": answer})


class Api(web.RequestHandler):
    def get(self) -> None:
        self.write({"token": self.get_argument("access_token")})


class Redirect(web.RequestHandler, auth.OAuth2Mixin):
    _OAUTH_AUTHORIZE_URL = "http://there/authorize"

    @asynchronous
    def get(self) -> None:
        self.authorize_redirect(client_id="me", callback=lambda: called.append(True))


called: list[bool] = []


@looped
async def test_requests_and_redirects_take_callbacks() -> None:
    async with serving([("/", Requests), ("/api", Api), ("/redirect", Redirect)]) as here:
        client = AsyncHTTPClient(force_instance=True)
        base = f"http://127.0.0.1:{here.port}"
        assert (await client.fetch(base)).json() == {"answered": {"token": "t"}}
        response = await client.fetch(f"{base}/redirect", follow_redirects=False, raise_error=False)
        assert response.code == 302
        assert response.headers["Location"].startswith("http://there/authorize?")
        assert called == [True]
        client.close()
