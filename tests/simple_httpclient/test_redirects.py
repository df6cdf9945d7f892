"""Redirects: method, credentials, limits."""

import pytest

from zonda.httpclient import HTTPClientError, HTTPRequest
from zonda.httputil import HTTPHeaders
from zonda.simple_httpclient.redirects import redirected


def redirecting(wire, status, location="/target", **fields):
    async def play(asked, peer):
        if asked.target == "/target":
            return wire.ok(b"" if asked.method == "HEAD" else b"there")
        where = location() if callable(location) else location
        body = b"" if asked.method == "HEAD" else b"go on"
        return wire.ok(body, f"Location: {where}", status=f"{status} Elsewhere")

    return play


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (301, "PUT", "PUT"),
        (302, "POST", "GET"),
        (302, "HEAD", "HEAD"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "DELETE", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
        (308, "POST", "POST"),
    ],
)
async def test_methods(wire, client_of, status, method, then):
    body = b"content" if method in ("POST", "PUT") else None
    async with wire.Origin(redirecting(wire, status)) as origin:
        response = await client_of().fetch(
            origin.url + "/start", method=method, body=body, headers={"Content-Type": "text/x"}
        )
        first, second = origin.asked
        assert (first.method, second.method, second.target) == (method, then, "/target")
        kept = then == method
        assert second.body == (body if kept and body else b"")
        assert bool(second.all("Content-Type")) == kept
        assert response.effective_url == origin.url + "/target"
        assert response.request.url == origin.url + "/start"
        assert origin.connections == 1


async def test_a_producer_is_asked_again(wire, client_of):
    async def produce(write):
        await write(b"made")

    async with wire.Origin(redirecting(wire, 307)) as origin:
        await client_of().fetch(origin.url, method="POST", body_producer=produce)
        assert [asked.body for asked in origin.asked] == [b"made", b"made"]


async def test_the_limit(wire, client_of):
    async with wire.Origin(redirecting(wire, 302, "/again")) as origin:
        with pytest.raises(HTTPClientError) as caught:
            await client_of().fetch(origin.url, max_redirects=3)
        assert caught.value.code == 302
        assert caught.value.response.effective_url == origin.url + "/again"
        assert len(origin.asked) == 4


@pytest.mark.parametrize("options", [{"follow_redirects": False}, {"max_redirects": 0}])
async def test_not_followed(wire, client_of, options):
    async with wire.Origin(redirecting(wire, 302)) as origin:
        response = await client_of().fetch(origin.url, raise_error=False, **options)
        assert (response.code, response.headers["Location"]) == (302, "/target")
        assert response.body == b"go on"


async def test_without_location(wire, client_of):
    async def play(asked, peer):
        return wire.ok(b"where?", status="302 Found")

    async with wire.Origin(play) as origin:
        response = await client_of().fetch(origin.url, raise_error=False)
        assert (response.code, response.body) == (302, b"where?")


@pytest.mark.parametrize("url", ["ftp://a.example/", "file:///etc/passwd", "mailto:a@b"])
async def test_other_schemes_are_refused(wire, client_of, url):
    async with wire.Origin(redirecting(wire, 302, url)) as origin:
        with pytest.raises(ValueError, match="Unsupported url scheme"):
            await client_of().fetch(origin.url)


async def test_credentials_stay_at_their_origin(wire, client_of):
    headers = HTTPHeaders({"X-Harmless": "1", "Host": "virtual.example"})
    for name in ("Authorization", "Cookie", "Proxy-Authorization"):
        headers.add(name, "one")
        headers.add(name, "two")
    async with (
        wire.Origin(redirecting(wire, 302)) as other,
        wire.Origin(redirecting(wire, 302, lambda: other.url + "/target")) as origin,
    ):
        await client_of().fetch(origin.url, headers=headers)
        (asked,) = other.asked
        for name in ("Authorization", "Cookie", "Proxy-Authorization"):
            assert origin.asked[0].all(name) == ["one", "two"]
            assert asked.all(name) == []
        assert asked["X-Harmless"] == "1"
        assert asked["Host"] == f"127.0.0.1:{other.port}"
        assert headers.get_list("Cookie") == ["one", "two"]  # the caller's object is untouched


async def test_a_login_stays_there_too(wire, client_of):
    async with (
        wire.Origin(redirecting(wire, 302)) as other,
        wire.Origin(redirecting(wire, 302, lambda: other.url + "/target")) as origin,
    ):
        await client_of().fetch(origin.url, auth_username="u", auth_password="p")
        assert origin.asked[0].all("Authorization")
        assert not other.asked[0].all("Authorization")


async def test_credentials_go_along_at_the_same_origin(wire, client_of):
    async with wire.Origin(redirecting(wire, 302)) as origin:
        await client_of().fetch(origin.url, auth_username="u", headers={"Cookie": "a=b"})
        assert origin.asked[1]["Cookie"] == "a=b"
        assert origin.asked[1]["Authorization"] == origin.asked[0]["Authorization"]


async def test_callbacks_hear_of_the_last_answer_only(wire, client_of):
    lines, chunks = [], []
    async with wire.Origin(redirecting(wire, 302)) as origin:
        await client_of().fetch(
            origin.url, header_callback=lines.append, streaming_callback=chunks.append
        )
    assert lines[0] == "HTTP/1.1 200 OK\r\n"
    assert lines[-1] == "\r\n"
    assert b"".join(chunks) == b"there"


async def test_time_info(wire, client_of):
    async with wire.Origin(redirecting(wire, 302)) as origin:
        response = await client_of().fetch(origin.url)
        assert response.time_info["redirect"] > 0
        assert response.time_info["total"] == response.request_time


def test_a_port_or_a_scheme_is_another_origin():
    headers = {"Authorization": "secret"}
    request = HTTPRequest("https://a.example/", headers=headers, auth_username="u")
    for location in ("http://a.example/", "https://a.example:444/", "https://b.a.example/"):
        follow = redirected(request, 302, location)
        assert "Authorization" not in follow.headers
        assert follow.auth_username is None
    follow = redirected(request, 302, "https://a.example:443/x")
    assert follow.headers["Authorization"] == "secret"
    assert follow.auth_username == "u"


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/\u00e9?\u00fc".encode(), "/%C3%A9?%C3%BC"),
        (b"/\xe9", "/%E9"),
        (b"/%C3%A9", "/%C3%A9"),
    ],
)
async def test_locations_with_octets_that_no_url_has(wire, client_of, location, target):
    async def play(asked, peer):
        if asked.target != "/":
            return wire.ok()
        return b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"

    async with wire.Origin(play) as origin:
        assert (await client_of().fetch(origin.url)).body == b"hello"
        assert origin.asked[1].target == target
