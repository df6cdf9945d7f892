"""Values of variables as short text."""

from __future__ import annotations

import reprlib
from typing import Any, Final

from zonda.web.debug.secrets import MASK, Secrets, is_secret_name

__all__ = ["ShownValues"]

#: Characters of a value that are shown.
MAX_LENGTH: Final = 400
# Characters of a text that are looked at: a value must be free of secrets before it is cut.
_MAX_LOOKED_AT: Final = 20_000


class ShownValues(reprlib.Repr):
    """``repr`` that is short, never fails and gives nothing away."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets
        self.maxlevel = 4
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxdeque = 20

    def show(self, name: str, value: object) -> str:
        """The text for a variable."""
        if is_secret_name(name):
            return MASK
        return self._cut(self._secrets.blot_out(self.repr(value)))

    def text(self, text: str) -> str:
        """A text of somebody else's, shortened and without secrets."""
        return self._cut(self._secrets.blot_out(text[:_MAX_LOOKED_AT]), 2000)

    def _cut(self, text: str, length: int = MAX_LENGTH) -> str:
        return text if len(text) <= length else f"{text[:length]}… ({len(text)} characters)"

    def repr1(self, x: Any, level: int) -> str:
        """The text for one value; what fails to make one says so."""
        try:
            return super().repr1(x, level)
        except Exception as error:
            return f"<{type(x).__name__} object whose repr() raises {type(error).__name__}>"

    def repr_str(self, x: str, level: int) -> str:
        """Text and bytes are cut by whoever asks, after secrets are gone."""
        return repr(x[:_MAX_LOOKED_AT])

    def repr_bytes(self, x: bytes, level: int) -> str:
        """See ``repr_str``."""
        return repr(x[:_MAX_LOOKED_AT])

    def repr_int(self, x: int, level: int) -> str:
        """Python refuses to convert very long ones."""
        return f"<int of {x.bit_length()} bits>" if x.bit_length() > 4000 else repr(x)

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        """In the order of the dictionary, without what is under a telling name."""
        if not x:
            return "{}"
        if level <= 0:
            return "{…}"
        pieces = []
        for number, (key, value) in enumerate(x.items()):
            if number == self.maxdict:
                pieces.append("…")
                break
            shown = MASK if is_secret_name(key) else self.repr1(value, level - 1)
            pieces.append(f"{self.repr1(key, level - 1)}: {shown}")
        return "{" + ", ".join(pieces) + "}"

    def repr_instance(self, x: Any, level: int) -> str:
        """Any other object."""
        return repr(x)[:_MAX_LOOKED_AT]
