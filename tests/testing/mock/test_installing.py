"""`mock_http`: before, meanwhile and afterwards."""

import asyncio

import pytest

from tests.wire import looped
from zonda.httpclient import AsyncHTTPClient, HTTPClient
from zonda.simple_httpclient import SimpleAsyncHTTPClient
from zonda.testing.mock import MockHTTPClient, UnmatchedRequest, mock_http

URL = "http://api.example/"


class Other(SimpleAsyncHTTPClient):
    """A client of somebody else."""

    def initialize(self, colour=None, **kwargs):
        super().initialize(**kwargs)


@looped
async def test_the_shared_client_is_replaced_and_comes_back():
    before = AsyncHTTPClient()
    with mock_http() as mock:
        mock.get(URL, body="mocked")
        assert AsyncHTTPClient() is not before
        assert AsyncHTTPClient() is AsyncHTTPClient()
        assert (await AsyncHTTPClient().fetch(URL)).text == "mocked"
    assert AsyncHTTPClient() is before
    assert AsyncHTTPClient.configured_class() is SimpleAsyncHTTPClient
    before.close()


@looped
async def test_clients_with_a_memory_of_their_own_are_mocked_too():
    with mock_http() as mock:
        mock.get(URL, headers={"Set-Cookie": "a=1"})
        client = AsyncHTTPClient(cookies=True)
        for _ in range(2):
            await client.fetch(URL)
        assert mock.calls[1].headers["Cookie"] == "a=1"


def test_the_blocking_client_is_replaced_too():
    with mock_http() as mock:
        mock.get(URL, body="mocked")
        client = HTTPClient()
        assert client.fetch(URL).text == "mocked"
        client.close()


def test_it_may_go_around_whole_programs():
    async def program():
        return (await AsyncHTTPClient().fetch(URL)).text

    with mock_http() as mock:
        mock.get(URL, body="mocked")
        assert [asyncio.run(program()) for _ in range(2)] == ["mocked"] * 2


@looped
async def test_configured_options_stay():
    saved = AsyncHTTPClient._save_configuration()
    try:
        AsyncHTTPClient.configure(None, max_clients=3, max_body_size=10)
        with mock_http(defaults={"user_agent": "me"}):
            client = AsyncHTTPClient()
            assert (client.max_clients, client.max_body_size) == (3, 10)
            assert client.defaults["user_agent"] == "me"
        AsyncHTTPClient.configure(Other, max_clients=3, colour="red")
        with mock_http():
            assert isinstance(AsyncHTTPClient(), MockHTTPClient)
            assert AsyncHTTPClient().max_clients == 3
        assert AsyncHTTPClient.configured_class() is Other
    finally:
        AsyncHTTPClient._restore_configuration(saved)


@looped
async def test_what_was_expected_must_come():
    with pytest.raises(AssertionError, match="did not come"), mock_http() as mock:
        mock.get(URL)
    with mock_http(assert_all_called=False) as mock:
        mock.get(URL)


@looped
async def test_a_swallowed_complaint_comes_up_at_the_end():
    mocking = mock_http(assert_all_called=False)
    mocking.__enter__()
    await asyncio.gather(AsyncHTTPClient().fetch(URL), return_exceptions=True)
    with pytest.raises(UnmatchedRequest):
        mocking.__exit__(None, None, None)


@looped
async def test_an_error_in_the_block_is_not_hidden():
    mocking = mock_http()
    mocking.__enter__().get(URL)
    error = KeyError("mine")
    assert not mocking.__exit__(KeyError, error, None)
    assert AsyncHTTPClient.configured_class() is SimpleAsyncHTTPClient
