"""Forms, as our own server's parser reads them."""

import io
import os
import pathlib

import pytest

from zonda.httpclient import HTTPRequest
from zonda.httpclient.forms import add_params
from zonda.httputil import parse_body_arguments


def parsed(body, content_type):
    arguments, files = {}, {}
    parse_body_arguments(content_type, body, arguments, files)
    return arguments, files


async def received(wire, client_of, **options):
    """What a server gets, and how long it was told that would be."""
    async with wire.Origin() as origin:
        await client_of().fetch(origin.url, method="POST", **options)
        (asked,) = origin.asked
    return parsed(asked.body, asked["Content-Type"]), asked


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a/", "http://a/?x=1"),
        ("http://a/?", "http://a/?x=1"),
        ("http://a/?y", "http://a/?y&x=1"),
        ("http://a/?y=%20+&", "http://a/?y=%20+&x=1"),
        ("http://a/#top?", "http://a/?x=1#top?"),
    ],
)
def test_add_params(url, expected):
    assert add_params(url, {"x": 1}) == expected
    assert add_params(url, [("x", "1")]) == expected
    assert add_params(url, {}) == url


async def test_data(wire, client_of):
    (arguments, _), asked = await received(
        wire, client_of, data={"a": "1", "b": ["ü&=", 3], "c": None}
    )
    assert arguments == {"a": [b"1"], "b": ["ü&=".encode(), b"3"]}
    assert asked["Content-Type"] == "application/x-www-form-urlencoded"


async def test_raw_data(wire, client_of):
    async with wire.Origin() as origin:
        client = client_of()
        await client.fetch(origin.url, method="PUT", data=b"\xff")
        await client.fetch(origin.url, method="PUT", data="ü")
        assert [asked.body for asked in origin.asked] == [b"\xff", "ü".encode()]
        assert origin.asked[0].all("Content-Type") == []


async def test_files_in_memory(wire, client_of):
    (arguments, files), asked = await received(
        wire,
        client_of,
        data={"field": "välue", "two": [1, b"\xff"]},
        files={
            "plain": b"\r\n--not a boundary\r\n",
            "named": ('a"b\r\n.txt', "text"),
            "typed": ("x.bin", b"", "application/x-mine"),
        },
    )
    assert arguments == {"field": ["välue".encode()], "two": [b"1", b"\xff"]}
    assert files["plain"][0].body == b"\r\n--not a boundary\r\n"
    assert files["plain"][0].content_type == "application/octet-stream"
    assert files["named"][0].body == b"text"
    assert files["named"][0].content_type == "text/plain"
    assert "\r" not in files["named"][0].filename
    assert (files["typed"][0].filename, files["typed"][0].content_type) == (
        "x.bin",
        "application/x-mine",
    )
    assert asked.all("Transfer-Encoding") == []


async def test_files_from_disk(wire, client_of, tmp_path):
    content = os.urandom(600_000)
    path = tmp_path / "photo.jpg"
    path.write_bytes(content)
    with open(path, "rb") as opened:
        opened.seek(100)
        (_, files), asked = await received(
            wire, client_of, files=[("f", path), ("f", opened), ("f", ("n.txt", path))]
        )
        assert not opened.closed
    assert [file.body for file in files["f"]] == [content, content[100:], content]
    assert [file.filename for file in files["f"]] == ["photo.jpg", "photo.jpg", "n.txt"]
    assert files["f"][0].content_type == "image/jpeg"
    assert int(asked["Content-Length"]) == len(asked.body)


async def test_a_file_that_cannot_be_rewound(wire, client_of):
    class Pipe(io.RawIOBase):
        name = "pipe"
        data = io.BytesIO(b"flowing")

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.data.readinto(buffer)

    (_, files), asked = await received(wire, client_of, files={"f": Pipe()})
    assert files["f"][0].body == b"flowing"
    assert asked["Transfer-Encoding"] == "chunked"


async def test_files_are_sent_again_after_a_redirect(wire, client_of, tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"content")

    async def play(asked, peer):
        if asked.target == "/":
            return wire.ok(b"", "Location: /there", status="307 Temporary Redirect")
        return wire.ok()

    async with wire.Origin(play) as origin:
        with open(path, "rb") as opened:
            await client_of().fetch(origin.url, method="POST", files={"p": path, "o": opened})
        first, second = origin.asked
        assert first.body == second.body
        assert first.body.count(b"content\r\n") == 2


def test_text_files_are_refused():
    with pytest.raises(TypeError, match="binary mode"):
        HTTPRequest("http://a.example/", method="POST", files={"f": io.StringIO("text")})


@pytest.mark.parametrize("value", [5, None, ("name", 5)])
def test_what_is_no_file(value):
    if value is None:
        value = [1]
    with pytest.raises(TypeError, match="a file is"):
        HTTPRequest("http://a.example/", method="POST", files={"f": value})


def test_a_file_that_is_not_there():
    with pytest.raises(FileNotFoundError):
        HTTPRequest("http://a.example/", files={"f": pathlib.Path("/does/not/exist")})
