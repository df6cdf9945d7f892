"""Files that lie compressed beside their originals: ``app.js.br`` for ``app.js``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from stat import S_ISLNK
from typing import Any, Final

from zonda.web.static.paths import MODIFIED, Stamp
from zonda.web.transforms import accepted_coding

__all__ = ["CODINGS", "find_sibling"]

#: What each coding's files end in, best coding first.
CODINGS: Final = {"zstd": ".zst", "br": ".br", "gzip": ".gz"}


def configured_codings(setting: Any) -> tuple[str, ...]:
    """The codings that the setting ``static_precompressed`` names, best first.

    Raises:
        ValueError: it names an unknown one.
    """
    if not setting:
        return ()
    if setting is True:
        return tuple(CODINGS)
    named: Iterable[str] = (setting,) if isinstance(setting, str) else setting
    chosen = tuple(named)
    for coding in chosen:
        if coding not in CODINGS:
            raise ValueError(
                f"the setting static_precompressed names {coding!r}: "
                f"use True, or some of {', '.join(CODINGS)}"
            )
    return chosen


def find_sibling(
    path: str, stamp: Stamp, accept_encoding: str, codings: tuple[str, ...]
) -> tuple[str, str, os.stat_result] | None:
    """Choose the compressed file to be sent instead of the one at *path*.

    One that is older than the original was made from something else, and does not count; nor
    does a symbolic link, which may lead out of the site.

    Returns:
        coding, path and status; None if the client takes no coding of which there is a file.
    """
    found = {}
    for coding in codings:
        if coding not in accept_encoding and "*" not in accept_encoding:
            continue
        try:
            status = os.lstat(path + CODINGS[coding])
        except OSError:
            continue
        if S_ISLNK(status.st_mode):
            continue
        if status.st_mtime_ns >= stamp[MODIFIED]:
            found[coding] = status
    coding_chosen = accepted_coding(accept_encoding, tuple(found))
    if coding_chosen is None:
        return None
    return coding_chosen, path + CODINGS[coding_chosen], found[coding_chosen]
