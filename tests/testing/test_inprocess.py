"""`application_client`: an application without a port."""

import pytest

from tests.wire import looped
from zonda.httpclient import HTTPClientError
from zonda.httputil import HTTPHeaders, ResponseStartLine
from zonda.testing import application_client
from zonda.web import Application, RequestHandler
from zonda.wsgi import WSGIContainer


class Page(RequestHandler):
    def get(self):
        self.set_cookie("seen", "yes")
        self.write({"host": self.request.host, "secure": self.request.protocol == "https"})

    def post(self):
        self.redirect("/")


def application():
    return Application([("/", Page)])


@looped
async def test_paths_and_methods():
    async with application_client(application()) as client:
        response = await client.get("/")
        assert response.json() == {"host": "localhost", "secure": False}
        assert response.headers["Set-Cookie"] == "seen=yes; Path=/"
        assert (await client.post("/", body=b"")).effective_url == "http://localhost/"
        assert (await client.get("/nowhere")).code == 404
        with pytest.raises(HTTPClientError):
            await client.get("/nowhere", raise_error=True)


@looped
async def test_the_base_url_says_what_the_application_believes():
    async with application_client(application(), base_url="https://shop.example/") as client:
        assert (await client.get("/")).json() == {"host": "shop.example", "secure": True}


@looped
async def test_options_of_both_sides_are_honoured():
    async with application_client(
        application(), client_options={"defaults": {"user_agent": "me"}}, max_body_size=10
    ) as client:
        assert client.http_client.defaults["user_agent"] == "me"
        assert (await client.post("/", body=b"x" * 11)).code == 413


@looped
async def test_a_wsgi_application():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode(), environ["wsgi.input"].read()]

    async with application_client(WSGIContainer(app)) as client:
        assert (await client.post("/path", body=b"-body")).body == b"/path-body"


@looped
async def test_a_function_of_the_request():
    def answer(request):
        headers = HTTPHeaders({"Content-Length": "2"})
        request.connection.write_headers(ResponseStartLine("", 200, "OK"), headers, b"ok")
        request.connection.finish()

    async with application_client(answer) as client:
        assert (await client.get("/")).body == b"ok"


@looped
async def test_the_client_is_closed_at_the_end():
    async with application_client(application()) as client:
        await client.get("/")
    with pytest.raises(RuntimeError, match="closed"):
        await client.get("/")
