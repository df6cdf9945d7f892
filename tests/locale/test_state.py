"""What test suites of applications do to undo load_translations."""

import gettext
from pathlib import Path
from typing import Any

from zonda import locale


def test_save_and_restore(tmp_path: Path) -> None:
    module: Any = locale
    names = ("_translations", "_supported_locales", "_use_gettext")
    saved = {name: getattr(module, name) for name in names}
    (tmp_path / "fr.csv").write_text("a,b\n")
    locale.load_translations(str(tmp_path))
    assert locale.get("fr").translate("a") == "b"
    for name, value in saved.items():
        setattr(module, name, value)
    assert set(locale.get_supported_locales()) == {"en_US"}
    assert locale.get("fr").code == "en_US"


def test_use_gettext_says_what_is_loaded() -> None:
    module: Any = locale
    saved = module._translations
    assert module._use_gettext is False
    module._translations = {"fr": gettext.NullTranslations()}
    assert module._use_gettext is True
    module._translations = saved
