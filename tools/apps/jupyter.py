"""jupyter_server: contents, a kernel, and messages over its WebSocket."""

from __future__ import annotations

import asyncio
import json
import tempfile
import uuid
from pathlib import Path
from typing import Any

from tools.apps.programs import ON_ZONDA, ask, check, free_port, launched, wait_for

TOKEN = "secret"


async def execute(url: str, code: str) -> list[dict[str, Any]]:
    """The messages that a kernel answers to *code* with, until it is idle again."""
    from zonda.httpclient import HTTPRequest
    from zonda.websocket import websocket_connect

    request = HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"}, request_timeout=30)
    connection = await websocket_connect(request)
    header = {
        "msg_id": uuid.uuid4().hex,
        "msg_type": "execute_request",
        "username": "",
        "session": uuid.uuid4().hex,
        "version": "5.3",
    }
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
    message = {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": "shell",
    }
    await connection.write_message(json.dumps(message))
    messages: list[dict[str, Any]] = []
    while True:
        text = await asyncio.wait_for(connection.read_message(), 40)
        assert isinstance(text, str), text
        answer = json.loads(text)
        if answer["parent_header"].get("msg_id") != header["msg_id"]:
            continue
        messages.append(answer)
        if answer["msg_type"] == "status" and answer["content"]["execution_state"] == "idle":
            connection.close()
            return messages


def main() -> None:
    """Run the check."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        options = ["--no-browser", "--allow-root", "--port-retries=0", f"--port={port}"]
        options += ["--ip=127.0.0.1", f"--IdentityProvider.token={TOKEN}"]
        options += [f"--ServerApp.root_dir={folder}"]
        log = Path(folder) / "log"
        home = {"HOME": folder, "JUPYTER_PLATFORM_DIRS": "1"}
        with launched("-m", "jupyter_server", *options, log=log, **home) as process:
            wait_for(f"{base}/api", process)
            token = {"Authorization": f"token {TOKEN}"}
            check("version" in ask(f"{base}/api"), "the server answers")
            note = {"type": "file", "format": "text", "content": "hello"}
            ask(f"{base}/api/contents/note.txt", "PUT", note, **token)
            stored = ask(f"{base}/api/contents/note.txt", **token)
            check(stored["content"] == "hello", "files are written and read")
            kernel = ask(f"{base}/api/kernels", "POST", {"name": "python3"}, **token)
            socket = f"ws://127.0.0.1:{port}/api/kernels/{kernel['id']}/channels"
            answers = asyncio.run(execute(socket, f"{ON_ZONDA}\nprint('from the kernel')\n6 * 7"))
            texts = {a["msg_type"]: a["content"] for a in answers}
            check("error" not in texts, "the kernel runs on Zonda")
            check(texts["stream"]["text"] == "from the kernel\n", "its output comes")
            check(texts["execute_result"]["data"]["text/plain"] == "42", "its result comes")
            ask(f"{base}/api/kernels/{kernel['id']}", "DELETE", **token)
            check(ask(f"{base}/api/kernels", **token) == [], "the kernel is shut down")


if __name__ == "__main__":
    main()
