"""Forged requests of other sites' pages."""

import json

import pytest

from zonda.web import RequestHandler

TOKEN = bytes.fromhex("deadbeef" * 4)
V1 = TOKEN.hex()
V2 = "2|01020304|" + "dfafbdeb" * 4 + "|1300000000"  # the same token


class Form(RequestHandler):
    def get(self):
        token = self.xsrf_token
        assert token is self.xsrf_token
        self.write({"token": token.decode(), "html": self.xsrf_form_html()})

    def post(self):
        self.write("ok")

    put = delete = patch = options = post


class Decode(RequestHandler):
    def get(self):
        version, token, timestamp = self._decode_xsrf_token(self.get_argument("t"))
        self.write({"version": version, "token": repr(token), "time": timestamp})


@pytest.fixture
def site(serve):
    return serve([("/", Form)], xsrf_cookies=True)


class TestTokens:
    def test_the_first_one_sets_a_cookie(self, site):
        answer = site.ask()
        token = json.loads(answer.body)["token"]
        assert token.startswith("2|")
        assert answer["Set-Cookie"] == f"_xsrf={token}; Path=/"
        html = json.loads(answer.body)["html"]
        assert html == f'<input type="hidden" name="_xsrf" value="{token}"/>'

    def test_a_known_one_is_masked_anew_for_each_response(self, site):
        answers = [site.ask(headers={"Cookie": f"_xsrf={V2}"}) for _ in range(2)]
        first, second = (json.loads(answer.body)["token"] for answer in answers)
        assert first != second
        assert not any("Set-Cookie" in answer for answer in answers)
        for token in (first, second):
            assert token.endswith("|1300000000")
            assert site.post_form("/", f"_xsrf={token}", {"Cookie": f"_xsrf={V2}"}).status == 200

    def test_version_1_is_the_plain_token(self, serve):
        site = serve([("/", Form)], xsrf_cookies=True, xsrf_cookie_version=1)
        known = site.ask(headers={"Cookie": f"_xsrf={V2}"})
        assert json.loads(known.body)["token"] == V1
        new = json.loads(site.ask().body)["token"]
        assert len(bytes.fromhex(new)) == 16

    def test_cookies_of_version_1_are_understood(self, site):
        answer = site.ask(headers={"Cookie": f"_xsrf={V1}"})
        assert "Set-Cookie" not in answer
        assert json.loads(answer.body)["token"].startswith("2|")

    def test_an_unknown_version_is_a_mistake_in_the_settings(self, serve, caplog):
        site = serve([("/", Form)], xsrf_cookies=True, xsrf_cookie_version=3)
        assert site.ask().status == 500
        assert "xsrf_cookie_version" in caplog.text

    def test_options_of_the_cookie(self, serve):
        options = {"httponly": True, "samesite": "Strict", "expires_days": None}
        site = serve([("/", Form)], xsrf_cookie_name="tok", xsrf_cookie_kwargs=options)
        answer = site.ask()
        assert answer["Set-Cookie"].startswith("tok=2|")
        assert answer["Set-Cookie"].endswith("; HttpOnly; Path=/; SameSite=Strict")

    def test_users_keep_it_for_a_month(self, serve):
        class Users(Form):
            def get_current_user(self):
                return "joe"

        assert "expires=" in serve([("/", Users)]).ask()["Set-Cookie"]
        site = serve([("/", Users)], xsrf_cookie_kwargs={"expires_days": None})
        assert "expires=" not in site.ask()["Set-Cookie"]

    @pytest.mark.parametrize(
        ("written", "version", "token"),
        [
            (V1, 1, TOKEN),
            (V2, 2, TOKEN),
            ("2|01020304|DFAF|5", 2, b"\xde\xad"),
            ("xyz", 1, b"xyz"),
            ("é", 1, "é".encode()),
            ("de ad", 1, b"de ad"),
            ("0|1|2|3", 1, b"0|1|2|3"),
            ("2|", None, None),
            ("1|a", None, None),
            ("2|aa|bb|cc", None, None),
            ("2|zz|bb|1", None, None),
            ("2|01020304|dfaf|x", None, None),
            (V2 + "|x", None, None),
            ("2||deadbeef|1", None, None),
            ("2|010203|dfaf|1", None, None),
            ("3|a|b|c", None, None),
        ],
    )
    def test_what_is_in_a_token(self, serve, written, version, token):
        from urllib.parse import quote

        answer = json.loads(serve([("/", Decode)]).ask(f"/?t={quote(written)}").body)
        assert (answer["version"], answer["token"]) == (version, repr(token))
        if written == V2:
            assert answer["time"] == 1300000000

    def test_a_malformed_cookie_is_replaced(self, site):
        assert "_xsrf=2|" in site.ask(headers={"Cookie": "_xsrf=2|nonsense"})["Set-Cookie"]


class TestCheck:
    @pytest.mark.parametrize("cookie", [V1, V2])
    @pytest.mark.parametrize("token", [V1, V2, f"2|00000000|{V1}|1"])
    def test_the_same_token_in_any_form(self, site, cookie, token):
        answer = site.post_form("/", f"_xsrf={token}", {"Cookie": f"_xsrf={cookie}"})
        assert answer.status == 200

    @pytest.mark.parametrize(
        ("cookie", "token", "reason"),
        [
            (None, V2, "does not match"),
            (V2, None, "missing"),
            (V2, "", "missing"),
            (V2, "zz", "does not match"),
            (V2, "2|01020304|" + "00" * 16 + "|1", "does not match"),
            (V2, "2|nonsense", "invalid format"),
            ("2|01020304||5", "2|01020304||5", "invalid format"),
        ],
    )
    def test_everything_else(self, site, caplog, cookie, token, reason):
        headers = {} if cookie is None else {"Cookie": f"_xsrf={cookie}"}
        form = "" if token is None else f"_xsrf={token}"
        assert site.post_form("/", form, headers).status == 403
        assert reason in caplog.text

    @pytest.mark.parametrize("name", ["X-XSRFToken", "x-xsrftoken", "X-CSRFToken"])
    def test_in_a_header_field(self, site, name):
        assert site.ask("/", "POST", {"Cookie": f"_xsrf={V2}", name: V2}).status == 200

    def test_in_the_query(self, site):
        assert site.ask(f"/?_xsrf={V2}", "POST", {"Cookie": f"_xsrf={V2}"}).status == 200

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
    def test_all_methods_that_change_something(self, site, method):
        assert site.ask("/", method, {"Cookie": f"_xsrf={V2}"}).status == 403
        assert site.ask("/", method, {"X-Requested-With": "XMLHttpRequest"}).status == 403

    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    def test_no_others(self, site, method):
        assert site.ask("/", method).status == 200

    def test_not_unless_it_is_asked_for(self, serve):
        assert serve([("/", Form)]).ask("/", "POST").status == 200

    def test_handlers_can_be_exempted(self, serve):
        class Open(Form):
            def check_xsrf_cookie(self):
                pass

        assert serve([("/", Open)], xsrf_cookies=True).ask("/", "POST").status == 200

    def test_missing_pages_are_missing_for_everybody(self, site):
        assert site.ask("/nowhere", "POST").status == 404


class Origins(Form):
    asked: list[str] = []
    prepared = False

    def check_trusted_origin(self, origin):
        self.asked.append(origin)
        return super().check_trusted_origin(origin)

    def prepare(self):
        type(self).prepared = True


@pytest.fixture
def guarded(serve):
    Origins.asked, Origins.prepared = [], False
    trusted = ["https://ok.example"]
    return serve([("/", Origins)], cross_origin_protection=True, trusted_origins=trusted)


class TestOrigin:
    HOST = "site.example"

    @pytest.mark.parametrize("site", ["same-origin", "none"])
    @pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
    def test_our_own_pages_and_what_users_type(self, guarded, site, origin):
        headers = {"Sec-Fetch-Site": site} | ({"Origin": origin} if origin else {})
        assert guarded.ask("/", "POST", headers).status == 200
        assert not Origins.asked

    @pytest.mark.parametrize("site", ["same-site", "cross-site", "bogus", "Same-Origin"])
    @pytest.mark.parametrize("origin", ["http://site.example", "http://evil.example", "null"])
    def test_what_the_browser_says_comes_before_the_host(self, guarded, caplog, site, origin):
        headers = {"Sec-Fetch-Site": site, "Origin": origin}
        assert guarded.ask("/", "POST", headers).status == 403
        assert Origins.asked == [origin]
        assert not Origins.prepared
        assert f"Sec-Fetch-Site {site} from Origin {origin!r} not allowed" in caplog.text

    @pytest.mark.parametrize("headers", [{}, {"Origin": ""}])
    def test_a_stranger_without_an_origin(self, guarded, headers):
        headers = {"Sec-Fetch-Site": "cross-site", **headers}
        assert guarded.ask("/", "POST", headers).status == 403
        assert not Origins.asked

    def test_no_browser(self, guarded):
        assert guarded.ask("/", "POST").status == 200

    @pytest.mark.parametrize(
        ("origin", "host"),
        [
            ("http://site.example", "site.example"),
            ("https://site.example", "site.example"),  # a proxy may have ended TLS
            ("http://SITE.example", "site.EXAMPLE"),
            ("http://site.example:8888", "site.example:8888"),
            ("http://site.example/path?query", "site.example"),
            ("http://[::1]:80", "[::1]:80"),
        ],
    )
    def test_old_browsers_name_our_host(self, guarded, origin, host):
        assert guarded.ask("/", "POST", {"Origin": origin}, host=host).status == 200
        assert not Origins.asked

    @pytest.mark.parametrize(
        "origin",
        [
            "http://evil.example",
            "http://site.example:8888",
            "http://user@site.example",
            "http://site.example.",
            "site.example",
            "null",
            "",
            "http://[::1",
            "http://site.example,http://evil.example",
            "https://OK.example",
            "https://ok.example:443",
        ],
    )
    def test_or_another_one(self, guarded, origin):
        assert guarded.ask("/", "POST", {"Origin": origin}).status == 403
        assert Origins.asked == [origin]

    @pytest.mark.parametrize("extra", [{}, {"Sec-Fetch-Site": "cross-site"}])
    def test_trusted_origins(self, guarded, extra):
        assert guarded.ask("/", "POST", {"Origin": "https://ok.example", **extra}).status == 200

    def test_several_fields_are_not_one_of_them(self, guarded):
        fields = [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none"), ("Origin", "null")]
        assert guarded.ask("/", "POST", fields).status == 403

    @pytest.mark.parametrize("trusted", ["https://ok.example", {"https://ok.example"}, None])
    def test_kinds_of_collections(self, serve, trusted):
        site = serve([("/", Form)], cross_origin_protection=True, trusted_origins=trusted)
        ok = site.ask("/", "POST", {"Origin": "https://ok.example"})
        assert ok.status == (403 if trusted is None else 200)
        # A part of a trusted origin's text is another origin.
        assert site.ask("/", "POST", {"Origin": "https://ok"}).status == 403

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_reading_is_free(self, guarded, method):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}
        expected = 405 if method == "HEAD" else 200
        assert guarded.ask("/", method, headers).status == expected

    def test_a_handler_can_open_itself(self, serve):
        class Open(Form):
            def check_trusted_origin(self, origin):
                return True

        site = serve([("/", Open)], cross_origin_protection=True)
        assert (
            site.ask("/", "POST", {"Sec-Fetch-Site": "cross-site", "Origin": "null"}).status == 200
        )

    def test_it_is_off_by_default(self, serve):
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}
        assert serve([("/", Form)]).ask("/", "POST", headers).status == 200

    def test_exemption_from_tokens_is_no_exemption_from_this(self, serve):
        class NoToken(Form):
            def check_xsrf_cookie(self):
                pass

        site = serve([("/", NoToken)], cross_origin_protection=True, xsrf_cookies=True)
        assert site.ask("/", "POST", {"Sec-Fetch-Site": "cross-site"}).status == 403
