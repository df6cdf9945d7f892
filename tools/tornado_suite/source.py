"""Fetches a suite: one of Tornado's source distributions, in a cache outside the repository."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSIONS = ("6.6.1", "4.5.3")
#: Packages that a suite is not to find, as its baseline was taken without them.
HIDDEN = {"6.6.1": "", "4.5.3": "pycares pycurl twisted"}


def suite(version: str) -> Path:
    """Return the folder that holds ``tornado/test``, downloading it the first time.

    ``TORNADO_SUITE_CACHE`` names another place than the temporary directory.

    Raises:
        subprocess.CalledProcessError: pip could not download it; it has said why.
    """
    place = Path(os.environ.get("TORNADO_SUITE_CACHE", tempfile.gettempdir()))
    place.mkdir(parents=True, exist_ok=True)
    cache = place / f"tornado-suite-{version}"
    if not (cache / "tornado" / "test").is_dir():
        with tempfile.TemporaryDirectory(dir=cache.parent) as scratch:
            unpacked = fetch(Path(scratch), version)
            shutil.rmtree(cache, ignore_errors=True)
            unpacked.rename(cache)
    return cache


def fetch(scratch: Path, version: str) -> Path:
    """Download and unpack into ``scratch``; return the distribution's top folder."""
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check"]
    # Only the source distribution has the tests.
    options = ["--no-deps", "--no-binary", "tornado", "-d", str(scratch)]
    subprocess.check_call([*pip, *options, f"tornado=={version}"])
    with tarfile.open(scratch / f"tornado-{version}.tar.gz") as archive:
        archive.extractall(scratch, filter="data")
    return scratch / f"tornado-{version}"
