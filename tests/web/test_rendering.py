"""Templates, their namespace, and URLs of static files."""

import asyncio
import hashlib
import types

import pytest

from zonda.template import DictLoader, Loader
from zonda.web import HTTPError, RequestHandler, UIModule, URLSpec
from zonda.web.rendering import is_absolute


class Page(RequestHandler):
    def get(self, name):
        self.render(f"{name}.html", x="<5>")


def texts(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.html").write_text(text)
    return str(folder)


@pytest.fixture(autouse=True)
def _fresh_loaders():
    yield
    RequestHandler._template_loaders.clear()


class TestTemplates:
    def test_found_by_the_setting(self, serve, tmp_path):
        path = texts(tmp_path, page="x is {{ x }}")
        answer = serve([("/(.*)", Page)], template_path=path).ask("/page")
        assert answer.text == "x is &lt;5&gt;"
        assert answer["Content-Type"] == "text/html; charset=UTF-8"
        assert answer["Content-Length"] == "14"

    def test_found_by_the_handler(self, serve, tmp_path):
        class Own(Page):
            def get_template_path(self):
                return texts(tmp_path / "own", page="own")

        path = texts(tmp_path / "all", page="all")
        site = serve([("/own/(.*)", Own), ("/all/(.*)", Page)], template_path=path)
        assert (site.ask("/own/page").text, site.ask("/all/page").text) == ("own", "all")

    def test_found_beside_the_code(self, serve, tmp_path, monkeypatch):
        texts(tmp_path, page="beside")
        source = "class Beside(Base):\n    def get(self, name): self.render(name + '.html')\n"
        file = tmp_path / "beside.py"
        file.write_text(source)
        module = types.ModuleType("beside")
        module.Base = RequestHandler
        exec(compile(source, str(file), "exec"), module.__dict__)
        assert serve([("/(.*)", module.Beside)]).ask("/page").text == "beside"

    def test_rendered_to_bytes(self, serve, tmp_path):
        class Twice(RequestHandler):
            def get(self):
                part = self.render_string("part.html", x=1)
                assert isinstance(part, bytes)
                self.write(part + self.render_string("part.html", x=2))

        path = texts(tmp_path, part="{{ x }}")
        assert serve([("/", Twice)], template_path=path).ask().text == "12"

    def test_not_after_the_end(self, serve, caplog, tmp_path):
        class Late(RequestHandler):
            def get(self):
                self.finish("done")
                self.render("page.html")

        site = serve([("/", Late)], template_path=texts(tmp_path, page=""))
        assert site.ask().text == "done"
        assert "Cannot render() after finish()" in caplog.text

    def test_render_can_be_awaited(self, serve, tmp_path):
        class Waits(RequestHandler):
            async def get(self):
                future = self.render("page.html")
                assert isinstance(future, asyncio.Future)
                await future

        assert serve([("/", Waits)], template_path=texts(tmp_path, page="ok")).ask().text == "ok"


class TestLoaders:
    def test_one_for_all(self, serve, tmp_path):
        path = texts(tmp_path, page="")
        site = serve([("/(.*)", Page)], template_path=path)
        site.ask("/page")
        loader = RequestHandler._template_loaders[path]
        site.ask("/page")
        assert isinstance(loader, Loader)
        assert RequestHandler._template_loaders == {path: loader}

    def test_templates_are_kept(self, serve, tmp_path):
        path = texts(tmp_path, page="old")
        site = serve([("/(.*)", Page)], template_path=path)
        site.ask("/page")
        texts(tmp_path, page="new")
        assert site.ask("/page").text == "old"

    def test_or_not(self, serve, tmp_path):
        path = texts(tmp_path, page="old")
        site = serve([("/(.*)", Page)], template_path=path, compiled_template_cache=False)
        site.ask("/page")
        texts(tmp_path, page="new")
        assert site.ask("/page").text == "new"

    def test_settings(self, serve, tmp_path):
        path = texts(tmp_path, page="{{ x }}  <b>  \n  </b>")
        site = serve(
            [("/(.*)", Page)], template_path=path, autoescape=None, template_whitespace="oneline"
        )
        assert site.ask("/page").text == "<5> <b> </b>"

    def test_applications_do_not_share_them_against_their_settings(self, serve, tmp_path):
        path = texts(tmp_path, page="{{ x }}")
        plain = serve([("/(.*)", Page)], template_path=path, autoescape=None)
        escaped = serve([("/(.*)", Page)], template_path=path)
        assert plain.ask("/page").text == "<5>"
        assert escaped.ask("/page").text == "&lt;5&gt;"

    def test_given_by_the_application(self, serve):
        loader = DictLoader({"page.html": "from a dict {{ x }}"})
        site = serve([("/(.*)", Page)], template_loader=loader)
        assert site.ask("/page").text == "from a dict &lt;5&gt;"
        assert not RequestHandler._template_loaders

    def test_made_by_the_handler(self, serve, tmp_path):
        made = []

        class Own(Page):
            def create_template_loader(self, template_path):
                made.append(template_path)
                return DictLoader({"page.html": "mine"})

        site = serve([("/(.*)", Own)], template_path="/somewhere")
        assert [site.ask("/page").text for _ in range(2)] == ["mine", "mine"]
        assert made == ["/somewhere"]

    def test_another_engine(self, serve):
        class Environment:
            """The interface of a jinja2.Environment."""

            def get_template(self, name):
                return types.SimpleNamespace(render=lambda **names: f"{name}: {names['x']}")

        site = serve(
            [("/(.*)", Page)], template_loader=Environment(), compiled_template_cache=False
        )
        assert site.ask("/page").text == "page.html: <5>"


class TestJinja2:
    @pytest.fixture
    def environment(self):
        jinja2 = pytest.importorskip("jinja2", reason="needs jinja2")
        pages = {
            "base.html": "<html><head></head><body>{% block body %}{% endblock %}</body></html>",
            "page.html": (
                "{% extends 'base.html' %}{% block body %}{{ x }} {{ current_user }} "
                "{{ reverse_url('page', 7) }} {{ shout('a') }} {{ modules.Note(x) }}"
                "{{ xsrf_form_html() }}{% endblock %}"
            ),
        }
        return jinja2.Environment(loader=jinja2.DictLoader(pages), autoescape=True)

    def test_an_environment_in_place_of_a_loader(self, serve, environment):
        class Note(UIModule):
            def render(self, x):
                return self.render_string("note.html", x=x)

            def embedded_css(self):
                return ".note {}"

        class Page(RequestHandler):
            def get(self, number):
                self.render("page.html", x=f"<{number}>")

            def get_current_user(self):
                return "me"

        environment.loader.mapping["note.html"] = "<i>{{ x }}</i>"
        site = serve(
            [URLSpec("/(.*)", Page, name="page")],
            template_loader=environment,
            ui_modules={"Note": Note},
            ui_methods={"shout": lambda handler, text: text.upper()},
            compiled_template_cache=False,
        )
        text = site.ask("/7").text
        assert "&lt;7&gt; me /7 A <i>&lt;7&gt;</i><input type=" in text
        assert ".note {}" in text.partition("</head>")[0]


class TestNamespace:
    def test_what_templates_know(self, serve):
        class Names(RequestHandler):
            def get(self):
                names = self.get_template_namespace()
                assert names["handler"] is self
                assert names["request"] is self.request
                assert names["locale"] is self.locale
                assert names["current_user"] is None
                assert names["modules"] is names["_tt_modules"] is self.ui.modules
                self.write(" ".join(sorted(names)))

        site = serve([("/", Names)], ui_methods={"greet": lambda handler, name: f"hi {name}"})
        assert site.ask().text == (
            "_ _tt_modules current_user greet handler locale modules pgettext request reverse_url "
            "static_url xsrf_form_html"
        )

    def test_all_of_it_works(self, serve):
        def greet(handler, name):
            return f"hi {name} from {type(handler).__name__}"

        text = (
            "{{ _('hello') }} {{ _('one', 'many', 2) }} {{ pgettext('c', 'word') }} "
            "{{ locale.code }} {{ request.path }} {{ reverse_url('page', 'a b') }} "
            "{{ greet('joe') }} {{ handler.ui.greet('jane') }} {{ handler.ui['greet']('jim') }}"
        )
        site = serve(
            [("/(.*)", Page, {}, "page")],
            template_loader=DictLoader({"page.html": text}),
            ui_methods={"greet": greet},
        )
        assert site.ask("/page").text == (
            "hello many word en_US /page /a%20b hi joe from Page hi jane from Page hi jim from Page"
        )

    def test_own_names_and_arguments(self, serve):
        class Own(RequestHandler):
            def get_template_namespace(self):
                return {**super().get_template_namespace(), "own": 1, "locale": "mine"}

            def get(self):
                self.render("page.html", locale="argument")

        loader = DictLoader({"page.html": "{{ own }} {{ locale }}"})
        assert serve([("/", Own)], template_loader=loader).ask().text == "1 argument"


class Urls(RequestHandler):
    def get(self):
        try:
            self.write(eval(self.request.headers["X-Do"], {"self": self}))
        except HTTPError as error:
            self.write(str(error.status_code))


@pytest.fixture
def url(serve, tmp_path):
    (tmp_path / "a.txt").write_bytes(b"content")
    (tmp_path / "folder").mkdir()
    site = serve([("/", Urls)], static_path=str(tmp_path))
    return lambda call: site.ask(headers={"X-Do": f"self.{call}"}).text


class TestStaticUrls:
    VERSION = hashlib.sha512(b"content").hexdigest()

    def test_with_the_version_of_the_content(self, url):
        assert url("static_url('a.txt')") == f"/static/a.txt?v={self.VERSION}"

    def test_without(self, url):
        assert url("static_url('a.txt', include_version=False)") == "/static/a.txt"

    def test_with_the_host(self, url):
        expected = f"http://site.example/static/a.txt?v={self.VERSION}"
        assert url("static_url('a.txt', include_host=True)") == expected
        assert url("static_url('a.txt', True)") == expected

    def test_with_the_host_because_the_handler_says_so(self, url):
        attribute = "__setattr__('include_host', True)"
        assert url(f"{attribute} or self.static_url('a.txt')").startswith("http://site.example/")
        assert url(f"{attribute} or self.static_url('a.txt', False)").startswith("/static/")

    @pytest.mark.parametrize("path", ["missing.txt", "folder", ""])
    def test_what_has_no_version(self, url, path):
        assert url(f"static_url({path!r})") == f"/static/{path}"

    @pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "folder/../../secret"])
    def test_what_is_not_there_to_be_served(self, url, path):
        assert url(f"static_url({path!r})") == "403"

    def test_by_another_handler(self, serve):
        class Cdn:
            @classmethod
            def make_static_url(cls, settings, path, width=0):
                return f"https://cdn.example{settings['static_url_prefix']}{path}?w={width}"

        site = serve(
            [("/", Urls)], static_path="/x", static_url_prefix="/s/", static_handler_class=Cdn
        )
        answer = site.ask(headers={"X-Do": "self.static_url('a', width=5)"})
        assert answer.text == "https://cdn.example/s/a?w=5"

    def test_without_the_setting(self, serve, caplog):
        assert serve([("/", Urls)]).ask(headers={"X-Do": "self.static_url('a')"}).status == 500
        assert "static_path" in caplog.text


@pytest.mark.parametrize("path", ["/a", "http:x", "https://x", "//x"])
def test_absolute(path):
    assert is_absolute(path)


@pytest.mark.parametrize("path", ["a", "", "a/b", "httpx", "./a"])
def test_relative(path):
    assert not is_absolute(path)
