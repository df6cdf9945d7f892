"""The User-Agent field that nobody has set."""

import pytest

import zonda
from tests.tornado.launched import launch
from tests.wire import looped
from zonda import web
from zonda.httpclient import AsyncHTTPClient
from zonda.httpserver import HTTPServer
from zonda.testing import bind_unused_port

FETCH = """
import sys
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
if sys.argv[1] == "curl":
    AsyncHTTPClient.configure("tornado.curl_httpclient.CurlAsyncHTTPClient")
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

class Show(RequestHandler):
    def get(self):
        self.write(self.request.headers["User-Agent"])

async def main():
    sock, port = bind_unused_port()
    HTTPServer(Application([("/", Show)])).add_socket(sock)
    response = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/")
    print(response.body.decode())

IOLoop.current().run_sync(main)
"""


class Show(web.RequestHandler):
    def get(self) -> None:
        self.write(self.request.headers["User-Agent"])


@looped
async def test_it_is_ours() -> None:
    sock, port = bind_unused_port()
    server = HTTPServer(web.Application([("/", Show)]))
    server.add_socket(sock)
    response = await AsyncHTTPClient(force_instance=True).fetch(f"http://127.0.0.1:{port}/")
    assert response.body.decode() == f"Zonda/{zonda.version}"
    server.stop()


@pytest.mark.parametrize("client", ["simple", "curl"])
def test_under_the_launcher_it_stays_what_servers_know(client: str) -> None:
    if client == "curl":
        pytest.importorskip("pycurl", reason="the curl client needs pycurl")
    assert launch("-c", FETCH, client) == "Tornado/6.6.1\n"
