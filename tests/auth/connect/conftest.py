"""A site with a login, a provider for it, and a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.wire import serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient

from ..browser import Browser

pytest.importorskip("joserfc", reason="needs joserfc")

from ..provider import CLIENT_ID, CLIENT_SECRET, LocalProvider

__all__ = ["LoginSite", "login_site"]


class Login(web.RequestHandler, auth.OpenIDConnectMixin):
    """The usual login, and all that it learns."""

    def initialize(self, site: LoginSite) -> None:
        self.site = site
        self.provider = site.provider
        self.max_age = site.max_age

    async def get(self) -> None:
        if not self.is_login_response():
            await self.authorize_redirect(self.get_argument("next", "/"), **self.site.asks)
            return
        login = await self.get_authenticated_user()
        self.site.logins.append(login)
        self.redirect(login.next_url)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        self.site.errors.append(value)


class Home(web.RequestHandler):
    def get(self) -> None:
        self.write(f"at {self.request.uri}")


@dataclass
class LoginSite:
    """A site with a login, and what came of it."""

    local: LocalProvider
    url: str = ""
    max_age: int | None = None
    asks: dict[str, Any] = field(default_factory=dict)
    logins: list[auth.Login] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    browser: Browser = field(default_factory=Browser)
    provider: Any = None

    async def log_in(self, path: str = "/login") -> auth.Login:
        """Log in; fail if that fails."""
        response = await self.browser.go(self.url + path)
        assert not self.errors, self.errors
        assert response.code == 200, response
        return self.logins[-1]

    async def refused(self, path: str = "/login") -> auth.LoginError:
        """Try to log in, or go to the URL that a provider sends one to; return the error."""
        before = len(self.logins)
        url = path if "://" in path else self.url + path
        response = await self.browser.go(url)
        assert len(self.logins) == before, "logged in all the same"
        (error,) = self.errors
        assert isinstance(error, auth.LoginError), repr(error)
        assert response.code == error.status_code, response
        self.errors.clear()
        return error


@asynccontextmanager
async def login_site(handler: Any = Login, **options: Any) -> AsyncIterator[LoginSite]:
    """Serve both; *options* are those of the `OpenIDProvider`."""
    local = LocalProvider()
    site = LoginSite(local)
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    application = web.Application(
        [("/login", handler, {"site": site}), (r"/.*", Home)],
        cookie_secret="secret of the site",
        openid_connect=credentials,
        log_function=lambda handler: None,
    )
    async with serving(local.application()) as there, serving(application) as here:
        local.issuer = f"http://127.0.0.1:{there.port}"
        site.url = f"http://127.0.0.1:{here.port}"
        site.provider = auth.OpenIDProvider(local.issuer, **options)
        try:
            yield site
        finally:
            AsyncHTTPClient().close()
        assert not local.faults, local.faults
