"""The interface, with an implementation that is only a few lines."""

import asyncio

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from zonda.httputil import HTTPHeaders


class Slow(AsyncHTTPClient):
    """Answers when the test says so."""

    def initialize(self, **kwargs):
        super().initialize(**kwargs)
        self.calls = []

    def fetch_impl(self, request, callback):
        self.calls.append((request, callback))

    def answer(self, code, error=None):
        request, callback = self.calls.pop(0)
        callback(HTTPResponse(request, code, error=error))


@pytest.fixture
def make():
    clients = []

    def made(**kwargs):
        clients.append(Slow(force_instance=True, **kwargs))
        return clients[-1]

    yield made
    for client in clients:
        client.close()


async def test_fetch(make):
    client = make(defaults={"user_agent": "x"})
    future = client.fetch("http://a.example/", request_timeout=3)
    request, _ = client.calls[0]
    assert (request.request_timeout, request.user_agent, request.url) == (
        3,
        "x",
        "http://a.example/",
    )
    client.answer(200)
    response = await future
    assert response.code == 200
    assert isinstance(response.request, HTTPRequest)


async def test_errors(make):
    client = make()
    strict, lax, broken = (
        client.fetch("http://a.example/", raise_error=flag) for flag in (True, False, False)
    )
    client.answer(404)
    client.answer(404)
    client.answer(599, ValueError("no response"))
    with pytest.raises(HTTPClientError, match="404"):
        await strict
    assert (await lax).error.code == 404
    with pytest.raises(ValueError, match="no response"):
        await broken


async def test_an_error_that_nobody_waits_for(make, caplog):
    client = make()
    for code in (200, 404):
        client.fetch("http://a.example/").cancel()
        client.answer(code)
    assert caplog.messages == ["Exception after Future was cancelled"]


async def test_headers_become_an_object_of_their_own(make):
    given = HTTPHeaders({"A": "b"})
    request = HTTPRequest("http://a.example/", headers=given)
    future = make().fetch(request)
    assert request.headers == given
    assert request.headers is not given
    future.cancel()


async def test_what_does_not_go_together(make):
    client = make()
    with pytest.raises(ValueError, match="kwargs can't be used"):
        client.fetch(HTTPRequest("http://a.example/"), method="POST")
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch("http://a.example/")


async def test_an_implementation_must_say_how():
    class Nothing(AsyncHTTPClient):
        pass

    client = Nothing(force_instance=True)
    with pytest.raises(NotImplementedError, match="Nothing must define fetch_impl"):
        client.fetch("http://a.example/")
    client.close()


def test_one_for_each_loop_and_class():
    async def main():
        one = Slow()
        assert Slow() is one
        assert AsyncHTTPClient() is not one
        AsyncHTTPClient().close()
        one.close()
        return one

    assert asyncio.run(main()) is not asyncio.run(main())
