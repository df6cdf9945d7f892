"""From the path of a URL to a file that may be served."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from zonda.web.errors import HTTPError
from zonda.web.frame import HandlerFrame
from zonda.web.locations import is_protocol_relative
from zonda.web.static.files import KnownFiles
from zonda.web.static.paths import (
    Stamp,
    allowed_target,
    check_in_root,
    check_regular,
    stamp_of,
    stat_file,
)

__all__ = ["LocationMixin"]

_known_files: Final = KnownFiles()


class LocationMixin(HandlerFrame):
    """How a handler finds the file that a request is for."""

    #: Folder or folders that symbolic links may lead to. None: the one that is served.
    allowed_symlink_directory: str | list[str] | None = None

    default_filename: str | None
    path: str

    #: What is known about the file at ``_stat_path``.
    _stat_path: str | None = None
    _stat_result: os.stat_result
    _stamp: Stamp

    if TYPE_CHECKING:

        def get_absolute_path(self, root: str, path: str) -> str: ...

    def parse_url_path(self, url_path: str) -> str:
        """The path of a file, relative to the root, for the path of a URL."""
        return url_path if os.sep == "/" else url_path.replace("/", os.sep)

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """Check that a path may be served; return that of the file.

        Args:
            root: as the route gave it.
            absolute_path: what :meth:`get_absolute_path` made of the URL.

        Returns:
            the path with symbolic links resolved, or None if the client was redirected.

        Raises:
            HTTPError: 404, there is nothing; 403, it lies outside, or is no regular file.
        """
        located, status = self._locate(root, absolute_path)
        if stat.S_ISDIR(status.st_mode) and self.default_filename is not None:
            if not self.request.path.endswith("/"):
                self._redirect_to_folder()
                return None
            below = os.path.join(absolute_path, self.default_filename)
            located, status = self._locate(root, below)
        check_regular(status, self.path)
        self._remember_status(located, status)
        return located

    def _remember_status(self, path: str, status: os.stat_result) -> None:
        self._stat_path, self._stat_result, self._stamp = path, status, stamp_of(status)

    def _locate(self, root: str, absolute_path: str) -> tuple[str, os.stat_result]:
        """What a path leads to, if that may be seen."""
        check_in_root(root, absolute_path, self.path)
        directories = self._allowed_directories(root)
        try:
            status = stat_file(absolute_path)
        except HTTPError:
            # What is outside is forbidden whether it is there or not: nobody must learn that.
            allowed_target(absolute_path, directories, self.path)
            raise
        located = _known_files.target(
            absolute_path,
            directories,
            stamp_of(status),
            lambda: allowed_target(absolute_path, directories, self.path),
        )
        return located, status

    def _allowed_directories(self, root: str) -> tuple[str, ...]:
        allowed = self.allowed_symlink_directory
        if allowed is None:
            return (root,)
        return (allowed,) if isinstance(allowed, str) else tuple(allowed)

    def _redirect_to_folder(self) -> None:
        """Relative links on the default page are meant from inside of the folder."""
        path = self.request.path
        # %5C is no slash for browsers; but there are proxies that decode what they hand on.
        if is_protocol_relative(unquote(path)):
            raise HTTPError(403, "cannot redirect path with two initial slashes")
        self.redirect(path + "/", permanent=True)
