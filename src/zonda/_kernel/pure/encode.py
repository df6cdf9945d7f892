"""Heads and chunks on their way out, in pure Python."""

from collections.abc import Sequence

from zonda._kernel.rules import check_fields


def encode_head(
    start_line: bytes,
    block: bytes,
    fields: Sequence[tuple[str, str]],
    content_length: int,
    body: bytes,
) -> bytes:
    """A whole message in one bytes object.

    Args:
        start_line: trusted; ends with CRLF.
        block: trusted field lines, each ending with CRLF; may be empty.
        fields: names and values that are checked here.
        content_length: value of a Content-Length field to add; negative for none.
        body: follows the blank line as it is.

    Raises:
        TypeError: a name or a value is not a str.
        ValueError: a name is not a token, or a value holds a control character or is not
            latin-1 (RFC 9110 5.1 and 5.5). Nothing is built then.
    """
    check_fields(fields)
    lines = [f"{name}: {value}\r\n" for name, value in fields]
    if content_length >= 0:
        lines.append(f"Content-Length: {content_length}\r\n")
    lines.append("\r\n")
    return b"".join((start_line, block, "".join(lines).encode("latin-1"), body))


def encode_chunk(data: bytes) -> bytes:
    """``data`` as one chunk (RFC 9112 7.1).

    Raises:
        ValueError: ``data`` is empty, which would end the body.
    """
    if not data:
        raise ValueError("an empty chunk would end the body: leave it out")
    return b"%x\r\n%b\r\n" % (len(data), data)
