"""Versions of static files: hashes of their content, in URLs and entity tags."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, ClassVar

from zonda.log import gen_log
from zonda.web.static.files import is_settled, stamp_of_path
from zonda.web.static.paths import Stamp, check_in_root

__all__ = ["VersionsMixin"]


class VersionsMixin:
    """URLs with versions, computed by class methods: templates have no handler for files."""

    #: Versions of this many files are remembered.
    MAX_CACHED_VERSIONS = 10000
    #: Larger files get no version: hashing them would hold everything up.
    MAX_VERSION_CONTENT_SIZE = 64 * 1024 * 1024

    #: Version by absolute path; None if there is none. Shared by all classes, and kept until
    #: the file changes, or :meth:`reset` is called.
    _static_hashes: ClassVar[dict[str, str | None]] = {}
    #: The state of the file that the version is of, and whether a later change would show in
    #: it; None for what is no file.
    _static_stamps: ClassVar[dict[str, tuple[Stamp, bool] | None]] = {}
    _lock: ClassVar[threading.Lock] = threading.Lock()

    if TYPE_CHECKING:

        @classmethod
        def get_content(
            cls, abspath: str, start: int | None = None, end: int | None = None
        ) -> Generator[bytes, None, None]: ...

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        """Where the content of *path* is: an absolute path below *root*.

        Override it together with ``validate_absolute_path`` and ``get_content`` for content
        from elsewhere; then it can be any key that they understand.
        """
        return os.path.abspath(os.path.join(root, path))

    @classmethod
    def reset(cls) -> None:
        """Forget all versions. Needed only for content that is not in files."""
        with cls._lock:
            cls._static_hashes.clear()
            cls._static_stamps.clear()

    @classmethod
    def make_static_url(
        cls, settings: dict[str, Any], path: str, include_version: bool = True
    ) -> str:
        """The URL of a static file; override it for URLs of another form.

        Args:
            settings: the application's.
            path: relative to the setting ``static_path``.
            include_version: add the version of the content: such URLs may be cached for ever.

        Raises:
            HTTPError: 403, *path* leads outside.
        """
        url: str = settings.get("static_url_prefix", "/static/") + path
        version = cls.get_version(settings, path) if include_version else None
        return f"{url}?v={version}" if version else url

    @classmethod
    def get_version(cls, settings: dict[str, Any], path: str) -> str | None:
        """The version to be put into a file's URL; None if it has none.

        To compute it otherwise override :meth:`get_content_version`.
        """
        root = settings["static_path"]
        absolute_path = cls.get_absolute_path(root, path)
        if cls._names_files():
            check_in_root(root, absolute_path, path)
        if not settings.get("static_hash_cache", True):
            cls._forget_version(absolute_path)
        return cls._get_cached_version(absolute_path)

    @classmethod
    def get_content_version(cls, abspath: str) -> str:
        """Compute the version of what is at a path: by default the SHA-512 hash of it.

        Raises:
            ValueError: it is larger than ``MAX_VERSION_CONTENT_SIZE``.
        """
        from hashlib import sha512

        digest = sha512(usedforsecurity=False)
        size = 0
        content: Any = cls.get_content(abspath)
        for chunk in (content,) if isinstance(content, bytes) else content:
            size += len(chunk)
            if size > cls.MAX_VERSION_CONTENT_SIZE:
                raise ValueError(
                    f"{abspath} is larger than MAX_VERSION_CONTENT_SIZE "
                    f"({cls.MAX_VERSION_CONTENT_SIZE} bytes)"
                )
            digest.update(chunk)
        return digest.hexdigest()

    @classmethod
    def _names_files(cls) -> bool:
        """Whether absolute paths are paths of files, not keys of a database."""
        return cls.get_absolute_path.__func__ is VersionsMixin.get_absolute_path.__func__  # type: ignore[attr-defined]

    @classmethod
    def _get_cached_version(cls, abs_path: str) -> str | None:
        """The version of what is at a path, computed again when it has changed."""
        return cls._version_of(abs_path, stamp_of_path(abs_path))

    @classmethod
    def _version_of(cls, abs_path: str, stamp: Stamp | None) -> str | None:
        """The version of a file in the state of *stamp*."""
        if cls._is_known(abs_path, stamp):
            version = cls._static_hashes.get(abs_path)
            if 2 * len(cls._static_hashes) >= cls.MAX_CACHED_VERSIONS:
                # Some will have to go: this one has just been of use.
                cls._remember_version(abs_path, version)
            return version
        try:
            version = cls.get_content_version(abs_path)
        except Exception as error:
            gen_log.error("Could not open static file %r: %s", abs_path, error)
            version = None
        cls._static_stamps[abs_path] = None if stamp is None else (stamp, is_settled(stamp))
        cls._remember_version(abs_path, version)
        return version

    @classmethod
    def _is_known(cls, abs_path: str, stamp: Stamp | None) -> bool:
        """Whether the version that is remembered is that of a file in this state."""
        if abs_path not in cls._static_hashes:
            return False
        known = cls._static_stamps.get(abs_path)
        if known is None or stamp is None:
            return known is None and stamp is None
        # One that was computed right after a change is computed once more, some time later.
        return known[0] == stamp and (known[1] or not is_settled(stamp))

    @classmethod
    def _remember_version(cls, abs_path: str, version: str | None) -> None:
        with cls._lock:
            cls._static_hashes.pop(abs_path, None)
            while len(cls._static_hashes) >= cls.MAX_CACHED_VERSIONS:
                oldest = next(iter(cls._static_hashes))
                del cls._static_hashes[oldest]
                cls._static_stamps.pop(oldest, None)
            cls._static_hashes[abs_path] = version

    @classmethod
    def _forget_version(cls, abs_path: str) -> None:
        with cls._lock:
            cls._static_hashes.pop(abs_path, None)
            cls._static_stamps.pop(abs_path, None)
