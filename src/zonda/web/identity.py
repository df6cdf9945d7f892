"""Who asks, and in which language."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from zonda.web.frame import HandlerFrame

if TYPE_CHECKING:
    from zonda.locale import Locale

__all__ = ["IdentityMixin"]

# More than anybody speaks; the rest of a longer Accept-Language is not looked at.
_MAX_LANGUAGES: Final = 100


class IdentityMixin(HandlerFrame):
    """The user of a request, and the user's locale."""

    # ---------------------------------------------------------------------------- user

    @property
    def current_user(self) -> Any:
        """The user who made the request; something false if there is none.

        Found out by :meth:`get_current_user` when it is first asked for. A ``prepare`` that
        must wait for the answer (``get_current_user`` cannot) sets it instead::

            async def prepare(self):
                user_id = self.get_signed_cookie("user")
                if user_id:
                    self.current_user = await load_user(user_id)
        """
        known = self.__dict__
        if "_current_user" not in known:
            self._current_user = self.get_current_user()
        return self._current_user

    @current_user.setter
    def current_user(self, value: Any) -> None:
        self._current_user = value

    def get_current_user(self) -> Any:
        """Override this to find out who the user is, from a cookie for example.

        It cannot be a coroutine.
        """
        return None

    def get_login_url(self) -> str:
        """Where ``@authenticated`` sends users to log in; by default the setting ``login_url``."""
        self.require_setting("login_url", "@web.authenticated")
        url: str = self.settings["login_url"]
        return url

    # -------------------------------------------------------------------------- locale

    @property
    def locale(self) -> Locale:
        """The locale of the response.

        What :meth:`get_user_locale` or else :meth:`get_browser_locale` says, found out when
        it is first asked for. Can be set.
        """
        if "_locale" not in self.__dict__:
            self._locale = self.get_user_locale() or self.get_browser_locale()
        return self._locale

    @locale.setter
    def locale(self, value: Locale) -> None:
        self._locale = value

    def get_user_locale(self) -> Locale | None:
        """Override this to take the locale from the user's profile. None: ask the browser."""
        return None

    def get_browser_locale(self, default: str = "en_US") -> Locale:
        """The supported locale that ``Accept-Language`` (RFC 9110 section 12.5.4) prefers.

        Args:
            default: the locale for browsers that say nothing of use.
        """
        from zonda import locale

        return locale.get(*(_accepted_languages(self.request.headers) or [default]))


def _accepted_languages(headers: Any) -> list[str]:
    """The acceptable languages of a request, best first."""
    field = headers.get("Accept-Language")
    if not field:
        return []
    languages = []
    for entry in field.split(",", _MAX_LANGUAGES)[:_MAX_LANGUAGES]:
        language, _, parameters = entry.partition(";")
        language = language.strip()
        weight = _weight(parameters)
        if language and weight > 0:
            languages.append((weight, language))
    languages.sort(key=lambda pair: pair[0], reverse=True)  # equal ones stay in order
    return [language for _, language in languages]


def _weight(parameters: str) -> float:
    """The ``q`` of a language, 1 if there is none, 0 if it is malformed."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return 0.0 if math.isnan(weight) else weight
    return 1.0
