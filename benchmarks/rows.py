"""What is asked of every server: one row is one request and the answer it must get."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

#: What a browser sends along, besides ``Host``: seven fields, as in real traffic.
BROWSER_HEADERS: dict[str, str] = {
    "Connection": "keep-alive",
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/140.0.0.0 Safari/537.36"
    ),
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9,pt;q=0.7",
}

GREETING = "Hello, World!"
MESSAGE: dict[str, str] = {"message": GREETING}

#: 1 KB of JSON, mostly text as a posted comment is, so that the row measures the server and
#: not the JSON library (which needs three times as long for 1 KB of small values).
COMMENT: dict[str, object] = {
    "id": 20613,
    "author": {"name": "Ana Souza", "city": "Pelotas", "member": True},
    "tags": ["wind", "pampas"],
    "text": "The zonda comes down dry and hot from the mountains and clears the air. " * 12,
    "reply_to": None,
}


#: What the page of the template row lists.
READINGS: list[dict[str, object]] = [
    {"place": f"Station <{number}>", "speed": number * 7 % 90, "calm": number % 4 == 0}
    for number in range(20)
]
LARGE = 10 * 1024 * 1024


def _page(body: bytes) -> bool:
    """Whether it is the page, whatever the engine makes of blanks and quotation marks."""
    text = b" ".join(body.split())
    return all(
        b"<td>Station &lt;%d&gt;</td> <td>%d</td>" % (number, number * 7 % 90) in text
        for number in range(20)
    )


def _bytes(size: int) -> Callable[[bytes], bool]:
    return lambda body: len(body) == size


def _text(expected: str) -> Callable[[bytes], bool]:
    return lambda body: body == expected.encode()


def _document(expected: object) -> Callable[[bytes], bool]:
    def same(body: bytes) -> bool:
        try:
            return bool(json.loads(body) == expected)
        except ValueError:
            return False

    return same


@dataclass(frozen=True, slots=True)
class Row:
    """One request, how many connections repeat it, and what counts as answered."""

    name: str
    title: str
    path: str
    answers: Callable[[bytes], bool] = field(repr=False)
    method: str = "GET"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 64
    #: Bytes of a body that is too large for a command line; ``body`` is empty then.
    upload: int = 0
    #: Asked for over TLS, of a server that was started for it.
    tls: bool = False


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        Row("plaintext", "plaintext", "/", _text(GREETING)),
        Row("json", "JSON", "/json", _document(MESSAGE)),
        Row("path", "path + query", "/users/42?fields=name", _text("user 42: name")),
        Row(
            "post",
            "POST JSON echo",
            "/echo",
            _document(COMMENT),
            method="POST",
            body=json.dumps(COMMENT).encode(),
            headers={"Content-Type": "application/json"},
        ),
        Row("template", "template page", "/page", _page),
        Row("static", "static 10 KB", "/static/small.bin", _bytes(10 * 1024)),
        Row(
            "upload",
            "upload 10 MB",
            "/upload",
            _text(str(LARGE)),
            method="POST",
            headers={"Content-Type": "application/octet-stream"},
            connections=4,
            upload=LARGE,
        ),
        Row("large", "static 10 MB", "/static/large.bin", _bytes(LARGE), connections=4),
        Row("https", "HTTPS plaintext", "/", _text(GREETING), tls=True),
    )
}
