"""Where templates come from: a directory, a dictionary, or a class of your own."""

from __future__ import annotations

import errno
import os
import posixpath
import threading
from typing import Any

from zonda.template.errors import ParseError
from zonda.template.template import Template
from zonda.template.writer import DEFAULT_AUTOESCAPE


class BaseLoader:
    """Loads templates by name and keeps them.

    Subclasses define ``_create_template(name)``, which returns a :class:`Template`, and
    :meth:`resolve_path` if names can be relative to one another.  A loader must be used
    for templates that extend or include others.
    """

    def __init__(
        self,
        autoescape: str | None = DEFAULT_AUTOESCAPE,
        namespace: dict[str, Any] | None = None,
        whitespace: str | None = None,
    ) -> None:
        """Make a loader.

        *autoescape* is the name of a function in the template namespace, for instance
        ``"xhtml_escape"``, or None.  *namespace* holds names that all templates can use.
        *whitespace* is a mode of :func:`filter_whitespace`; by default it is ``single``
        for names ending in ``.html`` and ``.js`` and ``all`` for others.
        """
        self.autoescape = autoescape
        self.namespace = namespace or {}
        self.whitespace = whitespace
        self.templates: dict[str, Template] = {}
        #: Held while a template is loaded, so that it is compiled once.
        self.lock = threading.RLock()
        self._loading: set[str] = set()

    def reset(self) -> None:
        """Forget all templates; they are loaded anew when next needed."""
        with self.lock:
            self.templates = {}

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """Return the full name of what is called *name* in the template *parent_path*."""
        raise NotImplementedError(f"{type(self).__name__} must define resolve_path()")

    def load(self, name: str, parent_path: str | None = None) -> Template:
        """Return the template *name*, which may be relative to *parent_path*.

        Raises :class:`ParseError` when it is no template or contains itself.
        """
        name = self.resolve_path(name, parent_path)
        with self.lock:
            template = self.templates.get(name)
            if template is None:
                template = self.templates[name] = self._create_once(name)
            return template

    def _create_once(self, name: str) -> Template:
        if name in self._loading:
            raise ParseError("the template extends or includes itself", name)
        self._loading.add(name)
        try:
            return self._create_template(name)
        finally:
            self._loading.discard(name)

    def _create_template(self, name: str) -> Template:
        raise NotImplementedError(f"{type(self).__name__} must define _create_template()")


class Loader(BaseLoader):
    """Loads templates from the files below one directory."""

    def __init__(self, root_directory: str, **kwargs: Any) -> None:
        """*root_directory* holds the templates; *kwargs* are those of :class:`BaseLoader`."""
        super().__init__(**kwargs)
        self.root = os.path.abspath(root_directory)

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """Return the path from the root to the file that *name* means in *parent_path*.

        Names that begin with a slash, and all names in templates that are not files, are
        not relative.
        """
        if _is_relative(name, parent_path):
            assert parent_path is not None
            directory = os.path.dirname(os.path.join(self.root, parent_path))
            path = os.path.abspath(os.path.join(directory, name))
            if path.startswith(self._inside):
                return path[len(self._inside) :]
        return name

    @property
    def _inside(self) -> str:
        """What the paths of all files below the root begin with."""
        return self.root.rstrip(os.sep) + os.sep

    def _create_template(self, name: str) -> Template:
        path = os.path.abspath(os.path.join(self.root, name))
        if not path.startswith(self._inside):
            reason = f"the template is outside of {self.root}; templates must be below it"
            raise FileNotFoundError(errno.ENOENT, reason, name)
        with open(path, "rb") as file:
            return Template(file.read(), name=name, loader=self)


class DictLoader(BaseLoader):
    """Loads templates from a dictionary of names and sources."""

    def __init__(self, dict: dict[str, str], **kwargs: Any) -> None:
        """*kwargs* are those of :class:`BaseLoader`."""
        super().__init__(**kwargs)
        self.dict = dict

    def resolve_path(self, name: str, parent_path: str | None = None) -> str:
        """Return *name* as seen from the directory, by slashes, of *parent_path*."""
        if _is_relative(name, parent_path):
            assert parent_path is not None
            return posixpath.normpath(posixpath.join(posixpath.dirname(parent_path), name))
        return name

    def _create_template(self, name: str) -> Template:
        return Template(self.dict[name], name=name, loader=self)


def _is_relative(name: str, parent_path: str | None) -> bool:
    return bool(parent_path and not parent_path.startswith(("<", "/")) and not name.startswith("/"))
