"""Ways to log in."""

import asyncio

import pytest

from zonda.httpclient import BasicAuth, BearerAuth, DigestAuth, HTTPRequest

BASIC = "Basic dTpw"


@pytest.mark.parametrize("auth", [("u", "p"), BasicAuth("u", "p")])
async def test_basic(wire, either, auth):
    async with wire.Origin() as origin:
        await either().fetch(origin.url, auth=auth)
        assert origin.asked[0]["Authorization"] == BASIC


async def test_bearer(wire, either):
    async with wire.Origin() as origin:
        await either().fetch(origin.url, auth=BearerAuth("abc.def"))
        assert origin.asked[0]["Authorization"] == "Bearer abc.def"


async def test_digest(wire, either):
    async def play(asked, peer):
        if asked.all("Authorization"):
            return wire.ok(b"in")
        challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'
        return wire.ok(b"out", challenge, status="401 Unauthorized")

    async with wire.Origin(play) as origin:
        # With a session and without one: in the first, nothing may be told of the 401.
        seen = []
        hooks = {"response": lambda response: seen.append(response.code)}
        for options in ({}, {"hooks": hooks}):
            response = await either().fetch(origin.url, auth=DigestAuth("u", "p"), **options)
            assert response.body == b"in"
        assert seen == [200]
        assert 'username="u"' in origin.asked[1]["Authorization"]


async def test_a_function_signs_what_goes_to_its_origin(wire, either):
    async def sign(request):
        await asyncio.sleep(0)
        request.headers["Authorization"] = f"Sign {request.url.rpartition('/')[2]}"

    async with wire.Origin() as other, wire.Origin() as origin:

        async def play(asked, peer):
            where = {"/1": "/2", "/2": f"{other.url}/3"}.get(asked.target)
            return wire.ok(b"", f"Location: {where}", status="302 Found")

        origin.play = play
        await either().fetch(f"{origin.url}/1", auth=sign)
        assert [asked["Authorization"] for asked in origin.asked] == ["Sign 1", "Sign 2"]
        assert not other.asked[0].all("Authorization")


def test_what_is_no_way_to_log_in():
    for auth, error in (
        (3, TypeError),
        (("a", "b", "c"), TypeError),
        (BearerAuth("a\r\nb"), ValueError),
        (BearerAuth(""), ValueError),
    ):
        with pytest.raises(error):
            HTTPRequest("http://a.example/", auth=auth)
    with pytest.raises(ValueError, match="give auth, or auth_username"):
        HTTPRequest("http://a.example/", auth=("a", "b"), auth_username="c")


def test_the_callers_headers_stay_as_they_are():
    given = {"A": "b"}
    request = HTTPRequest("http://a.example/", headers=given, auth=BearerAuth("t"))
    assert given == {"A": "b"}
    assert request.headers["Authorization"] == "Bearer t"
