"""Errors that handlers raise, and the pages that answer them."""

import pytest

from zonda import web
from zonda.testing import ExpectLog


class Raises(web.RequestHandler):
    def get(self, what):
        raise {
            "404": lambda: web.HTTPError(404),
            "log": lambda: web.HTTPError(403, "for %s eyes", "her"),
            "percent": lambda: web.HTTPError(400, "100%"),
            "reason": lambda: web.HTTPError(499, reason="Client & gone"),
            "crash": lambda: ZeroDivisionError("secret"),
            "finish": lambda: web.Finish("end"),
            "argument": lambda: web.MissingArgumentError("q"),
        }[what]()


@pytest.fixture
def site(serve):
    return serve([("/(.*)", Raises)])


class TestPages:
    def test_status_and_page(self, site):
        answer = site.ask("/404")
        assert answer.status == 404
        assert answer.text.count("404: Not Found") == 2

    def test_nothing_private_is_shown(self, site):
        with ExpectLog("tornado.application", "Uncaught exception GET /crash"):
            answer = site.ask("/crash")
        assert answer.status == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text

    def test_messages_go_to_the_log_only(self, site):
        with ExpectLog("tornado.general", "403 GET /log .*: for her eyes"):
            answer = site.ask("/log")
        assert "her" not in answer.text

    def test_a_percent_sign_without_arguments(self, site):
        with ExpectLog("tornado.general", "400 GET /percent .*: 100%"):
            assert site.ask("/percent").status == 400

    def test_a_reason_of_ones_own_is_escaped(self, site):
        answer = site.ask("/reason")
        assert answer.status == 499
        assert "Client &amp; gone" in answer.text

    def test_finish(self, site):
        answer = site.ask("/finish")
        assert (answer.status, answer.body) == (200, b"end")

    def test_missing_arguments(self, site):
        with ExpectLog("tornado.general", "400 GET /argument .*: Missing argument q"):
            assert site.ask("/argument").status == 400

    def test_unknown_routes(self, serve):
        class NotFound(web.RequestHandler):
            def prepare(self):
                self.set_status(404)
                self.finish("nothing here")

        assert serve([]).ask("/x").status == 404
        answer = serve([], default_handler_class=NotFound).ask("/x")
        assert (answer.status, answer.body) == (404, b"nothing here")

    def test_serve_traceback(self, serve):
        site = serve([("/(.*)", Raises)], serve_traceback=True)
        with ExpectLog("tornado.application", "Uncaught exception"):
            answer = site.ask("/crash")
        assert answer["Content-Type"] == "text/plain"
        assert "ZeroDivisionError: secret" in answer.text


class TestHooks:
    def test_write_error(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                raise web.HTTPError(410)

            def write_error(self, status_code, **kwargs):
                self.write(f"{status_code} {kwargs['exc_info'][0].__name__}")

        assert serve([("/", Page)]).ask().body == b"410 HTTPError"

    def test_write_error_that_fails(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                raise web.HTTPError(410)

            def write_error(self, status_code, **kwargs):
                raise ValueError

        with ExpectLog("tornado.application", ".*write_error"):
            answer = serve([("/", Page)]).ask()
        assert (answer.status, answer.body) == (410, b"")

    def test_log_exception(self, serve):
        logged = []

        class Page(web.RequestHandler):
            def get(self):
                raise KeyError("k")

            def log_exception(self, typ, value, tb):
                logged.append((typ, tb is not None))

        assert serve([("/", Page)]).ask().status == 500
        assert logged == [(KeyError, True)]

    def test_send_error_by_hand(self, serve):
        class Page(web.RequestHandler):
            def get(self):
                self.write("lost")
                self.send_error(402, reason="Pay")

        answer = serve([("/", Page)]).ask()
        assert answer.status == 402
        assert "402: Pay" in answer.text

    def test_an_error_behind_the_beginning_closes_the_connection(self, serve):
        class Page(web.RequestHandler):
            async def get(self):
                self.write("begun")
                await self.flush()
                raise ValueError

        with (
            ExpectLog("tornado.application", "Uncaught exception"),
            ExpectLog("tornado.general", "Cannot send"),
        ):
            request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            data = serve([("/", Page)]).exchange(request)
        assert data.endswith(b"5\r\nbegun\r\n")  # without the last chunk: not complete

    def test_what_was_sent_before_the_error_arrives(self, serve, caplog):
        class Page(web.RequestHandler):
            async def get(self):
                self.write("beginning")
                await self.flush()
                raise KeyError("too late")

        class Whole(web.RequestHandler):
            def get(self):
                self.write("whole")

        site = serve([("/", Page), ("/whole", Whole)])
        requests = b"GET /whole HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"
        for _ in range(2):  # the second finds everything imported, and answers sooner
            answers = site.exchange(requests)
            assert b"\r\n\r\nwholeHTTP/1.1 200 OK\r\n" in answers
            assert answers.endswith(b"\r\n\r\n9\r\nbeginning\r\n")
        assert "Cannot send error response" in caplog.text


class TestHTTPError:
    def test_text(self):
        assert str(web.HTTPError(404)) == "HTTP 404: Not Found"
        assert str(web.HTTPError(400, "no %s", "way")) == "HTTP 400: Bad Request (no way)"
        assert str(web.HTTPError(499, reason="Odd")) == "HTTP 499: Odd"
        assert str(web.HTTPError(777)) == "HTTP 777: Unknown"

    def test_log_message(self):
        assert web.HTTPError(400, "100%").log_message == "100%%"
        assert web.HTTPError(400, "100%").get_message() == "100%"
        assert web.HTTPError(400, "%d%%", 5).get_message() == "5%"
        assert web.HTTPError(400).get_message() is None
