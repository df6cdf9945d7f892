"""Names of this package that few programs need, imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

__all__ = ["__getattr__"]

_HOMES: Final = {
    "BasicAuth": "auth",
    "BearerAuth": "auth",
    "CookieJar": "cookies",
    "DigestAuth": "auth",
    "Downloaded": "download",
    "HARRecorder": "har",
    "Hooks": "hooks",
    "Retry": "retry",
    "RetryBudget": "retry",
    "StreamedResponse": "streaming",
    "Timeout": "timeouts",
}


def __getattr__(name: str) -> Any:
    """Import a name of the package that is not there yet."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'zonda.httpclient' has no attribute {name!r}")
    return getattr(import_module(f"zonda.httpclient.{home}"), name)
