"""Translations from files."""

from __future__ import annotations

import gettext
import logging
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from zonda import locale
from zonda.locale.catalog import catalog

FRENCH = (
    '"school","école"\n'
    '"%(n)d person","%(n)d personne",singular\n'
    '"%(n)d people"," %(n)d personnes ","plural"\n'
    '"unknown","inconnu",""\n'
    '"alone"\n\n'
)


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    saved = catalog.default, catalog.translations
    yield
    catalog.default = saved[0]
    catalog.use(saved[1])


def compiled(messages: dict[str, str]) -> bytes:
    """A gettext catalogue, as msgfmt writes it."""
    items = sorted((k.encode(), v.encode()) for k, v in messages.items())
    keys: list[tuple[int, int]] = []
    values: list[tuple[int, int]] = []
    data = b""
    start = 28 + 16 * len(items)
    for table, column in ((keys, 0), (values, 1)):
        for item in items:
            table.append((len(item[column]), start + len(data)))
            data += item[column] + b"\0"
    numbers = [0x950412DE, 0, len(items), 28, 28 + 8 * len(items), 0, start]
    for length, offset in keys + values:
        numbers += [length, offset]
    return struct.pack(f"<{len(numbers)}I", *numbers) + data


class TestCSV:
    def load(self, tmp_path: Path, data: bytes, encoding: str | None = None) -> locale.Locale:
        (tmp_path / "fr_FR.csv").write_bytes(data)
        locale.load_translations(str(tmp_path), encoding)
        return locale.get("fr_FR")

    def test_load(self, tmp_path: Path) -> None:
        french = self.load(tmp_path, FRENCH.encode())
        assert set(locale.get_supported_locales()) == {"en_US", "fr_FR"}
        assert isinstance(french, locale.CSVLocale)
        assert french.translations == {
            "unknown": {"school": "école", "unknown": "inconnu"},
            "singular": {"%(n)d person": "%(n)d personne"},
            "plural": {"%(n)d people": "%(n)d personnes"},
        }

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_byte_order_marks(self, tmp_path: Path, encoding: str) -> None:
        french = self.load(tmp_path, FRENCH.encode(encoding))
        assert french.translate("school") == "école"

    def test_big_endian(self, tmp_path: Path) -> None:
        french = self.load(tmp_path, b"\xfe\xff" + FRENCH.encode("utf-16-be"))
        assert french.translate("school") == "école"

    def test_given_encoding(self, tmp_path: Path) -> None:
        french = self.load(tmp_path, FRENCH.encode("latin-1"), "latin-1")
        assert french.translate("school") == "école"
        with pytest.raises(UnicodeDecodeError):
            self.load(tmp_path, FRENCH.encode("latin-1"))

    def test_other_files(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        for name in ("readme.txt", "bad-name.csv", ".csv", "FR_fr.csv", "eo.csv"):
            (tmp_path / name).write_text("a,b\n")
        with caplog.at_level(logging.ERROR, "tornado.general"):
            locale.load_translations(str(tmp_path))
        assert set(locale.get_supported_locales()) == {"en_US", "eo"}
        assert [r.args[0] for r in caplog.records if isinstance(r.args, tuple)] == [
            "", "FR_fr", "bad-name",
        ]  # fmt: skip

    def test_unknown_number(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.ERROR, "tornado.general"):
            french = self.load(tmp_path, b"a,b\nc,d,dual\ne,f,plural,more\n")
        assert "fr_FR.csv:2: 'dual'" in caplog.text
        assert french.translate("c") == "c"
        assert french.translate("x", "e", 2) == "f"

    def test_no_directory(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            locale.load_translations(str(tmp_path / "none"))

    def test_loading_again_forgets(self, tmp_path: Path) -> None:
        before = self.load(tmp_path, b"a,b\n")
        after = self.load(tmp_path, b"a,c\n")
        assert (before.translate("a"), after.translate("a")) == ("b", "c")


class TestGettext:
    def load(self, tmp_path: Path, messages: dict[str, str]) -> locale.Locale:
        folder = tmp_path / "fr_FR" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "app.mo").write_bytes(compiled(messages))
        locale.load_gettext_translations(str(tmp_path), "app")
        return locale.get("fr_FR")

    def test_load(self, tmp_path: Path) -> None:
        header = "Content-Type: text/plain; charset=UTF-8\n"
        header += "Plural-Forms: nplurals=2; plural=(n > 1);\n"
        french = self.load(
            tmp_path,
            {
                "": header,
                "school": "école",
                "law\x04right": "le droit",
                "%d person\0%d people": "%d personne\0%d personnes",
                "law\x04club\0clubs": "loi\0lois",
            },
        )
        assert isinstance(french, locale.GettextLocale)
        assert french.translate("school") == "école"
        assert french.translate("nothing") == "nothing"
        assert [french.translate("%d person", "%d people", n) for n in (0, 1, 2)] == [
            "%d personne", "%d personne", "%d personnes",
        ]  # fmt: skip
        assert french.pgettext("law", "right") == "le droit"
        assert french.pgettext("law", "school") == "école"
        assert french.pgettext("law", "nothing") == "nothing"
        assert french.pgettext("x", "%d person", "%d people", 2) == "%d personnes"
        assert french.pgettext("x", "no", "noes", 2) == "noes"

    def test_plural_in_context(self, tmp_path: Path) -> None:
        header = "Content-Type: text/plain; charset=UTF-8\n"
        french = self.load(tmp_path, {"": header, "law\x04club\0law\x04clubs": "loi\0lois"})
        assert french.pgettext("law", "club", "clubs", 1) == "loi"
        assert french.pgettext("law", "club", "clubs", 2) == "lois"

    def test_unreadable(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        folder = tmp_path / "de" / "LC_MESSAGES"
        folder.mkdir(parents=True)
        (folder / "app.mo").write_bytes(b"no catalogue")
        with caplog.at_level(logging.ERROR, "tornado.general"):
            locale.load_gettext_translations(str(tmp_path), "app")
        assert "'de'" in caplog.text
        assert set(locale.get_supported_locales()) == {"en_US"}

    def test_nothing_there(self, tmp_path: Path) -> None:
        locale.load_gettext_translations(str(tmp_path / "none"), "app")
        assert set(locale.get_supported_locales()) == {"en_US"}

    def test_null_translations(self) -> None:
        catalog.use({"xx": gettext.NullTranslations()})
        assert locale.get("xx").translate("a", "b", 2) == "b"


def test_default_locale() -> None:
    locale.set_default_locale("ja_JP")
    assert set(locale.get_supported_locales()) == {"ja_JP"}
    assert locale.get("fr").code == "ja_JP"
