"""Logins by OpenID Connect, from the first redirect to the last."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from tests.auth.browser import Browser, query_of
from tests.auth.connect.conftest import Login, login_site
from tests.auth.provider import CLIENT_ID, USER
from tests.wire import looped
from zonda import auth


@looped
async def test_a_login() -> None:
    async with login_site() as site:
        before = time.time()
        login = await site.log_in("/login?next=/orders%3Fpage%3D2")
        assert site.browser.visited[-1] == site.url + "/orders?page=2"
        assert {name: login.user[name] for name in USER} == USER
        tokens = login.tokens
        assert tokens.access_token in site.local.access_tokens
        assert tokens.refresh_token in site.local.refresh_tokens
        assert tokens.scope == "openid profile"
        assert tokens.expires_at is not None
        assert before + 3590 < tokens.expires_at < time.time() + 3610
        assert tokens.id_token is not None
        assert tokens.id_token.count(".") == 2


@looped
async def test_the_request_for_a_login() -> None:
    async with login_site() as site:
        site.asks = {"scope": ["openid"], "extra_params": {"prompt": "login", "state": "mine"}}
        site.max_age = 60
        await site.log_in()
        (asked,) = site.local.authorizations
        assert asked["redirect_uri"] == site.url + "/login"
        assert (asked["scope"], asked["prompt"], asked["max_age"]) == ("openid", "login", "60")
        secrets = [asked[name] for name in ("state", "nonce", "code_challenge")]
        assert [len(secret) for secret in secrets] == [43, 43, 43]
        assert len(set(secrets)) == 3  # what was given in extra_params replaces no guard
        assert asked["code_challenge_method"] == "S256"


@looped
async def test_the_attempts_cookie_is_for_this_and_nothing_else() -> None:
    async with login_site() as site:
        response = await site.browser.step(site.url + "/login")
        (cookie,) = response.headers.get_list("Set-Cookie")
        attributes = {part.strip() for part in cookie.split(";")[1:]}
        assert attributes == {"HttpOnly", "Max-Age=600", "Path=/", "SameSite=Lax"}
        (name,) = site.browser.cookies[site.url.removeprefix("http://")]
        state = query_of(response.headers["Location"])["state"]
        assert name.startswith("zonda-login-")
        assert state not in name
        await site.browser.go(response.headers["Location"])
        assert site.browser.cookies[site.url.removeprefix("http://")] == {}  # and is taken back


@looped
async def test_discovery_and_keys_are_fetched_once() -> None:
    async with login_site() as site:
        for _ in range(3):
            await site.log_in()
        assert site.local.asked.count("/.well-known/openid-configuration") == 1
        assert site.local.asked.count("/keys") == 1
        assert site.local.asked.count("/token") == 3


@looped
async def test_logins_in_two_tabs_do_not_disturb_one_another() -> None:
    async with login_site() as site:
        one = await site.browser.step(site.url + "/login?next=/one")
        two = await site.browser.step(site.url + "/login?next=/two")
        assert (await site.browser.go(one.headers["Location"])).body == b"at /one"
        assert (await site.browser.go(two.headers["Location"])).body == b"at /two"


@looped
async def test_a_browser_that_never_comes_back_does_not_collect_cookies() -> None:
    async with login_site() as site:
        for _ in range(20):
            await site.browser.step(site.url + "/login")
        assert len(site.browser.cookies[site.url.removeprefix("http://")]) <= 8
        await site.log_in()


# -------------------------------------------------------------------------------- attacks


@looped
async def test_a_response_that_another_browser_asked_for() -> None:
    """Login CSRF: the attacker's response in the victim's browser (RFC 6749 section 10.12)."""
    async with login_site() as site:
        attacker = Browser()
        response = await attacker.go(site.url + "/login", stop_at="code=")
        error = await site.refused(response.headers["Location"])
        assert error.status_code == 403
        assert "not begun in this browser" in str(error)


@pytest.mark.parametrize("state", ["", "x", "A" * 43, "../../etc", "%00" * 43, "é" * 43])
@looped
async def test_a_state_that_nobody_gave(state: str) -> None:
    async with login_site() as site:
        await site.browser.step(site.url + "/login")
        error = await site.refused(f"/login?code=x&state={quote(state, safe='%')}")
        assert "not begun in this browser" in str(error)


@looped
async def test_a_response_cannot_be_used_twice() -> None:
    async with login_site() as site:
        await site.log_in()
        callback = next(url for url in site.browser.visited if "code=" in url)
        assert "not begun in this browser" in str(await site.refused(callback))


@looped
async def test_an_attempt_that_took_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    async with login_site() as site:
        response = await site.browser.go(site.url + "/login", stop_at="code=")
        real = time.time
        monkeypatch.setattr("zonda.web.signed.time.time", lambda: real() + 601)
        assert "too long ago" in str(await site.refused(response.headers["Location"]))


@looped
async def test_a_changed_attempt() -> None:
    async with login_site() as site:
        response = await site.browser.go(site.url + "/login", stop_at="code=")
        jar = site.browser.cookies[site.url.removeprefix("http://")]
        ((name, value),) = jar.items()
        jar[name] = value[:-2] + ("00" if value[-2:] != "00" else "11")
        assert "not begun in this browser" in str(await site.refused(response.headers["Location"]))


@looped
async def test_the_nonce_of_another_login_is_refused() -> None:
    """An ID token that was stolen from an earlier login is replayed into this one."""
    async with login_site() as site:
        first = await site.log_in()
        site.local.change_answer = lambda answer: {**answer, "id_token": first.tokens.id_token}
        site.local.change_claims = lambda claims: claims
        error = await site.refused()
        assert "another login" in str(error)


@pytest.mark.parametrize("nonce", [None, "", "guess", 17, ["x"]])
@looped
async def test_a_wrong_nonce(nonce: Any) -> None:
    async with login_site() as site:
        site.local.change_claims = lambda claims: {**claims, "nonce": nonce}
        assert "another login" in str(await site.refused())


@looped
async def test_a_stolen_code_is_of_no_use() -> None:
    """Code injection: PKCE binds the code to the browser that asked for it (RFC 9700 4.5)."""
    async with login_site() as site:
        victim = Browser()
        stolen = await victim.go(site.url + "/login", stop_at="code=")
        code = query_of(stolen.headers["Location"])["code"]
        site.local.change_redirect = lambda it: {**it, "code": code}
        error = await site.refused()
        assert error.error == "invalid_grant"
        assert error.status_code == 403


@pytest.mark.parametrize("issuer", [None, "https://evil.example", ""])
@looped
async def test_a_mixed_up_provider(issuer: str | None) -> None:
    """The response is another provider's (RFC 9207); its code is not sent to this one."""

    def redirect(it: dict[str, str]) -> dict[str, str]:
        it = {name: value for name, value in it.items() if name != "iss"}
        return it if issuer is None else {**it, "iss": issuer}

    async with login_site() as site:
        site.local.change_redirect = redirect
        error = await site.refused()
        assert "not from" in str(error)
        assert "/token" not in site.local.asked


@looped
async def test_an_attempt_with_another_provider() -> None:
    async with login_site() as site:
        response = await site.browser.go(site.url + "/login", stop_at="code=")
        site.provider = auth.OpenIDProvider("https://other.example")
        assert "another provider" in str(await site.refused(response.headers["Location"]))


@looped
async def test_a_parameter_that_is_there_twice() -> None:
    async with login_site() as site:
        response = await site.browser.go(site.url + "/login", stop_at="code=")
        error = await site.refused(response.headers["Location"] + "&code=another")
        assert "'code' twice" in str(error)


@looped
async def test_a_user_who_refuses() -> None:
    async with login_site() as site:
        site.local.change_redirect = lambda it: {
            **{name: it[name] for name in ("state", "iss")},
            "error": "access_denied",
            "error_description": "no\r\nthanks",
        }
        error = await site.refused()
        assert (error.error, error.description) == ("access_denied", "no\r\nthanks")
        assert error.status_code == 403
        assert "\n" not in str(error)


@looped
async def test_an_error_that_the_provider_did_not_send_is_not_believed() -> None:
    async with login_site() as site:
        error = await site.refused("/login?error=access_denied&state=" + "A" * 43)
        assert error.error == ""


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/x\r\nSet-Cookie: a=b",
    ],
)
@looped
async def test_a_login_does_not_send_users_elsewhere(url: str) -> None:
    async with login_site() as site:
        await site.log_in("/login?next=" + quote(url, safe=""))
        assert site.browser.visited[-1] == site.url + "/"


@looped
async def test_the_whole_url_of_a_page_here_is_good_enough() -> None:
    async with login_site() as site:
        await site.log_in("/login?next=" + quote(site.url + "/here?a=b", safe=""))
        assert site.browser.visited[-1] == site.url + "/here?a=b"


@looped
async def test_a_user_who_logged_in_too_long_ago() -> None:
    async with login_site() as site:
        site.max_age = 60
        site.local.change_claims = lambda claims: {**claims, "auth_time": claims["iat"] - 300}
        assert "recently enough" in str(await site.refused())
        site.local.change_claims = lambda claims: {
            name: value for name, value in claims.items() if name != "auth_time"
        }
        assert "auth_time" in str(await site.refused())


# ------------------------------------------------------------------------- afterwards


class More(Login):
    """Calls the method that the path of the request asks for."""

    async def get(self) -> None:
        if self.get_argument("refresh", None):
            subject = self.get_argument("subject", None)
            tokens = await self.refresh_tokens(self.get_argument("refresh"), subject)
            self.write({"access": tokens.access_token, "refresh": tokens.refresh_token})
        elif self.get_argument("logout", None):
            await self.logout_redirect(self.get_argument("logout"), self.site.url + "/bye", "s1")
        else:
            await super().get()


@looped
async def test_tokens_are_refreshed() -> None:
    async with login_site(More) as site:
        login = await site.log_in()
        url = f"/login?subject={USER['sub']}&refresh={login.tokens.refresh_token}"
        response = await site.browser.go(site.url + url)
        assert response.json()["access"] in site.local.access_tokens
        assert response.json()["refresh"] not in (None, login.tokens.refresh_token)
        assert (await site.refused(url)).error == "invalid_grant"  # it was good once only


@looped
async def test_a_provider_that_keeps_the_refresh_token() -> None:
    async with login_site(More) as site:
        login = await site.log_in()
        site.local.change_answer = lambda answer: {"access_token": "new"}
        url = f"{site.url}/login?refresh={login.tokens.refresh_token}"
        response = await site.browser.go(url)
        assert response.json() == {"access": "new", "refresh": login.tokens.refresh_token}


@looped
async def test_a_refresh_that_gives_another_users_tokens() -> None:
    async with login_site(More) as site:
        login = await site.log_in()
        site.local.change_claims = lambda claims: {**claims, "sub": "another"}
        url = f"/login?subject={USER['sub']}&refresh={login.tokens.refresh_token}"
        assert "another user" in str(await site.refused(url))


@looped
async def test_logging_out() -> None:
    async with login_site(More) as site:
        login = await site.log_in()
        response = await site.browser.go(f"{site.url}/login?logout={login.tokens.id_token}")
        assert response.body == b"at /bye?state=s1"
        asked = query_of(site.browser.visited[-2])
        assert asked["id_token_hint"] == login.tokens.id_token
        assert asked["client_id"] == CLIENT_ID


@looped
async def test_a_provider_where_one_cannot_log_out() -> None:
    async with login_site(More) as site:
        site.local.change_metadata = lambda metadata: {
            name: value for name, value in metadata.items() if name != "end_session_endpoint"
        }
        assert "end_session_endpoint" in str(await site.refused("/login?logout=x"))


@looped
async def test_userinfo() -> None:
    async with login_site(fetch_userinfo=True) as site:
        site.local.change_userinfo = lambda user: {**user, "email": "unsigned@example.com"}
        login = await site.log_in()
        assert login.user["picture"] == "/jane.png"
        assert login.user["email"] == USER["email"]  # the signed one


@pytest.mark.parametrize("sub", ["another", None, 5])
@looped
async def test_userinfo_about_somebody_else(sub: Any) -> None:
    async with login_site(fetch_userinfo=True) as site:
        site.local.change_userinfo = lambda user: {**user, "sub": sub}
        assert "another user" in str(await site.refused())
