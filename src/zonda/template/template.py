"""A compiled template."""

from __future__ import annotations

import linecache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Final

from zonda.escape import native_str, xhtml_escape
from zonda.template.errors import TemplateSyntaxError
from zonda.template.page import Library
from zonda.template.parser import parse
from zonda.template.runtime import NAMESPACE, escape_by
from zonda.template.source import Source
from zonda.template.whitespace import MODES, default_mode
from zonda.template.writer import DEFAULT_AUTOESCAPE, write
from zonda.util import ObjectDict

if TYPE_CHECKING:
    from zonda.template.loaders import BaseLoader


class _Unset:
    """Stands for an argument that was not given, where None means something."""

    def __repr__(self) -> str:
        return "<not given>"


_UNSET: Final = _Unset()


class Template:
    """A template, compiled and ready to :meth:`generate` output."""

    def __init__(
        self,
        template_string: str | bytes,
        name: str = "<string>",
        loader: BaseLoader | None = None,
        compress_whitespace: bool | _Unset = _UNSET,
        autoescape: str | _Unset | None = _UNSET,
        whitespace: str | None = None,
    ) -> None:
        """Compile *template_string* (``bytes`` are UTF-8).

        *name* stands in error messages and is what relative names in ``{% extends %}``
        and ``{% include %}`` are relative to.  *loader* finds those templates, and its
        *autoescape*, *whitespace* and namespace are the defaults.  *autoescape* is the name
        of the escaping function or None, *whitespace* a mode of
        :func:`filter_whitespace`; the older *compress_whitespace* stands for ``single``
        (True) or ``all``.

        Raises :class:`ParseError` if this is not a template, or not Python where it
        should be.
        """
        self.name = name
        self.loader = loader
        self.namespace: dict[str, Any] = loader.namespace if loader else {}
        if not isinstance(autoescape, _Unset):
            escaping = autoescape
        else:
            escaping = loader.autoescape if loader else DEFAULT_AUTOESCAPE
        mode = _whitespace_mode(name, loader, compress_whitespace, whitespace)
        self.file = parse(native_str(template_string), name, escaping, mode)
        #: The function that escapes expressions, as the template itself has it.
        self.autoescape = self.file.autoescape
        library = Library(loader)
        source = write(library.page(self.file), library.included)
        #: The Python source that the template has become.
        self.code = source.text
        self._filename = f"{name.replace('.', '_')}.generated.py"
        self.compiled = self._compile(source)
        code = self.code
        self._names = {
            **NAMESPACE,
            "__name__": name.replace(".", "_"),
            # This is where tracebacks find the source.
            "__loader__": ObjectDict(get_source=lambda module_name: code),
        }
        self._function = next(c for c in self.compiled.co_consts if isinstance(c, CodeType))

    def _compile(self, source: Source) -> CodeType:
        try:
            return compile(self.code, self._filename, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise _syntax_error(error, source) from None

    def generate(self, **kwargs: Any) -> bytes:
        """Render the template with the given names and return UTF-8."""
        namespace = {**self._names, **self.namespace, **kwargs}
        if namespace["xhtml_escape"] is not xhtml_escape:
            _replace_escape(namespace)
        try:
            output: bytes = FunctionType(self._function, namespace)()
        except Exception:
            # The traceback is for this template, not for an older one of that name.
            linecache.cache.pop(self._filename, None)
            raise
        return output


def _syntax_error(error: SyntaxError, source: Source) -> TemplateSyntaxError:
    """Return the error as one of the template, in its own lines."""
    for code, at in source.expressions:
        # Among each other unfinished expressions make for strange errors; alone they do not.
        try:
            compile(f"({code}\n)", at.name, "eval", dont_inherit=True)
        except SyntaxError as own:
            line = at.line + min((own.lineno or 1) - 1, code.count("\n"))
            return TemplateSyntaxError(own.msg, at.name, line, code)
    at = source.place_of(error.lineno or 1)
    text = (error.text or "").partition("  # ")[0].strip()
    return TemplateSyntaxError(error.msg, at.name, at.line, text)


def _whitespace_mode(
    name: str, loader: BaseLoader | None, compress: bool | _Unset, mode: str | None
) -> str:
    if not isinstance(compress, _Unset):
        if mode is not None:
            raise ValueError("give whitespace or the older compress_whitespace, not both")
        mode = "single" if compress else "all"
    mode = mode or (loader.whitespace if loader else None) or default_mode(name)
    if mode not in MODES:
        raise ValueError(f"unknown whitespace mode {mode!r}: use {', '.join(MODES)}")
    return mode


def _replace_escape(namespace: dict[str, Any]) -> None:
    """Make expressions use the ``xhtml_escape`` that the program has put into its place."""
    function = namespace["xhtml_escape"]
    namespace["_tt_escape"] = lambda value: escape_by(function, value)
