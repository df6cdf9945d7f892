"""One small program per peer; each answers every row of ``benchmarks.rows``.

Every program is started as ``python -m benchmarks.servers.<name> PORT [...]``,
listens on 127.0.0.1 only, runs one worker and writes no access log. With a certificate in the
environment it speaks TLS.
"""

import os
import ssl
import sys
from pathlib import Path

HOST = "127.0.0.1"


def port() -> int:
    """The port to listen on: the first argument of the program."""
    return int(sys.argv[1])


#: Where the files of the static rows are; see ``benchmarks.materials``.
STATIC = Path(__file__).resolve().parents[1] / "out" / "static"


def certificate() -> tuple[str, str] | None:
    """The files of a certificate and its key, if TLS is wanted."""
    file = os.environ.get("BENCHMARK_CERTIFICATE")
    return (file, os.environ["BENCHMARK_KEY"]) if file else None


def tls_context() -> ssl.SSLContext | None:
    """The same as a context."""
    files = certificate()
    if files is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*files)
    return context
