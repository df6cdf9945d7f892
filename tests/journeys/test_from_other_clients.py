"""The tables of docs/guide/from-other-clients.md: what stands on Zonda's side is run."""

import ast
import asyncio
import re
import ssl
from pathlib import Path

import pytest

from tests.simple_httpclient.conftest import Origin
from tests.wire import looped, serving
from zonda import web
from zonda.httpclient import (  # the tables use them
    AsyncHTTPClient,
    BasicAuth,  # noqa: F401
    CookieJar,  # noqa: F401
    DigestAuth,  # noqa: F401
    HTTPClient,  # noqa: F401
    HTTPClientError,
    HTTPResponse,
    Retry,  # noqa: F401
)
from zonda.httpserver import HTTPServer
from zonda.netutil import Resolver, bind_unix_socket  # noqa: F401
from zonda.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError
from zonda.testing.mock import MockHTTP, MockHTTPClient  # noqa: F401
from zonda.websocket import WebSocketHandler, websocket_connect  # noqa: F401

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "from-other-clients.md"
TABLE = re.compile(r"^\| (requests|aiohttp) \| Zonda \|\n\|---\|---\|\n((?:\|.*\n)+)", re.M)


def rows():
    """What stands on our side of the tables, if it is code and nothing else."""
    found = []
    for name, body in TABLE.findall(PAGE.read_text()):
        for line in body.splitlines():
            theirs, ours = line.strip("| ").rsplit(" | ", 1)
            code = ours.strip("`")
            if ours == f"`{code}`" and "`" not in code:
                found.append(pytest.param(code, id=f"{name}: {theirs}"))
    return found


class Everything(web.RequestHandler):
    SUPPORTED_METHODS = (*web.RequestHandler.SUPPORTED_METHODS, "PURGE")

    def answer(self):
        self.set_cookie("a", "1")
        self.write({"body": len(self.request.body)})

    get = post = put = purge = answer


class Socket(WebSocketHandler):
    def open(self):
        self.close()


async def world(tmp_path, served, proxy):
    """The names that the tables use."""
    path = tmp_path / "photo.png"
    path.write_bytes(b"PNG")
    url = f"http://127.0.0.1:{served.port}/"
    client = AsyncHTTPClient()

    async def produce(write):
        await write(b"produced")

    return {
        "client": client,
        "url": url,
        "ws_url": f"ws://127.0.0.1:{served.port}/socket",
        "proxy": proxy.url,
        "path": path,
        "target": tmp_path / "target",
        "socket_path": str(tmp_path / "socket"),
        "data": b"PNG",
        "produce": produce,
        "sign": lambda request: request.headers.update({"X-Signed": "yes"}),
        "note": lambda told: None,
        "context": ssl.create_default_context(),
        "response": await client.fetch(url),
    }


async def run(code, names):
    """What an expression is worth; None for a statement."""
    try:
        ast.parse(code, mode="eval")
    except SyntaxError:
        exec(f"async def run():\n    {code}", names)
    else:
        if code.startswith("HTTPClient"):  # it blocks: here is the server's loop
            return await asyncio.to_thread(eval, code, names)
        exec(f"async def run():\n    return {code}", names)
    return await names["run"]()


@pytest.mark.parametrize("code", rows())
@looped
async def test_a_row_does_what_it_says(code, tmp_path):
    server = HTTPServer(web.Application([("/", Everything)]))
    server.add_socket(bind_unix_socket(str(tmp_path / "socket")))
    async with serving([("/", Everything), ("/socket", Socket)]) as served, Origin() as proxy:
        names = {**globals(), **await world(tmp_path, served, proxy)}
        outcome = await run(code, names)
        if isinstance(outcome, AsyncHTTPClient):
            if not isinstance(outcome, MockHTTPClient):
                assert (await outcome.fetch(names["url"])).code == 200
            outcome.close()
        elif isinstance(outcome, HTTPResponse):
            assert outcome.code == 200
        if "proxy=proxy" in code:
            assert proxy.asked[0].target == names["url"]
        names["client"].close()
    server.stop()
    await server.close_all_connections()


def test_the_tables_were_found():
    assert len(rows()) > 70


def test_the_exceptions_are_related_as_the_page_says():
    assert issubclass(HTTPTimeoutError, HTTPClientError)
    assert issubclass(HTTPStreamClosedError, HTTPClientError)
    assert issubclass(ssl.SSLError, OSError)
