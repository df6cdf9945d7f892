"""Connections that end in this process."""

import asyncio

import pytest

from tests.wire import looped
from zonda.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError
from zonda.testing.memory import MemoryClient, MemoryServer
from zonda.web import Application, RequestHandler, stream_request_body


class Echo(RequestHandler):
    def get(self):
        self.write(f"{self.request.full_url()} for {self.request.remote_ip}")

    def post(self):
        self.write(self.request.body)


class Stuck(RequestHandler):
    gone: asyncio.Event

    async def get(self):
        await self.gone.wait()

    def on_connection_close(self):
        self.gone.set()


@stream_request_body
class Upload(RequestHandler):
    def prepare(self):
        self.sizes = []

    async def data_received(self, chunk):
        self.sizes.append(len(chunk))
        await asyncio.sleep(0)

    def put(self):
        self.write({"size": sum(self.sizes), "pieces": len(self.sizes)})


def client_for(*routes, **options):
    server = MemoryServer(Application([*routes, ("/.*", Echo)]))
    return MemoryClient(force_instance=True, server=server, **options)


@looped
async def test_every_host_and_both_schemes_lead_to_the_server():
    client = client_for()
    response = await client.fetch("http://nowhere.invalid:81/a?b=c")
    assert response.body == b"http://nowhere.invalid:81/a?b=c for 127.0.0.1"
    response = await client.fetch("https://nowhere.invalid/")
    assert response.body == b"https://nowhere.invalid/ for 127.0.0.1"
    client.close()


@looped
async def test_connections_are_kept_by_origin():
    client = client_for()
    for _ in range(3):
        await client.fetch("http://a.invalid/")
    assert len(client.pool) == 1
    await client.fetch("http://b.invalid/")
    assert len(client.pool) == 2
    client.close()


@looped
async def test_bodies_larger_than_the_sockets_buffers_go_through():
    client = client_for()
    body = bytes(range(256)) * 20_000
    headers = {"Content-Type": "application/octet-stream"}
    response = await client.fetch("http://a.invalid/", method="POST", body=body, headers=headers)
    assert response.body == body
    client.close()


@looped
async def test_a_produced_body_is_streamed_into_a_handler():
    client = client_for(("/upload", Upload))

    async def produce(write):
        for _ in range(20):
            await write(b"x" * 100_000)

    response = await client.fetch(
        "http://a.invalid/upload", method="PUT", body_producer=produce, expect_100_continue=True
    )
    answer = response.json()
    assert answer["size"] == 2_000_000
    assert answer["pieces"] > 1
    client.close()


@looped
async def test_a_time_limit_ends_the_fetch_and_the_handler_learns_of_it():
    class Waiting(Stuck):
        gone = asyncio.Event()

    client = client_for(("/stuck", Waiting))
    with pytest.raises(HTTPTimeoutError, match="during request"):
        await client.fetch("http://a.invalid/stuck", request_timeout=0.01)
    await Waiting.gone.wait()
    client.close()


@looped
async def test_dropping_ends_the_fetches_under_way():
    class Waiting(Stuck):
        gone = asyncio.Event()

    client = client_for(("/stuck", Waiting))
    future = client.fetch("http://a.invalid/stuck")
    while not any(fetch.connection for fetch in client.active):
        await asyncio.sleep(0)
    client.drop()
    with pytest.raises(HTTPStreamClosedError):
        await future
    client.close()


@looped
async def test_a_closed_client_takes_the_servers_ends_along():
    client = client_for()
    await client.fetch("http://a.invalid/")
    (connection,) = client.pool._idle
    end = connection.stream.server_end
    client.close()
    assert end.closed()
