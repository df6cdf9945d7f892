"""Handlers that send elsewhere."""

import pytest

from zonda.web import FallbackHandler, RedirectHandler


@pytest.fixture
def redirect(serve):
    def redirect(pattern, path, **options):
        answer = serve([(pattern, RedirectHandler, options)]).ask(path)
        assert answer.status in (301, 302, 400)
        if answer.status == 400:
            return 400
        return answer.status, answer["Location"]

    return redirect


@pytest.mark.parametrize(
    ("pattern", "url", "path", "location"),
    [
        ("/r", "/new", "/r", "/new"),
        ("/r", "relative", "/r", "relative"),
        ("/r", "//cdn.example/x", "/r", "//cdn.example/x"),
        ("/r", "/new", "/r?a=1&a=2&b=%20x", "/new?a=1&a=2&b=+x"),
        ("/r", "/new?x=1", "/r?y=2", "/new?x=1&y=2"),
        ("/r", "/new", "/r?x", "/new?x="),
        ("/r/(.*)", "/{0}", "/r/x", "/x"),
        ("/r/(.*)", "/{0}", "/r/", "/"),
        ("/r/(.*?)/(.*?)/(.*)", "/{1}/{0}/{2}", "/r/a/b/c", "/b/a/c"),
        ("/r/(?P<x>.*)", "/p/{x}", "/r//z", "/p//z"),
        ("/r/(.*)/(x)?", "/{0}/{1}", "/r/a/", "/a/"),
        ("/r/(.*)", "https://a.example/{0}", "/r//x", "https://a.example//x"),
        ("/r/(.*)", "https://a.example/{0}", "/r/@evil", "https://a.example/@evil"),
        ("/r/(.*)", "https://a.example{0}", "/r//x", "https://a.example/x"),
        ("/r/(.*)", "//cdn.example/{0}", "/r/x", "//cdn.example/x"),
        ("/r/(.*)", "{0}", "/r/x", "x"),
        ("/r/(.*)", "{0}", "/r//x", "/x"),
        ("/r/(.*)", "/a{0}", "/r//x", "/a/x"),
        ("/r/(.*)", "/x#{0}", "/r/y", "/x#y"),
    ],
)
def test_there(redirect, pattern, url, path, location):
    assert redirect(pattern, path, url=url) == (301, location)


@pytest.mark.parametrize(
    ("pattern", "url", "path"),
    [
        ("/r/(.*)", "/{0}", "/r//evil.example"),
        ("/r/(.*)", "/{0}", "/r/%2fevil.example"),
        ("/r/(.*)", "/{0}", "/r/%5cevil.example"),
        ("/r/(.*)", "/{0}", "/r/%09/evil.example"),
        ("/r/(.*)", "/{0}", "/r/%0d%0aX:%20y"),
        ("/r/(.*)", "/{0}", "/r/%00"),
        ("/r/(.*)/(.*)/(.*)", "/{1}/{0}/{2}", "/r/a//evil.example"),
        ("/r/(.*)", "http://{0}.example/", "/r/evil"),
        ("/r/(.*)", "https://a.example{0}", "/r/x"),
        ("/r/(.*)", "https://a.example{0}", "/r/@evil.example"),
        ("/r/(.*)", "https://a.example{0}", "/r/.evil.example"),
        ("/r/(.*)", "https://a.example{0}", "/r/:80"),
        ("/r/(.*)", "https:{0}", "/r/evil.example"),
        ("/r/(.*)", "{0}", "/r/https://evil.example"),
        ("/r/(.*)", "{0}", "/r/https:evil.example"),
        ("/r/(.*)", "{0}", "/r/%20//evil.example"),
        ("/r/(.*)", "{0}", "/r/javascript:alert(1)"),
    ],
)
def test_but_not_to_another_site(redirect, pattern, url, path):
    assert redirect(pattern, path, url=url) == 400


def test_for_now_only(redirect):
    assert redirect("/r", "/r", url="/new", permanent=False) == (302, "/new")


def test_the_url_is_at_hand():
    handler = object.__new__(RedirectHandler)
    handler.initialize("/new")
    assert handler._url == "/new"


def test_only_get(serve):
    site = serve([("/r", RedirectHandler, {"url": "/new"})])
    assert site.ask("/r", "POST").status == 405


def test_fallback(serve):
    def hello(request):
        body = f"for {request.path}".encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        from zonda.httputil import HTTPHeaders, ResponseStartLine

        assert head
        headers = HTTPHeaders({"Content-Length": str(len(body))})
        request.connection.write_headers(ResponseStartLine("HTTP/1.1", 200, "OK"), headers, body)
        request.connection.finish()

    site = serve([("/.*", FallbackHandler, {"fallback": hello})])
    assert site.ask("/any").text == "for /any"
