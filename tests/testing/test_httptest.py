"""`AsyncHTTPTestCase`, over TLS too, and `bind_unused_port`."""

import gc
import socket
import ssl
import unittest
import weakref

import pytest

from zonda.httpclient import AsyncHTTPClient, HTTPClientError
from zonda.testing import AsyncHTTPSTestCase, AsyncHTTPTestCase, bind_unused_port, gen_test
from zonda.web import Application, RequestHandler


class Hello(RequestHandler):
    def get(self):
        self.write(f"{self.request.protocol} {self.request.uri}")


class Base(AsyncHTTPTestCase):
    def get_app(self):
        return Application([("/hello.*", Hello)])


class SecureBase(AsyncHTTPSTestCase):
    def get_app(self):
        return Application([("/hello.*", Hello)])


def run(method, base=Base):
    """Run a test method in a case of its own, and return the case."""
    case = type("Case", (base,), {"test": method})("test")
    case.debug()
    return case


@pytest.mark.parametrize("base", [Base, SecureBase])
class TestFetch:
    def test_blocking(self, base):
        def method(self):
            response = self.fetch("/hello?x=1")
            assert response.code == 200
            assert response.body == f"{self.get_protocol()} /hello?x=1".encode()
            assert (
                self.get_url("/x") == f"{self.get_protocol()}://127.0.0.1:{self.get_http_port()}/x"
            )

        run(method, base)

    def test_in_a_coroutine(self, base):
        @gen_test
        async def method(self):
            response = await self.http_client.fetch(self.get_url("/hello"))
            assert response.body.endswith(b" /hello")

        run(method, base)

    def test_errors_are_raised_on_demand(self, base):
        def method(self):
            assert self.fetch("/nothing").code == 404
            with pytest.raises(HTTPClientError, match="404"):
                self.fetch("/nothing", raise_error=True)

        run(method, base)


def test_whole_urls():
    def method(self):
        sock, port = bind_unused_port()
        other = self.get_http_server()
        other.add_sockets([sock])
        for scheme in ("http", "HTTP"):
            assert self.fetch(f"{scheme}://127.0.0.1:{port}/hello").body == b"http /hello"
        other.stop()

    run(method)


def test_get_app_must_be_overridden():
    case = type("Case", (AsyncHTTPTestCase,), {"test": lambda self: None})("test")
    result = unittest.TestResult()
    case.run(result)
    assert "must override get_app" in result.errors[0][1]
    assert case.io_loop.asyncio_loop.is_closed()


def test_the_hooks():
    class Custom(Base):
        def get_http_client(self):
            return AsyncHTTPClient(force_instance=True)

        def get_httpserver_options(self):
            return {"xheaders": True}

    def method(self):
        response = self.fetch("/hello", headers={"X-Forwarded-Proto": "https"})
        assert response.body == b"https /hello"

    run(method, Custom)


def test_nothing_is_kept_after_the_test():
    references = []

    def method(self):
        references.append(weakref.ref(self._app))
        self.fetch("/hello")

    case = run(method)
    assert not hasattr(case, "_app")
    assert not hasattr(case, "http_server")
    gc.collect()
    assert references[0]() is None


class TestCertificate:
    def test_it_is_for_this_machine_and_valid(self):
        options = AsyncHTTPSTestCase.default_ssl_options()
        context = ssl.create_default_context(cafile=options["certfile"])
        server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server_context.load_cert_chain(**options)
        for name in ("localhost", "127.0.0.1", "::1"):
            client_in, client_out = ssl.MemoryBIO(), ssl.MemoryBIO()
            client = context.wrap_bio(client_in, client_out, server_hostname=name)
            server = server_context.wrap_bio(client_out, client_in, server_side=True)
            shake_hands(client, server)
            assert client.getpeercert()["subject"][0][0] == ("commonName", "localhost")

    def test_options_can_be_a_context(self):
        class Custom(SecureBase):
            def get_ssl_options(self):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(**self.default_ssl_options())
                return context

        def method(self):
            assert self.fetch("/hello").body == b"https /hello"

        run(method, Custom)


def shake_hands(client, server):
    for _ in range(5):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass


class TestBindUnusedPort:
    def test_it_listens(self):
        sock, port = bind_unused_port()
        with sock, socket.create_connection(("127.0.0.1", port), timeout=10):
            assert sock.getsockname() == ("127.0.0.1", port)
            assert not sock.getblocking()

    @pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="not on this system")
    def test_reuse_port(self):
        sock, port = bind_unused_port(reuse_port=True)
        with sock, socket.create_server(("127.0.0.1", port), reuse_port=True):
            pass

    def test_ipv6(self):
        try:
            sock, port = bind_unused_port(address="::1")
        except OSError:
            pytest.skip("no IPv6 here")
        with sock:
            assert sock.getsockname()[:2] == ("::1", port)
