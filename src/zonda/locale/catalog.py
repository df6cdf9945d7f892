"""The translations of this program, and where they come from."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from zonda.log import gen_log

if TYPE_CHECKING:
    import _csv
    import gettext

    from zonda.locale.locales import Locale

#: From a CSV file: ``unknown``, ``singular`` and ``plural``, each message to translation.
Messages = dict[str, dict[str, str]]

_CODE = re.compile(r"[a-z]+(?:_[A-Z]+)?")
_NUMBERS = ("plural", "singular", "unknown")


class Catalog:
    """Which locales there are, and the translations of each."""

    def __init__(self) -> None:
        self.default = "en_US"
        self.translations: dict[str, Messages | gettext.NullTranslations] = {}
        self.supported = frozenset([self.default])
        #: Locale objects made from the translations.
        self.locales: dict[str, Locale] = {}

    def use(self, translations: Mapping[str, Messages | gettext.NullTranslations]) -> None:
        """Replace all translations."""
        self.translations = {**translations}
        self._update()
        gen_log.debug("supported locales: %s", ", ".join(sorted(self.supported)))

    def set_default(self, code: str) -> None:
        """Replace the default locale."""
        self.default = code
        self._update()

    def _update(self) -> None:
        self.supported = frozenset([*self.translations, self.default])
        self.locales.clear()


catalog = Catalog()


def set_default_locale(code: str) -> None:
    """Say which locale the messages in the program are in (at first ``en_US``).

    It needs no translations, and is what :func:`get` falls back to.
    """
    catalog.set_default(code)


def get_supported_locales() -> Iterable[str]:
    """Return the codes of all locales with translations, and of the default one."""
    return catalog.supported


def load_translations(directory: str, encoding: str | None = None) -> None:
    """Load the translations in the files ``CODE.csv`` of *directory*, ``pt_BR.csv`` say.

    A row is a message, its translation and, if it depends on a number, the form that this
    is: ``singular`` or ``plural`` (the rest is ``unknown``, and need not be said)::

        "Good morning","Bom dia"
        "%(count)d file deleted","%(count)d arquivo apagado","singular"
        "%(count)d file deleted","%(count)d arquivos apagados","plural"

    The files are read with the ``csv`` module, so there are no spaces after the commas.
    Without *encoding* they are UTF-8, or UTF-16 if they begin with its byte order mark.
    Files whose name is no locale code and rows with another form are logged and skipped.
    What was loaded before is forgotten.  Raises ``OSError`` and ``UnicodeDecodeError``.
    """
    translations: dict[str, Messages] = {}
    for name in sorted(os.listdir(directory)):
        code, extension = name[:-4], name[-4:]
        if extension != ".csv":
            continue
        path = os.path.join(directory, name)
        if not _CODE.fullmatch(code):
            gen_log.error("%r is no locale code (like en or en_US); skipped %s", code, path)
            continue
        translations[code] = _read_csv(path, encoding or _detect_encoding(path))
    catalog.use(translations)


def _detect_encoding(path: str) -> str:
    with open(path, "rb") as file:
        start = file.read(2)
    # The codecs that eat the byte order mark.
    return "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _read_csv(path: str, encoding: str) -> Messages:
    import csv

    messages: Messages = {}
    with open(path, encoding=encoding, newline="") as file:
        for line, (message, translation, number) in _rows(csv.reader(file)):
            if number not in _NUMBERS:
                known = ", ".join(_NUMBERS)
                gen_log.error("%s:%d: %r is none of %s; row skipped", path, line, number, known)
                continue
            messages.setdefault(number, {})[message] = translation
    return messages


def _rows(reader: _csv.Reader) -> Iterator[tuple[int, tuple[str, str, str]]]:
    """Yield line number and message, translation and number; rows of one cell are skipped."""
    for row in reader:
        cells = [cell.strip() for cell in row]
        if len(cells) >= 2:
            number = cells[2] if len(cells) > 2 else ""
            yield reader.line_num, (cells[0], cells[1], number or "unknown")


def load_gettext_translations(directory: str, domain: str) -> None:
    """Load the gettext catalogues ``directory/CODE/LC_MESSAGES/domain.mo``.

    They are made with GNU gettext, whose ``xgettext`` collects the messages
    (``--language=Python --keyword=_:1,2``), ``msgmerge`` adds new ones to existing
    translations, and ``msgfmt`` compiles them.  A catalogue that cannot be read is logged
    and skipped.  What was loaded before is forgotten.
    """
    import gettext
    import glob

    translations: dict[str, gettext.NullTranslations] = {}
    pattern = os.path.join(glob.escape(directory), "*", "LC_MESSAGES", glob.escape(domain) + ".mo")
    for path in sorted(glob.glob(pattern)):
        code = os.path.basename(os.path.dirname(os.path.dirname(path)))
        try:
            with open(path, "rb") as file:
                translations[code] = gettext.GNUTranslations(file)
        except Exception as error:
            gen_log.error("cannot load the translations for %r from %s: %s", code, path, error)
    catalog.use(translations)
