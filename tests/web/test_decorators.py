"""Slashes, users and streamed bodies."""

import pytest

from zonda.web import RequestHandler, addslash, authenticated, removeslash, stream_request_body


class Adding(RequestHandler):
    @addslash
    def get(self, *args):
        """The docstring of the method."""
        self.write("there")

    @addslash
    async def head(self, *args):
        self.write("there")

    post = get


class Removing(RequestHandler):
    @removeslash
    def get(self, *args):
        self.write("there")

    head = post = get


@pytest.fixture
def slashes(serve):
    return serve([("/a(.*)", Adding), ("//a(.*)", Adding), ("/b(.*)", Removing), ("/", Removing)])


class TestSlashes:
    @pytest.mark.parametrize(
        ("path", "location"),
        [
            ("/a", "/a/"),
            ("/a?x=1&y=%20", "/a/?x=1&y=%20"),
            ("/a?", "/a/"),
            ("/a%20b", "/a%20b/"),
            ("/a//evil.example", "/a//evil.example/"),
            ("/b/", "/b"),
            ("/b///", "/b"),
            ("/b//?a=b", "/b?a=b"),
            ("/b/x/", "/b/x"),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_redirects(self, slashes, path, location, method):
        answer = slashes.ask(path, method)
        assert (answer.status, answer["Location"]) == (301, location)

    @pytest.mark.parametrize("path", ["/a/", "/a//", "/a/?x", "/b", "/b?x", "/", "//a/"])
    def test_those_that_are_right(self, slashes, path):
        assert slashes.ask(path).text == "there"

    @pytest.mark.parametrize("path", ["//a", "//a/b"])
    def test_never_to_another_site(self, slashes, path):
        assert slashes.ask(path).status == 403

    @pytest.mark.parametrize("path", ["/\\evil.example", "/\\/evil.example"])
    def test_nor_by_what_browsers_take_for_a_slash(self, serve, path):
        site = serve([("/.*", Adding)])
        assert site.ask(path).status == 403

    @pytest.mark.parametrize("path", ["/a", "/b/"])
    def test_other_methods_are_not_redirected(self, slashes, path):
        assert slashes.ask(path, "POST").status == 404

    def test_the_method_keeps_its_name(self):
        assert Adding.get.__name__ == "get"
        assert Adding.get.__doc__ == "The docstring of the method."


class Private(RequestHandler):
    def get_current_user(self):
        return self.get_cookie("user")

    def get_login_url(self):
        return self.get_cookie("login") or super().get_login_url()

    @authenticated
    async def get(self):
        self.write(f"hello {self.current_user}")

    head = post = get


class TestUsers:
    @pytest.fixture
    def site(self, serve):
        return serve([("/u", Private)], login_url="/login")

    def test_users_come_in(self, site):
        assert site.ask("/u", headers={"Cookie": "user=joe"}).text == "hello joe"
        assert site.ask("/u", "POST", headers={"Cookie": "user=joe"}).text == "hello joe"

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    @pytest.mark.parametrize(
        ("login", "location"),
        [
            ("", "/login?next=%2Fu%3Fx%3D1"),
            ("/in?a=b", "/in?a=b"),
            ("//sso.example/in", "//sso.example/in?next=%2Fu%3Fx%3D1"),
            (
                "http://sso.example/in",
                "http://sso.example/in?next=http%3A%2F%2Fsite.example%2Fu%3Fx%3D1",
            ),
        ],
    )
    def test_others_are_sent_to_the_login_page(self, site, login, location, method):
        answer = site.ask("/u?x=1", method, {"Cookie": f"login={login}"})
        assert (answer.status, answer["Location"]) == (302, location)

    def test_what_they_post_is_refused(self, site):
        assert site.ask("/u", "POST").status == 403

    def test_without_a_login_page(self, serve, caplog):
        assert serve([("/u", Private)]).ask("/u").status == 500
        assert "login_url" in caplog.text


class TestStreaming:
    def test_it_marks_the_class(self):
        @stream_request_body
        class Streaming(RequestHandler):
            pass

        assert Streaming._stream_request_body
        assert not RequestHandler._stream_request_body

    def test_of_handlers_only(self):
        with pytest.raises(TypeError, match="RequestHandler"):
            stream_request_body(int)
