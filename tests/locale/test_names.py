"""The table of names."""

import re

from zonda.locale import LOCALE_NAMES


def test_every_entry_is_complete() -> None:
    for code, names in LOCALE_NAMES.items():
        assert re.fullmatch(r"[a-z]{2}(_[A-Z]{2})?", code)
        assert set(names) == {"name", "name_en"}
        assert names["name_en"][0].isascii()
        assert names["name"].strip() == names["name"] != ""


def test_names_are_distinct() -> None:
    for kind in ("name", "name_en"):
        names = [entry[kind] for entry in LOCALE_NAMES.values()]
        assert len(set(names)) == len(names)


def test_the_default_locale_is_there() -> None:
    assert LOCALE_NAMES["en_US"] == {"name": "English (US)", "name_en": "English (US)"}
