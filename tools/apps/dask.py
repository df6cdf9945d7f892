"""A Dask LocalCluster whose workers are processes, and its dashboard."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tools.apps.programs import ON_ZONDA, check, launched

PROGRAM = f"""
import operator, os, urllib.request
{ON_ZONDA}
from dask.distributed import Client, LocalCluster


def on_zonda():
    import tornado.ioloop, zonda.ioloop
    return tornado.ioloop is zonda.ioloop


def power(number):
    return number ** 2


if __name__ == "__main__":
    options = {{"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}}
    with LocalCluster(n_workers=2, **options) as cluster:
        with Client(cluster) as client:
            print("workers", len(client.scheduler_info()["workers"]))
            print("zonda", all(client.run(on_zonda).values()))
            print("processes", len(set(client.run(os.getpid).values()) | {{os.getpid()}}))
            print("sum", client.submit(sum, client.map(power, range(100))).result(60))
            data = os.urandom(3_000_000)
            remote = client.scatter(data)
            print("bytes", client.submit(len, remote).result(60), remote.result(60) == data)
            error = client.submit(operator.truediv, 1, 0).exception(60)
            print("error", type(error).__name__)
            url = cluster.dashboard_link.rsplit("/", 1)[0] + "/info/main/workers.html"
            print("dashboard", urllib.request.urlopen(url, timeout=30).status)
"""

EXPECTED = """workers 2
zonda True
processes 3
sum 328350
bytes 3000000 True
error ZeroDivisionError
dashboard 200
"""


def main() -> None:
    """Run the check."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program.py").write_text(PROGRAM)
        log = folder / "log"
        with launched("program.py", log=log) as process:
            status = process.wait(180)
            printed = log.read_text()
            for line in EXPECTED.splitlines():
                check(line in printed.splitlines(), line)
            check(status == 0, "it ends by itself")


if __name__ == "__main__":
    main()
