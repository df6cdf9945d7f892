"""What servers serve: static files, made once, and a certificate."""

from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.rows import LARGE

#: For TLS: whose key everybody may know.
CERTIFICATE = ROOT / "src" / "zonda" / "testing" / "test.crt"
KEY = CERTIFICATE.with_suffix(".key")


def make_files(out: Path) -> Path:
    """The folder of static files; ``benchmarks.servers`` knows where it is."""
    folder = out / "static"
    folder.mkdir(parents=True, exist_ok=True)
    for name, size in (("small.bin", 10 * 1024), ("large.bin", LARGE)):
        path = folder / name
        if not path.exists() or path.stat().st_size != size:
            path.write_bytes((bytes(range(256)) * (size // 256 + 1))[:size])
    return folder
