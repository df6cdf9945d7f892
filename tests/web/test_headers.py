"""Status and header fields."""

import datetime

import pytest

from zonda import web


class TestFields:
    def test_defaults(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                self.write("x")

        answer = serve([("/", Page)]).ask()
        assert answer["Server"].startswith("Zonda/")
        assert answer["Content-Type"] == "text/html; charset=UTF-8"
        assert answer["Date"].endswith(" GMT")

    def test_set_add_and_clear(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                self.set_header("X-One", "1")
                self.set_header("x-one", 2)
                self.add_header("X-Many", b"a")
                self.add_header("X-Many", "b")
                self.set_header("X-When", datetime.datetime(2026, 11, 21, 1, 2, 3))
                self.set_header("X-Gone", "x")
                self.clear_header("X-Gone")
                self.clear_header("X-Never-There")
                self.set_header("Content-Type", "text/plain")

        answer = serve([("/", Page)]).ask()
        assert answer["X-One"] == "2"
        assert answer.all("X-Many") == ["a", "b"]
        assert answer["X-When"] == "Sat, 21 Nov 2026 01:02:03 GMT"
        assert "X-Gone" not in answer
        assert answer["Content-Type"] == "text/plain"

    def test_default_headers_hook_is_on_error_pages_too(self, serve):
        class Page(web.RequestHandler):
            def set_default_headers(self):
                self.set_header("X-Frame-Options", "DENY")

            def get(self):
                self.set_header("X-Lost", "1")
                raise web.HTTPError(418)

        answer = serve([("/", Page)]).ask()
        assert answer.status == 418
        assert answer["X-Frame-Options"] == "DENY"
        assert "X-Lost" not in answer

    @pytest.mark.parametrize("value", ["a\r\nX: y", "a\nb", "a\0b", "a\x7fb", "\u20ac", b"a\r\n"])
    def test_what_cannot_be_sent_is_refused_at_the_call(self, serve, value):
        caught = []

        class Page(web.RequestHandler):
            def get(self):
                try:
                    self.set_header("X", value)
                except ValueError as error:
                    caught.append(str(error))
                self.write("fine")

        answer = serve([("/", Page)]).ask()
        assert answer.status == 200
        assert "X" not in answer
        assert len(caught) == 1

    def test_other_types_are_refused(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                with pytest.raises(TypeError):
                    self.set_header("X", None)
                with pytest.raises(TypeError):
                    self.set_header("X", [1])

        assert serve([("/", Page)]).ask().status == 200

    def test_bad_names_do_not_reach_the_wire(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                self.set_header("X Y", "1")

        answer = serve([("/", Page)]).ask()
        assert answer.status == 500
        assert "X Y" not in answer


class TestStatus:
    def test_reason_phrases(self, serve):
        class Page(web.RequestHandler):
            def get(self, code):
                self.set_status(int(code), self.get_argument("reason", None))
                assert self.get_status() == int(code)

        site = serve([("/([0-9]+)", Page)])
        for path, line in [
            ("/201", b"HTTP/1.1 201 Created\r\n"),
            ("/299", b"HTTP/1.1 299 Unknown\r\n"),
            ("/299?reason=As+Usual", b"HTTP/1.1 299 As Usual\r\n"),
        ]:
            request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            assert site.exchange(request.encode()).startswith(line)

    def test_a_reason_cannot_inject_fields(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                self.set_status(200, "OK\r\nSet-Cookie: a=b")

        request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = serve([("/", Page)]).exchange(request)
        assert answer.startswith(b"HTTP/1.1 200 Unknown\r\n")
        assert b"Set-Cookie" not in answer
