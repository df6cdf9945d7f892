"""How the application shows who it is, and the settings where that stands."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.auth.browser import query_of
from tests.auth.connect.conftest import login_site
from tests.auth.provider import CLIENT_ID, CLIENT_SECRET, USER
from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import HTTPRequest


@pytest.mark.parametrize(
    ("methods", "client_auth"),
    [
        (None, None),
        (["client_secret_basic"], None),
        (["client_secret_post"], None),
        (["private_key_jwt", "client_secret_post"], None),
        (["client_secret_post"], "client_secret_post"),
    ],
)
@looped
async def test_by_the_way_that_the_provider_offers(methods: Any, client_auth: Any) -> None:
    async with login_site(client_auth=client_auth) as site:
        site.local.auth_methods = methods
        await site.log_in()


@looped
async def test_a_public_client_has_no_secret() -> None:
    async with login_site() as site:
        site.local.auth_methods = ["none"]
        site.provider.client = lambda settings: auth.ClientCredentials("the app")
        await site.log_in()


@looped
async def test_a_wrong_secret() -> None:
    async with login_site() as site:
        site.provider.client = lambda settings: auth.ClientCredentials("the app", "guess")
        assert (await site.refused()).error == "invalid_client"


@looped
async def test_a_way_that_is_not_known_here() -> None:
    async with login_site() as site:
        site.local.auth_methods = ["private_key_jwt"]
        error = await site.refused()
        assert "private_key_jwt" in str(error)
        assert error.status_code == 502


@pytest.mark.parametrize("settings", [{}, {"github": None}, {"github": {"client_id": ""}}])
def test_settings_that_are_missing(settings: dict[str, Any]) -> None:
    endpoints = {"authorization_endpoint": "https://x", "token_endpoint": "https://x"}
    provider = auth.OAuth2Provider(**endpoints, settings_key="github")
    with pytest.raises(auth.LoginError, match="'github' must hold") as caught:
        provider.client(settings)
    assert caught.value.status_code == 500


def test_credentials_do_not_show_their_secret() -> None:
    assert "hush" not in repr(auth.ClientCredentials("c", "hush"))


def test_a_scope_that_is_no_list() -> None:
    with pytest.raises(TypeError, match="list of str"):
        auth.OAuth2Provider(authorization_endpoint="x", token_endpoint="x", scope="a b")


# ------------------------------------------------------------------- those of the guide

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guide" / "auth.md"


def guide(**hosts: str) -> dict[str, Any]:
    """What the guide's fragments define, with other hosts and nothing else changed."""
    text = GUIDE.read_text()
    names: dict[str, Any] = {"auth": auth, "web": web, "HTTPRequest": HTTPRequest}
    for fragment in re.findall(r"<!-- fragment -->\n```python\n(.*?)^```$", text, re.M | re.S):
        for host, local in hosts.items():
            fragment = fragment.replace("https://" + host.replace("_", "."), local)
        exec(fragment, names)
    return names


@pytest.mark.parametrize("name", ["GOOGLE", "MICROSOFT"])
@looped
async def test_the_guides_providers_of_openid_connect(name: str) -> None:
    async with login_site() as site:
        local, issuer = site.local, site.local.issuer
        names = guide(accounts_google_com=issuer, login_microsoftonline_com=issuer)
        site.provider = names[name]
        if name == "MICROSOFT":
            tenant = "9122040d-6c67-4c5b-b112-36a304b66dad"
            template = f"{issuer}/{{tenantid}}/v2.0"
            local.change_metadata = lambda it: {**it, "issuer": template}
            local.change_redirect = lambda it: {**it, "iss": template}
            local.change_claims = lambda claims: {
                **claims,
                "iss": f"{issuer}/{tenant}/v2.0",
                "tid": tenant,
            }
        site.provider.client = lambda settings: auth.ClientCredentials(CLIENT_ID, CLIENT_SECRET)
        assert site.provider.settings_key == name.lower()
        assert (await site.log_in()).user["sub"] == USER["sub"]


@looped
async def test_the_guides_handler() -> None:
    async with login_site() as site:
        handler = guide(accounts_google_com=site.local.issuer)["GoogleLogin"]
        application = web.Application(
            [("/login", handler)],
            cookie_secret="secret",
            google={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        )
        async with serving(application) as served:
            url = f"http://127.0.0.1:{served.port}"
            response = await site.browser.go(f"{url}/login?next=/orders", stop_at="/orders")
            assert response.headers["Location"] == "/orders"
            (cookie,) = (c for c in response.headers.get_list("Set-Cookie") if c[:5] == "user=")
            signed = cookie[5:].partition(";")[0].strip('"')
            assert web.decode_signed_value("secret", "user", signed) == USER["sub"].encode()


@looped
async def test_the_guides_wechat() -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    class WeChatServer(web.RequestHandler):
        def get(self, path: str) -> None:
            asked.append((path, query_of(self.request.full_url())))
            answers = {
                "sns/oauth2/access_token": {"access_token": "t", "openid": "o", "expires_in": 7200},
                "sns/userinfo": {"openid": "o", "nickname": "阿达"},
            }
            self.write(answers[path])

    async with login_site() as site, serving([("/(.*)", WeChatServer)]) as served:
        base = f"http://127.0.0.1:{served.port}"
        site.provider = guide(open_weixin_qq_com=base, api_weixin_qq_com=base)["WECHAT"]
        site.provider.client = lambda settings: auth.ClientCredentials("app", "hush")
        handlers = [("/login", OAuth2Login, {"site": site})]
        async with serving(web.Application(handlers, cookie_secret="secret")) as here:
            url = f"http://127.0.0.1:{here.port}/login"
            begun = await site.browser.step(url)
            where, _, fragment = begun.headers["Location"].partition("#")
            assert (where.partition("?")[0], fragment) == (
                base + "/connect/qrconnect",
                "wechat_redirect",
            )
            arguments = query_of(where)
            assert (arguments["appid"], arguments["scope"]) == ("app", "snsapi_login")
            response = await site.browser.step(f"{url}?code=k&state={arguments['state']}")
            assert response.json() == {"openid": "o", "nickname": "阿达"}
    assert asked[0][0] == "sns/oauth2/access_token"
    assert asked[0][1]["secret"] == "hush"
    assert asked[1] == ("sns/userinfo", {"access_token": "t", "openid": "o"})


class OAuth2Login(web.RequestHandler, auth.OAuth2LoginMixin):
    def initialize(self, site: Any) -> None:
        self.provider = site.provider

    async def get(self) -> None:
        if self.is_login_response():
            self.write((await self.get_authenticated_user()).user)
        else:
            await self.authorize_redirect()
