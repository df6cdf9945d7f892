"""What a connection that waits costs: ``python -m benchmarks.idle [CONNECTIONS]``.

Every server is given so many connections (5000 unless told), each of which makes one request
and then stays open. What the server's process tree then has more in memory (its proportional
share, Linux's PSS), divided by the connections, is what one costs.
"""

import argparse
import resource
import socket
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cpu import cores, tree
from benchmarks.environment import BENCHMARKS, Environment, prepare
from benchmarks.materials import make_files
from benchmarks.peers import SERVERS, Peer, matching
from benchmarks.processes import HOST, NotRun, Server
from benchmarks.rows import BROWSER_HEADERS
from benchmarks.server_rounds import start

OUT = BENCHMARKS / "out"
#: Connections that are opened first, so that what grows once has grown.
WARM_UP = 200


def memory(server: Server) -> int:
    """Bytes that the server's processes have for themselves, and their share of the rest."""
    total = 0
    for pid in tree(server.pid):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def connect(server: Server) -> socket.socket:
    """Open a connection, make a request on it, and leave it open."""
    connection = socket.create_connection((HOST, server.port), timeout=20)
    fields = "".join(f"{name}: {value}\r\n" for name, value in BROWSER_HEADERS.items())
    connection.sendall(f"GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
    if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
        raise NotRun("no proper answer")
    return connection


def measure(peer: Peer, environment: Environment, connections: int) -> float:
    """Bytes for each idle connection to a peer."""
    with ExitStack() as stack:
        server = start(peer, environment, cores()[0], stack)
        for _ in range(WARM_UP):
            connect(server).close()
        before = memory(server)
        for _ in range(connections):
            stack.callback(connect(server).close)
        return (memory(server) - before) / connections


def main() -> None:
    """Measure and print a line for each server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("connections", type=int, nargs="?", default=5000)
    parser.add_argument("--peers", type=lambda text: text.split(","))
    options = parser.parse_args()
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # The servers inherit it, and need as many.
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    environment = prepare(OUT / "venv", OUT)
    make_files(OUT)
    for peer in matching(SERVERS, options.peers):
        try:
            size = measure(peer, environment, options.connections)
        except (NotRun, OSError) as reason:
            print(f"{peer.title}: not run: {reason}", flush=True)
        else:
            print(f"{peer.title}: {size / 1024:.2f} KiB for each connection", flush=True)


if __name__ == "__main__":
    main()
