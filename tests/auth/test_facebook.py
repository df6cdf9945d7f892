"""Facebook, as Tornado has it."""

import hashlib
import hmac
from typing import Any

import pytest

from tests.wire import looped, serving
from zonda import auth, web
from zonda.httpclient import AsyncHTTPClient, HTTPClientError


class Graph(web.RequestHandler):
    answers: dict[str, Any] = {}
    asked: list[dict[str, str]] = []

    def get(self, path: str) -> None:
        self.asked.append({name: self.get_argument(name) for name in self.request.arguments})
        status, answer = self.answers.get(path, (200, {"method": self.request.method}))
        self.set_status(status)
        self.finish(answer)

    post = get


async def ask(answers: dict[str, Any], method: str, **arguments: Any) -> tuple[Any, list[Any]]:
    handler = type("Handler", (Graph,), {"answers": answers, "asked": []})
    async with serving([("/(.*)", handler)]) as served:
        base = f"http://127.0.0.1:{served.port}"

        class Facebook(auth.FacebookGraphMixin):
            _OAUTH_ACCESS_TOKEN_URL = base + "/token?"
            _FACEBOOK_BASE_URL = base

        try:
            return await getattr(Facebook(), method)(**arguments), handler.asked
        finally:
            AsyncHTTPClient().close()


LOGIN = {"redirect_uri": "https://me/", "client_id": "c", "client_secret": "s", "code": "k"}
GOOD = (200, '{"access_token": "t", "expires_in": 60}')
USER = (200, '{"id": "1", "name": "Ada", "unasked": true}')


@looped
async def test_a_login() -> None:
    answers = {"token": GOOD, "me": USER}
    user, asked = await ask(answers, "get_authenticated_user", **LOGIN, extra_fields=["email"])
    assert user == {
        "id": "1",
        "name": "Ada",
        **dict.fromkeys(("first_name", "last_name", "locale", "picture", "link", "email")),
        "access_token": "t",
        "session_expires": "60",
    }
    assert asked[0] == LOGIN
    assert asked[1]["access_token"] == "t"
    assert asked[1]["appsecret_proof"] == hmac.new(b"s", b"t", hashlib.sha256).hexdigest()
    assert asked[1]["fields"].split(",")[-1] == "email"


@looped
async def test_nobody() -> None:
    answers = {"token": GOOD, "me": (200, "null")}
    assert (await ask(answers, "get_authenticated_user", **LOGIN))[0] is None


@looped
async def test_no_token() -> None:
    with pytest.raises(auth.AuthError, match="no access_token"):
        await ask({"token": (200, '{"expires_in": 60}')}, "get_authenticated_user", **LOGIN)


@pytest.mark.parametrize("answers", [{"token": (400, "{}")}, {"token": GOOD, "me": (400, "{}")}])
@looped
async def test_a_refusal(answers: dict[str, Any]) -> None:
    with pytest.raises(HTTPClientError, match="400"):
        await ask(answers, "get_authenticated_user", **LOGIN)


@looped
async def test_requests() -> None:
    found, asked = await ask({}, "facebook_request", path="/me/feed", access_token="t", limit=5)
    assert (found, asked) == ({"method": "GET"}, [{"access_token": "t", "limit": "5"}])
    found, asked = await ask({}, "facebook_request", path="/x", post_args={"message": "hi"})
    assert (found, asked) == ({"method": "POST"}, [{"message": "hi"}])


def test_where_facebook_is() -> None:
    mixin = auth.FacebookGraphMixin
    assert mixin._OAUTH_ACCESS_TOKEN_URL == "https://graph.facebook.com/oauth/access_token?"
    assert mixin._OAUTH_AUTHORIZE_URL == "https://www.facebook.com/dialog/oauth?"
    assert mixin._FACEBOOK_BASE_URL == "https://graph.facebook.com"
