"""Routes, settings, logging."""

import pytest

from zonda import web
from zonda.routing import HostMatches, Rule
from zonda.testing import ExpectLog


class Says(web.RequestHandler):
    def initialize(self, text="default"):
        self.text = text

    def get(self, *args):
        self.write(self.text)


class TestRoutes:
    def test_the_first_match_counts(self, serve):
        site = serve(
            [
                (r"/a.*", Says, {"text": "pattern"}),
                (r"/ab", Says, {"text": "literal"}),
                web.url(r"/b", Says, {"text": "url"}, name="b"),
                Rule(HostMatches("other.example"), [("/c", Says, {"text": "host"})]),
                ("/c", Says),
                ("/nested/.*", [("/nested/x", Says, {"text": "inner"})]),
            ]
        )
        assert site.ask("/ab").text == "pattern"
        assert site.ask("/b").text == "url"
        assert site.ask("/c").text == "default"
        assert site.ask("/c", host="other.example").text == "host"
        assert site.ask("/nested/x").text == "inner"
        assert site.ask("/nested/y").status == 404

    def test_hosts(self, serve):
        site = serve([("/", Says)])
        site.application.add_handlers(r"(www\.)?one\.example", [("/", Says, {"text": "one"})])
        assert site.ask(host="www.one.example:80").text == "one"
        assert site.ask(host="two.example").text == "default"

    def test_reverse_url(self):
        application = web.Application([web.url(r"/u/([^/]+)/(\d+)", Says, name="user")])
        assert application.reverse_url("user", "a b", 5) == "/u/a%20b/5"
        with pytest.raises(KeyError):
            application.reverse_url("nobody")

    def test_another_application_as_target(self, serve):
        inner = web.Application([("/in/a", Says, {"text": "inner"})])
        site = serve([("/in/.*", inner), (".*", Says)])
        assert site.ask("/in/a").text == "inner"
        assert site.ask("/out").text == "default"

    def test_initialize_with_wrong_arguments(self, serve):
        site = serve([("/", Says, {"txt": "misspelt"}), ("/ok", Says)])
        with ExpectLog("tornado.application", ".*"):
            assert site.ask("/").status == 500
        assert site.ask("/ok").status == 200


class TestOverriding:
    def test_find_handler(self, serve):
        seen = []

        class Application(web.Application):
            def find_handler(self, request, **kwargs):
                seen.append(request.path)
                return super().find_handler(request, **kwargs)

        site = serve(Application([("/", Says)]))
        assert site.ask("/").text == "default"
        assert site.ask("/nobody").status == 404
        assert seen == ["/", "/nobody"]

    def test_streamed_bodies_through_delegates(self, serve):
        @web.stream_request_body
        class Takes(web.RequestHandler):
            def prepare(self):
                self.size = 0

            async def data_received(self, chunk):
                self.size += len(chunk)

            def post(self):
                self.write(str(self.size))

        class Application(web.Application):
            def find_handler(self, request, **kwargs):
                return super().find_handler(request, **kwargs)

        for kind in (web.Application, Application):
            answer = serve(kind([("/", Takes)])).ask("/", "POST", body=b"x" * 300_000)
            assert answer.text == "300000"


class TestLogging:
    def test_levels(self, serve):
        site = serve([("/", Says)])
        with ExpectLog("tornado.access", r"404 GET /x \(127\.0\.0\.1\) \d+\.\d\dms"):
            site.ask("/x")

    def test_log_function(self, serve):
        logged = []
        site = serve(
            [("/", Says)], log_function=lambda handler: logged.append(handler.get_status())
        )
        site.ask("/")
        site.ask("/x")
        assert logged == [200, 404]


def test_settings_of_debug():
    settings = web.Application([], debug=True, autoreload=False).settings
    assert settings["serve_traceback"] is True
    assert settings["compiled_template_cache"] is False
    assert settings["static_hash_cache"] is False
    assert settings["autoreload"] is False
