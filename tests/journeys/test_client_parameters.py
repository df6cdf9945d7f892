"""Every parameter of a request, of a client and of a response, as documented, seen on the wire.

The list is that of Tornado's documentation. The other side is a server that knows nothing of
HTTP but how to take a request apart; what a parameter promises is looked for there.
"""

import asyncio
import base64
import datetime
import gzip
import re
import socket
import ssl

import pytest
import trustme

from tests.simple_httpclient.conftest import Origin, ok
from tests.wire import looped
from zonda.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from zonda.httputil import HTTPHeaders
from zonda.iostream import UnsatisfiableReadError
from zonda.netutil import Resolver
from zonda.simple_httpclient import HTTPTimeoutError, SimpleAsyncHTTPClient
from zonda.testing import ExpectLog

EPOCH = datetime.datetime(2019, 7, 17, 19, 4, 32, tzinfo=datetime.UTC)


def simple(**options):
    return SimpleAsyncHTTPClient(force_instance=True, **options)


def curl(**options):
    pytest.importorskip("pycurl")
    from zonda.curl_httpclient import CurlAsyncHTTPClient

    return CurlAsyncHTTPClient(force_instance=True, **options)


both = pytest.mark.parametrize("make", [simple, curl])


async def wire(make, path="/", play=None, **parameters):
    """Fetch with these parameters; the request as it came, and the response."""
    async with Origin() as origin:
        if play is not None:
            origin.play = play
        client = make()
        response = await client.fetch(HTTPRequest(origin.url + path, **parameters))
        client.close()
        return origin.asked[-1], response


def playing(*answers):
    """A play that gives answers in turn."""
    left = list(answers)

    async def play(asked, peer):
        return left.pop(0)

    return play


# ------------------------------------------------------------------------ what is sent


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH"])
@both
@looped
async def test_method(make, method):
    body = b"" if method in ("POST", "PUT", "PATCH") else None
    asked, _ = await wire(make, method=method, body=body)
    assert asked.method == method


@both
@looped
async def test_headers(make):
    asked, _ = await wire(make, headers={"Cookie": "pass=sesame", "org": "plains"})
    assert asked["Cookie"] == "pass=sesame"
    assert asked["org"] == "plains"
    several = HTTPHeaders()
    several.add("X-Many", "one")
    several.add("X-Many", "two")
    asked, _ = await wire(make, headers=several)
    assert asked.all("X-Many") == ["one", "two"]


@pytest.mark.parametrize("body", [b"\x00\xff", "{'author': '阿根廷'}"], ids=["bytes", "str"])
@both
@looped
async def test_body(make, body):
    asked, _ = await wire(make, method="POST", body=body)
    assert asked.body == (body.encode() if isinstance(body, str) else body)
    assert int(asked["Content-Length"]) == len(asked.body)


@both
@looped
async def test_basic_authentication(make):
    asked, _ = await wire(make, auth_username="ana", auth_password="pampa:10")
    assert asked["Authorization"] == "Basic " + base64.b64encode(b"ana:pampa:10").decode()


@both
@looped
async def test_digest_authentication(make):
    challenge = 'WWW-Authenticate: Digest realm="a", nonce="n", qop="auth"'
    play = playing(ok(b"", challenge, status="401 Unauthorized"), ok())
    parameters = {"auth_username": "ana", "auth_password": "x", "auth_mode": "digest"}
    asked, response = await wire(make, play=play, **parameters)
    assert response.code == 200
    assert re.search(r'Digest .*username="ana"', asked["Authorization"])


@pytest.mark.parametrize("moment", [EPOCH, EPOCH.timestamp()], ids=["datetime", "seconds"])
@both
@looped
async def test_if_modified_since(make, moment):
    asked, _ = await wire(make, if_modified_since=moment)
    assert asked["If-Modified-Since"] == "Wed, 17 Jul 2019 19:04:32 GMT"


@both
@looped
async def test_user_agent(make):
    asked, _ = await wire(make, user_agent="Mozilla/5.0 (seed)")
    assert asked["User-Agent"] == "Mozilla/5.0 (seed)"


@pytest.mark.parametrize("name", ["decompress_response", "use_gzip"])
@both
@looped
async def test_decompress_response(make, name):
    packed = ok(gzip.compress(b"hello"), "Content-Encoding: gzip")
    asked, response = await wire(make, play=playing(packed))
    assert "gzip" in asked["Accept-Encoding"]
    assert response.body == b"hello"
    asked, response = await wire(make, play=playing(packed), **{name: False})
    assert not asked.all("Accept-Encoding")
    assert gzip.decompress(response.body) == b"hello"


@both
@looped
async def test_allow_nonstandard_methods(make):
    asked, _ = await wire(make, method="BREW", allow_nonstandard_methods=True)
    assert asked.method == "BREW"
    asked, _ = await wire(make, method="DELETE", body=b"x", allow_nonstandard_methods=True)
    assert (asked.method, asked.body) == ("DELETE", b"x")
    with pytest.raises(KeyError):
        await wire(make, method="BREW")
    with pytest.raises(ValueError, match="Body must"):
        await wire(make, method="DELETE", body=b"x")


@looped
async def test_body_producer():
    waited = []

    async def produce(write):
        for letter in (b"a", b"b", b"c"):
            future = write(letter * 100_000)
            assert hasattr(future, "__await__")
            await future
            waited.append(letter)

    parameters = {"method": "PUT", "body_producer": produce}
    asked, _ = await wire(simple, headers={"Content-Length": "300000"}, **parameters)
    assert asked["Content-Length"] == "300000"
    assert not asked.all("Transfer-Encoding")
    assert asked.body == b"a" * 100_000 + b"b" * 100_000 + b"c" * 100_000
    asked, _ = await wire(simple, **parameters)
    assert asked["Transfer-Encoding"] == "chunked"
    assert len(asked.body) == 300_000
    assert waited == [b"a", b"b", b"c"] * 2


@pytest.mark.parametrize("chunked", [False, True])
@looped
async def test_expect_100_continue_keeps_a_produced_body_back(chunked):
    produced = asyncio.Event()

    async def produce(write):
        produced.set()
        await write(b"the body")

    async def play(asked, peer):
        assert asked["Expect"] == "100-continue"
        assert not produced.is_set()
        assert not peer.reader._buffer
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await peer.read_body(asked)
        return ok(asked.body.upper())

    async with Origin(play, read_bodies=False) as origin:
        client = simple()
        response = await client.fetch(
            origin.url,
            method="POST",
            headers={} if chunked else {"Content-Length": "8"},
            body_producer=produce,
            expect_100_continue=True,
        )
        assert response.body == b"THE BODY"
        client.close()


@both
@looped
async def test_expect_100_continue_keeps_a_body_back(make):
    async def play(asked, peer):
        assert asked["Expect"] == "100-continue"
        assert not peer.reader._buffer
        await peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await peer.read_body(asked)
        return ok(asked.body.upper())

    async with Origin(play, read_bodies=False) as origin:
        client = make()
        response = await client.fetch(
            origin.url, method="POST", body=b"the body", expect_100_continue=True
        )
        assert response.body == b"THE BODY"
        client.close()


# ------------------------------------------------------------------- how to get there


@both
@looped
async def test_network_interface(make):
    async with Origin() as origin:
        client = make()
        await client.fetch(origin.url, network_interface="127.0.0.2")
        (peer,) = origin.peers
        assert peer.writer.get_extra_info("peername")[0] == "127.0.0.2"
        client.close()


@both
@looped
async def test_an_http_proxy(make):
    async with Origin() as proxy:
        client = make()
        response = await client.fetch(
            "http://far.invalid/path?q",
            proxy_host="127.0.0.1",
            proxy_port=proxy.port,
            proxy_username="me",
            proxy_password="secret",
        )
        (asked,) = proxy.asked
        assert asked.target == "http://far.invalid/path?q"
        assert asked["Host"] == "far.invalid"
        wanted = "Basic " + base64.b64encode(b"me:secret").decode()
        assert asked["Proxy-Authorization"] == wanted
        assert response.body == b"hello"
        client.close()


@both
@looped
async def test_an_https_request_through_a_proxy(make):
    async with Origin(playing(ok(status="403 No"))) as proxy:
        client = make()
        with pytest.raises(HTTPError) as caught:
            await client.fetch(
                "https://far.invalid/", proxy_host="127.0.0.1", proxy_port=proxy.port
            )
        assert caught.value.code == 599
        (asked,) = proxy.asked
        assert (asked.method, asked.target) == ("CONNECT", "far.invalid:443")
        client.close()


class TwoFamilies(Resolver):
    """Every name has an address of both families; says which were asked for."""

    @classmethod
    def configurable_base(cls):
        return TwoFamilies

    @classmethod
    def configurable_default(cls):
        return TwoFamilies

    def initialize(self):
        self.asked = []

    async def resolve(self, host, port, family=socket.AF_UNSPEC):
        self.asked.append((host, family))
        both = [(socket.AF_INET, ("127.0.0.1", port)), (socket.AF_INET6, ("::1", port, 0, 0))]
        return [pair for pair in both if family in (socket.AF_UNSPEC, pair[0])]


@looped
async def test_allow_ipv6_and_resolver():
    async with Origin() as origin:
        resolver = TwoFamilies()
        client = simple(resolver=resolver)
        url = f"http://anywhere.invalid:{origin.port}/"
        await client.fetch(url, allow_ipv6=False)
        await client.fetch(url)
        assert resolver.asked == [
            ("anywhere.invalid", socket.AF_INET),
            ("anywhere.invalid", socket.AF_UNSPEC),
        ]
        client.close()


@looped
async def test_allow_ipv6_with_curl():
    pycurl = pytest.importorskip("pycurl")
    try:
        origin = await Origin(host="::1").__aenter__()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")

    def resolve(handle):
        handle.setopt(pycurl.RESOLVE, [f"both.invalid:{origin.port}:[::1],127.0.0.1"])

    url = f"http://both.invalid:{origin.port}/"
    client = curl()
    assert (await client.fetch(url, prepare_curl_callback=resolve)).code == 200
    client.close()
    client = curl()  # the other one knows the way
    with pytest.raises(HTTPError):
        await client.fetch(url, prepare_curl_callback=resolve, allow_ipv6=False)
    client.close()
    await origin.__aexit__()


# ---------------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def certificates(authority, tmp_path):
    """Files: ours, the client's certificate and key."""
    ca = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(ca)
    issued = authority.issue_cert("client@zonda.example")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "client.crt")
    issued.private_key_pem.write_to_path(tmp_path / "client.key")
    return {"ca": str(ca), "crt": str(tmp_path / "client.crt"), "key": str(tmp_path / "client.key")}


def server_context(authority, ask=False):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    if ask:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


@both
@looped
async def test_validate_cert_and_ca_certs(make, authority, certificates):
    async with Origin(context=server_context(authority)) as origin:
        client = make()
        with pytest.raises((ssl.SSLCertVerificationError, HTTPError)):
            await client.fetch(origin.url)
        assert (await client.fetch(origin.url, validate_cert=False)).code == 200
        assert (await client.fetch(origin.url, ca_certs=certificates["ca"])).code == 200
        # Nothing of it is left for the next request.
        with pytest.raises((ssl.SSLCertVerificationError, HTTPError)):
            await client.fetch(origin.url)
        client.close()


@both
@looped
async def test_client_key_and_client_cert(make, authority, certificates):
    seen = []

    async def play(asked, peer):
        seen.append(peer.writer.get_extra_info("peercert")["subjectAltName"])
        return ok()

    async with Origin(play, context=server_context(authority, ask=True)) as origin:
        client = make()
        await client.fetch(
            origin.url,
            ca_certs=certificates["ca"],
            client_cert=certificates["crt"],
            client_key=certificates["key"],
        )
        assert seen == [(("email", "client@zonda.example"),)]
        with pytest.raises((OSError, HTTPError)):
            await client.fetch(origin.url, ca_certs=certificates["ca"])
        client.close()


@looped
async def test_ssl_options_stand_for_the_other_parameters(authority):
    versions = []

    async def play(asked, peer):
        versions.append(peer.writer.get_extra_info("ssl_object").version())
        return ok()

    context = ssl.create_default_context()
    authority.configure_trust(context)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with Origin(play, context=server_context(authority)) as origin:
        client = simple()
        await client.fetch(origin.url, ssl_options=context, validate_cert=True, ca_certs="/none")
        assert versions == ["TLSv1.2"]
        client.close()


# ---------------------------------------------------------------------------- time limits


@both
@looped
async def test_connect_timeout_is_for_the_handshake_too(make):
    async with Origin(read_bodies=False) as origin:  # it will never shake hands
        url = f"https://127.0.0.1:{origin.port}/"
        client = make()
        with pytest.raises(HTTPError) as caught:
            await client.fetch(url, connect_timeout=0.05, request_timeout=20)
        assert caught.value.code == 599
        assert caught.value.response is None
        client.close()


@both
@looped
async def test_request_timeout(make):
    async def play(asked, peer):
        await peer.closed()

    async with Origin(play) as origin:
        client = make()
        with pytest.raises(HTTPError) as caught:
            await client.fetch(origin.url, request_timeout=0.05)
        assert caught.value.code == 599
        client.close()


@looped
async def test_a_timeout_says_which_phase_failed_and_after_how_long():
    async def play(asked, peer):
        await peer.closed()

    async with Origin(play) as origin:
        client = simple(max_clients=1)
        first = client.fetch(origin.url, request_timeout=20)
        with pytest.raises(HTTPTimeoutError, match="Timeout in request queue") as caught:
            await client.fetch(origin.url, request_timeout=0.05)
        assert caught.value.elapsed >= 0.05
        first.cancel()
        client.close()


# ------------------------------------------------------------------------------ redirects


def going_on(asked, peer):
    step = int(asked.target[1:])

    async def answer():
        return ok(b"", f"Location: /{step + 1}", status="302 Found") if step < 3 else ok()

    return answer()


@both
@looped
async def test_follow_redirects(make):
    async with Origin(going_on) as origin:
        client = make()
        response = await client.fetch(origin.url + "/1")
        assert (response.code, response.effective_url) == (200, origin.url + "/3")
        assert [asked.target for asked in origin.asked] == ["/1", "/2", "/3"]
        with pytest.raises(HTTPError) as caught:
            await client.fetch(origin.url + "/1", follow_redirects=False)
        assert caught.value.code == 302
        assert caught.value.response.headers["Location"] == "/2"
        client.close()


@both
@looped
async def test_max_redirects(make):
    async with Origin(going_on) as origin:
        client = make()
        assert (await client.fetch(origin.url + "/1", max_redirects=2)).code == 200
        with pytest.raises(HTTPError):
            await client.fetch(origin.url + "/1", max_redirects=1)
        assert len(origin.asked) == 3 + 2
        client.close()


# ------------------------------------------------------------------------------ callbacks


@both
@looped
async def test_header_callback_and_streaming_callback(make):
    lines, pieces = [], []
    chunked = (
        b"HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n"
        b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    )
    _, response = await wire(
        make,
        play=playing(chunked),
        header_callback=lines.append,
        streaming_callback=pieces.append,
    )
    assert lines[0] == "HTTP/1.1 200 Fine\r\n"
    assert "X-A: 1\r\n" in lines
    assert lines[-1] == "\r\n"
    assert b"".join(pieces) == b"hello world"
    assert response.body == b""
    assert response.buffer is None or not response.buffer.read()


@looped
async def test_an_asynchronous_streaming_callback_holds_the_server_back():
    gate = asyncio.Event()
    sent = 0

    async def play(asked, peer):
        nonlocal sent
        size, piece = 200, b"x" * 100_000
        await peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size * len(piece)}\r\n\r\n".encode())
        for _ in range(size):
            await peer.send(piece)
            sent += 1
        return b""

    received = 0

    async def take(piece):
        nonlocal received
        await gate.wait()
        received += len(piece)

    async with Origin(play) as origin:
        client = simple()
        fetch = client.fetch(origin.url, streaming_callback=take)
        before = -1
        while sent != before:  # until the server is stuck
            before = sent
            await asyncio.sleep(0.05)
        assert sent < 200
        gate.set()
        await fetch
        assert received == 20_000_000
        client.close()


@looped
async def test_prepare_curl_callback():
    pycurl = pytest.importorskip("pycurl")

    def prepare(handle):
        assert isinstance(handle, pycurl.Curl)
        handle.setopt(pycurl.REFERER, "http://seed.example/")

    asked, _ = await wire(curl, prepare_curl_callback=prepare)
    assert asked["Referer"] == "http://seed.example/"


def test_prepare_curl_callback_is_not_for_the_simple_client():
    @looped
    async def fetch():
        with ExpectLog("tornado.general", "prepare_curl_callback"):
            await wire(simple, prepare_curl_callback=lambda handle: None)

    fetch()


# ----------------------------------------------------------------------------- responses

TIMES = ("queue", "namelookup", "connect", "appconnect", "pretransfer", "starttransfer", "total")


@both
@looped
async def test_the_attributes_of_a_response(make):
    async with Origin(playing(ok(b"hello", "X-A: 1", status="203 Sort Of"))) as origin:
        client = make()
        request = HTTPRequest(origin.url + "/path")
        response = await client.fetch(request)
        assert response.request is request
        assert (response.code, response.reason) == (203, "Sort Of")
        assert response.headers["X-A"] == "1"
        assert response.effective_url == origin.url + "/path"
        assert response.body == response.buffer.read() == b"hello"
        assert response.error is None
        response.rethrow()
        assert response.request_time > 0
        client.close()


@both
@looped
async def test_time_info_is_filled(make):
    async with Origin(going_on) as origin:
        client = make()
        info = (await client.fetch(origin.url + "/1")).time_info
        assert set(info) >= {*TIMES, "redirect"}
        assert info["redirect"] > 0
        assert info["queue"] >= 0
        assert 0 < info["pretransfer"] <= info["starttransfer"] <= info["total"]
        client.close()


@looped
async def test_time_info_tells_the_phases_of_a_new_connection(authority, certificates):
    async with Origin(context=server_context(authority)) as origin:
        client = simple()
        url = f"https://localhost:{origin.port}/"
        info = (await client.fetch(url, ca_certs=certificates["ca"])).time_info
        assert 0 < info["namelookup"] <= info["connect"] <= info["appconnect"]
        assert info["appconnect"] <= info["pretransfer"]
        info = (await client.fetch(url, ca_certs=certificates["ca"])).time_info
        assert (info["namelookup"], info["connect"], info["appconnect"]) == (0, 0, 0)
        client.close()


@looped
async def test_the_wait_for_a_place_is_the_queue_time():
    async def play(asked, peer):
        await asyncio.sleep(0.02)
        return ok()

    async with Origin(play) as origin:
        client = simple(max_clients=1)
        first, second = await asyncio.gather(client.fetch(origin.url), client.fetch(origin.url))
        assert first.time_info["queue"] < second.time_info["queue"]
        assert second.time_info["queue"] >= 0.02
        assert origin.connections == 1
        client.close()


@both
@looped
async def test_an_error_knows_its_response(make):
    async with Origin(playing(ok(b"gone", status="410 Gone"), ok(b"gone", status="410 Gone"))) as o:
        client = make()
        with pytest.raises(HTTPError) as caught:
            await client.fetch(o.url)
        assert (caught.value.code, caught.value.response.body) == (410, b"gone")
        assert str(caught.value) == "HTTP 410: Gone"
        response = await client.fetch(o.url, raise_error=False)
        assert response.error.code == 410
        with pytest.raises(HTTPError):
            response.rethrow()
        client.close()


# ------------------------------------------------------------------------------- clients


@looped
async def test_one_client_a_loop_unless_forced():
    assert AsyncHTTPClient() is AsyncHTTPClient()
    other = AsyncHTTPClient(force_instance=True)
    assert other is not AsyncHTTPClient()
    other.close()
    with pytest.raises(RuntimeError):
        other.fetch("http://localhost/")
    AsyncHTTPClient().close()


@looped
async def test_configure_and_defaults():
    saved = AsyncHTTPClient._save_configuration()
    try:
        AsyncHTTPClient.configure(
            "zonda.simple_httpclient.SimpleAsyncHTTPClient",
            max_clients=50,
            defaults={"user_agent": "MyUserAgent"},
        )
        client = AsyncHTTPClient()
        assert isinstance(client, SimpleAsyncHTTPClient)
        assert client.max_clients == 50
        async with Origin() as origin:
            await client.fetch(origin.url)
            await client.fetch(origin.url, user_agent="mine")
            assert [asked["User-Agent"] for asked in origin.asked] == ["MyUserAgent", "mine"]
        client.close()
    finally:
        AsyncHTTPClient._restore_configuration(saved)


@looped
async def test_max_clients():
    running = most = 0

    async def play(asked, peer):
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1
        return ok()

    async with Origin(play) as origin:
        client = simple(max_clients=3)
        await asyncio.gather(*(client.fetch(origin.url) for _ in range(12)))
        assert most == 3
        client.close()


@looped
async def test_hostname_mapping():
    async with Origin() as origin:
        client = simple(hostname_mapping={"api.invalid": "127.0.0.1"})
        await client.fetch(f"http://api.invalid:{origin.port}/")
        assert origin.asked[0]["Host"] == f"api.invalid:{origin.port}"
        client.close()


@pytest.mark.parametrize("option", ["max_buffer_size", "max_body_size"])
@looped
async def test_the_size_of_a_body_is_limited(option):
    async with Origin(playing(ok(b"x" * 1000), ok(b"x" * 1001))) as origin:
        client = simple(**{option: 1000})
        assert len((await client.fetch(origin.url)).body) == 1000
        with pytest.raises(HTTPError):
            await client.fetch(origin.url)
        client.close()


@looped
async def test_a_streamed_body_is_limited_by_max_body_size_alone():
    pieces = []
    async with Origin(playing(ok(b"x" * 100_000))) as origin:
        client = simple(max_buffer_size=1000, max_body_size=100_000)
        await client.fetch(origin.url, streaming_callback=pieces.append)
        assert sum(map(len, pieces)) == 100_000
        client.close()


@looped
async def test_max_header_size():
    async with Origin(playing(ok(b"", "X: " + "y" * 2000), ok(b"", "X: " + "y" * 2000))) as origin:
        client = simple(max_header_size=1000)
        with pytest.raises(UnsatisfiableReadError, match="max_header_size, 1000 bytes"):
            await client.fetch(origin.url)
        client.close()
        client = simple(max_header_size=4000)
        assert (await client.fetch(origin.url)).code == 200
        client.close()
