"""A language: its translations and its ways of writing."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from zonda.locale import dates
from zonda.locale.catalog import Messages, catalog
from zonda.locale.names import LOCALE_NAMES
from zonda.log import gen_log
from zonda.util import lazy

if TYPE_CHECKING:
    import datetime
    import gettext

#: Between context and message in gettext catalogues.
CONTEXT_SEPARATOR = "\x04"

_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "iw", "ps", "ur", "yi"))
_GROUPED_DIGITS = ("en", "en_US")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Locale:
    """One language, perhaps as one country speaks it.

    Get one with :func:`get`, or ``self.locale`` in a request handler.
    """

    _cache: dict[str, Locale] = catalog.locales

    @classmethod
    def get_closest(cls, *locale_codes: str) -> Locale:
        """Return the locale for the first supported one of the codes, or the default.

        A code that is not supported with its country is tried without.
        """
        for code in locale_codes:
            language, _, country = (code or "").replace("-", "_").partition("_")
            candidates = [language.lower()]
            if country:
                candidates.insert(0, f"{language.lower()}_{country.upper()}")
            for candidate in candidates:
                if candidate in catalog.supported:
                    return cls.get(candidate)
        return cls.get(catalog.default)

    @classmethod
    def get(cls, code: str) -> Locale:
        """Return the locale for exactly this code.

        Raises ``ValueError`` when it is not among the supported ones.
        """
        if not hasattr(cls, "_cache"):  # programs delete it to have files read anew
            catalog.locales.clear()
            Locale._cache = catalog.locales
        locale = cls._cache.get(code)
        if locale is None:
            if code not in catalog.supported:
                known = ", ".join(sorted(catalog.supported))
                raise ValueError(f"locale {code!r} has no translations; there are {known}")
            translations = catalog.translations.get(code, {})
            if isinstance(translations, dict):
                locale = CSVLocale(code, translations)
            else:
                locale = GettextLocale(code, translations)
            cls._cache[code] = locale
        return locale

    def __init__(self, code: str) -> None:
        self.code = code
        #: The language's own name for itself.
        self.name = LOCALE_NAMES.get(code, {}).get("name", "Unknown")
        #: Whether it is written from right to left.
        self.rtl = code.partition("_")[0] in _RIGHT_TO_LEFT

    @lazy
    def _months(self) -> builtins.list[str]:
        return [self.translate(name) for name in _MONTHS]

    @lazy
    def _weekdays(self) -> builtins.list[str]:
        return [self.translate(name) for name in _WEEKDAYS]

    # --- translation --------------------------------------------------------------------

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        """Return the translation of *message*, or itself if there is none.

        With *plural_message* there must be a *count*, and for any but 1 the plural
        message is what is translated.
        """
        raise NotImplementedError(f"{type(self).__name__} must define translate()")

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        """Like :meth:`translate` for a *message* that means different things elsewhere.

        *context* tells them apart in gettext catalogues ("bank" as in "money" or "river").
        """
        raise NotImplementedError(f"{type(self).__name__} must define pgettext()")

    # --- ways of writing ----------------------------------------------------------------

    def format_date(
        self,
        date: float | datetime.datetime,
        gmt_offset: int = 0,
        relative: bool = True,
        shorter: bool = False,
        full_format: bool = False,
    ) -> str:
        """Return *date*, a timestamp or a datetime, the way people would say it.

        By default "2 minutes ago" for today, then "yesterday at 3:15 pm", "Tuesday at
        3:15 pm", "July 9 at 3:15 pm", and with the year after that.  Without *relative*
        ages become times; *shorter* leaves the time of day out; *full_format* is always
        "July 9, 2026 at 3:15 pm", which is also how the future looks.

        Naive datetimes are UTC, and aware ones are shown in their own zone; either way
        less *gmt_offset* minutes, which is what ``Date.getTimezoneOffset()`` returns in
        the user's browser.
        """
        return dates.format_date(self, date, gmt_offset, relative, shorter, full_format)

    def format_day(self, date: datetime.datetime, gmt_offset: int = 0, dow: bool = True) -> str:
        """Return the day as "Monday, January 22", or without the weekday if not *dow*."""
        return dates.format_day(self, date, gmt_offset, dow)

    def list(self, parts: Sequence[Any]) -> str:
        """Return the parts as "A, B and C", "A and B" or "A"."""
        texts = [str(part) for part in parts]
        if len(texts) < 2:
            return "".join(texts)
        comma = " و " if self.code.startswith("fa") else ", "
        return self.translate("%(commas)s and %(last)s") % {
            "commas": comma.join(texts[:-1]),
            "last": texts[-1],
        }

    def friendly_number(self, value: int) -> str:
        """Return the number with its digits in groups, where that is usual here."""
        return f"{value:,}" if self.code in _GROUPED_DIGITS else str(value)


def _check_count(count: int | None) -> int:
    if count is None:
        raise ValueError("plural_message needs a count to choose by")
    return count


class CSVLocale(Locale):
    """A locale with the translations of a CSV file."""

    def __init__(self, code: str, translations: Messages) -> None:
        self.translations = translations
        super().__init__(code)

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        number = "unknown"
        if plural_message is not None:
            number = "singular"
            if _check_count(count) != 1:
                number, message = "plural", plural_message
        return self.translations.get(number, {}).get(message, message)

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        """Translate without looking at the *context*, which CSV files have no place for."""
        if self.translations:
            gen_log.warning("CSV translations have no contexts; %r is not looked at", context)
        return self.translate(message, plural_message, count)


class GettextLocale(Locale):
    """A locale with the translations of a gettext catalogue."""

    def __init__(self, code: str, translations: gettext.NullTranslations) -> None:
        self.ngettext = translations.ngettext
        self.gettext = translations.gettext
        super().__init__(code)

    def translate(
        self, message: str, plural_message: str | None = None, count: int | None = None
    ) -> str:
        if plural_message is None:
            return self.gettext(message)
        return self.ngettext(message, plural_message, _check_count(count))

    def pgettext(
        self,
        context: str,
        message: str,
        plural_message: str | None = None,
        count: int | None = None,
    ) -> str:
        """Translate *message* in its *context*; without a translation, outside of it."""
        prefix = context + CONTEXT_SEPARATOR
        if plural_message is None:
            result = self.gettext(prefix + message)
        else:
            count = _check_count(count)
            result = self.ngettext(prefix + message, prefix + plural_message, count)
        if CONTEXT_SEPARATOR not in result:
            return result
        return self.translate(message, plural_message, count)


def get(*locale_codes: str) -> Locale:
    """Return the closest supported locale for the given codes, in order of preference.

    A language without a country serves all its countries, but not the other way round:
    of ``fr_CA`` and ``en`` users with ``fr`` translations get French, and with ``fr_FR``
    they do not.  If nothing fits it is the default locale.
    """
    return Locale.get_closest(*locale_codes)
