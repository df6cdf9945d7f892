"""One look at a peer's answers before they are counted: a wrong answer is not a fast one."""

import http.client
import ssl

from benchmarks.processes import HOST, NotRun
from benchmarks.rows import BROWSER_HEADERS, Row

#: What a full RequestHandler sends along with an answer that can be cached.
HANDLER_FIELDS = ("Server", "Date", "Content-Type", "Content-Length")


def validate(port: int, row: Row, *, full_handler: bool) -> None:
    """Ask twice on one connection and compare status, body and keep-alive.

    ``full_handler`` also demands Date and, on GET, Etag: the work that Tornado's
    handlers do and a raw server does not.

    Raises:
        NotRun: with what was wrong.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    if row.tls:
        unchecked = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(HOST, port, timeout=10, context=unchecked)
    try:
        for _ in range(2):
            _ask(connection, row, full_handler)
            if connection.sock is None:
                raise NotRun("closes the connection after an answer")
    except (OSError, http.client.HTTPException) as error:
        raise NotRun(f"no proper answer: {error!r}") from error
    finally:
        connection.close()


def _ask(connection: http.client.HTTPConnection, row: Row, full_handler: bool) -> None:
    headers = {**BROWSER_HEADERS, **row.headers}
    body = b"x" * row.upload or row.body or None
    connection.request(row.method, row.path, body, headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise NotRun(f"answered {answer.status} {answer.reason}")
    if not row.answers(body):
        raise NotRun(f"wrong body {body[:60]!r}")
    if full_handler:
        wanted = (*HANDLER_FIELDS, "Etag") if row.method == "GET" else HANDLER_FIELDS
        missing = [name for name in wanted if answer.headers[name] is None]
        if missing:
            raise NotRun(f"answer lacks {', '.join(missing)}")
