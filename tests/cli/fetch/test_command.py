"""``zonda fetch`` against a server: what it asks, what it writes, how it ends."""

import asyncio
import gzip
import json
import os
import pty
import re
import sys
from contextlib import asynccontextmanager

import pytest

from tests.cli.conftest import environment, run_command
from tests.simple_httpclient.conftest import Origin, ok
from tests.wire import looped, serving
from zonda import web
from zonda.cli import main
from zonda.cli.fetch.exits import EXITS
from zonda.httpserver import HTTPServer
from zonda.netutil import bind_unix_socket
from zonda.testing import AsyncHTTPSTestCase

BINARY = bytes(range(256)) * 1000


class Hop(web.RequestHandler):
    def get(self, number):
        if int(number):
            self.redirect(f"/hop/{int(number) - 1}")
        else:
            self.write("arrived")


class Binary(web.RequestHandler):
    def compute_etag(self):
        return '"binary"'

    def get(self):
        self.write(BINARY)


class Echo(web.RequestHandler):
    def answer(self):
        files = {
            name: [[f.filename, f.content_type, f.body.decode()] for f in several]
            for name, several in self.request.files.items()
        }
        self.write(
            {
                "method": self.request.method,
                "headers": dict(self.request.headers),
                "body": self.request.body.decode() if not files else "",
                "form": {k: self.get_body_arguments(k) for k in self.request.body_arguments},
                "files": files,
            }
        )

    get = post = put = patch = answer

    def head(self):
        self.set_header("X-Only", "a head")


ROUTES = [(r"/hop/(\d+)", Hop), ("/binary", Binary), ("/", Echo)]


@asynccontextmanager
async def fetching():
    """A server, and a function that runs ``zonda fetch`` with one of its paths."""
    async with serving(ROUTES) as served:

        async def fetch(path, *arguments, **more):
            url = f"http://127.0.0.1:{served.port}{path}"
            return await run_command("fetch", url, *arguments, **more)

        yield fetch


async def asked(fetch, *arguments, **more):
    """What the server says that it was asked."""
    ended = await fetch("/", *arguments, **more)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


# -------------------------------------------------------------------------------- asking


@looped
async def test_a_plain_get():
    async with fetching() as fetch:
        request = await asked(fetch)
        assert request["method"] == "GET"
        assert "Accept-Encoding" not in request["headers"]


@looped
async def test_methods_fields_and_names():
    async with fetching() as fetch:
        request = await asked(
            fetch, "-X", "PATCH", "-H", "X-A: one", "-H", "X-A: two", "-A", "me", "-b", "a=1; b=2"
        )
        assert request["method"] == "PATCH"
        assert request["headers"]["X-A"] == "one,two"
        assert request["headers"]["User-Agent"] == "me"
        assert request["headers"]["Cookie"] == "a=1; b=2"


@looped
async def test_data(tmp_path):
    async with fetching() as fetch:
        (tmp_path / "data.txt").write_text("c=3")
        request = await asked(fetch, "-d", "a=1&b=ñ", "--data", f"@{tmp_path}/data.txt")
        assert request["method"] == "POST"
        assert request["body"] == "a=1&b=ñ&c=3"
        assert request["headers"]["Content-Type"] == "application/x-www-form-urlencoded"
        request = await asked(fetch, "-X", "PUT", "-d", "@-", stdin=b"from a pipe")
        assert (request["method"], request["body"]) == ("PUT", "from a pipe")


@looped
async def test_json():
    async with fetching() as fetch:
        request = await asked(fetch, "--json", '{"a": 1}')
        assert (request["method"], request["body"]) == ("POST", '{"a": 1}')
        assert request["headers"]["Content-Type"] == "application/json"
        assert request["headers"]["Accept"] == "application/json"


@looped
async def test_forms(tmp_path):
    async with fetching() as fetch:
        (tmp_path / "a.txt").write_text("first")
        request = await asked(
            fetch,
            "-F",
            "name=Ana",
            "-F",
            f"one=@{tmp_path}/a.txt",
            "--form",
            f"two=@{tmp_path}/a.txt;type=text/x-wind;filename=b.bin",
        )
        assert request["form"] == {"name": ["Ana"]}
        assert request["files"] == {
            "one": [["a.txt", "text/plain", "first"]],
            "two": [["b.bin", "text/x-wind", "first"]],
        }


@looped
async def test_a_login():
    async with fetching() as fetch:
        request = await asked(fetch, "-u", "ana:pampa")
        assert request["headers"]["Authorization"] == "Basic YW5hOnBhbXBh"


@looped
async def test_a_login_by_digest():
    challenge = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth"'
    answers = [ok(b"", challenge, status="401 No"), ok(b"in")]

    async def play(asked, peer):
        return answers.pop(0)

    async with Origin(play) as origin:
        ended = await run_command("fetch", origin.url, "-u", "ana:x", "--digest")
        assert (ended.code, ended.out) == (0, b"in")
        assert origin.asked[1]["Authorization"].startswith("Digest ")


@looped
async def test_compression_is_asked_for_and_undone():
    async def play(asked, peer):
        assert "gzip" in asked["Accept-Encoding"]
        return ok(gzip.compress(b"unpacked"), "Content-Encoding: gzip")

    async with Origin(play) as origin:
        ended = await run_command("fetch", origin.url, "--compressed")
        assert ended.out == b"unpacked"


# ------------------------------------------------------------------------------- writing


@looped
async def test_standard_output_is_safe_for_any_bytes():
    async with fetching() as fetch:
        ended = await fetch("/binary")
        assert (ended.code, ended.out, ended.err) == (0, BINARY, "")


@looped
async def test_a_file(tmp_path):
    async with fetching() as fetch:
        target = tmp_path / "got"
        for arguments in (["-o", str(target)], ["--output", str(target), "-i", "-s"]):
            ended = await fetch("/binary", *arguments)
            assert (ended.code, ended.out, ended.err) == (0, b"", "")
        assert target.read_bytes().endswith(b"\r\n\r\n" + BINARY)
        ended = await fetch("/binary", "-o", "-")
        assert ended.out == BINARY


@looped
async def test_the_remote_name(tmp_path):
    async with fetching() as fetch:
        assert (await fetch("/binary?a=/b", "-O", cwd=tmp_path)).code == 0
        assert (tmp_path / "binary").read_bytes() == BINARY
        ended = await fetch("/", "-O", cwd=tmp_path)
        assert ended.code == 2
        assert "does not end with the name of a file" in ended.err
        assert [path.name for path in tmp_path.iterdir()] == ["binary"]


@looped
async def test_heads():
    async with fetching() as fetch:
        ended = await fetch("/", "-I")
        assert ended.out.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nX-Only: a head\r\n" in ended.out
        assert ended.out.endswith(b"\r\n\r\n")
        ended = await fetch("/binary", "-i")
        assert ended.out.startswith(b"HTTP/1.1 200 OK\r\n")
        assert ended.out.endswith(b"\r\n\r\n" + BINARY)


@looped
async def test_redirects():
    async with fetching() as fetch:
        assert (await fetch("/hop/2")).out == b"arrived"
        assert (await fetch("/hop/2", "-L")).out == b"arrived"
        ended = await fetch("/hop/2", "--no-location", "-i")
        assert ended.out.startswith(b"HTTP/1.1 302 Found\r\n")
        assert ended.code == 0
        ended = await fetch("/hop/3", "--max-redirs", "2")
        assert (ended.code, ended.out) == (47, b"")
        assert "more than 2 redirects" in ended.err


@looped
async def test_an_interrupted_download_is_resumed(tmp_path):
    target = tmp_path / "binary"
    size = len(BINARY)

    async def play(asked, peer):
        if not asked.all("Range"):
            head = f'HTTP/1.1 200 OK\r\nETag: "b"\r\nContent-Length: {size}\r\n\r\n'
            await peer.send(head.encode() + BINARY[:100_000])
            return None
        assert asked["If-Range"] == '"b"'
        assert asked["Range"] == "bytes=100000-"
        return ok(
            BINARY[100_000:],
            f"Content-Range: bytes 100000-{size - 1}/{size}",
            'ETag: "b"',
            status="206 Partial Content",
        )

    async with Origin(play) as origin:
        ended = await run_command("fetch", origin.url, "-o", str(target))
        assert ended.code == 56
        assert not target.exists()
        ended = await run_command("fetch", origin.url, "-o", str(target), "-C")
        assert (ended.code, ended.err) == (0, "")
    assert target.read_bytes() == BINARY
    assert [path.name for path in tmp_path.iterdir()] == ["binary"]


@looped
async def test_verbose_shows_the_heads_as_they_go_over_the_wire():
    async with fetching() as fetch:
        ended = await fetch("/hop/1", "-v", "-H", "X-A: 1")
        assert ended.out == b"arrived"
        lines = ended.err.splitlines()
        assert re.fullmatch(r"\* connected to 127\.0\.0\.1 port \d+", lines[0])
        assert lines[1] == "> GET /hop/1 HTTP/1.1"
        assert "> X-A: 1" in lines
        assert lines.index("< HTTP/1.1 302 Found") < lines.index("> GET /hop/0 HTTP/1.1")
        assert "< Location: /hop/0" in lines
        assert "< HTTP/1.1 200 OK" in lines
        assert sum(line.startswith("*") for line in lines) == 1  # one connection for both


# ------------------------------------------------------------------------------ terminals


def read_terminal(master):
    data = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            return data.decode()
        if not piece:
            return data.decode()
        data += piece


@looped
async def test_a_terminal_sees_a_progress_bar(tmp_path):
    async with fetching() as fetch:
        master, slave = pty.openpty()
        ended = await fetch("/binary", "-o", str(tmp_path / "got"), stderr=slave)
        os.close(slave)
        shown = read_terminal(master)
        os.close(master)
        assert ended.code == 0
        last = shown.rstrip("\r\n").rpartition("\r")[2]
        assert re.search(r"got \[#+\]  100%  250\.0 KiB of 250\.0 KiB  .*/s", last)


@looped
async def test_a_silent_command_shows_no_bar(tmp_path):
    async with fetching() as fetch:
        master, slave = pty.openpty()
        ended = await fetch("/binary", "-s", "-o", str(tmp_path / "got"), stderr=slave)
        os.close(slave)
        assert (ended.code, read_terminal(master)) == (0, "")
        os.close(master)


@looped
async def test_a_terminal_is_spared_binary_content():
    async with serving(ROUTES) as served:
        master, slave = pty.openpty()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *["-m", "zonda", "fetch", f"http://127.0.0.1:{served.port}/binary"],
            stdout=slave,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        _, err = await process.communicate()
        os.close(slave)
        assert process.returncode == 23
        assert b"not for a terminal" in err
        assert read_terminal(master) == ""
        os.close(master)


# ---------------------------------------------------------------------------- exit codes


@looped
async def test_an_error_status_still_gives_the_content(tmp_path):
    async with fetching() as fetch:
        ended = await fetch("/nowhere")
        assert ended.code == 22
        assert b"404: Not Found" in ended.out
        assert re.match(r"zonda: 404 Not Found: http://127", ended.err)
        target = tmp_path / "kept"
        target.write_text("before")
        ended = await fetch("/nowhere", "-o", str(target))
        assert ended.code == 22
        assert b"404: Not Found" in ended.out
        assert target.read_text() == "before"
        assert (await fetch("/nowhere", "-s")).err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["http://127.0.0.1:1/"], 7, "Connection refused"),
        (["no-such-host.invalid"], 6, "gaierror"),
        (["ftp://127.0.0.1/"], 3, "Unsupported url scheme"),
        (["http://127.0.0.1:1/", "-X", "GE T"], 3, "method"),
        (["http://127.0.0.1:1/", "-d", "a", "-F", "b=c"], 2, "one of"),
        (["http://127.0.0.1:1/", "-d", "a", "-I"], 2, "no content"),
        (["http://127.0.0.1:1/", "-d", "@/nowhere/x"], 26, "/nowhere/x"),
        (["http://127.0.0.1:1/", "-F", "a=@/nowhere/x"], 26, "/nowhere/x"),
        (["http://127.0.0.1:1/", "-F", "a"], 2, "NAME=CONTENT"),
        (["http://127.0.0.1:1/", "-F", "a=@/dev/null;colour=red"], 2, "colour"),
        (["http://127.0.0.1:1/", "--cacert", "/nowhere/x"], 26, "/nowhere/x"),
        (["http://127.0.0.1:1/", "-H", "X"], 2, "Name: value"),
        (["http://127.0.0.1:1/", "-C"], 2, "-C"),
        (["http://127.0.0.1:1/a", "-O", "-o", "b"], 2, "-o or -O"),
        (["http://127.0.0.1:1/a", "-O", "--compressed"], 2, "--compressed"),
        ([], 2, "usage: zonda fetch"),
        (["http://127.0.0.1:1/", "--brew"], 2, "usage: zonda fetch"),
    ],
)
def test_what_goes_wrong_has_a_code(arguments, code, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    try:
        ended = main(["fetch", *arguments])
    except SystemExit as usage:
        ended = usage.code
    told = capsys.readouterr().err
    assert ended == code, told
    assert words in told
    assert "Traceback" not in told
    assert not [path for path in tmp_path.iterdir() if path.stat().st_size]


@looped
async def test_an_output_that_cannot_be_written():
    async with fetching() as fetch:
        for arguments in (
            ["-o", "/nowhere/x"],
            ["-o", "/nowhere/x", "-i"],
            ["-o", "/dev/full", "-i"],
        ):
            ended = await fetch("/binary", *arguments)
            assert ended.code == 23, ended.err
            assert "Traceback" not in ended.err


@looped
async def test_a_reader_that_has_enough_is_no_drama():
    async with serving(ROUTES) as served:
        process = await asyncio.create_subprocess_shell(
            f"{sys.executable} -m zonda fetch http://127.0.0.1:{served.port}/binary | head -c 3",
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
        )
        out, err = await process.communicate()
        assert (out, err) == (BINARY[:3], b"")


@looped
async def test_time_limits():
    async def play(asked, peer):
        await peer.closed()

    async with Origin(play) as origin:
        ended = await run_command("fetch", origin.url, "-m", "0.1")
        assert ended.code == 28
        assert "Timeout" in ended.err


@looped
async def test_lost_connections_and_retries():
    async def play(asked, peer):
        return None if len(origin.asked) < 3 else ok(b"at last")

    async with Origin(play) as origin:
        assert (await run_command("fetch", origin.url)).code == 56
        ended = await run_command("fetch", origin.url, "--retry", "3")
        assert (ended.code, ended.out) == (0, b"at last")
        assert len(origin.asked) == 3


@looped
async def test_certificates():
    async with serving(ROUTES, tls=True) as served:
        url = f"https://localhost:{served.port}/binary"
        ended = await run_command("fetch", url)
        assert (ended.code, ended.out) == (60, b"")
        assert (await run_command("fetch", url, "-k")).out == BINARY
        ca = AsyncHTTPSTestCase.default_ssl_options()["certfile"]
        ended = await run_command("fetch", url, "--cacert", ca, "-v")
        assert ended.out == BINARY
        assert "* TLSv1.3, TLS_AES" in ended.err
    async with Origin(lambda asked, peer: None) as origin:
        origin_url = f"https://127.0.0.1:{origin.port}/"
        ended = await run_command("fetch", origin_url, "--connect-timeout", "0.2")
        assert ended.code == 28


@looped
async def test_a_proxy():
    async with Origin() as proxy:
        ended = await run_command("fetch", "far.invalid/x", "-x", f"127.0.0.1:{proxy.port}")
        assert ended.out == b"hello"
        assert proxy.asked[0].target == "http://far.invalid/x"


@looped
async def test_a_unix_socket_and_an_interface(tmp_path):
    server = HTTPServer(web.Application(ROUTES))
    server.add_socket(bind_unix_socket(str(tmp_path / "socket")))
    ended = await run_command(
        "fetch", "http://any.invalid/binary", "-v", "--unix-socket", str(tmp_path / "socket")
    )
    assert ended.out == BINARY
    assert f"* connected to {tmp_path}/socket" in ended.err
    server.stop()
    await server.close_all_connections()
    async with Origin() as origin:
        assert (await run_command("fetch", origin.url, "--interface", "127.0.0.3")).code == 0
        assert origin.peers[0].writer.get_extra_info("peername")[0] == "127.0.0.3"


def test_help_tells_the_exit_codes(capsys):
    with pytest.raises(SystemExit):
        main(["fetch", "--help"])
    text = capsys.readouterr().out
    for code, meaning in EXITS.items():
        assert f"{code}  {meaning}" in text
