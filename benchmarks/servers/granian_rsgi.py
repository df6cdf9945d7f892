"""RSGI without a framework, run by Granian: its fastest face."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from benchmarks.rows import GREETING, MESSAGE
from benchmarks.servers import HOST, STATIC, certificate, port

TEXT = [("content-type", "text/plain; charset=utf-8")]
JSON = [("content-type", "application/json")]


async def app(scope: Any, protocol: Any) -> None:
    path = scope.path
    if path == "/":
        protocol.response_str(200, TEXT, GREETING)
    elif path == "/json":
        protocol.response_str(200, JSON, json.dumps(MESSAGE))
    elif path.startswith("/users/"):
        fields = parse_qs(scope.query_string)["fields"][0]
        protocol.response_str(200, TEXT, f"user {path[7:]}: {fields}")
    elif path == "/echo":
        protocol.response_str(200, JSON, json.dumps(json.loads(await protocol())))
    elif path == "/upload":
        protocol.response_str(200, TEXT, str(len(await protocol())))
    elif path in ("/static/small.bin", "/static/large.bin"):
        file = STATIC / path.rpartition("/")[2]
        protocol.response_file(200, [("content-type", "application/octet-stream")], str(file))
    else:
        protocol.response_empty(404, [])


def main() -> None:
    from granian import Granian
    from granian.constants import Interfaces, Loops

    files = certificate()
    Granian(
        "benchmarks.servers.granian_rsgi:app",
        address=HOST,
        port=port(),
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        workers=1,
        log_enabled=False,
        websockets=False,
        ssl_cert=Path(files[0]) if files else None,
        ssl_key=Path(files[1]) if files else None,
    ).serve()


if __name__ == "__main__":
    main()
