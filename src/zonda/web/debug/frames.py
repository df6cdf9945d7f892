"""The frames of a traceback, with the code around them and their variables."""

from __future__ import annotations

import linecache
import os
import sysconfig
from functools import cache
from itertools import islice
from types import CodeType, FrameType, TracebackType
from typing import Final, NamedTuple

from zonda.web.debug.values import ShownValues

__all__ = ["CodeLine", "Frame", "shown_frames", "with_causes"]

_LINES_BEFORE: Final = 7
_LINES_AFTER: Final = 5
_MAX_VARIABLES: Final = 60
#: Of a longer traceback (of a recursion without end) the outermost and innermost frames are shown.
_MAX_FRAMES: Final = 40
_OUTERMOST: Final = 10
_MAX_CAUSES: Final = 10


class CodeLine(NamedTuple):
    """A line of the source; that of the frame in three pieces, the middle one being at fault."""

    number: int
    before: str
    marked: str
    after: str
    current: bool


class Frame(NamedTuple):
    """One frame of a traceback."""

    file: str
    line: int
    function: str
    code: list[CodeLine]
    variables: list[tuple[str, str]]
    #: Whether it belongs to the program, not to a library.
    own: bool
    #: How many frames before this one are left out.
    left_out: int


@cache
def _library_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    named = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    ours = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return tuple(os.path.join(path, "") for path in (*named, ours))


def with_causes(error: BaseException) -> list[tuple[BaseException, str]]:
    """The exception and those that led to it, each with what it has to do with the one before.

    Groups are followed by their members.
    """
    found: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    waiting = [(error, "")]
    while waiting and len(found) < _MAX_CAUSES:
        current, relation = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        found.append((current, relation))
        if isinstance(current, BaseExceptionGroup):
            waiting += [
                (member, "One of the exceptions in the group:") for member in current.exceptions
            ]
        if current.__cause__ is not None:
            waiting.append((current.__cause__, "It was raised because of:"))
        elif current.__context__ is not None and not current.__suppress_context__:
            waiting.append((current.__context__, "It came up while this one was handled:"))
    return found


def shown_frames(traceback: TracebackType | None, values: ShownValues) -> list[Frame]:
    """The frames of a traceback, innermost first; of very many some in the middle are left out."""
    links, frames, left_out = _links(traceback), [], 0
    if len(links) > _MAX_FRAMES:
        left_out = len(links) - _MAX_FRAMES
        links = links[:_OUTERMOST] + links[_OUTERMOST + left_out :]
    for place, link in enumerate(links):
        gap = left_out if place == _OUTERMOST else 0
        frames.append(_shown(link.tb_frame, link.tb_lineno, link.tb_lasti, values, gap))
    frames.reverse()
    return frames


def _links(traceback: TracebackType | None) -> list[TracebackType]:
    links = []
    while traceback is not None:
        links.append(traceback)
        traceback = traceback.tb_next
    return links


def _shown(frame: FrameType, line: int, lasti: int, values: ShownValues, left_out: int) -> Frame:
    code = frame.f_code
    file = code.co_filename
    variables = [
        (name, values.show(name, value))
        for name, value in islice(frame.f_locals.items(), _MAX_VARIABLES)
        if not (name.startswith("__") and name.endswith("__"))
    ]
    return Frame(
        file,
        line,
        code.co_qualname,
        _code_around(frame, line, lasti, values),
        variables,
        not os.path.abspath(file).startswith(_library_folders()) and not file.startswith("<"),
        left_out,
    )


def _code_around(frame: FrameType, line: int, lasti: int, values: ShownValues) -> list[CodeLine]:
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    first = max(line - _LINES_BEFORE, 1)
    shown = []
    for number, text in enumerate(lines[first - 1 : line + _LINES_AFTER], first):
        text = text.rstrip("\n")
        clean = values.text(text)
        if number == line and clean == text:
            start, end = _columns(frame.f_code, lasti, line, text)
            before, marked, after = text[:start], text[start:end], text[end:]
        else:
            before, marked, after = clean, "", ""
        shown.append(CodeLine(number, before, marked, after, number == line))
    return shown


def _columns(code: CodeType, lasti: int, line: int, text: str) -> tuple[int, int]:
    """What of the line was being executed, PEP 657; all of it if that is not known."""
    everything = len(text) - len(text.lstrip()), len(text)
    positions = next(islice(code.co_positions(), lasti // 2, None), None)
    if positions is None:
        return everything
    first, last, start, end = positions
    if first != line or start is None or end is None:
        return everything
    raw = text.encode()  # columns are counted in bytes of UTF-8
    begin = len(raw[:start].decode("utf-8", "replace"))
    return begin, len(raw[:end].decode("utf-8", "replace")) if last == line else len(text)
