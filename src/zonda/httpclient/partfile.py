"""The unfinished file of a download, and what it is a part of."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from zonda.httputil import HTTPHeaders

__all__ = ["Entity", "PartFile"]


class Entity(NamedTuple):
    """What is being downloaded, as far as a server tells."""

    #: A digest of the URL, which may hold passwords and goes to the disk.
    source: str
    #: A strong entity tag or a modification date that can stand in ``If-Range``; None: the
    #: server gave none, and a part of this cannot be completed later.
    validator: str | None
    #: Bytes of the whole; None: not known.
    total: int | None

    @classmethod
    def of(cls, url: str, headers: HTTPHeaders, total: int | None) -> Entity:
        """The entity of a response.

        Args:
            url: what was asked for.
            headers: the response's.
            total: bytes of the whole.
        """
        return cls(_digest(url), _validator(headers), total)


def _digest(url: str) -> str:
    from hashlib import sha256

    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def _validator(headers: HTTPHeaders) -> str | None:
    """What identifies these very bytes (RFC 9110 sections 8.8 and 13.1.5)."""
    tag = headers.get("ETag", "").strip()
    if tag.startswith('"') and tag.endswith('"') and len(tag) > 1:
        return tag
    modified, date = headers.get("Last-Modified"), headers.get("Date")
    if tag or modified is None or date is None:
        return None  # a weak tag: equal content, perhaps in other bytes
    from email.utils import parsedate_to_datetime

    try:
        age = parsedate_to_datetime(date) - parsedate_to_datetime(modified)
    except (TypeError, ValueError):
        return None
    # Section 8.8.2.2: a date is strong if the file could not change again within it.
    return modified.strip() if age.total_seconds() >= 1 else None


class PartFile:
    """``path.part`` with the bytes, ``path.part.json`` with the :class:`Entity`.

    Both are locked while they are open; :meth:`finish` moves the first to ``path``. Every
    method blocks: call them in a thread.

    Args:
        path: where the complete file is to be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.part = path.with_name(path.name + ".part")
        self._note = path.with_name(path.name + ".part.json")
        self._file: IO[bytes] | None = None

    def open(self) -> None:
        """Open the part, or make it.

        Raises:
            OSError: it cannot be written.
            RuntimeError: another download is writing it.
        """
        # Not through a symbolic link: in a folder like /tmp anybody may have put it there.
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        file = os.fdopen(os.open(self.part, flags, 0o666), "r+b", buffering=0)
        try:
            _lock(file, self.part)
        except BaseException:
            file.close()
            raise
        self._file = file

    @property
    def size(self) -> int:
        """Bytes that are here."""
        assert self._file is not None
        return os.fstat(self._file.fileno()).st_size

    def entity(self, url: str) -> Entity | None:
        """What the bytes are a part of; None if they cannot be completed from ``url``."""
        try:
            entity = Entity(*json.loads(self._note.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None
        if entity.source != _digest(url) or not isinstance(entity.validator, str):
            return None
        unfinished = entity.total is None or self.size < entity.total
        return entity if self.size and unfinished else None

    def begin(self, entity: Entity) -> None:
        """Begin anew, with the bytes of another entity."""
        assert self._file is not None
        self._note.unlink(missing_ok=True)
        self._file.truncate(0)
        self._file.seek(0)
        if entity.validator is not None:
            self._note.write_text(json.dumps(entity))

    def seek_end(self) -> None:
        """Go on behind the bytes that are here."""
        assert self._file is not None
        self._file.seek(0, os.SEEK_END)

    def write(self, data: bytes) -> None:
        """Add bytes."""
        assert self._file is not None
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def finish(self) -> None:
        """Everything is here: have it on the disk, then under its name."""
        assert self._file is not None
        os.fsync(self._file.fileno())
        os.replace(self.part, self.path)
        self._note.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Close the part; bytes that nobody can add to are removed."""
        file, self._file = self._file, None
        if file is None:
            return
        if not self._note.exists() and self.part.exists():
            self.part.unlink()
        file.close()


def _lock(file: IO[bytes], path: Path) -> None:
    try:
        import fcntl
    except ImportError:
        return  # Windows: nobody else can open a file for writing that is being written
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise RuntimeError(f"another download is writing {path}") from None
