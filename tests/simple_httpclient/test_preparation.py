"""What goes on the wire."""

import base64

import pytest

from zonda.httputil import HTTPHeaders
from zonda.simple_httpclient import preparation


async def sent(wire, client_of, path="/", **options):
    """The request that these options make."""
    async with wire.Origin() as origin:
        await client_of().fetch(origin.url + path, raise_error=False, **options)
        (asked,) = origin.asked
    return asked


async def test_a_plain_get(wire, client_of):
    asked = await sent(wire, client_of, "/a b?c=é")
    assert (asked.method, asked.target) == ("GET", "/a%20b?c=%C3%A9")
    assert [name for name, _ in asked.fields] == ["Host", "User-Agent", "Accept-Encoding"]


async def test_fields_of_the_caller(wire, client_of):
    headers = HTTPHeaders({"User-Agent": "me", "Accept-Encoding": "br", "Host": "virtual.example"})
    headers.add("X-One", "1")
    headers.add("X-One", "2")
    asked = await sent(wire, client_of, headers=headers)
    assert asked["User-Agent"] == "me"
    assert asked["Accept-Encoding"] == "br"
    assert asked["Host"] == "virtual.example"
    assert asked.all("X-One") == ["1", "2"]


@pytest.mark.parametrize("agent", ["me", b"me"])
async def test_user_agent(wire, client_of, agent):
    asked = await sent(wire, client_of, user_agent=agent, headers={"X": b"bytes"})
    assert asked["User-Agent"] == "me"
    assert asked["X"] == "bytes"


async def test_framing_is_ours(wire, client_of):
    headers = {"Content-Length": "99", "Transfer-Encoding": "chunked"}
    asked = await sent(wire, client_of, method="POST", body="häh", headers=headers)
    assert asked.body == "häh".encode()
    assert asked.all("Transfer-Encoding") == []
    assert asked["Content-Type"] == "application/x-www-form-urlencoded"


async def test_if_modified_since(wire, client_of):
    asked = await sent(wire, client_of, if_modified_since=1358955535)
    assert asked["If-Modified-Since"] == "Wed, 23 Jan 2013 15:38:55 GMT"


@pytest.mark.parametrize(
    ("options", "credentials"),
    [
        ({"auth_username": "u", "auth_password": "p"}, "u:p"),
        ({"auth_username": "u"}, "u:"),
        ({"auth_username": "u", "auth_password": "p", "auth_mode": "basic"}, "u:p"),
        ({"auth_username": "jose\u0301", "auth_password": "p"}, "jos\u00e9:p"),
        ({"auth_username": b"\xff", "auth_password": b"\xfe"}, b"\xff:\xfe"),
        ({"auth_username": "u", "headers": {"Authorization": "mine"}}, "u:"),
    ],
)
async def test_basic_auth(wire, client_of, options, credentials):
    asked = await sent(wire, client_of, **options)
    raw = credentials if isinstance(credentials, bytes) else credentials.encode()
    assert base64.b64decode(asked["Authorization"].removeprefix("Basic ")) == raw


async def test_basic_auth_in_the_url(wire, client_of):
    async with wire.Origin() as origin:
        url = origin.url.replace("://", "://us%3Aer:pa%40ss@")
        await client_of().fetch(url)
        await client_of().fetch(url, auth_username="other")
        assert [asked["Authorization"] for asked in origin.asked] == [
            preparation.basic_credentials("us:er", "pa@ss"),
            preparation.basic_credentials("other", ""),
        ]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"method": "BREW"}, KeyError),
        ({"method": "POST"}, ValueError),
        ({"method": "GET", "body": b"x"}, ValueError),
        ({"method": "GET", "body_producer": lambda write: None}, ValueError),
        ({"auth_username": "u", "auth_mode": "magic"}, ValueError),
        ({"headers": {"X": "a\r\nb"}}, ValueError),
        ({"headers": {"X": "\u20ac"}}, ValueError),
        ({"headers": {"X": 5}}, TypeError),
        ({"method": "A B", "allow_nonstandard_methods": True}, ValueError),
        ({"method": "", "allow_nonstandard_methods": True}, ValueError),
        ({"method": "GET\r\nX:", "allow_nonstandard_methods": True}, ValueError),
    ],
)
async def test_what_is_refused(wire, client_of, options, error):
    async with wire.Origin() as origin:
        client = client_of()
        with pytest.raises(error):
            await client.fetch(origin.url, **options)
        assert not client.active
        assert origin.asked == []


@pytest.mark.parametrize(
    ("method", "body", "length"),
    [("BREW", b"x", ["1"]), ("GET", b"x", ["1"]), ("POST", None, ["0"]), ("BREW", None, [])],
)
async def test_nonstandard_methods(wire, client_of, method, body, length):
    asked = await sent(wire, client_of, method=method, body=body, allow_nonstandard_methods=True)
    assert (asked.method, asked.body) == (method, body or b"")
    assert asked.all("Content-Length") == length


async def test_delete_without_content(wire, client_of):
    assert (await sent(wire, client_of, method="DELETE")).all("Content-Length") == []
