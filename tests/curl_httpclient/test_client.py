"""The client on libcurl, over real sockets."""

import asyncio
import gzip

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPClientError


async def test_responses(wire, curl_of):
    async def play(asked, peer):
        return wire.ok(b"body", "X-A: 1", "X-A: 2", status="201 Made")

    async with wire.Origin(play) as origin:
        client = curl_of()
        for _ in range(3):
            response = await client.fetch(origin.url + "/x?y")
        assert (response.code, response.reason, response.body) == (201, "Made", b"body")
        assert response.headers.get_list("X-A") == ["1", "2"]
        assert response.effective_url == origin.url + "/x?y"
        assert response.buffer.read() == b"body"
        assert 0 < response.time_info["starttransfer"] <= response.time_info["total"]
        assert origin.connections == 1
        assert origin.asked[0].target == "/x?y"
        assert origin.asked[0].all("Expect") == origin.asked[0].all("Pragma") == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_methods(wire, curl_of, method):
    body = b"content" if method in ("POST", "PUT", "PATCH") else None

    async def play(asked, peer):
        return wire.ok(b"" if method == "HEAD" else asked.method.encode())

    async with wire.Origin(play) as origin:
        response = await curl_of().fetch(origin.url, method=method, body=body)
        assert response.body == (b"" if method == "HEAD" else method.encode())
        assert origin.asked[0].body == (body or b"")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"method": "BREW"}, KeyError),
        ({"method": "POST"}, ValueError),
        ({"body": b"x"}, ValueError),
        ({"auth_username": "u", "auth_mode": "magic"}, ValueError),
        ({"ssl_options": {}}, ValueError),
        ({"method": "POST", "body_producer": print}, ValueError),
        ({"headers": {"X": "a\r\nb"}}, ValueError),
        ({"url": "file:///etc/passwd"}, HTTPClientError),
    ],
)
async def test_what_is_refused(wire, curl_of, options, error):
    async with wire.Origin() as origin:
        client = curl_of(max_clients=1)
        with pytest.raises(error):
            await client.fetch(options.pop("url", origin.url), **options)
        assert (await client.fetch(origin.url)).code == 200


async def test_nothing_leaks_into_the_next_request(wire, curl_of):
    async with wire.Origin() as origin:
        client = curl_of(max_clients=1)
        await client.fetch(
            origin.url,
            method="POST",
            body=b"secret",
            auth_username="u",
            auth_password="p",
            headers={"X-Secret": "s"},
            user_agent="mine",
            prepare_curl_callback=lambda curl: curl.setopt(curl.COOKIE, "a=b"),
        )
        await client.fetch(origin.url)
        first, second = origin.asked
        assert first["Authorization"].startswith("Basic ")
        assert first["Cookie"] == "a=b"
        assert second.method == "GET"
        assert [name for name, _ in second.fields] == [
            "Host",
            "User-Agent",
            "Accept",
            "Accept-Encoding",
        ]
        assert second["User-Agent"] != "mine"


async def test_redirects(wire, curl_of):
    async def play(asked, peer):
        if asked.target == "/there":
            return wire.ok(b"there", "X: there")
        return wire.ok(b"no", "X: here", "Location: /there", status="302 Found")

    async with wire.Origin(play) as origin:
        client = curl_of()
        response = await client.fetch(origin.url)
        assert (response.body, response.headers["X"]) == (b"there", "there")
        response = await client.fetch(origin.url, follow_redirects=False, raise_error=False)
        assert (response.code, response.body) == (302, b"no")


async def test_redirects_to_other_schemes(wire, curl_of):
    async def play(asked, peer):
        return wire.ok(b"", "Location: file:///etc/passwd", status="302 Found")

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError):
            await curl_of().fetch(origin.url)


async def test_gzip_and_its_limit(wire, curl_of):
    async def play(asked, peer):
        size = int(asked.target[1:])
        return wire.ok(gzip.compress(bytes(size)), "Content-Encoding: gzip")

    async with wire.Origin(play) as origin:
        client = curl_of(max_body_size=10**6)
        assert len((await client.fetch(origin.url + "/1000")).body) == 1000
        with pytest.raises(HTTPClientError, match="max_body_size"):
            await client.fetch(origin.url + "/10000000")


async def test_timeouts_and_places(wire, curl_of):
    async def play(asked, peer):
        if asked.target == "/":
            return wire.ok()
        await peer.closed()
        return None

    async with wire.Origin(play) as origin:
        client = curl_of(max_clients=1)
        slow = client.fetch(origin.url + "/slow", request_timeout=0.1)
        quick = client.fetch(origin.url)
        with pytest.raises(HTTPClientError, match="599"):
            await slow
        assert (await quick).code == 200
        assert (await quick).time_info["queue"] > 0.05


async def test_cancelled(wire, curl_of):
    begun = asyncio.Event()

    async def play(asked, peer):
        begun.set()
        await peer.closed()

    async with wire.Origin(play) as origin:
        client = curl_of(max_clients=1)
        future, waiting = client.fetch(origin.url), client.fetch(origin.url)
        waiting.cancel()
        await begun.wait()
        future.cancel()
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)
        assert origin.connections == 1


async def test_close_under_way(wire, curl_of):
    begun = asyncio.Event()

    async def play(asked, peer):
        begun.set()
        await peer.closed()

    async with wire.Origin(play) as origin:
        client = curl_of(max_clients=1)
        futures = [client.fetch(origin.url) for _ in range(2)]
        await begun.wait()
        client.close()
        client.close()
        for future in futures:
            with pytest.raises(HTTPClientError, match="closed"):
                await future
        await asyncio.wait_for(origin.peers[0].over.wait(), 10)


async def test_nobody_there(curl_of):
    from zonda.curl_httpclient import CurlError

    with pytest.raises(CurlError) as caught:
        await curl_of().fetch("http://127.0.0.1:1/")
    assert (caught.value.code, caught.value.errno) == (599, 7)


async def test_configured(wire):
    pytest.importorskip("pycurl", reason="needs pycurl")
    saved = AsyncHTTPClient._save_configuration()
    try:
        AsyncHTTPClient.configure("zonda.curl_httpclient.CurlAsyncHTTPClient", max_clients=3)
        client = AsyncHTTPClient(force_instance=True)
        assert (type(client).__name__, client.max_clients) == ("CurlAsyncHTTPClient", 3)
        async with wire.Origin() as origin:
            results = await asyncio.gather(*(client.fetch(origin.url) for _ in range(20)))
            assert [result.body for result in results] == [b"hello"] * 20
            assert origin.connections <= 3
        client.close()
    finally:
        AsyncHTTPClient._restore_configuration(saved)
