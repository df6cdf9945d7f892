"""JSON in requests and responses, beyond ``write(dict)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from zonda.web.errors import HTTPError
from zonda.web.frame import HandlerFrame

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["JSONMixin"]

T = TypeVar("T")


class JSONMixin(HandlerFrame):
    """Reading and writing JSON, by msgspec where that is installed."""

    @overload
    def get_json(self) -> Any: ...
    @overload
    def get_json(self, type: type[T]) -> T: ...
    def get_json(self, type: Any = None) -> Any:
        """The request's body, which must be JSON.

        Args:
            type: what it must be: a dataclass, a ``TypedDict``, ``list[int]`` and so on, which
                is checked, and made. Needs msgspec (``pip install zonda[json]``).

        Raises:
            HTTPError: 415, the Content-Type is not that of JSON; 400, the body is no JSON, or
                not of that type.
            RuntimeError: a type was given, and there is no msgspec.
        """
        media_type = (self.request._field("Content-Type") or "").partition(";")[0].strip().lower()
        if media_type != "application/json" and not media_type.endswith("+json"):
            raise HTTPError(415, "the request's body is not JSON but %r", media_type)
        body = self.request.body
        if type is not None:
            return _decode_as(type, body)
        from zonda.httputil.jsoncodec import loads

        try:
            return loads(body)
        except (ValueError, RecursionError) as error:
            raise HTTPError(400, "the request's body is no JSON: %s", error) from error

    def write_json(self, value: Any) -> None:
        """Add any value to the response as JSON: lists and texts, too.

        Without blanks, in UTF-8; where msgspec is installed also dataclasses, dates, sets and
        UUIDs. Unlike :meth:`write` with a dict, it leaves ``</`` as it is. Sets the Content-Type
        to ``application/json`` unless another ``+json`` was set.

        Raises:
            TypeError: JSON has no such value.
        """
        from zonda.httputil.jsoncodec import dumps

        body = dumps(value)
        if not self._headers.get("Content-Type", "").partition(";")[0].endswith("+json"):
            self.set_header("Content-Type", "application/json")
        self.write(body)


def _decode_as(type: Any, body: bytes) -> Any:
    try:
        import msgspec
    except ImportError:
        raise RuntimeError("get_json(type) needs msgspec: pip install zonda[json]") from None
    decode: Callable[..., Any] = msgspec.json.decode
    try:
        return decode(body, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise HTTPError(400, "the request's body is not as expected: %s", error) from error
