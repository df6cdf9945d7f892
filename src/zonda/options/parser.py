"""A collection of options that reads command lines and configuration files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, TextIO

from zonda.options.errors import Error
from zonda.options.help import write_help
from zonda.options.option import Option
from zonda.util import exec_in

_THIS_FOLDER = os.path.dirname(__file__)


class OptionParser:
    """A set of options, each of them an attribute.

    >>> parser = OptionParser()
    >>> parser.define("port", default=8888, help="listen here")
    >>> parser.parse_command_line(["prog", "--port=80", "rest"])
    ['rest']
    >>> parser.port
    80
    """

    def __init__(self) -> None:
        # Attributes are options, so those that are none go around __setattr__.
        self.__dict__["_options"] = {}
        self.__dict__["_parse_callbacks"] = []
        self.define(
            "help", type=bool, help="show this help information", callback=self._help_callback
        )

    _options: dict[str, Option]
    _parse_callbacks: list[Callable[[], None]]

    # --- options as attributes and items ------------------------------------------------

    def _normalize_name(self, name: str) -> str:
        return name.replace("_", "-")

    def _option(self, name: str) -> Option:
        try:
            # Through __dict__, because a copy in the making has no options yet.
            option: Option = self.__dict__["_options"][self._normalize_name(name)]
        except KeyError:
            raise AttributeError(f"Option {name!r} does not exist; define() it first") from None
        return option

    def __getattr__(self, name: str) -> Any:
        return self._option(name).value()

    def __setattr__(self, name: str, value: Any) -> None:
        self._option(name).set(value)

    def __getitem__(self, name: str) -> Any:
        return self._option(name).value()

    def __setitem__(self, name: str, value: Any) -> None:
        self._option(name).set(value)

    def __contains__(self, name: str) -> bool:
        return self._normalize_name(name) in self._options

    def __iter__(self) -> Iterator[str]:
        return (option.name for option in self._options.values())

    def items(self) -> list[tuple[str, Any]]:
        """Return names and values."""
        return [(option.name, option.value()) for option in self._options.values()]

    def as_dict(self) -> dict[str, Any]:
        """Return the values of all options by name."""
        return dict(self.items())

    def groups(self) -> set[str]:
        """Return the groups that options have been put into, and files that define some."""
        return {option.group_name for option in self._options.values()}

    def group_dict(self, group: str) -> dict[str, Any]:
        """Return the values of the options of one *group*, or of all if it is empty.

        For instance ``Application(handlers, **options.group_dict("application"))``.
        """
        return {
            name: option.value()
            for name, option in ((option.name, option) for option in self._options.values())
            if not group or option.group_name == group
        }

    # --- definition ---------------------------------------------------------------------

    def define(
        self,
        name: str,
        default: Any = None,
        type: type | None = None,
        help: str | None = None,
        metavar: str | None = None,
        multiple: bool = False,
        group: str | None = None,
        callback: Callable[[Any], None] | None = None,
    ) -> None:
        """Define an option.

        ``type``
            What the value is (see the module); by default what *default* is, or ``str``.
        ``help``, ``metavar``
            For ``--help``: ``--name=METAVAR   help``.
        ``multiple``
            The value is a list.
        ``group``
            Heading in the help, and name for :meth:`group_dict`; by default the file that
            calls this.
        ``callback``
            Called with the value whenever it is set.  For an option that names a
            configuration file, say, so that options behind it on the command line win::

                define("config", type=str, help="path to config file",
                       callback=lambda path: parse_config_file(path, final=False))

        Raises :class:`Error` when there is an option of that name.
        """
        normalized = self._normalize_name(name)
        if normalized in self._options:
            where = self._options[normalized].group_name or "zonda.options"
            raise Error(f"Option {name!r} is already defined in {where}")
        self._options[normalized] = Option(
            name,
            default=default,
            type=type,
            help=help,
            metavar=metavar,
            multiple=multiple,
            group_name=group if group is not None else _calling_file(),
            callback=callback,
        )

    # --- where values come from ---------------------------------------------------------

    def parse_command_line(self, args: list[str] | None = None, final: bool = True) -> list[str]:
        """Set options from the command line and return the arguments that are none.

        *args* defaults to ``sys.argv``; its first item, the program, is skipped.  Options
        end at the first argument that does not begin with a hyphen, or at ``--``.  Unless
        *final* is false the parse callbacks are run: pass False when another command line
        or file is to follow.

        Raises :class:`Error` for options that do not exist (after printing the help) and
        values that are none.
        """
        if args is None:
            args = sys.argv
        rest: list[str] = []
        for i, argument in enumerate(args[1:], 1):
            if not argument.startswith("-"):
                rest = args[i:]
                break
            if argument == "--":
                rest = args[i + 1 :]
                break
            self._parse_argument(argument)
        if final:
            self.run_parse_callbacks()
        return rest

    def _parse_argument(self, argument: str) -> None:
        name, equals, value = argument.lstrip("-").partition("=")
        if name not in self:
            self.print_help()
            raise Error(f"There is no command line option --{name}; --help lists those there are")
        option = self._option(name)
        if not equals:
            if option.type is not bool:
                raise Error(f"Option {name!r} needs a value: --{name}=…")
            value = "true"
        option.parse(value)

    def parse_config_file(self, path: str, final: bool = True) -> None:
        """Run the Python file *path* and set options from the variables it leaves.

        The file can use ``__file__``, its own absolute path.  Variables that are no
        options mean nothing.  Strings are parsed like on the command line when the option
        is of another type, or a list.  *final* is as in :meth:`parse_command_line`.

        Raises :class:`Error` for values that are none, and what the file raises.
        """
        variables: dict[str, Any] = {"__file__": os.path.abspath(path)}
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        exec_in(code, variables, variables)
        for name, value in variables.items():
            if name not in self:
                continue
            option = self._option(name)
            if isinstance(value, str) and (option.multiple or option.type is not str):
                option.parse(value)
            else:
                option.set(value)
        if final:
            self.run_parse_callbacks()

    def add_parse_callback(self, callback: Callable[[], None]) -> None:
        """Have *callback* called when options have been parsed."""
        self._parse_callbacks.append(callback)

    def run_parse_callbacks(self) -> None:
        """Call the parse callbacks."""
        for callback in self._parse_callbacks:
            callback()

    # --- help ---------------------------------------------------------------------------

    def print_help(self, file: TextIO | None = None) -> None:
        """Print all options to *file*, by default standard error."""
        write_help(self._options.values(), file or sys.stderr)

    def _help_callback(self, value: bool) -> None:
        if value:
            self.print_help()
            sys.exit(0)

    # --- tests --------------------------------------------------------------------------

    def mockable(self) -> Mockable:
        """Return a stand-in whose attributes ``unittest.mock.patch.object`` can replace.

        ::

            with mock.patch.object(options.mockable(), "name", value):
                assert options.name == value
        """
        return Mockable(self)


class Mockable:
    """Options as attributes that can also be deleted, which puts the old value back.

    ``mock.patch`` sets an attribute and deletes it in the end if it was not in the
    object's ``__dict__``.  Make a new one for each patch.
    """

    def __init__(self, options: OptionParser) -> None:
        self.__dict__["_options"] = options
        self.__dict__["_originals"] = {}

    _options: OptionParser
    _originals: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._options, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self._originals:
            raise AssertionError(f"{name!r} is mocked already; call mockable() for each patch")
        self._originals[name] = getattr(self._options, name)
        setattr(self._options, name, value)

    def __delattr__(self, name: str) -> None:
        setattr(self._options, name, self._originals.pop(name))


def _calling_file() -> str:
    """Return the file that calls ``define``; empty if it is one of this package."""
    frame = sys._getframe(2)
    if _is_ours(frame) and frame.f_code.co_name == "define" and frame.f_back is not None:
        frame = frame.f_back
    return "" if _is_ours(frame) else frame.f_code.co_filename


def _is_ours(frame: FrameType) -> bool:
    return os.path.dirname(frame.f_code.co_filename) == _THIS_FOLDER
