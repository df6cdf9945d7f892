"""Our applications as guests of the standard library's WSGI server."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.validate import validator

import pytest

from zonda import gen, web
from zonda.wsgi import WSGIAdapter, WSGIApplication, WSGIContainer

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Echo(web.RequestHandler):
    def get(self, name: str) -> None:
        self.write(
            {"name": name, "query": self.get_query_arguments("q"), "host": self.request.host}
        )

    def post(self, name: str) -> None:
        self.set_status(201, "Made")
        self.set_header("X-Ip", self.request.remote_ip)
        self.write(self.get_body_argument("a") + self.request.headers["X-Field"])


class Waits(web.RequestHandler):
    async def get(self) -> None:
        self.write("first ")
        await self.flush()
        await gen.sleep(0.001)
        self.write("second")


class Fails(web.RequestHandler):
    def get(self) -> None:
        raise web.HTTPError(418)


HANDLERS: list[Any] = [(r"/echo/(.*)", Echo), (r"/waits", Waits), (r"/fails", Fails)]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None: ...


@pytest.fixture(params=["adapter", "application"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    adapter = request.param == "adapter"
    app: Any = WSGIAdapter(web.Application(HANDLERS)) if adapter else WSGIApplication(HANDLERS)
    server: WSGIServer = make_server("127.0.0.1", 0, validator(app), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, fields)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text


def test_requests(port: int) -> None:
    response, text = ask(port, "GET", "/echo/a%20b%C3%A9?q=1&q=2")
    assert response.status == 200
    expected = {"name": "a bé", "query": ["1", "2"], "host": f"127.0.0.1:{port}"}
    assert json.loads(text) == expected
    kind = "application/x-www-form-urlencoded"
    response, text = ask(port, "POST", "/echo/x", "a=b", Content_Type=kind, X_Field="field")
    assert (response.status, response.reason, text) == (201, "Made", "bfield")
    assert response.headers["X-Ip"] == "127.0.0.1"


def test_handlers_that_wait(port: int) -> None:
    assert ask(port, "GET", "/waits")[1] == "first second"


def test_errors(port: int) -> None:
    assert ask(port, "GET", "/fails")[0].status == 418
    assert ask(port, "GET", "/nothing")[0].status == 404


def test_the_names_beside_it() -> None:
    from zonda.wsgi import from_wsgi_str, to_wsgi_str

    assert from_wsgi_str(to_wsgi_str("é".encode())) == "é".encode()
    assert WSGIContainer is not None
