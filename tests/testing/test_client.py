"""`Server` and `Client` for tests."""

import asyncio

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPClientError
from zonda.testing import AsyncHTTPSTestCase
from zonda.testing.client import Client, Server
from zonda.web import Application, RequestHandler


class Echo(RequestHandler):
    def answer(self):
        self.write(f"{self.request.method} {self.request.uri} {self.request.body.decode()}")

    get = post = put = patch = delete = options = answer

    def head(self):
        self.set_header("X-Method", "HEAD")


def with_client(test):
    """Run an asynchronous test with a client, over both kinds of connections."""

    @pytest.mark.parametrize("secure", [False, True])
    def run(secure):
        async def main():
            options = {"ssl_options": AsyncHTTPSTestCase.default_ssl_options()} if secure else {}
            server = Server(Application([("/echo.*", Echo)]), **options)
            http_client = AsyncHTTPClient(force_instance=True)
            try:
                await test(Client(server, http_client))
            finally:
                http_client.close()
                await server.close()

        asyncio.run(main())

    return run


@with_client
async def test_methods(client):
    for method in ("get", "post", "put", "patch", "delete", "options"):
        response = await getattr(client, method)("/echo")
        assert response.body.split() == [method.upper().encode(), b"/echo"]
    assert (await client.head("/echo")).headers["X-Method"] == "HEAD"
    with pytest.raises(AttributeError, match="no attribute 'trace'"):
        _ = client.trace


@with_client
async def test_arguments(client):
    response = await client.post("/echo?x=1", body=b"text", headers={"X-A": "b"})
    assert response.body == b"POST /echo?x=1 text"
    response = await client.fetch(client.server.url("/echo/2"))
    assert response.body == b"GET /echo/2 "


@with_client
async def test_errors(client):
    assert (await client.get("/nothing")).code == 404
    with pytest.raises(HTTPClientError, match="404"):
        await client.get("/nothing", raise_error=True)
