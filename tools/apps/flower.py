"""Celery's flower: a worker, a task that it runs, and flower's pages and API about them."""

from __future__ import annotations

import base64
import tempfile
import time
import urllib.error
from pathlib import Path
from typing import Any

from tools.apps.programs import ON_ZONDA, ask, check, free_port, launched, wait_for

TASKS = f"""
{ON_ZONDA}
import os
from celery import Celery

folder = os.environ["QUEUE"]
app = Celery("tasks", broker="redis://127.0.0.1:6379/14", backend="redis://127.0.0.1:6379/14")
app.conf.worker_send_task_events = True
app.conf.task_send_sent_event = True
app.conf.task_default_queue = "zonda-" + folder

@app.task(name="tasks.add")
def add(x, y):
    return x + y
"""

LOGIN = {"Authorization": "Basic " + base64.b64encode(b"ann:secret").decode()}


def main() -> None:
    """Run the check; it needs a Redis on its standard port."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tasks.py").write_text(TASKS)
        env = {"QUEUE": folder.name}
        worker = ("-m", "celery", "-A", "tasks", "worker", "--pool=solo", "-E", "-l", "INFO")
        options = ("flower", f"--port={port}", "--address=127.0.0.1", "--basic-auth=ann:secret")
        with (
            launched(*worker, log=folder / "worker.log", **env),
            launched("-m", "celery", "-A", "tasks", *options, log=folder / "log", **env) as flower,
        ):
            wait_for(f"{base}/healthcheck", flower)
            check(True, "flower is up")
            try:
                ask(f"{base}/api/workers")
            except urllib.error.HTTPError as error:
                check(error.code == 401, "strangers are kept out")
            else:
                raise AssertionError("strangers come in")
            deadline = time.monotonic() + 60
            workers: dict[str, Any] = {}
            while not workers and time.monotonic() < deadline:
                workers = ask(f"{base}/api/workers?refresh=1", **LOGIN)
            check(len(workers) == 1, "the worker is known")
            sent = ask(f"{base}/api/task/apply/tasks.add", "POST", {"args": [2, 3]}, **LOGIN)
            check(sent["state"] == "SUCCESS" and sent["result"] == 5, "a task is run")
            tasks: dict[str, Any] = {}
            while not tasks and time.monotonic() < deadline:
                tasks = ask(f"{base}/api/tasks", **LOGIN)
            task = tasks[sent["task-id"]]
            check(task["name"] == "tasks.add", "and listed")
            page = ask(f"{base}/tasks", **LOGIN)
            check("<title>Tasks · Flower</title>" in page, "pages are rendered")


if __name__ == "__main__":
    main()
