"""`MockHTTP`: routes, calls, other servers, and what is missing."""

import asyncio
import math

import pytest

from tests.wire import looped, serving
from zonda.testing.mock import MockAnswer, MockHTTP, MockHTTPClient, UnmatchedRequest
from zonda.web import Application, RequestHandler

URL = "http://api.example/"


class Hello(RequestHandler):
    def get(self):
        self.write(f"real {self.request.protocol}")


def mocked(**options):
    mock = MockHTTP(**options)
    return mock, MockHTTPClient(force_instance=True, mock=mock)


@looped
async def test_every_method_has_its_route():
    mock, client = mocked()
    for method in ("get", "head", "post", "put", "patch", "delete", "options"):
        getattr(mock, method)(URL, headers={"X-Route": method})
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        body = b"" if method in ("POST", "PUT", "PATCH") else None
        response = await client.fetch(URL, method=method, body=body)
        assert response.headers["X-Route"] == method.lower()
    mock.any("/any")
    await client.fetch(URL + "any", method="DELETE")
    mock.check()
    mock.close()


def test_there_are_no_other_attributes():
    with pytest.raises(AttributeError, match="'MockHTTP' object has no attribute 'brew'"):
        MockHTTP().brew


@looped
async def test_the_newest_route_answers():
    mock, client = mocked()
    mock.get(URL, body="old")
    mock.get(URL, body="new", times=1)
    assert [(await client.fetch(URL)).text for _ in range(2)] == ["new", "old"]
    mock.close()


@looped
async def test_calls_are_requests():
    mock, client = mocked()
    route = mock.post(None, status=201)
    await client.fetch(
        "https://api.example/users?x=1",
        method="POST",
        data={"name": "Ana"},
        files={"photo": b"PNG"},
        cookies={"sid": "7"},
    )
    (call,) = mock.calls
    assert route.calls == [call]
    assert call.full_url() == "https://api.example/users?x=1"
    assert call.query_arguments == {"x": [b"1"]}
    assert call.body_arguments == {"name": [b"Ana"]}
    assert call.files["photo"][0].body == b"PNG"
    assert call.cookies["sid"].value == "7"
    mock.close()


@looped
async def test_a_request_without_a_route_fails_and_names_the_routes():
    mock, client = mocked()
    with pytest.raises(UnmatchedRequest, match=r"no route for GET http://api.example/; .* none"):
        await client.fetch(URL)
    mock.get("/elsewhere")
    with pytest.raises(UnmatchedRequest, match=r"(?s)no route for GET .*<GET /elsewhere>"):
        await client.fetch(URL, raise_error=False)
    with pytest.raises(UnmatchedRequest):
        mock.check()
    assert len(mock.unmatched) == 2
    mock.reset()
    mock.check()
    assert not mock.calls
    mock.close()


@looped
async def test_a_request_without_a_route_fails_on_a_kept_connection_too():
    mock, client = mocked()
    mock.get(URL, times=1)
    await client.fetch(URL)
    with pytest.raises(UnmatchedRequest):
        await client.fetch(URL)
    assert len(mock.calls) == 2  # it was not sent again
    mock.close()


@looped
async def test_routes_that_are_not_called_are_missed():
    mock, client = mocked()
    mock.get(URL, times=3)
    mock.get("/never")
    await client.fetch(URL)
    with pytest.raises(AssertionError, match=r"of 3 times>: 2 more\n  <GET /never>: 1 more"):
        mock.check()
    mock.assert_all_called = False
    mock.check()
    mock.close()


@looped
async def test_a_function_answers_or_fails():
    mock, client = mocked()
    mock.post("/plain", lambda request: MockAnswer(body=request.body[::-1]))

    async def slowly(request):
        await asyncio.sleep(0)
        return MockAnswer(202)

    mock.get("/async", slowly)
    mock.get("/wrong", lambda request: "text")
    mock.get("/broken", lambda request: 1 / 0)
    assert (await client.fetch(URL + "plain", method="POST", body="abc")).text == "cba"
    assert (await client.fetch(URL + "async")).code == 202
    with pytest.raises(TypeError, match="returned 'text', not a MockAnswer"):
        await client.fetch(URL + "wrong")
    with pytest.raises(ZeroDivisionError):
        await client.fetch(URL + "broken")
    mock.close()


def test_an_answer_or_its_fields():
    mock = MockHTTP()
    with pytest.raises(TypeError, match="not both"):
        mock.get(URL, MockAnswer(), status=200)
    with pytest.raises(ValueError, match="needs an answer"):
        mock.get(URL, [])


@looped
async def test_an_application_is_mounted_for_a_host():
    mock, client = mocked()
    mock.mount("https://users.internal", Application([("/", Hello)]))
    assert (await client.fetch("https://users.internal/")).body == b"real https"
    with pytest.raises(UnmatchedRequest):
        await client.fetch("http://users.internal/")
    assert [call.host for call in mock.calls] == ["users.internal"]
    mock.close()


@looped
@pytest.mark.parametrize("with_port", [False, True])
async def test_requests_to_some_hosts_pass_through(with_port):
    async with serving([("/", Hello)]) as served:
        host = f"127.0.0.1:{served.port}" if with_port else "127.0.0.1"
        mock, client = mocked(pass_through=[host])
        response = await client.fetch(f"http://127.0.0.1:{served.port}/")
        assert response.body == b"real http"
        assert not mock.calls
        with pytest.raises(UnmatchedRequest):
            await client.fetch(f"http://localhost:{served.port}/")
        mock.close()


@looped
async def test_the_url_is_that_of_the_fetch_whatever_host_is_sent():
    mock, client = mocked()
    mock.get(URL)
    await client.fetch(URL, headers={"Host": "other.example"})
    assert mock.calls[0].host == "other.example"
    mock.close()


@looped
async def test_proxies_are_passed_over():
    mock, client = mocked()
    mock.any("*://api.example/", body="here")
    for url in (URL, "https://api.example/"):
        response = await client.fetch(url, proxy_host="proxy.example", proxy_port=3128)
        assert response.text == "here"
    mock.close()


@looped
async def test_fetches_under_way_end_with_the_mock():
    mock, client = mocked()
    mock.get(URL, delay=math.inf)
    future = client.fetch(URL)
    while not mock.calls:
        await asyncio.sleep(0)
    mock.close()
    with pytest.raises(Exception, match="Stream closed"):
        await future
    with pytest.raises(RuntimeError, match="closed"):
        client.fetch(URL)
