"""Translations, and dates, numbers and lists as people of different languages write them.

::

    import zonda.locale

    zonda.locale.load_translations("locale")
    user_locale = zonda.locale.get("fr_CA", "en_US")
    print(user_locale.translate("Sign out"))

:func:`get` returns the best of the supported locales for the codes a user prefers, and
``Locale.translate`` the translation of a message, with the plural form that a number asks
for::

    people = [...]
    message = user_locale.translate("%(list)s is online", "%(list)s are online", len(people))
    print(message % {"list": user_locale.list(people)})

Messages without translation come out as they went in, so the original language needs no
file; it is ``en_US`` unless :func:`set_default_locale` says otherwise.

Translations are CSV files (:func:`load_translations`) or gettext catalogues
(:func:`load_gettext_translations`).  Without either, only the default locale exists and
``translate`` returns what it is given.
"""

import sys

from zonda.locale.catalog import (
    get_supported_locales,
    load_gettext_translations,
    load_translations,
    set_default_locale,
)
from zonda.locale.locales import CONTEXT_SEPARATOR, CSVLocale, GettextLocale, Locale, get
from zonda.locale.names import LOCALE_NAMES
from zonda.locale.state import StatefulModule

__all__ = [
    "CONTEXT_SEPARATOR",
    "LOCALE_NAMES",
    "CSVLocale",
    "GettextLocale",
    "Locale",
    "get",
    "get_supported_locales",
    "load_gettext_translations",
    "load_translations",
    "set_default_locale",
]

sys.modules[__name__].__class__ = StatefulModule
