"""Logins by OpenID 2.0, and responses that are not what they seem."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.auth.browser import Browser
from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient
from zonda.httputil import url_concat

AX = "http://axschema.org/"
ADA = {
    "email": (AX + "contact/email", "ada@example.com"),
    "first": (AX + "namePerson/first", "Ada"),
    "last": (AX + "namePerson/last", "Lovelace"),
    "language": (AX + "pref/language", "en-GB"),
}


class OpenIdProvider:
    """Signs with what it remembers; confirms each response once (section 11.4.2)."""

    def __init__(self) -> None:
        self.given: dict[str, dict[str, str]] = {}  # responses by signature
        self.requests: list[dict[str, str]] = []
        self.checks: list[dict[str, str]] = []
        self.attributes = dict(ADA)
        self.verdict: bytes | None = None
        self.change: Callable[[dict[str, str]], dict[str, str]] = lambda response: response

    def respond(self, asked: dict[str, str]) -> str:
        nonce = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) + str(id(self))
        response = {
            "openid.ns": "http://specs.openid.net/auth/2.0",
            "openid.mode": "id_res",
            "openid.op_endpoint": "http://provider.example/",
            "openid.claimed_id": "http://provider.example/ada",
            "openid.identity": "http://provider.example/ada",
            "openid.return_to": asked["openid.return_to"],
            "openid.response_nonce": nonce,
            "openid.assoc_handle": "a",
        }
        if "openid.ns.ax" in asked:
            response["openid.ns.ext1"] = asked["openid.ns.ax"]
            for name, (uri, value) in self.attributes.items():
                response[f"openid.ext1.type.{name}"] = uri
                response[f"openid.ext1.value.{name}"] = value
        signed = [n.removeprefix("openid.") for n in response if n not in _UNSIGNED]
        response["openid.signed"] = ",".join(signed)
        response["openid.sig"] = f"signature {len(self.given)}"
        self.given[response["openid.sig"]] = response
        return url_concat(asked["openid.return_to"], self.change(dict(response)))

    def check(self, asked: dict[str, str]) -> bytes:
        self.checks.append(asked)
        given = self.given.get(asked.get("openid.sig", ""), {})
        names = [f"openid.{name}" for name in given.get("openid.signed", "").split(",")]
        good = bool(given) and all(asked.get(name) == given[name] for name in names)
        verdict = b"true" if good else b"false"
        return self.verdict or b"ns:http://specs.openid.net/auth/2.0\nis_valid:" + verdict + b"\n"


_UNSIGNED = ("openid.ns", "openid.mode")


class Endpoint(web.RequestHandler):
    def initialize(self, provider: OpenIdProvider) -> None:
        self.provider = provider

    def get(self) -> None:
        asked = {name: self.get_argument(name) for name in self.request.arguments}
        self.provider.requests.append(asked)
        self.redirect(self.provider.respond(asked))

    def post(self) -> None:
        asked = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        self.finish(self.provider.check(asked))


class Login(web.RequestHandler, auth.OpenIdMixin):
    def initialize(self, endpoint: str, errors: list[BaseException]) -> None:
        self._OPENID_ENDPOINT = endpoint
        self.errors = errors

    async def get(self) -> None:
        if self.get_argument("openid.mode", None):
            self.write(await self.get_authenticated_user())
        else:
            asked = self.get_argument("ax", None)
            self.authenticate_redirect(**({} if asked is None else {"ax_attrs": asked.split()}))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        self.errors.append(value)


class Site:
    def __init__(self) -> None:
        self.provider = OpenIdProvider()
        self.browser = Browser()
        self.errors: list[BaseException] = []
        self.url = ""

    async def refused(self, url: str = "") -> str:
        response = await self.browser.go(url or self.url)
        assert response.code == 500, response.body
        error = self.errors.pop()
        assert isinstance(error, auth.AuthError), repr(error)
        return str(error)


@asynccontextmanager
async def login_site() -> AsyncIterator[Site]:
    site = Site()
    async with serving([("/openid", Endpoint, {"provider": site.provider})]) as there:
        known = {"endpoint": f"http://127.0.0.1:{there.port}/openid", "errors": site.errors}
        async with serving([("/login", Login, known)]) as here:
            site.url = f"http://127.0.0.1:{here.port}/login"
            yield site
            AsyncHTTPClient().close()


@looped
async def test_a_login() -> None:
    async with login_site() as site:
        response = await site.browser.go(site.url + "?page=a%20b&empty=")
        assert response.json() == {
            "name": "Ada Lovelace",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@example.com",
            "locale": "en-gb",
            "claimed_id": "http://provider.example/ada",
        }
        (asked,) = site.provider.requests
        assert asked["openid.realm"] == site.url.removesuffix("login")
        assert asked["openid.return_to"] == site.url + "?page=a%20b&empty="
        assert asked["openid.ax.required"].split(",") == [
            *("firstname", "fullname", "lastname", "email", "language", "username")
        ]
        (checked,) = site.provider.checks
        assert checked["openid.mode"] == "check_authentication"
        assert "page" not in checked  # is no business of the provider's


@looped
async def test_a_login_that_asks_for_nothing() -> None:
    async with login_site() as site:
        response = await site.browser.go(site.url + "?ax=")
        assert response.json() == {"claimed_id": "http://provider.example/ada"}


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({"full": (AX + "namePerson", "The Countess"), **ADA}, "The Countess"),
        ({"first": ADA["first"]}, "Ada"),
        ({"email": ADA["email"]}, "ada"),
    ],
)
@looped
async def test_the_name_is_the_best_that_there_is(attributes: Any, name: str) -> None:
    async with login_site() as site:
        site.provider.attributes = attributes
        assert (await site.browser.go(site.url)).json()["name"] == name


@looped
async def test_a_username() -> None:
    async with login_site() as site:
        site.provider.attributes = {"u": (AX + "namePerson/friendly", "ada")}
        assert (await site.browser.go(site.url)).json()["username"] == "ada"


@looped
async def test_an_attribute_that_does_not_exist() -> None:
    async with login_site() as site:
        assert (await site.browser.go(site.url + "?ax=country")).code == 500
        assert "'country'" in str(site.errors.pop())


@pytest.mark.parametrize("mode", ["cancel", "setup_needed", "error"])
@looped
async def test_a_response_that_is_no_assertion(mode: str) -> None:
    async with login_site() as site:
        assert "login failed" in await site.refused(f"{site.url}?openid.mode={mode}")
        assert not site.provider.checks


@looped
async def test_a_forged_response() -> None:
    async with login_site() as site:
        forged = {"openid.mode": "id_res", "openid.claimed_id": "http://provider.example/ada"}
        assert "is_valid:false" in await site.refused(f"{site.url}?{urlencode(forged)}")


@looped
async def test_what_is_not_signed_is_not_believed() -> None:
    """Anybody can add fields to a response that is good (known from 2011 on)."""
    async with login_site() as site:
        site.provider.attributes = {}
        site.provider.change = lambda response: {
            **response,
            "openid.ns.ax": "http://openid.net/srv/ax/1.0",
            "openid.ax.type.e": AX + "contact/email",
            "openid.ax.value.e": "admin@example.com",
        }
        response = await site.browser.go(site.url + "?ax=")
        assert response.json() == {"claimed_id": "http://provider.example/ada"}


@looped
async def test_what_was_changed_is_refused() -> None:
    async with login_site() as site:
        changed = {"openid.claimed_id": "http://provider.example/admin"}
        site.provider.change = lambda response: {**response, **changed}
        assert "is_valid:false" in await site.refused()


@looped
async def test_a_response_that_was_made_for_another_site() -> None:
    """An evil site passes on what its own visitor's login gave it (section 11.1)."""
    async with login_site() as site:
        response = await site.browser.go(site.url, stop_at="openid.sig")
        query = response.headers["Location"].partition("?")[2]
        for wrong in ("/login", "/other", "/login?more=x"):
            site.provider.given.clear()
            asked = {"openid.return_to": f"http://evil.example{wrong}"}
            query = site.provider.respond(asked).partition("?")[2]
            assert "not for this URL" in await site.refused(f"{site.url}?{query}")
        asked = {"openid.return_to": f"{site.url}?needed=x"}
        query = site.provider.respond(asked).partition("openid")[2]
        assert "not for this URL" in await site.refused(f"{site.url}?openid{query}")
        assert not site.provider.checks


@looped
async def test_a_response_is_good_once() -> None:
    async with login_site() as site:
        response = await site.browser.go(site.url, stop_at="openid.sig")
        assert (await site.browser.go(response.headers["Location"])).code == 200
        assert "used before" in await site.refused(response.headers["Location"])


@looped
async def test_a_field_that_is_there_twice() -> None:
    async with login_site() as site:
        url = f"{site.url}?openid.mode=id_res&openid.claimed_id=a&openid.claimed_id=b"
        assert "'openid.claimed_id' is there twice" in await site.refused(url)


@pytest.mark.parametrize(
    "verdict",
    [
        b"",
        b"is_valid:false\n",
        b"is_valid: true\n",
        b"IS_VALID:true\n",
        b"xis_valid:true\n",
        b"a:is_valid:true\n",
        b"is_valid:truex\n",
        b"is_valid:true\r\n",
        b"is_valid:false\nis_valid:true\n",
        b"is_valid:true\nis_valid:false\n",
        b"<html>is_valid:true</html>",
    ],
)
@looped
async def test_what_is_no_confirmation(verdict: bytes) -> None:
    async with login_site() as site:
        site.provider.verdict = verdict or b"\n"
        assert "Invalid OpenID response" in await site.refused()


def test_openid_and_oauth_in_one() -> None:
    class Request:
        host = "site.example:8000"

        def full_url(self) -> str:
            return "http://site.example:8000/login?a=1"

    mixin = auth.OpenIdMixin()
    mixin.request = Request()  # type: ignore[attr-defined]
    arguments = mixin._openid_args("/back", oauth_scope="http://scope/")
    assert arguments["openid.return_to"] == "http://site.example:8000/back"
    assert arguments["openid.oauth.consumer"] == "site.example"
    assert arguments["openid.oauth.scope"] == "http://scope/"
