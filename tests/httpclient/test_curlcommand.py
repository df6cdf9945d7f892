"""Requests as shell commands, which a shell runs and a server gets."""

import asyncio
import shutil
import subprocess

import pytest

from zonda.httpclient import BearerAuth, HTTPRequest

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
URL = "http://a.example/"
NASTY = 'it\'s $HOME `id` "q" \\n !x *'


async def shell(command):
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", "-c", f"{command} --silent", stdout=subprocess.PIPE
    )
    return (await process.communicate())[0]


@needs_curl
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"method": "HEAD"},
        {"method": "DELETE"},
        {"method": "POST", "body": ""},
        {"method": "POST", "body": NASTY},
        {"method": "POST", "body": "@/etc/passwd"},
        {"method": "PUT", "body": b"\x00\xff%s'\\\n\r\t" + bytes(range(256))},
        {"method": "POST", "json": {"a": "ä\n'"}},
        {"method": "POST", "files": {"f": ("it's.txt", b"\x00content")}},
        {"headers": {"X-Nasty": NASTY}, "user_agent": "it's me"},
        {"auth": ("u ser", "p'w")},
        {"auth": BearerAuth("t")},
        {"cookies": {"a": "b"}},
        {"params": {"a[]": "{1}", "q": "it's"}},
        {"expect_100_continue": True, "method": "PUT", "body": "x"},
    ],
    ids=repr,
)
async def test_the_server_gets_the_same(wire, client_of, options):
    async def play(asked, peer):
        return wire.ok(b"" if asked.method == "HEAD" else b"hello")

    async with wire.Origin(play, read_bodies=False) as origin:

        async def reading(asked, peer):
            if asked.all("Expect"):
                await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            await peer.read_body(asked)
            return await play(asked, peer)

        origin.play = reading
        request = HTTPRequest(f"{origin.url}/x", **options)
        await client_of().fetch(request)
        await shell(request.to_curl())
        ours, theirs = origin.asked
    assert (theirs.method, theirs.target) == (ours.method, ours.target)
    assert theirs.body == ours.body
    own = {"host", "user-agent", "accept", "accept-encoding", "content-length"}
    for name, value in request.headers.get_all():
        assert theirs[name] == value
    assert theirs.all("Authorization") == ours.all("Authorization")
    assert theirs.all("Content-Type") == ours.all("Content-Type")
    if request.user_agent:
        assert theirs["User-Agent"] == request.user_agent
    surplus = {name.lower() for name, _ in theirs.fields} - {
        name.lower() for name, _ in ours.fields
    }
    assert surplus <= own


@needs_curl
async def test_redirects(wire):
    async def play(asked, peer):
        if asked.target == "/x":
            return wire.ok(b"", "Location: /y", status="302 Found")
        return wire.ok()

    async with wire.Origin(play) as origin:
        assert await shell(HTTPRequest(f"{origin.url}/x").to_curl()) == b"hello"
        assert await shell(HTTPRequest(f"{origin.url}/x", follow_redirects=False).to_curl()) == b""


@needs_curl
async def test_a_body_on_standard_input(wire):
    async def produce(write):
        raise AssertionError

    async with wire.Origin() as origin:
        command = HTTPRequest(origin.url, method="PUT", body_producer=produce).to_curl()
        await shell(f"printf given | {command}")
        assert origin.asked[0].body == b"given"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"auth_username": "u", "auth_mode": "digest"}, "--digest --user u:"),
        ({"connect_timeout": 2.5, "request_timeout": 9}, "--connect-timeout 2.5 --max-time 9"),
        ({"proxy": "socks5h://p:1"}, "--proxy socks5h://p:1"),
        (
            {
                "proxy_host": "p",
                "proxy_port": 1,
                "proxy_username": "u",
                "proxy_password": "w",
                "proxy_auth_mode": "digest",
            },
            "--proxy http://p:1 --proxy-user u:w --proxy-digest",
        ),
        ({"validate_cert": False, "ca_certs": "c.pem"}, "--insecure --cacert c.pem"),
        ({"client_cert": "c", "client_key": "k"}, "--cert c --key k"),
        ({"network_interface": "lo", "allow_ipv6": False}, "--interface lo --ipv4"),
        ({"headers": {"X-Empty": ""}}, "--header 'X-Empty;'"),
        ({"unix_socket": "/x.sock"}, "--unix-socket /x.sock"),
        ({"server_hostname": "b.example"}, "--connect-to ::a.example: --header 'Host: a.example'"),
    ],
)
def test_options(options, words):
    assert words in HTTPRequest(URL, **options).to_curl()


def test_another_name_for_the_server():
    command = HTTPRequest("https://u@a.example:8443/x", server_hostname="b.example").to_curl()
    assert command.endswith(
        "--connect-to ::a.example:8443 --header 'Host: a.example:8443' https://u@b.example:8443/x"
    )


def test_masked():
    request = HTTPRequest(
        "https://me:secret@a.example/",
        auth=("u", "secret"),
        cookies={"sid": "secret"},
        headers={"X-Api-Key": "secret"},
        proxy="http://u:secret@p:1",
    )
    assert "secret" in request.to_curl()
    assert "secret" not in request.to_curl(mask=True)


def test_what_cannot_be_sent():
    request = HTTPRequest(URL)
    request.headers["A"] = "b\r\nc"
    with pytest.raises(ValueError, match="control character"):
        request.to_curl()
