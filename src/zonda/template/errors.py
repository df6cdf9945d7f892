"""What goes wrong in a template before it is rendered."""

from __future__ import annotations


class ParseError(Exception):
    """A template that cannot be understood.

    ``filename`` and ``lineno`` say where, in the template's own lines.
    """

    def __init__(self, message: str, filename: str | None = None, lineno: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.filename = filename
        self.lineno = lineno

    def __str__(self) -> str:
        return f"{self.message} at {self.filename}:{self.lineno}"


class TemplateSyntaxError(ParseError, SyntaxError):
    """An expression or statement of a template that is not Python."""

    lineno: int

    def __init__(self, message: str, filename: str | None, lineno: int, text: str) -> None:
        ParseError.__init__(self, message, filename, lineno)
        self.msg = message
        self.text = text
