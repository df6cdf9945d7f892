"""Cookies: how they are read, written and guarded."""

import datetime
import http.cookies
import time

import pytest

from zonda.web import RequestHandler, decode_signed_value
from zonda.web.cookies import ResponseCookie


def written(name="a", value="b", **attributes):
    return ResponseCookie(name, value, attributes).OutputString(None)


class TestWriting:
    @pytest.mark.parametrize(
        ("value", "coded"),
        [
            ("b", "b"),
            ("", '""'),
            ("!#$%&'*+-.^_`|~:", "!#$%&'*+-.^_`|~:"),
            ("a=b", '"a=b"'),
            ("a;b", r'"a\073b"'),
            ('a"b', r'"a\"b"'),
            ("a\\b", r'"a\\b"'),
            ("a,b", r'"a\054b"'),
            ("\x7fé", r'"\177\351"'),
            ("/?@()[]{}<>", '"/?@()[]{}<>"'),
        ],
    )
    def test_values_are_quoted_as_python_reads_them(self, value, coded):
        assert ResponseCookie("a", value, {}).coded_value == coded
        read = http.cookies.SimpleCookie(written(value=value))
        assert read["a"].value == value

    def test_attributes_come_in_a_fixed_order(self):
        assert written(
            secure=True,
            samesite="Lax",
            httponly=True,
            path="/p",
            expires=1e9,
            domain="d.example",
            partitioned=True,
            **{"max-age": 7, "version": 1, "comment": "c"},
        ) == (
            "a=b; Comment=c; Domain=d.example; expires=Sun, 09 Sep 2001 01:46:40 GMT; HttpOnly; "
            "Max-Age=7; Partitioned; Path=/p; SameSite=Lax; Secure; Version=1"
        )

    def test_some_of_the_attributes_on_request(self):
        cookie = ResponseCookie("a", "b", {"path": "/", "secure": True})
        assert cookie.OutputString(["path"]) == "a=b; Path=/"
        assert repr(cookie) == "<ResponseCookie: a=b; Path=/; Secure>"

    @pytest.mark.parametrize("nothing", [None, False, ""])
    def test_what_is_false_is_left_out(self, nothing):
        attributes = ("domain", "expires", "path", "max-age", "httponly", "secure", "samesite")
        assert written(**dict.fromkeys(attributes, nothing)) == "a=b"

    @pytest.mark.parametrize(
        "expires",
        [
            1893456000,
            1893456000.9,
            datetime.datetime(2030, 1, 1),
            datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC),
            datetime.datetime(2030, 1, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
            time.gmtime(1893456000),
            (2030, 1, 1, 0, 0, 0, 0, 0, 0),
        ],
    )
    def test_expires_is_any_kind_of_time(self, expires):
        assert written(expires=expires) == "a=b; expires=Tue, 01 Jan 2030 00:00:00 GMT"

    def test_zero_is_a_time_too(self):
        assert written(expires=0) == "a=b; expires=Thu, 01 Jan 1970 00:00:00 GMT"
        assert written(**{"max-age": 0}) == "a=b; Max-Age=0"

    @pytest.mark.parametrize(("age", "text"), [(5, "5"), (-1, "-1"), ("5", "5"), (1.5, "1")])
    def test_max_age_is_a_whole_number(self, age, text):
        assert written(max_age=age) == f"a=b; Max-Age={text}"

    @pytest.mark.parametrize("name", ["Max_Age", "MAX-AGE", "max_age"])
    def test_attributes_in_any_case(self, name):
        assert written(**{name: 5}) == "a=b; Max-Age=5"


class TestWhatCannotBeSent:
    """Nothing that the application is fooled to set may reach the header."""

    @pytest.mark.parametrize(
        "attributes",
        [
            {"path": "/; SameSite=None"},
            {"path": "/a b"},
            {"path": "/\r\nX: y"},
            {"path": "/\x7f"},
            {"path": "/€"},
            {"domain": "x; y"},
            {"Domain": "x; y"},
            {"samesite": "Lax; x"},
            {"SAMESITE": "Lax\n"},
            {"max_age": "1; x"},
            {"MAX_AGE": "1; x"},
            {"expires": "Wed; x"},
            {"Expires": "Wed, 09 Jun 2030 10:18:14 GMT"},
            {"comment": "hi; there"},
            {"Version": "1; x"},
            {"bogus": 1},
        ],
    )
    def test_attributes(self, attributes):
        with pytest.raises(ValueError) as raised:
            written(**attributes)
        assert isinstance(raised.value, http.cookies.CookieError)

    @pytest.mark.parametrize(
        "value", ["a; HttpOnly", "x y", "a\tb", "a\r\nSet-Cookie: x=y", "a\0b", "€"]
    )
    def test_values(self, value):
        with pytest.raises(ValueError, match="sign it"):
            written(value=value)

    @pytest.mark.parametrize(
        "name", ["", "a b", "a;b", "a=b", "a,b", "é", 'a"b', "a\r", "a/b", "path", "Expires"]
    )
    def test_names(self, name):
        with pytest.raises(ValueError):
            written(name)


class Setting(RequestHandler):
    """Evaluates the expression that the test sends."""

    def get(self):
        try:
            result = eval(self.request.headers["X-Do"], {"self": self})
        except Exception as error:
            result = error
        self.write(repr(result))


@pytest.fixture
def site(serve):
    return serve([("/", Setting)], cookie_secret="sekrit")


def do(site, expression, cookie="a=1; b=2"):
    answer = site.ask("/", headers={"X-Do": expression, "Cookie": cookie})
    return answer.text, answer.all("Set-Cookie")


class TestReading:
    def test_by_name(self, site):
        assert do(
            site, "self.get_cookie('a'), self.get_cookie('c'), self.get_cookie('c', 'x')"
        ) == (
            "('1', None, 'x')",
            [],
        )

    def test_the_collection(self, site):
        assert do(site, "sorted((k, m.value) for k, m in self.cookies.items())")[0] == (
            "[('a', '1'), ('b', '2')]"
        )

    def test_changes_to_the_collection_are_seen(self, site):
        change = "self.cookies.__setitem__('a', 'new'), self.get_cookie('a'), self.get_cookie('c')"
        assert do(site, change)[0] == "(None, 'new', None)"

    def test_of_equal_names_the_last_counts(self, site):
        assert do(site, "self.get_cookie('a')", "a=1; a=2")[0] == "'2'"

    def test_one_cookie_cannot_hide_another(self, site):
        assert do(site, "self.get_cookie('_xsrf')", "_utma=1[_xsrf=evil; _xsrf=good")[0] == "'good'"

    def test_a_quoted_value_full_of_backslashes_takes_no_time(self, site):
        assert do(site, "len(self.get_cookie('a'))", 'a="' + "\\\\" * 20000 + '"')[0] == "20000"

    def test_none_at_all(self, serve):
        site = serve([("/", Setting)])
        answer = site.ask("/", headers={"X-Do": "self.get_cookie('a'), dict(self.cookies)"})
        assert answer.text == "(None, {})"


class TestSetting:
    def test_the_path_is_the_whole_site_by_default(self, site):
        assert do(site, "self.set_cookie('n', b'v')") == ("None", ["n=v; Path=/"])

    def test_all_arguments(self, site):
        _, cookies = do(
            site,
            "self.set_cookie('n', 'v', 'd.example', 1e9, '/p', 3, "
            "max_age=7, httponly=True, secure=True, samesite='Lax', Partitioned=True)",
        )
        assert cookies == [
            "n=v; Domain=d.example; expires=Sun, 09 Sep 2001 01:46:40 GMT; HttpOnly; Max-Age=7; "
            "Partitioned; Path=/p; SameSite=Lax; Secure"
        ]

    def test_expires_days(self, site):
        _, (cookie,) = do(site, "self.set_cookie('n', 'v', expires_days=10)")
        morsel = http.cookies.SimpleCookie(cookie)["n"]
        expires = datetime.datetime.strptime(morsel["expires"], "%a, %d %b %Y %H:%M:%S %Z")
        wait = expires.replace(tzinfo=datetime.UTC) - datetime.datetime.now(datetime.UTC)
        assert datetime.timedelta(days=9.99) < wait <= datetime.timedelta(days=10)

    def test_the_last_one_of_a_name_counts_and_comes_last(self, site):
        _, cookies = do(
            site,
            "[self.set_cookie(n, v, path=p) for n, v, p in "
            "[('a', '1', '/x'), ('b', '1', '/'), ('a', '2', '/')]]",
        )
        assert cookies == ["b=1; Path=/", "a=2; Path=/"]

    def test_a_refused_cookie_changes_nothing(self, site):
        text, cookies = do(
            site, "self.set_cookie('n', '1') or self.set_cookie('n', '2', path='/;x')"
        )
        assert "path='/;x'" in text
        assert cookies == ["n=1; Path=/"]

    def test_values_are_text(self, site):
        assert "must be str or bytes, not int" in do(site, "self.set_cookie('n', 5)")[0]
        assert "must be str or bytes, not NoneType" in do(site, "self.set_cookie('n', None)")[0]

    def test_nothing_is_made_for_requests_that_set_none(self, site):
        assert do(site, "self._new_cookie")[0] == "None"

    def test_they_survive_redirects_and_error_pages(self, serve):
        class Away(RequestHandler):
            def get(self):
                self.set_cookie("a", "b")
                self.redirect("/x")

        class Fails(RequestHandler):
            def get(self):
                self.set_cookie("a", "b")
                self.send_error(500)

        site = serve([("/away", Away), ("/fails", Fails)])
        assert site.ask("/away").all("Set-Cookie") == ["a=b; Path=/"]
        assert site.ask("/fails").all("Set-Cookie") == ["a=b; Path=/"]


class TestClearing:
    def test_the_client_is_told_to_forget_it(self, site):
        _, (cookie,) = do(
            site, "self.clear_cookie('a', path='/x', domain='d.example', secure=True)"
        )
        morsel = http.cookies.SimpleCookie(cookie)["a"]
        assert (morsel.value, morsel["path"], morsel["domain"]) == ("", "/x", "d.example")
        assert morsel["secure"]
        expires = datetime.datetime.strptime(morsel["expires"], "%a, %d %b %Y %H:%M:%S %Z")
        assert expires.year in (time.gmtime().tm_year - 1, time.gmtime().tm_year)
        assert expires < datetime.datetime.now()

    @pytest.mark.parametrize("argument", ["expires", "max_age", "Max_Age"])
    def test_not_at_a_time(self, site, argument):
        text, cookies = do(site, f"self.clear_cookie('a', {argument}=3)")
        assert "unexpected keyword argument" in text
        assert not cookies

    def test_all_of_them(self, site):
        _, cookies = do(site, "self.clear_all_cookies(path='/q')")
        assert [cookie.partition(";")[0] for cookie in cookies] == ['a=""', 'b=""']
        assert all(cookie.endswith("Path=/q") for cookie in cookies)


class TestSigning:
    def test_there_and_back(self, site):
        _, (cookie,) = do(site, "self.set_signed_cookie('user', 'joe')")
        assert "expires=" in cookie
        sent = cookie.partition(";")[0]
        read = "self.get_signed_cookie('user'), self.get_signed_cookie_key_version('user')"
        assert do(site, read, sent)[0] == "(b'joe', 0)"
        assert (
            do(site, "self.get_signed_cookie('other', self.get_cookie('user'))", sent)[0] == "None"
        )
        assert do(site, "self.get_signed_cookie('user', max_age_days=-1)", sent)[0] == "None"
        assert do(site, "self.get_signed_cookie('user', min_version=2)", sent)[0] == "b'joe'"

    def test_version_1(self, site):
        _, (cookie,) = do(site, "self.set_signed_cookie('user', 'joe', None, 1)")
        assert "expires" not in cookie
        sent = cookie.partition(";")[0]
        assert do(site, "self.get_signed_cookie('user')", sent)[0] == "b'joe'"
        assert do(site, "self.get_signed_cookie('user', None, 31, 2)", sent)[0] == "None"

    def test_without_a_cookie_of_that_name(self, site):
        read = "self.get_signed_cookie('x'), self.get_signed_cookie_key_version('x')"
        assert do(site, read)[0] == "(None, None)"

    def test_old_names(self):
        for name in ("get_{}_cookie", "set_{}_cookie", "get_{}_cookie_key_version"):
            old, new = (getattr(RequestHandler, name.format(kind)) for kind in ("secure", "signed"))
            assert old is new

    def test_a_value_without_a_cookie(self, site):
        text, cookies = do(site, "self.create_signed_value('n', 'v', version=2)")
        assert decode_signed_value("sekrit", "n", eval(text)) == b"v"
        assert not cookies

    def test_several_keys(self, serve):
        site = serve([("/", Setting)], cookie_secret={1: "old", 2: "new"}, key_version=2)
        text, _ = do(site, "self.create_signed_value('n', 'v')")
        assert decode_signed_value("new", "n", eval(text)) == b"v"
        version = f"self.get_signed_cookie_key_version('n', {text})"
        assert do(site, version)[0] == "2"

    def test_several_keys_need_one_to_sign_with(self, serve):
        site = serve([("/", Setting)], cookie_secret={1: "old", 2: "new"})
        assert "key_version" in do(site, "self.create_signed_value('n', 'v')")[0]

    def test_without_a_secret(self, serve):
        site = serve([("/", Setting)])
        for call in ("set_signed_cookie('a', 'b')", "get_signed_cookie('a')"):
            assert "cookie_secret" in do(site, f"self.{call}")[0]
