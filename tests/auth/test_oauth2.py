"""The parts of OAuth 2.0, as Tornado has them."""

import json
from typing import Any

import pytest

from tests.auth.browser import query_of
from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient, HTTPClientError


class Mixed(web.RequestHandler, auth.OAuth2Mixin):
    _OAUTH_AUTHORIZE_URL = "https://provider.example/authorize?a=b"
    _OAUTH_ACCESS_TOKEN_URL = "https://provider.example/token"

    def get(self) -> None:
        self.authorize_redirect(**json.loads(self.get_argument("kwargs")))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, {"response_type": "code"}),
        ({"client_id": "c", "redirect_uri": "/r"}, {"client_id": "c", "redirect_uri": "/r"}),
        ({"scope": ["a", "b"]}, {"scope": "a b"}),
        ({"scope": "read"}, {"scope": "read"}),
        ({"scope": []}, {}),
        ({"extra_params": {"state": "s &"}, "response_type": "token"}, {"state": "s &"}),
        ({"client_id": "c", "extra_params": {"client_id": "d"}}, {"client_id": "d"}),
    ],
)
@looped
async def test_where_users_are_sent(arguments: dict[str, Any], expected: dict[str, str]) -> None:
    async with serving([("/", Mixed)]) as served:
        response = await AsyncHTTPClient().fetch(
            f"http://127.0.0.1:{served.port}/",
            params={"kwargs": json.dumps(arguments)},
            follow_redirects=False,
            raise_error=False,
        )
        AsyncHTTPClient().close()
    assert response.code == 302
    found = query_of(response.headers["Location"])
    kind = arguments.get("response_type", "code")
    assert found == {"a": "b", "response_type": kind, **expected}


def test_a_secret_has_no_place_in_a_redirect() -> None:
    class Handler(auth.OAuth2Mixin):
        _OAUTH_AUTHORIZE_URL = "https://provider.example/"
        urls: list[str] = []

        def redirect(self, url: str) -> None:
            self.urls.append(url)

    with pytest.warns(DeprecationWarning, match="client_secret has no effect"):
        Handler().authorize_redirect(client_secret="hush")
    assert "hush" not in Handler.urls[0]


def test_the_url_for_providers_that_want_a_get() -> None:
    url = Mixed._oauth_request_token_url(
        Mixed.__new__(Mixed), "r", "c", "s", "k", {"grant_type": "x"}
    )
    assert query_of(url) == {
        "redirect_uri": "r",
        "client_id": "c",
        "client_secret": "s",
        "code": "k",
        "grant_type": "x",
    }
    assert Mixed._oauth_request_token_url(Mixed.__new__(Mixed)) == Mixed._OAUTH_ACCESS_TOKEN_URL


class Api(web.RequestHandler):
    def get(self) -> None:
        if self.get_argument("fail", None):
            raise web.HTTPError(400)
        if self.get_argument("text", None):
            self.finish("<html>")
            return
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        body = {name: self.get_body_argument(name) for name in self.request.body_arguments}
        self.write({"method": self.request.method, "query": query, "body": body})

    post = get


@looped
async def test_requests() -> None:
    ask = auth.OAuth2Mixin().oauth2_request
    async with serving([("/", Api)]) as served:
        url = f"http://127.0.0.1:{served.port}/"
        found = await ask(url)
        assert found == {"method": "GET", "query": {}, "body": {}}
        found = await ask(url + "?x=y", "the token", a="b c")
        assert found["query"] == {"x": "y", "access_token": "the token", "a": "b c"}
        found = await ask(url, access_token="t", post_args={"m": "ü&"}, q=1)
        assert found == {
            "method": "POST",
            "query": {"access_token": "t", "q": "1"},
            "body": {"m": "ü&"},
        }
        assert (await ask(url, post_args={}))["method"] == "POST"
        with pytest.raises(HTTPClientError, match="400"):
            await ask(url, fail=1)
        with pytest.raises(ValueError, match="Expecting value"):
            await ask(url, text=1)
        AsyncHTTPClient().close()
