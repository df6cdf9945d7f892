"""The state of :mod:`zonda.locale` under the names that test suites know it by.

There is no public way to forget translations, so tests of applications save and restore
``locale._translations``, ``_supported_locales`` and ``_use_gettext``.  The state itself is
in :data:`zonda.locale.catalog.catalog`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from zonda.locale.catalog import catalog


class StatefulModule(ModuleType):
    """A module whose private variables are those of the catalog."""

    @property
    def _translations(self) -> dict[str, Any]:
        return catalog.translations

    @_translations.setter
    def _translations(self, translations: dict[str, Any]) -> None:
        catalog.translations = translations
        catalog.locales.clear()

    @property
    def _supported_locales(self) -> frozenset[str]:
        return catalog.supported

    @_supported_locales.setter
    def _supported_locales(self, codes: frozenset[str]) -> None:
        catalog.supported = codes

    @property
    def _use_gettext(self) -> bool:
        """Known from the translations themselves, so that setting it changes nothing."""
        return any(not isinstance(t, dict) for t in catalog.translations.values())

    @_use_gettext.setter
    def _use_gettext(self, value: bool) -> None:
        pass
