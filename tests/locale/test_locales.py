"""Locales: which one is chosen, translation, lists and numbers."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from zonda import locale
from zonda.locale import CSVLocale, Locale
from zonda.locale.catalog import catalog

ENGLISH = CSVLocale("en_US", {})


class TestChoice:
    @pytest.fixture(autouse=True)
    def _translations(self) -> Iterator[None]:
        saved = catalog.translations
        catalog.use({"fr": {}, "pt_BR": {}, "de_DE": {}})
        yield
        catalog.use(saved)

    @pytest.mark.parametrize(
        ("codes", "chosen"),
        [
            (["fr"], "fr"),
            (["FR"], "fr"),
            (["fr_CA"], "fr"),
            (["fr-ca"], "fr"),
            (["pt-br"], "pt_BR"),
            (["PT_br"], "pt_BR"),
            (["pt"], "en_US"),
            (["de_AT", "fr"], "fr"),
            (["xx", "", "de_DE", "fr"], "de_DE"),
            (["a_b_c"], "en_US"),
            ([], "en_US"),
        ],
    )
    def test_closest(self, codes: list[str], chosen: str) -> None:
        assert locale.get(*codes).code == chosen
        assert Locale.get_closest(*codes).code == chosen

    def test_same_object(self) -> None:
        assert locale.get("fr") is Locale.get("fr")

    def test_exactly(self) -> None:
        with pytest.raises(ValueError, match="'fr_FR' has no translations; there are de_DE, en_US"):
            Locale.get("fr_FR")


class TestNames:
    def test_known(self) -> None:
        assert (ENGLISH.code, ENGLISH.name, ENGLISH.rtl) == ("en_US", "English (US)", False)
        assert CSVLocale("ja_JP", {}).name == "日本語"

    def test_unknown(self) -> None:
        assert CSVLocale("xx", {}).name == "Unknown"

    @pytest.mark.parametrize("code", ["fa_IR", "ar_AR", "he_IL", "he", "ur_PK"])
    def test_right_to_left(self, code: str) -> None:
        assert CSVLocale(code, {}).rtl

    def test_similar_codes_are_not_right_to_left(self) -> None:
        assert not CSVLocale("fakt", {}).rtl


class TestTranslate:
    french = CSVLocale(
        "fr_FR",
        {"unknown": {"yes": "oui"}, "singular": {"a": "un"}, "plural": {"as": "des"}},
    )

    def test_message(self) -> None:
        assert self.french.translate("yes") == "oui"
        assert self.french.translate("no") == "no"

    @pytest.mark.parametrize(("count", "text"), [(1, "un"), (0, "des"), (2, "des"), (-1, "des")])
    def test_plural(self, count: int, text: str) -> None:
        assert self.french.translate("a", "as", count) == text

    def test_plural_without_count(self) -> None:
        with pytest.raises(ValueError, match="count"):
            self.french.translate("a", "as")

    def test_plural_without_translation(self) -> None:
        assert ENGLISH.translate("goose", "geese", 2) == "geese"

    def test_contexts_are_for_gettext(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "tornado.general"):
            assert ENGLISH.pgettext("c", "x", "y", 2) == "y"
            assert not caplog.records
            assert self.french.pgettext("c", "yes") == "oui"
        assert "'c'" in caplog.text

    def test_interface(self) -> None:
        nothing = Locale("en_US")
        with pytest.raises(NotImplementedError):
            nothing.translate("x")
        with pytest.raises(NotImplementedError):
            nothing.pgettext("c", "x")


class TestWriting:
    @pytest.mark.parametrize(
        ("parts", "text"),
        [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C"),
         ((1, None), "1 and None")],
    )  # fmt: skip
    def test_list(self, parts: list[object], text: str) -> None:
        assert ENGLISH.list(parts) == text

    def test_translated_list(self) -> None:
        messages = {"unknown": {"%(commas)s and %(last)s": "%(commas)s et %(last)s"}}
        assert CSVLocale("fr", messages).list("ab") == "a et b"
        assert CSVLocale("fa_IR", {}).list("abc") == "a و b and c"

    @pytest.mark.parametrize(
        ("number", "text"),
        [(0, "0"), (999, "999"), (1000, "1,000"), (-1234567, "-1,234,567")],
    )
    def test_friendly_number(self, number: int, text: str) -> None:
        assert ENGLISH.friendly_number(number) == text
        assert CSVLocale("fr_FR", {}).friendly_number(number) == str(number)


def test_the_cache_may_be_deleted() -> None:
    before = Locale.get("en_US")
    del Locale._cache
    after = Locale.get("en_US")
    assert after is not before
    assert Locale.get("en_US") is after
    assert Locale._cache is catalog.locales
