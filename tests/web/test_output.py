"""Content, entity tags and the end of the response."""

import asyncio
import hashlib
import json

import pytest

from zonda import web


def handler(method):
    """A handler class whose ``get`` is a function."""
    return type("Page", (web.RequestHandler,), {"get": method})


class TestContent:
    def test_str_bytes_and_pieces(self, serve):
        def get(self):
            self.write("é")
            self.write(b"\xff")
            self.finish("!")

        assert serve([("/", handler(get))]).ask().body == "é".encode() + b"\xff!"

    def test_dicts_are_json(self, serve):
        answer = serve([("/", handler(lambda self: self.write({"a": ["</script>", None]})))]).ask()
        assert answer["Content-Type"] == "application/json; charset=UTF-8"
        assert json.loads(answer.body) == {"a": ["</script>", None]}
        assert b"</" not in answer.body

    @pytest.mark.parametrize("value", [[1], 5, None, bytearray(b"x")])
    def test_other_types_are_refused(self, serve, value):
        def get(self):
            with pytest.raises(TypeError, match="only accepts"):
                self.write(value)

        assert serve([("/", handler(get))]).ask().status == 200

    def test_not_after_the_end(self, serve):
        def get(self):
            self.finish("x")
            with pytest.raises(RuntimeError):
                self.write("y")
            with pytest.raises(RuntimeError):
                self.finish()

        assert serve([("/", handler(get))]).ask().body == b"x"

    def test_large_content(self, serve):
        content = bytes(range(256)) * 20_000
        answer = serve([("/", handler(lambda self: self.write(content)))]).ask()
        assert answer.body == content
        assert answer["Content-Length"] == str(len(content))

    def test_flush_streams(self, serve):
        async def get(self):
            for piece in ("a", "b", "c"):
                self.write(piece)
                await self.flush()
            self.write("d")

        answer = serve([("/", handler(get))]).ask()
        assert answer["Transfer-Encoding"] == "chunked"
        assert "Content-Length" not in answer
        assert "Etag" not in answer
        assert answer.body == b"abcd"

    def test_a_declared_length_is_kept(self, serve):
        async def get(self):
            self.set_header("Content-Length", "2")
            self.write("a")
            await self.flush()
            self.write("b")

        answer = serve([("/", handler(get))]).ask()
        assert answer["Content-Length"] == "2"
        assert "Transfer-Encoding" not in answer
        assert answer.body == b"ab"

    def test_head_counts_what_it_leaves_out(self, serve):
        page = handler(lambda self: self.write("hello"))
        page.head = page.get
        answer = serve([("/", page)]).ask(method="HEAD")
        assert answer["Content-Length"] == "5"
        assert answer.body == b""

    def test_no_content(self, serve):
        answer = serve([("/", handler(lambda self: self.set_status(204)))]).ask()
        assert answer.status == 204
        assert "Content-Length" not in answer
        assert "Content-Type" not in answer

    def test_content_where_none_may_be(self, serve):
        def get(self):
            self.set_status(204)
            self.write("x")

        assert serve([("/", handler(get))]).ask().status == 500

    def test_connection_close(self, serve):
        page = handler(lambda self: self.set_header("Connection", "close"))
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        assert b"Connection: close" in serve([("/", page)]).exchange(request)  # and ends


class TestRedirects:
    @pytest.mark.parametrize(
        ("arguments", "status"), [((), 302), ((True,), 301), ((False, 307), 307)]
    )
    def test_status_and_location(self, serve, arguments, status):
        page = handler(lambda self: self.redirect("/é?a=b", *arguments))
        answer = serve([("/", page)]).ask()
        assert answer.status == status
        assert answer["Location"].encode("latin-1").decode() == "/é?a=b"

    @pytest.mark.parametrize("status", [200, 404])
    def test_other_statuses_are_refused(self, serve, status):
        page = handler(lambda self: self.redirect("/", status=status))
        assert serve([("/", page)]).ask().status == 500

    def test_injection(self, serve):
        page = handler(lambda self: self.redirect("/a\r\nX: y"))
        answer = serve([("/", page)]).ask()
        assert answer.status == 500
        assert "X" not in answer


class TestEntityTags:
    def test_the_tag_is_a_hash_of_the_content(self, serve):
        for write in ("hello", {"a": 1}):  # the plain way out, and the general one
            answer = serve([("/", handler(lambda self, w=write: self.write(w)))]).ask()
            assert answer["Etag"] == f'"{hashlib.sha1(answer.body).hexdigest()}"'

    @pytest.mark.parametrize(
        ("if_none_match", "matches"),
        [
            ("{}", True),
            ("W/{}", True),
            ('"x", {}', True),
            ("*", True),
            ('"x", *', True),
            ('"x"', False),
            ("", False),
        ],
    )
    def test_if_none_match(self, serve, if_none_match, matches):
        site = serve([("/", handler(lambda self: self.write("hello")))])
        tag = site.ask()["Etag"]
        answer = site.ask(headers={"If-None-Match": if_none_match.format(tag)})
        if matches:
            assert answer.status == 304
            assert answer.body == b""
            assert answer["Etag"] == tag
            assert "Content-Type" not in answer
        else:
            assert answer.body == b"hello"

    def test_304_keeps_the_length_that_the_handler_gave(self, serve):
        def get(self):
            self.set_header("Content-Length", "5")
            if self.get_argument("early", None):
                self.set_status(304)
            else:
                self.write("hello")

        site = serve([("/", handler(get))])
        tag = site.ask()["Etag"]
        for answer in (site.ask("/?early=1"), site.ask(headers={"If-None-Match": tag})):
            assert (answer.status, answer.body, answer["Content-Length"]) == (304, b"", "5")
        assert site.ask().body == b"hello"

    def test_a_tag_of_ones_own_and_none_at_all(self, serve):
        class Own(web.RequestHandler):
            def compute_etag(self):
                return self.get_argument("tag", None)

            def get(self):
                self.write("x")

        site = serve([("/", Own)])
        assert site.ask('/?tag="7"')["Etag"] == '"7"'
        assert "Etag" not in site.ask("/")

    def test_only_for_successful_gets(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                self.set_status(201)
                self.write("x")

            def post(self):
                self.write("x")

        site = serve([("/", Page)])
        assert "Etag" not in site.ask()
        assert "Etag" not in site.ask(method="POST")


class TestEndings:
    def test_finish_and_flush_can_be_awaited(self, serve):
        async def get(self):
            self.write("a")
            assert await self.flush() is None
            assert await self.finish("b") is None

        assert serve([("/", handler(get))]).ask().body == b"ab"

    def test_on_finish_comes_behind_the_end(self, serve):
        seen = []

        class Page(web.RequestHandler):
            def get(self):
                self.write("x")

            def on_finish(self):
                seen.append(self._finished)

        assert serve([("/", Page)]).ask().status == 200
        assert seen == [True]

    def test_detach(self, serve):
        async def get(self):
            stream = self.detach()
            await stream.write(b"raw")
            stream.close()
            await asyncio.sleep(0)

        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        assert serve([("/", handler(get))]).exchange(request) == b"raw"
