"""The package ``tornado`` as Zonda serves it: the version it stands for, modules on demand."""

# Loaded under the name ``tornado``; see zonda/tornado/alias.py.

from zonda.tornado.alias import MODULES, VERSION

# As in Tornado: without what is not to be had by *, and with what needs pycurl.
__all__ = sorted(MODULES - {"speedups", "websocket", "wsgi"})

version = VERSION
#: The version as numbers; the last is 0 for a release.
version_info = (*map(int, VERSION.split(".")), 0)


def __getattr__(name: str) -> object:
    """Import a module when it is first asked for."""
    if name not in MODULES:
        raise AttributeError(f"module 'tornado' has no attribute {name!r}")
    from importlib import import_module

    return import_module("tornado." + name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
