"""``import tornado.X`` gives ``zonda.X`` itself: one module object under two names.

The package ``tornado`` is a module of its own (:mod:`zonda.tornado.package`), because its
``version`` is Tornado's; everything below it is Zonda's.  This file is loaded at the start of
every Python process under the launcher, so it imports next to nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, spec_from_file_location

# Type checkers take this name for true; importing typing would cost more than this whole file.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.metadata import Distribution, DistributionFinder
    from types import CodeType, ModuleType
    from typing import Any

__all__ = ["VERSION", "AliasFinder", "install", "installed"]

#: The version of Tornado that Zonda stands for.
VERSION = "6.6.1"

#: Modules whose contents are Zonda's modules of the same name ...
MODULES = frozenset(
    {
        "auth",
        "autoreload",
        "concurrent",
        "curl_httpclient",
        "escape",
        "gen",
        "http1connection",
        "httpclient",
        "httpserver",
        "httputil",
        "ioloop",
        "iostream",
        "locale",
        "locks",
        "log",
        "netutil",
        "options",
        "platform",
        "process",
        "queues",
        "routing",
        "simple_httpclient",
        "speedups",
        "tcpclient",
        "tcpserver",
        "template",
        "testing",
        "util",
        "web",
        "websocket",
        "wsgi",
    }
)

#: ... and those that Tornado 4 had, or 2 in the case of ``database``.
PAST = {
    "database": "zonda.database",
    "platform.auto": "zonda.tornado.past.platform",
    "platform.common": "zonda.tornado.past.platform",
    "platform.epoll": "zonda.tornado.past.platform",
    "platform.interface": "zonda.tornado.past.platform",
    "platform.kqueue": "zonda.tornado.past.platform",
    "platform.posix": "zonda.tornado.past.platform",
    "platform.select": "zonda.tornado.past.platform",
    "stack_context": "zonda.tornado.past.stack_context",
}


def zonda_name(fullname: str) -> str | None:
    """The name of Zonda's module behind a name that begins with ``tornado.``, or None."""
    rest = fullname.removeprefix("tornado.")
    if rest in PAST:
        return PAST[rest]
    return "zonda." + rest if rest.split(".", 1)[0] in MODULES else None


class AliasLoader:
    """Loads Zonda's module of another name."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system make an empty module, as it does by default."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the target in the place of the empty module.

        The import system looks the name up in ``sys.modules`` again after this call, and binds
        what it finds there to the parent package.
        """
        sys.modules[module.__name__] = import_module(self.target)

    # What inspects a module by its spec (runpy, linecache, pkgutil) asks the target's loader.

    def get_code(self, fullname: str) -> CodeType | None:
        """The target's code, for ``python -m`` and ``runpy``."""
        code: CodeType | None = self._loader().get_code(self.target)
        return code

    def get_source(self, fullname: str) -> str | None:
        """The target's source."""
        source: str | None = self._loader().get_source(self.target)
        return source

    def get_filename(self, fullname: str) -> str:
        """The target's file."""
        filename: str = self._loader().get_filename(self.target)
        return filename

    def is_package(self, fullname: str) -> bool:
        """Whether the target is a folder."""
        return bool(self._loader().is_package(self.target))

    def get_resource_reader(self, fullname: str) -> Any:
        """What reads the data files of the target."""
        return self._loader().get_resource_reader(self.target)

    def _loader(self) -> Any:
        spec = find_spec(self.target)
        assert spec is not None
        return spec.loader


class AliasFinder:
    """Answers for ``tornado`` and every name below it that Zonda has."""

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where the module comes from; None for names that are not ours to answer."""
        if fullname == "tornado":
            return cls._package()
        if not fullname.startswith("tornado."):
            return None
        name = zonda_name(fullname)
        try:
            real = find_spec(name) if name else None
        except ModuleNotFoundError:  # of a parent that Zonda does not have
            real = None
        if real is None or name is None:
            return None
        spec = ModuleSpec(
            fullname,
            AliasLoader(name),  # type: ignore[arg-type]  # a loader by its methods
            origin=real.origin,
            is_package=real.submodule_search_locations is not None,
        )
        spec.has_location = real.has_location
        return spec

    @staticmethod
    def _package() -> ModuleSpec | None:
        real = find_spec("zonda.tornado.package")
        assert real is not None and real.origin is not None
        # An empty path: what is below it is found by this finder or not at all.
        return spec_from_file_location("tornado", real.origin, submodule_search_locations=[])

    @staticmethod
    def find_distributions(context: DistributionFinder.Context) -> Iterator[Distribution]:
        """``importlib.metadata.version("tornado")``, which some programs ask for."""
        if context.name is not None and context.name.lower() == "tornado":
            from zonda.tornado.distribution import TornadoDistribution

            yield TornadoDistribution()

    @staticmethod
    def invalidate_caches() -> None:
        """Nothing is cached here."""


def installed() -> bool:
    """Whether this process serves Tornado's names."""
    return AliasFinder in sys.meta_path


def install(children: bool = True) -> None:
    """Serve every ``import tornado...`` of this process with Zonda's modules from now on.

    :param children: have the Python processes that it starts from now on do the same, by
        ``PYTHONPATH`` and ``ZONDA_TORNADO`` in ``os.environ``.
    :raises RuntimeError: Tornado itself has been imported already.
    """
    if not installed():
        known = sys.modules.get("tornado")
        if known is not None:
            where = getattr(known, "__file__", None) or "an unknown place"
            raise RuntimeError(
                f"tornado has been imported already, from {where}: call zonda.tornado.install()"
                " before anything imports tornado, or start the program with"
                " python -m zonda.tornado"
            )
        sys.meta_path.insert(0, AliasFinder)
    if children:
        from zonda.tornado.children import inherit

        inherit()
