"""Attempts through implementations that only know what Tornado's interface says."""

import asyncio
import ssl
from io import BytesIO

import pytest

from tests.simple_httpclient.proxies import tunnel
from zonda.httpclient import AsyncHTTPClient, HTTPClientError, HTTPResponse, Retry
from zonda.httputil import HTTPHeaders


class Plain(AsyncHTTPClient):
    """Answers at once, without a look at any callback."""

    def initialize(self, answers, **kwargs):
        super().initialize(**kwargs)
        self.answers = answers
        self.requests = []

    def fetch_impl(self, request, callback):
        self.requests.append(request)
        code, headers, body = self.answers.pop(0)
        fields = HTTPHeaders(headers)
        error = body if isinstance(body, Exception) else None
        buffer = None if error else BytesIO(body)
        response = HTTPResponse(request, code, headers=fields, buffer=buffer, error=error)
        self.io_loop.add_callback(callback, response)


@pytest.fixture
def make():
    clients = []

    def made(*answers, **kwargs):
        clients.append(Plain(force_instance=True, answers=list(answers), **kwargs))
        return clients[-1]

    yield made
    for client in clients:
        client.close()


async def test_a_session(make):
    client = make(
        (302, {"Location": "/b", "Set-Cookie": "a=b"}, b"moved"),
        (503, {}, b"busy"),
        (200, {}, b"here"),
        cookies=True,
        retries=Retry(1, backoff=0),
    )
    response = await client.fetch("http://a.example/a")
    assert response.body == b"here"
    assert response.effective_url == "http://a.example/b"
    assert [request.headers.get("Cookie") for request in client.requests] == [None, "a=b", "a=b"]
    assert not any(request.follow_redirects for request in client.requests)


async def test_a_stream(make):
    client = make((200, {"A": "b"}, b"all at once"), (404, {}, b"the page"))
    async with client.stream("http://a.example/") as response:
        assert response.headers["A"] == "b"
        assert await response.read() == b"all at once"
    with pytest.raises(HTTPClientError, match="404") as caught:
        async with client.stream("http://a.example/"):
            pass
    assert caught.value.response.body == b"the page"


async def test_a_streaming_callback(make):
    pieces = []
    client = make((200, {}, b"body"))
    await client.fetch("http://a.example/", hooks={}, streaming_callback=pieces.append)
    assert pieces == [b"body"]


async def test_a_failure(make):
    client = make((599, {}, ConnectionResetError("gone")), retries=0)
    with pytest.raises(ConnectionResetError, match="gone"):
        await client.fetch("http://a.example/")


async def test_a_client_that_never_answers():
    class Never(AsyncHTTPClient):
        def fetch_impl(self, request, callback):
            pass

    client = Never(force_instance=True)
    with pytest.raises(HTTPClientError, match="nothing received"):
        await client.fetch("http://a.example/", timeout={"read": 0.05})
    fetch = client.fetch("http://a.example/", hooks={})
    await asyncio.sleep(0)
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    client.close()


async def test_callbacks_are_given_the_final_response_only(wire, either):
    async def play(asked, peer):
        if asked.target == "/":
            return wire.ok(b"not this", "Location: /there", status="302 Found")
        return b"HTTP/1.1 100 Continue\r\n\r\n" + wire.ok(b"this", "A: b")

    lines, pieces = [], []
    async with wire.Origin(play) as origin:
        response = await either().fetch(
            f"{origin.url}/",
            hooks={},
            header_callback=lines.append,
            streaming_callback=pieces.append,
        )
        assert b"".join(pieces) == b"this"
        assert response.body == b""
        assert lines[0].startswith("HTTP/1.1 200")
        assert "A: b\r\n" in lines
        assert lines[-1] == "\r\n"


async def test_a_tunnels_head_is_not_the_responses(either, wire, tmp_path):
    """libcurl tells of a proxy's answer to CONNECT as well, unless told not to."""
    trustme = pytest.importorskip("trustme", reason="needs trustme")
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    ca_certs = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(ca_certs)

    async with wire.Origin(context=context) as origin:

        async def connect(asked, peer):
            return await tunnel(asked, peer, "200 Tunnel ready\r\nX-Proxy: yes")

        async with wire.Origin(connect) as proxy:
            client = either()
            seen = []
            async with client.stream(
                f"https://localhost:{origin.port}/",
                proxy=proxy.url,
                ca_certs=ca_certs,
                hooks={"response": lambda response: seen.append(response.reason)},
            ) as response:
                assert await response.read() == b"hello"
                assert "X-Proxy" not in response.headers
            assert seen == ["OK"]
