"""UI modules."""

import pytest

from zonda.template import DictLoader
from zonda.web import RequestHandler, UIModule


class Box(UIModule):
    made = 0

    def __init__(self, handler):
        super().__init__(handler)
        type(self).made += 1

    def render(self, number):
        return f"[{number} {self.request.path} {self.current_user} {self.locale.code}]"

    def embedded_javascript(self):
        return "box()"

    def javascript_files(self):
        return "box.js"

    def embedded_css(self):
        return ".box{}"

    def css_files(self):
        return ["box.css", "box.css", "//cdn/x.css", "https://cdn/y.css"]

    def html_head(self):
        return "<meta>"

    def html_body(self):
        return "<i>"


class Bytes(UIModule):
    def render(self):
        return b"bytes"

    def css_files(self):
        return ()

    def html_body(self):
        return b"<b>"


class Unfinished(UIModule):
    pass


class Wrapper(UIModule):
    def render(self):
        return self.render_string("plain.html", x=5)


class Page(RequestHandler):
    def get_current_user(self):
        return "joe"

    def get(self, name):
        self.render(f"{name}.html")


TEMPLATES = {
    "boxes.html": "<head></head><body>{% module Box(1) %}{% module Box(2) %}</body>",
    "bytes.html": "<head></head><body>{% module Bytes() %}</body>",
    "unfinished.html": "{% module Unfinished() %}",
    "unknown.html": "{% module Unknown() %}",
    "wrapper.html": "<body>{% module Wrapper() %}</body>",
    "plain.html": "plain {{ x }}",
    "linkify.html": "{% module linkify('http://x.example <') %}",
    "xsrf.html": "{% module xsrf_form_html() %}",
    "item.html": "{% raw modules['Box'](3) %}{% raw handler.ui['modules'].Box(4) %}",
    "template.html": "<head></head>{% module Template('part.html', y=3) %}"
    "{% module Template('part.html', y=4) %}{% module Template('other.html') %}</body>",
    "part.html": "{{ set_resources(css_files='a.css', javascript_files=['b.js', '/c.js'],"
    " embedded_css='.a{}', embedded_javascript='a()', html_head='<h>', html_body='<p>') }}"
    "y={{ y }}",
    "other.html": "{{ set_resources(css_files=['z.css']) }}{{ current_user }}",
    "twice.html": "{% module Template('differs.html', y=1) %}"
    "{% module Template('differs.html', y=2) %}",
    "differs.html": "{{ set_resources(css_files=str(y)) }}",
    "nohead.html": "<p>{% module Box(1) %}",
    "capitals.html": "</HEAD></head>{% module Bytes() %}</body></body>",
}


@pytest.fixture
def page(serve, tmp_path):
    for name in ("box.js", "box.css", "a.css", "b.js", "z.css"):
        (tmp_path / name).write_text("")
    site = serve(
        [("/([a-z]+)", Page)],
        template_loader=DictLoader(TEMPLATES),
        static_path=str(tmp_path),
        static_handler_class=Unversioned,
        ui_modules={c.__name__: c for c in (Box, Bytes, Unfinished, Wrapper)},
    )
    return lambda name: site.ask(f"/{name}")


class Unversioned:
    """Leaves hashes out of the pages that the tests compare."""

    def __new__(cls, *args, **kwargs):
        raise AssertionError("no static file is asked for here")

    @classmethod
    def make_static_url(cls, settings, path):
        return f"/static/{path}"


BOX_HEAD = """\
<link href="/static/box.css" type="text/css" rel="stylesheet"/>\
<link href="//cdn/x.css" type="text/css" rel="stylesheet"/>\
<link href="https://cdn/y.css" type="text/css" rel="stylesheet"/>
<style type="text/css">
.box{}
</style>
<meta>
"""
BOX_BODY = """\
<script src="/static/box.js" type="text/javascript"></script>
<script type="text/javascript">
//<![CDATA[
box()
//]]>
</script>
<i>
"""


def test_resources_come_once_however_often_a_module_is_used(page):
    Box.made = 0
    boxes = "[1 /boxes joe en_US][2 /boxes joe en_US]"
    assert page("boxes").text == f"<head>{BOX_HEAD}</head><body>{boxes}{BOX_BODY}</body>"
    assert Box.made == 1


def test_pages_without_head_and_body(page):
    assert page("nohead").text == f"{BOX_HEAD}<p>[1 /nohead joe en_US]{BOX_BODY}"


def test_the_last_end_of_the_body_counts(page):
    assert page("capitals").text == "</HEAD></head>bytes</body><b>\n</body>"


def test_bytes_and_empty_lists(page):
    assert page("bytes").text == "<head></head><body>bytes<b>\n</body>"


def test_modules_render_templates(page):
    assert page("wrapper").text == "<body>plain 5</body>"


def test_the_modules_that_are_there_anyway(page):
    assert page("linkify").text == '<a href="http://x.example">http://x.example</a> &lt;'
    answer = page("xsrf")
    assert answer.text.startswith('<input type="hidden" name="_xsrf" value="2|')
    assert answer["Set-Cookie"].partition(";")[0].removeprefix("_xsrf=") in answer.text


def test_modules_by_key_and_by_attribute(page):
    assert "[3 /item joe en_US][4 /item joe en_US]" in page("item").text


class TestTemplate:
    def test_templates_as_modules(self, page):
        text = page("template").text
        assert "y=3y=4joe" in text
        assert text.startswith(
            '<head><link href="/static/a.css" type="text/css" rel="stylesheet"/>'
            '<link href="/static/z.css" type="text/css" rel="stylesheet"/>\n'
            '<style type="text/css">\n.a{}\n</style>\n<h>\n</head>'
        )
        assert text.endswith(
            '<script src="/static/b.js" type="text/javascript"></script>'
            '<script src="/c.js" type="text/javascript"></script>\n'
            '<script type="text/javascript">\n//<![CDATA[\na()\n//]]>\n</script>\n<p>\n</body>'
        )

    def test_one_template_wants_one_set_of_resources(self, page, caplog):
        assert page("twice").status == 500
        assert "different resources for the same template differs.html" in caplog.text


class TestMistakes:
    def test_a_module_without_render(self, page, caplog):
        assert page("unfinished").status == 500
        assert "Unfinished needs a method render" in caplog.text

    def test_an_unknown_module(self, page, caplog):
        assert page("unknown").status == 500
        assert "no UI module Unknown: add it to the setting ui_modules" in caplog.text
