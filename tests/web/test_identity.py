"""Users and locales."""

import pytest

from zonda import locale
from zonda.web import RequestHandler


class Who(RequestHandler):
    asked = 0

    def get_current_user(self):
        type(self).asked += 1
        return self.get_cookie("user")

    def get(self):
        self.write(repr((self.current_user, self.current_user, self.asked)))


class TestUser:
    def test_found_out_once(self, serve):
        class Once(Who):
            pass

        site = serve([("/", Once)])
        assert site.ask(headers={"Cookie": "user=joe"}).text == "('joe', 'joe', 1)"
        assert site.ask().text == "(None, None, 2)"

    def test_set_by_prepare(self, serve):
        class Waits(Who):
            async def prepare(self):
                self.current_user = "jane"

        assert serve([("/", Waits)]).ask().text == "('jane', 'jane', 0)"

    def test_nobody_by_default(self, serve):
        class Plain(RequestHandler):
            def get(self):
                self.write(repr(self.current_user))

        assert serve([("/", Plain)]).ask().text == "None"

    def test_errors_are_not_hidden(self, serve, caplog):
        class Fails(Who):
            def get_current_user(self):
                return self.no_such_attribute

        assert serve([("/", Fails)]).ask().status == 500
        assert "no_such_attribute" in caplog.text


class Language(RequestHandler):
    def get(self):
        self.write(f"{self.locale.code} {self.get_browser_locale('fr_FR').code}")


@pytest.fixture
def languages(tmp_path):
    for code in ("es_LA", "fr_FR", "pt_BR", "de"):
        (tmp_path / f"{code}.csv").write_text('"a","b"\n', encoding="utf-8")
    locale.load_translations(str(tmp_path))
    yield
    locale._translations = {}
    locale.set_default_locale("en_US")


@pytest.mark.usefixtures("languages")
class TestLocale:
    @pytest.mark.parametrize(
        ("accepted", "chosen"),
        [
            ("fr-FR", "fr_FR"),
            ("es-LA,fr;q=0.9", "es_LA"),
            ("fr-FR;q=0.5,es-LA;q=0.8", "es_LA"),
            ("fr-FR;q=0,de;q=0.1", "de"),
            ("pt-BR;q=1.0;x=y", "pt_BR"),
            ("de, fr-FR", "de"),
            ("fr-FR;q=0.5,de;q=0.5", "fr_FR"),
            (" de ; q=0.4 , fr-FR ; q=0.6 ", "fr_FR"),
            (",,,de", "de"),
            ("de;q=nan,fr-FR;q=0.3", "fr_FR"),
            ("de;q=abc,fr-FR;q=0.2", "fr_FR"),
            ("de;Q=0.1,fr-FR", "fr_FR"),
            ("xx," * 99 + "de", "de"),
            ("xx," * 100 + "de", "en_US"),
        ],
    )
    def test_what_the_browser_prefers(self, serve, accepted, chosen):
        answer = serve([("/", Language)]).ask(headers={"Accept-Language": accepted})
        assert answer.text.split()[0] == chosen

    @pytest.mark.parametrize("headers", [{}, {"Accept-Language": ""}, {"Accept-Language": "x;q=0"}])
    def test_browsers_that_say_nothing_of_use(self, serve, headers):
        assert serve([("/", Language)]).ask(headers=headers).text == "en_US fr_FR"

    def test_the_user_decides(self, serve):
        class Profile(Language):
            def get_user_locale(self):
                return locale.get("de")

        site = serve([("/", Profile)])
        assert site.ask(headers={"Accept-Language": "es-LA"}).text == "de es_LA"

    def test_it_can_be_set(self, serve):
        class Fixed(Language):
            def prepare(self):
                self.locale = locale.get("pt_BR")

        assert serve([("/", Fixed)]).ask().text.startswith("pt_BR")
