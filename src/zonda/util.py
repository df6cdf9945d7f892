"""Small things that the rest of Zonda stands on.

Nothing here knows about HTTP, sockets or the event loop: importing names from
strings, classes whose implementation can be configured (:class:`Configurable`),
decorator helpers (:class:`ArgReplacer`), gzip (:class:`GzipDecompressor`) and
attributes that are computed once (:class:`lazy`).
"""

from __future__ import annotations

import builtins
import re
import sys
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Self, TypeVar, overload

if TYPE_CHECKING:
    import datetime
    import unittest
    from types import CodeType, TracebackType

__all__ = [
    "PY3",
    "ArgReplacer",
    "Configurable",
    "GzipDecompressor",
    "ObjectDict",
    "TimeoutError",
    "basestring_type",
    "bytes_type",
    "doctests",
    "errno_from_exception",
    "exec_in",
    "import_object",
    "is_finalizing",
    "lazy",
    "raise_exc_info",
    "re_unescape",
    "timedelta_to_seconds",
    "unicode_type",
]

T = TypeVar("T")

#: Names from the years when Python 2 and 3 were served by the same source.
PY3 = True
bytes_type = bytes
unicode_type = str
basestring_type = str

#: What Zonda raises when a deadline passes: Python's own ``TimeoutError``.
TimeoutError = builtins.TimeoutError

#: True while the interpreter is shutting down and modules may be half gone.
is_finalizing = sys.is_finalizing


class lazy(Generic[T]):
    """An attribute that is computed on first access and then simply is there.

    The result goes into the instance's ``__dict__`` under the method's name, so
    later reads do not come here at all.  Assigning to the attribute replaces the
    value, ``del`` makes the next read compute it again.  There is no lock: two
    threads that read first at the same moment both compute, the last one stays.

    >>> class Circle:
    ...     def __init__(self, radius):
    ...         self.radius = radius
    ...     @lazy
    ...     def area(self):
    ...         print("computing")
    ...         return 3 * self.radius ** 2
    >>> circle = Circle(2)
    >>> circle.area + circle.area
    computing
    24
    """

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any] | None = None) -> T: ...
    def __get__(self, instance: object | None, owner: type[Any] | None = None) -> Self | T:
        if instance is None:
            return self
        value = self.compute(instance)
        # setattr, not __dict__: looking at that would make a dict of attributes that
        # CPython otherwise keeps in the object itself.
        setattr(instance, self.name, value)
        return value


class ObjectDict(dict[str, Any]):
    """A dictionary whose items can also be read and written as attributes.

    >>> settings = ObjectDict(port=8888)
    >>> settings.debug = True
    >>> settings.port, settings["debug"]
    (8888, True)
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value


class GzipDecompressor:
    """Decompresses a gzip stream piece by piece (RFC 1952), all its members.

    Like ``zlib.decompressobj``, but it reads on when one gzip member follows
    another (section 2.2), and refuses what is not gzip with ``zlib.error``.
    """

    #: Input is handed to zlib in slices of this size: what follows a member is copied
    #: by zlib, and a flood of tiny members must not copy the rest of the body each time.
    _SLICE = 16 * 1024
    _MAGIC = b"\x1f\x8b"

    def __init__(self) -> None:
        self._member: zlib._Decompress | None = None
        self._half_magic = b""
        self._tail = b""

    def decompress(self, value: bytes, max_length: int = 0) -> bytes:
        """Return what *value* decompresses to, at most *max_length* bytes of it.

        Input that was not looked at because the limit was reached is kept in
        :attr:`unconsumed_tail` and has to be passed in again, before any newer data.
        Zero means no limit and is deprecated (``DeprecationWarning``): a thousand bytes
        of gzip can hold a million.

        Raises ``zlib.error`` when the data is not gzip or is damaged, and
        ``ValueError`` when *max_length* is negative.
        """
        if max_length < 0:
            raise ValueError(
                f"max_length is {max_length}; give 0 for no limit, or a limit in bytes"
            )
        if not max_length:
            warnings.warn(
                "give GzipDecompressor.decompress() a max_length: output without a limit can"
                " fill the memory",
                DeprecationWarning,
                stacklevel=2,
            )
        data = memoryview(self._half_magic + value if self._half_magic else value)
        self._half_magic = b""
        output: list[bytes] = []
        position, room = 0, max_length
        while position < len(data):
            used, piece = self._step(data[position : position + self._SLICE], room)
            position += used
            if piece:
                output.append(piece)
                if max_length:
                    room -= len(piece)
                    if not room:
                        break
        self._tail = bytes(data[position:])
        return output[0] if len(output) == 1 else b"".join(output)

    def _step(self, data: memoryview, room: int) -> tuple[int, bytes]:
        """Feed one slice to the current member: bytes used up, bytes that came out."""
        if self._member is None:
            start = bytes(data[:2])
            if not self._MAGIC.startswith(start):
                raise zlib.error(f"a gzip member should begin here, but the data is {start!r}")
            if len(start) < 2:
                self._half_magic = start
                return 1, b""
            self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        member = self._member
        piece = member.decompress(data, room)
        if member.eof:
            self._member = None
            return len(data) - len(member.unused_data), piece
        return len(data) - len(member.unconsumed_tail), piece

    @property
    def unconsumed_tail(self) -> bytes:
        """Input that waits for the next :meth:`decompress` (empty: there is none)."""
        return self._tail

    def flush(self) -> bytes:
        """Say that the input is over; always returns ``b""``.

        Raises ``zlib.error`` when the stream stops in the middle of a member and
        ``ValueError`` when :attr:`unconsumed_tail` has not been passed in again.
        """
        if self._tail:
            raise ValueError("pass unconsumed_tail to decompress() until it is empty, then flush()")
        if self._member is not None or self._half_magic:
            raise zlib.error("the gzip stream ends in the middle of a member")
        return b""


def import_object(name: str) -> Any:
    """Return what the dotted *name* stands for: a module or something inside one.

    Raises ``ImportError`` when there is no such module, or no such name in it.

    >>> import zonda.util
    >>> import_object("zonda.util") is zonda.util
    True
    >>> import_object("zonda.util.import_object") is import_object
    True
    >>> import_object("zonda.no_such_thing")
    Traceback (most recent call last):
        ...
    ImportError: No module named no_such_thing
    """
    parent, dot, last = name.rpartition(".")
    if not dot:
        return __import__(name)
    module = __import__(parent, fromlist=[last])
    try:
        return getattr(module, last)
    except AttributeError:
        raise ImportError(f"No module named {last}", name=name) from None


def exec_in(
    code: str | CodeType, glob: dict[str, Any], loc: Mapping[str, Any] | None = None
) -> None:
    """Run *code* with the given globals and locals.

    Source text is compiled without the ``__future__`` imports of this module.
    """
    if isinstance(code, str):
        code = compile(code, "<string>", "exec", dont_inherit=True)
    exec(code, glob, loc)


def raise_exc_info(
    exc_info: tuple[type[BaseException] | None, BaseException | None, TracebackType | None],
) -> NoReturn:
    """Raise again the exception of an ``exc_info`` triple, with its traceback.

    Raises ``TypeError`` when the triple holds no exception.
    """
    error = exc_info[1]
    if error is None:
        raise TypeError("there is no exception in this exc_info to raise again")
    try:
        raise error.with_traceback(exc_info[2])
    finally:
        # The frame would otherwise hold the exception that holds the frame.
        del error, exc_info


def errno_from_exception(e: BaseException) -> int | None:
    """Return the error number of *e*, from ``errno`` or its first argument, or None."""
    number: int | None = getattr(e, "errno", None)
    if number is None and e.args:
        number = e.args[0]
    return number


_ESCAPED_CHARACTER = re.compile(r"\\(.)", re.DOTALL)


def _unescape_character(match: re.Match[str]) -> str:
    character = match[1]
    if character.isascii() and character.isalnum():
        raise ValueError(f"{match[0]!r} has a meaning of its own; re.escape() never writes it")
    return character


def re_unescape(s: str) -> str:
    r"""Undo ``re.escape``.

    Raises ``ValueError`` for patterns that ``re.escape`` cannot have written, such
    as ``\d``.

    >>> re_unescape(r"a\.b\ c")
    'a.b c'
    """
    return _ESCAPED_CHARACTER.sub(_unescape_character, s)


def timedelta_to_seconds(td: datetime.timedelta) -> float:
    """Return the length of *td* in seconds."""
    return td.total_seconds()


class Configurable:
    """An interface whose constructor makes an instance of a chosen implementation.

    ``AsyncHTTPClient()``, say, returns a ``SimpleAsyncHTTPClient`` unless the
    program has chosen another class with :meth:`configure`, together with keyword
    arguments that every instance gets.

    The interface class defines the class methods :meth:`configurable_base` (itself)
    and :meth:`configurable_default` (the class used when none is configured).
    Implementations define ``initialize`` where other classes have ``__init__``.  An
    implementation can be a configurable interface in its own right.
    """

    _impl_class: type[Configurable] | None = None
    _impl_kwargs: dict[str, Any] | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        base = cls.configurable_base()
        if cls is base:
            implementation = cls.configured_class()
            kwargs = {**(vars(base).get("_impl_kwargs") or {}), **kwargs}
        else:
            implementation = cls
        if implementation.configurable_base() is not base:
            return implementation(*args, **kwargs)
        instance = super().__new__(implementation)
        instance.initialize(*args, **kwargs)
        return instance

    @classmethod
    def configurable_base(cls) -> type[Configurable]:
        """Return the class that holds the configuration, usually the interface itself."""
        raise NotImplementedError(f"{cls.__name__} must define configurable_base()")

    @classmethod
    def configurable_default(cls) -> type[Configurable]:
        """Return the implementation to use when none has been configured."""
        raise NotImplementedError(f"{cls.__name__} must define configurable_default()")

    def _initialize(self) -> None:
        """Take the place of ``__init__``: subclasses declare the arguments they accept."""

    initialize: Callable[..., None] = _initialize

    @classmethod
    def configure(cls, impl: str | type[Configurable] | None, **kwargs: Any) -> None:
        """Choose the class, and keyword arguments, for instances made from now on.

        *impl* is a class, its dotted name, or None for the default.  Raises
        ``ValueError`` when it is not a subclass of this interface and ``ImportError``
        when there is no such name.
        """
        base = cls.configurable_base()
        chosen = import_object(impl) if isinstance(impl, str) else impl
        if chosen is not None and not (isinstance(chosen, type) and issubclass(chosen, cls)):
            raise ValueError(f"{chosen!r} is not a subclass of {cls.__name__}, so it cannot be one")
        base._impl_class = chosen
        base._impl_kwargs = kwargs

    @classmethod
    def configured_class(cls) -> type[Configurable]:
        """Return the class that is made when the interface is called."""
        base = cls.configurable_base()
        # vars(), because an inner interface must not inherit the outer one's choice.
        chosen: type[Configurable] | None = vars(base).get("_impl_class")
        if chosen is None:
            chosen = base._impl_class = cls.configurable_default()
            if chosen is None:
                raise ValueError(
                    f"{base.__name__} has no default; call {base.__name__}.configure()"
                )
        return chosen

    @classmethod
    def _save_configuration(cls) -> tuple[type[Configurable] | None, dict[str, Any] | None]:
        base = cls.configurable_base()
        return vars(base).get("_impl_class"), vars(base).get("_impl_kwargs")

    @classmethod
    def _restore_configuration(
        cls, saved: tuple[type[Configurable] | None, dict[str, Any] | None]
    ) -> None:
        base = cls.configurable_base()
        base._impl_class, base._impl_kwargs = saved


class ArgReplacer:
    """Finds and replaces one argument of a call, given by position or by name.

    For decorators that need to see or change an argument of the function they wrap.
    """

    def __init__(self, func: Callable[..., Any], name: str) -> None:
        """Look *name* up in the signature of *func*; it need not be there."""
        self.name = name
        #: Where the argument stands among the positional ones; None: keyword only.
        self.arg_pos: int | None
        names = self._getargnames(func)
        self.arg_pos = names.index(name) if name in names else None

    def _getargnames(self, func: Callable[..., Any]) -> Sequence[str]:
        from inspect import getfullargspec

        return getfullargspec(func).args

    def get_old_value(
        self, args: Sequence[Any], kwargs: dict[str, Any], default: Any = None
    ) -> Any:
        """Return the argument as the call has it, *default* when it does not."""
        if self.arg_pos is not None and len(args) > self.arg_pos:
            return args[self.arg_pos]
        return kwargs.get(self.name, default)

    def replace(
        self, new_value: Any, args: Sequence[Any], kwargs: dict[str, Any]
    ) -> tuple[Any, Sequence[Any], dict[str, Any]]:
        """Put *new_value* in the argument's place.

        Returns the old value (None if there was none) and the arguments to call with.
        *kwargs* is changed in place, *args* is not.
        """
        if self.arg_pos is not None and len(args) > self.arg_pos:
            old = args[self.arg_pos]
            args = [*args[: self.arg_pos], new_value, *args[self.arg_pos + 1 :]]
        else:
            old = kwargs.get(self.name)
            kwargs[self.name] = new_value
        return old, args, kwargs


def _websocket_mask_python(mask: bytes, data: bytes) -> bytes:
    """Lay a WebSocket mask of four bytes over *data*, without compiled code (RFC 6455 5.3)."""
    from zonda._kernel.pure.frames import mask_bytes

    return mask_bytes(mask, data)


def doctests() -> unittest.TestSuite:
    """Return the examples of this module's docstrings as a test suite."""
    import doctest

    return doctest.DocTestSuite(sys.modules[__name__])
