"""``python -m zonda.httpclient``."""

import asyncio
import os
import sys
from pathlib import Path

import zonda

PATH = str(Path(zonda.__file__).parents[1])


async def run(*arguments):
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "zonda.httpclient",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": PATH, "PYTHONIOENCODING": "utf-8"},
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_the_body_is_printed(wire):
    async with wire.Origin() as origin:
        assert await run(origin.url) == (0, "hello\n", "")


async def test_the_headers_instead_of_the_body(wire):
    async def play(asked, peer):
        return wire.ok(b"hello", "X-A: 1")

    async with wire.Origin(play) as origin:
        code, out, _ = await run("--print_headers", "--print_body=false", origin.url)
        assert code == 0
        assert "X-A: 1" in out.splitlines()
        assert "hello" not in out


async def test_several_urls(wire):
    async def play(asked, peer):
        return wire.ok(asked.target.encode())

    async with wire.Origin(play) as origin:
        _, out, _ = await run(f"{origin.url}/a", f"{origin.url}/b")
        assert out == "/a\n/b\n"


async def test_an_error_response_is_printed_and_redirects_are_a_choice(wire):
    async def play(asked, peer):
        if asked.target == "/gone":
            return wire.ok(b"gone", status="410 Gone")
        return wire.ok(b"this way", "Location: /gone", status="302 Found")

    async with wire.Origin(play) as origin:
        assert (await run(f"{origin.url}/"))[:2] == (0, "gone\n")
        assert (await run("--follow_redirects=false", f"{origin.url}/"))[:2] == (0, "this way\n")


async def test_no_response_is_a_failure(wire):
    code, out, err = await run("http://127.0.0.1:1/")
    assert code == 1
    assert out == ""
    assert "ConnectionRefusedError" in err


async def test_a_proxy(wire):
    async with wire.Origin() as proxy:
        arguments = ["--proxy_host=127.0.0.1", f"--proxy_port={proxy.port}"]
        assert (await run(*arguments, "http://far.invalid/"))[:2] == (0, "hello\n")
        assert proxy.asked[0].target == "http://far.invalid/"
