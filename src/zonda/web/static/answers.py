"""Answers that can be given again after one look at the file.

Most requests are for the same small files, without conditions or ranges, of handlers that
override nothing. All that such an answer depends on is the state of one file.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Final

from zonda.protocol.exchange import FieldBlock
from zonda.web.frame import HandlerFrame
from zonda.web.headers import default_fields
from zonda.web.static.files import ContentCache, is_settled
from zonda.web.static.paths import SIZE, Stamp, stamp_of

if TYPE_CHECKING:
    import asyncio
    import datetime

__all__ = ["Answer", "AnswersMixin", "contents"]

#: The content of small files, for answers of all kinds.
contents: Final = ContentCache()

_FIELDS: Final = ("Content-Type", "Accept-Ranges", "Etag", "Last-Modified", "Content-Length")
# Any of these makes an answer depend on more than the file.
_CONDITIONS: Final = (
    "Range",
    "If-None-Match",
    "If-Modified-Since",
    "If-Match",
    "If-Unmodified-Since",
)
_MAX_ANSWERS: Final = 4096


class Answer:
    """What was answered for a path, and the state of the file then."""

    __slots__ = ("_block", "_common", "asked_path", "fields", "located", "modified", "stamp")

    def __init__(
        self,
        asked_path: str,
        located: str,
        stamp: Stamp,
        modified: datetime.datetime | None,
        fields: tuple[tuple[str, str], ...],
    ) -> None:
        self.asked_path = asked_path
        self.located = located
        self.stamp = stamp
        self.modified = modified
        self.fields = fields
        self._common: FieldBlock | None = None
        self._block: FieldBlock

    def block_at(self, now: float) -> FieldBlock:
        """All the fields of the answer, encoded; new once a second, for the date."""
        common = default_fields.at(now)
        if common is not self._common:
            self._common = common
            own = dict(self.fields)
            del own["Content-Length"]  # sent with the content
            fields = tuple({**dict(common.fields), **own}.items())
            lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
            self._block = FieldBlock(fields, lines.encode("latin-1"))
        return self._block


_answers: Final[dict[Any, Answer]] = {}


class AnswersMixin(HandlerFrame):
    """Giving the same answer again."""

    #: Whether a class leaves all that answers depend on as it is; see ``__init_subclass__``.
    _overrides_nothing: ClassVar[bool] = True
    #: False in subclasses, whatever they override.
    _is_standard: ClassVar[bool] = True

    root: str
    allowed_symlink_directory: str | list[str] | None
    path: str
    absolute_path: str | None
    modified: datetime.datetime | None
    _sending: bool
    #: The answer that is being given again, if nothing can come between it and the client.
    _answer: Answer | None = None

    if TYPE_CHECKING:
        _stamp: Stamp
        _fields: Any
        _new_cookie: Any

    def _answer_key(self, path: str) -> Any:
        """What an answer is remembered by; None if it depends on more than a file."""
        application = self.application
        settings = application.settings
        if (
            not self._overrides_nothing
            or self.request.query
            or application.transforms
            or settings.get("static_precompressed")
            or not settings.get("static_hash_cache", True)
        ):
            return None
        field = self.request._field
        for name in _CONDITIONS:
            if field(name) is not None:
                return None
        allowed = self.allowed_symlink_directory
        return type(self), self.root, path, tuple(allowed) if isinstance(allowed, list) else allowed

    def _answer_again(self, key: Any) -> bool:
        """Give the answer that is remembered, if the file is as it was then."""
        answer = _answers.get(key)
        if answer is None:
            return False
        try:
            stamp = stamp_of(os.stat(answer.asked_path))
        except OSError:
            return False
        if stamp != answer.stamp:
            return False
        self.path, self.absolute_path, self.modified = key[2], answer.located, answer.modified
        content = contents.read(answer.located, stamp)
        self._sending = True
        if self._is_plain():
            self._answer = answer
            self._write_buffer.append(content)
            return True
        headers = self._headers
        for name, value in answer.fields:
            headers[name] = value
        self.write(content)
        return True

    def _is_plain(self) -> bool:
        """Whether nobody else has a word in the response, or looks at its fields."""
        return (
            self._is_standard
            and self._fields is None
            and self._new_cookie is None
            and self._status_code == 200
            and not self._write_buffer
            and "log_function" not in self.application.settings
        )

    def _respond(self, exchange: Any) -> asyncio.Future[None]:
        answer = self._answer
        if answer is None:
            return super()._respond(exchange)  # type: ignore[misc,no-any-return]
        block = answer.block_at(exchange.start_time)
        future: asyncio.Future[None] = exchange.respond(200, None, block, (), self._write_buffer[0])
        self._headers_written = True
        return future

    def _remember_answer(self, key: Any, asked_path: str) -> None:
        """Remember the answer that has just been given, if it may be given again."""
        stamp = self._stamp
        if stamp[SIZE] > ContentCache.MAX_FILE_SIZE or not is_settled(stamp):
            return
        if not os.path.isabs(self.root) or self.request.path.endswith("/"):
            return  # depends on the working directory, or is a folder's default file
        headers = self._headers
        fields = tuple((name, headers[name]) for name in _FIELDS if name in headers)
        if len(_answers) >= _MAX_ANSWERS:
            _answers.clear()
        located = self.absolute_path
        assert located is not None
        _answers[key] = Answer(asked_path, located, stamp, self.modified, fields)
