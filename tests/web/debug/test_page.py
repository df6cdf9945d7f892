"""The page that programmers see, and what it does not show them."""

import logging
import re
from html import unescape

import pytest

from zonda import web

# Out of sight of the code that fails: a page shows the lines around it.
HIDDEN = ("local-variable", "written-out", "a-literal")

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Raises(web.RequestHandler):
    def get(self, name):
        unusual_local = f"<b>{name}</b>"
        raise ZeroDivisionError(f"<script>alert(1)</script> {len(unusual_local)}")

    def post(self, name):
        raise KeyError(name)


@pytest.fixture(autouse=True)
def _quiet(caplog):
    caplog.set_level(logging.CRITICAL, "tornado.application")


@pytest.fixture
def development(serve):
    return serve([("/(.*)", Raises)], debug=True, autoreload=False, cookie_secret="Zn-secret")


def text_of(answer):
    assert answer["Content-Type"] == "text/html; charset=UTF-8"
    return unescape(re.sub("<[^>]*>", "", answer.text.partition("</style>")[2]))


def test_what_is_on_it(development):
    answer = development.ask("/x?q=7", headers={**BROWSER, "X-Field": "shown"})
    text = text_of(answer)
    assert answer.status == 500
    for piece in (
        "ZeroDivisionError",
        "<script>alert(1)</script> 8",
        'raise ZeroDivisionError(f"<script>',  # the code
        "unusual_local",  # a variable
        "'<b>x</b>'",
        "GET /x?q=7",
        "X-Field",
        "shown",
        "Arguments in the URL",
        "Traceback (most recent call last)",
        f"{__name__}.Raises",
    ):
        assert piece in text, piece
    assert answer["Cache-Control"] == "no-store"


def test_everything_is_escaped(development):
    page = development.ask("/<i>?<i>=<i>", headers={**BROWSER, "X-<i>": "<i>", "X-F": "<i>"}).text
    assert not re.search("<script|<b>x|<i>[^0-9]", page)


def test_programs_get_text(development):
    for headers in (
        {},
        {"Accept": "*/*"},
        {"Accept": "application/json"},
        {"Accept": "text/plain"},
    ):
        answer = development.ask("/x", headers=headers)
        assert answer["Content-Type"] == "text/plain"
        assert answer.text.startswith("Traceback")
    answer = development.ask("/x", headers={**BROWSER, "X-Requested-With": "XMLHttpRequest"})
    assert answer["Content-Type"] == "text/plain"


def test_only_in_debug_mode(serve):
    assert "Error</body>" in serve([("/(.*)", Raises)]).ask("/x", headers=BROWSER).text
    site = serve([("/(.*)", Raises)], serve_traceback=True)
    assert site.ask("/x", headers=BROWSER)["Content-Type"] == "text/plain"
    site = serve([("/(.*)", Raises)], debug=True, autoreload=False, serve_traceback=False)
    assert "Error</body>" in site.ask("/x", headers=BROWSER).text


def test_write_error_of_the_program_comes_first(serve):
    class Own(Raises):
        def write_error(self, status_code, **kwargs):
            self.write(f"own {status_code} {kwargs['exc_info'][0].__name__}")

    site = serve([("/(.*)", Own)], debug=True, autoreload=False)
    assert site.ask("/x", headers=BROWSER).text == "own 500 ZeroDivisionError"


def test_secrets_are_not_on_it(development):
    answer = development.ask(
        "/x?token=in-the-url&q=seen",
        "POST",
        {
            **BROWSER,
            "Cookie": "sid=in-a-cookie; other=second-cookie",
            "Authorization": "Bearer in-a-header",
            "Content-Type": "application/x-www-form-urlencoded",
        },
        b"password=in+the+form&plain=also-seen",
    )
    text = text_of(answer)
    assert "seen" in text
    assert "also-seen" in text
    for secret in (
        "in-the-url",
        "in-a-cookie",
        "second-cookie",
        "in-a-header",
        "in the form",
        "Zn-secret",
    ):
        assert secret not in text, secret


def test_secrets_of_the_program_are_not_on_it(serve):
    class Config:
        def __repr__(self):
            return "Config(db_password='written-out')"

    class Leaky(web.RequestHandler):
        def get(self):
            api_key = "-".join(["local", "variable"])
            nested = {"a": [{"Secret-Thing": "-".join(["deep", "inside"])}]}
            copy, config = f"<{api_key}>", Config()
            password = "a-literal"
            raise ValueError(copy, nested, config, password)

    site = serve([("/", Leaky)], debug=True, autoreload=False)
    text = text_of(site.ask("/", headers=BROWSER))
    assert "Config(db_password=" in text
    for secret in HIDDEN:
        assert secret not in text, secret
    assert "deep-inside" not in text.partition("Where it was raised")[2].partition("For a bug")[0]


def test_causes_are_told(serve):
    class Chain(web.RequestHandler):
        def get(self):
            try:
                raise KeyError("first")
            except KeyError as error:
                raise ExceptionGroup("both", [OSError("second")]) from error

    text = text_of(serve([("/", Chain)], debug=True, autoreload=False).ask("/", headers=BROWSER))
    assert "One of the exceptions in the group:" in text
    assert "OSError: second" in text
    assert "It was raised because of:" in text
    assert "KeyError: 'first'" in text


def test_a_recursion_without_end(serve):
    class Deep(web.RequestHandler):
        def get(self):
            self.get()

    site = serve([("/", Deep)], debug=True, autoreload=False)
    answer = site.ask("/", headers=BROWSER)
    assert "more calls are left out here" in answer.text
    assert len(answer.body) < 500_000


def test_objects_that_do_not_want_to_be_shown(serve):
    class Shy:
        def __repr__(self):
            raise RuntimeError

    class Rude(Exception):
        def __str__(self):
            raise RuntimeError

    class Page(web.RequestHandler):
        def get(self):
            shy, large, number = Shy(), ["x" * 1_000_000] * 100, 10**9000
            raise Rude(shy, large, number)

    site = serve([("/", Page)], debug=True, autoreload=False)
    answer = site.ask("/", headers=BROWSER)
    text = text_of(answer)
    assert "<Shy object whose repr() raises RuntimeError>" in text
    assert "<str() of it raises RuntimeError>" in text
    assert "<int of 29898 bits>" in text
    assert len(answer.body) < 200_000


def test_errors_in_templates_show_their_code(serve, tmp_path):
    (tmp_path / "page.html").write_text("<p>\n{{ missing_name }}\n</p>")

    class Page(web.RequestHandler):
        def get(self):
            self.render("page.html")

    site = serve([("/", Page)], debug=True, autoreload=False, template_path=str(tmp_path))
    text = text_of(site.ask("/", headers=BROWSER))
    assert "NameError" in text
    assert "page.html:2" in text


def test_a_body_that_cannot_be_parsed(development):
    kind = {**BROWSER, "Content-Type": "multipart/form-data"}
    answer = development.ask("/x", "POST", kind, b"x")
    assert answer.status == 400
    assert "names no boundary" in text_of(answer)


def test_errors_that_handlers_mean(serve):
    class Gone(web.RequestHandler):
        def get(self):
            raise web.HTTPError(410, "why: %s", "because")

    site = serve([("/", Gone)], debug=True, autoreload=False)
    answer = site.ask("/", headers=BROWSER)
    assert answer.status == 410
    assert "HTTP 410: Gone (why: because)" in text_of(answer)
