"""`MockHTTPClient` as the configured client."""

import math

import pytest

from tests.wire import looped
from zonda.httpclient import AsyncHTTPClient, Retry
from zonda.simple_httpclient import HTTPTimeoutError
from zonda.testing.mock import MockAnswer, MockHTTP, MockHTTPClient, UnmatchedRequest


def test_there_must_be_a_mock():
    @looped
    async def make():
        MockHTTPClient(force_instance=True)

    with pytest.raises(TypeError, match="MockHTTPClient"):
        make()


@looped
async def test_it_can_be_configured():
    mock = MockHTTP()
    mock.get("/", body="mocked")
    saved = AsyncHTTPClient._save_configuration()
    AsyncHTTPClient.configure(MockHTTPClient, mock=mock, defaults={"user_agent": "me"})
    try:
        client = AsyncHTTPClient(force_instance=True)
        assert (await client.fetch("http://a.example/")).text == "mocked"
        assert mock.calls[0].headers["User-Agent"] == "me"
    finally:
        AsyncHTTPClient._restore_configuration(saved)
        mock.close()


@looped
async def test_max_clients_lets_fetches_wait():
    mock = MockHTTP()
    mock.get("/", chunks=[b"a", b"b"])
    client = MockHTTPClient(force_instance=True, mock=mock, max_clients=1)
    fetches = [client.fetch("http://a.example/") for _ in range(3)]
    assert len(client.queue) == 2
    assert [(await fetch).body for fetch in fetches] == [b"ab"] * 3
    mock.close()


# ---------------------------------------------------- what clients have besides Tornado's


def mocked(**options):
    mock = MockHTTP()
    return mock, MockHTTPClient(force_instance=True, mock=mock, **options)


@looped
async def test_retries_meet_one_answer_after_the_other():
    mock, client = mocked(retries=Retry(3, backoff=0.001))
    answers = [MockAnswer(503), MockAnswer(error=ConnectionResetError()), MockAnswer(body="ok")]
    mock.get("/", answers)
    assert (await client.fetch("http://a.example/")).text == "ok"
    assert len(mock.calls) == 3
    with pytest.raises(UnmatchedRequest):
        await client.fetch("http://a.example/other")
    assert len(mock.calls) == 4  # nothing will come of trying that again
    mock.close()


@looped
async def test_a_cookie_jar_is_filled_and_sends():
    mock, client = mocked(cookies=True)
    mock.post("/login", status=303, headers={"Location": "/me", "Set-Cookie": ["a=1", "b=2"]})
    mock.get("/me", where=lambda request: request.cookies["a"].value == "1", body="Ana")
    response = await client.fetch("http://a.example/login", method="POST", data={"name": "Ana"})
    assert response.text == "Ana"
    assert mock.calls[1].headers["Cookie"] == "a=1; b=2"
    mock.close()


@looped
async def test_streams_and_downloads(tmp_path):
    mock, client = mocked()
    mock.get("/lines", chunks=[b"one\ntw", b"o\n"])
    mock.get("/file", body=b"x" * 300_000, headers={"ETag": '"x"'})
    async with client.stream("http://a.example/lines") as response:
        assert [line async for line in response.iter_lines()] == ["one", "two"]
    await client.download("http://a.example/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"x" * 300_000
    mock.close()


@looped
async def test_hooks_and_limits_per_phase():
    seen = []
    mock, client = mocked(hooks={"response": lambda response: seen.append(response.code)})
    mock.get("/", delay=math.inf)
    mock.get("/now", status=204)
    await client.fetch("http://a.example/now")
    assert seen == [204]
    with pytest.raises(HTTPTimeoutError, match="nothing received"):
        await client.fetch("http://a.example/", timeout={"read": 0.02})
    mock.close()
