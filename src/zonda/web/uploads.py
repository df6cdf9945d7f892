"""How a handler takes the body of its request piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zonda.web.errors import HTTPError
from zonda.web.frame import HandlerFrame

if TYPE_CHECKING:
    from zonda.web.bodystream import BodyStream
    from zonda.web.multipart import Multipart

__all__ = ["UploadsMixin"]


class UploadsMixin(HandlerFrame):
    """Pulling the body: for handlers with ``@stream_request_body`` and no ``data_received``.

    Such a handler's method is called while the body is still to come. In other handlers the
    body is there already, and comes in one piece.
    """

    #: The body on its way; None in handlers that do not pull it.
    _body_stream: BodyStream | None = None

    def body_chunks(self) -> BodyStream:
        """The body, piece by piece: ``async for chunk in self.body_chunks()``.

        The client is held back while the handler does something else. Of a body that is not
        read to its end the rest is dropped, and the connection is closed.

        Iterating raises :exc:`~zonda.iostream.StreamClosedError` if the client leaves; a
        handler that lets it pass ends without an error in the log.
        """
        if self._body_stream is None:
            from zonda.web.bodystream import BodyStream

            self._body_stream = BodyStream.of(self.request.body)
        return self._body_stream

    def multipart(
        self,
        *,
        max_parts: int | None = None,
        max_part_header_size: int | None = None,
        max_field_size: int | None = 1024 * 1024,
        max_total_size: int | None = None,
    ) -> Multipart:
        """The parts of a form with files, as they arrive. ::

            @stream_request_body
            class Upload(RequestHandler):
                def prepare(self):
                    self.request.connection.set_max_body_size(10 * 1024**3)

                async def post(self):
                    async for part in self.multipart():
                        if part.filename:
                            await part.save(folder / secrets.token_hex(16))
                        else:
                            fields[part.name] = await part.text()

        A part is itself an asynchronous iterator of ``bytes``, and has ``name``,
        ``filename``, ``content_type``, ``headers``, and methods ``read``, ``text`` and
        ``save``. However large the files are, they take little memory.

        Args:
            max_parts: fields and files together; the default of this limit and the next is
                that of :func:`zonda.httputil.set_parse_body_config`.
            max_part_header_size: bytes in the header of a part.
            max_field_size: bytes of a part that is no file; None for no limit.
            max_total_size: bytes of the whole form; None for no limit but ``max_body_size``.

        Raises:
            HTTPError: 415, the body is no such form; when iterating, 400 and 413.
        """
        from zonda.httputil import HTTPInputError
        from zonda.httputil.body import multipart_boundary, multipart_config
        from zonda.web.multipart import Multipart

        try:
            boundary = multipart_boundary(self.request._field("Content-Type") or "")
            config = multipart_config()
        except HTTPInputError as error:
            raise HTTPError(400, "%s", error) from error
        if boundary is None:
            raise HTTPError(415, "the request's body is not multipart/form-data")
        if max_part_header_size is None:
            max_part_header_size = config.max_part_header_size
        return Multipart(
            self.body_chunks(),
            boundary,
            max_parts=config.max_parts if max_parts is None else max_parts,
            max_part_header_size=max_part_header_size,
            max_field_size=max_field_size,
            max_total_size=max_total_size,
        )
