"""libcurl's multi interface through pycurl, without asyncio: C does nearly everything."""

import io
import json
import time
from typing import Any

import pycurl

from benchmarks.clients import harness
from benchmarks.rows import COMMENT

#: Bytes that libcurl takes or gives at a time, where it asks.
_BUFFER = 256 * 1024


class Counter:
    """Takes a body and only counts it."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, piece: bytes) -> None:
        """A piece of the body."""
        self.size += len(piece)

    def take(self) -> int:
        """The number of bytes since the last call."""
        size, self.size = self.size, 0
        return size


class Keeper:
    """Takes a body and keeps it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.write = self._parts.append

    def take(self) -> bytes:
        """The body since the last call."""
        body = b"".join(self._parts)
        self._parts.clear()
        return body


class Upload:
    """Gives the body of a large upload, as ``READFUNCTION``."""

    def __init__(self) -> None:
        self.left = 0

    def read(self, size: int) -> bytes:
        """The next bytes."""
        piece = harness.PIECE if size >= len(harness.PIECE) else harness.PIECE[:size]
        piece = piece[: self.left]
        self.left -= len(piece)
        return piece


class Fetcher:
    """N easy handles on one multi handle, each started again as soon as it is answered."""

    def __init__(self, kind: str, url: str, in_flight: int) -> None:
        self.kind = kind
        self.multi = pycurl.CurlMulti()
        self.takers: dict[Any, Counter | Keeper] = {}
        self.uploads: dict[Any, Upload] = {}
        for _ in range(in_flight):
            handle = pycurl.Curl()
            taker = Counter() if kind == "down" else Keeper()
            handle.setopt(pycurl.URL, url)
            handle.setopt(pycurl.NOSIGNAL, 1)
            handle.setopt(pycurl.PROXY, "")
            handle.setopt(pycurl.SSL_VERIFYPEER, 0)
            handle.setopt(pycurl.SSL_VERIFYHOST, 0)
            handle.setopt(pycurl.WRITEFUNCTION, taker.write)
            self.takers[handle] = taker
            if kind == "post":
                handle.setopt(pycurl.POST, 1)
                handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json", "Expect:"])
            elif kind == "down":
                handle.setopt(pycurl.BUFFERSIZE, _BUFFER)
            elif kind == "up":
                self._upload_with(handle)

    def _upload_with(self, handle: Any) -> None:
        upload = self.uploads[handle] = Upload()
        handle.setopt(pycurl.UPLOAD, 1)
        handle.setopt(pycurl.UPLOAD_BUFFERSIZE, _BUFFER)
        handle.setopt(pycurl.INFILESIZE_LARGE, harness.LARGE)
        handle.setopt(pycurl.HTTPHEADER, ["Expect:"])
        handle.setopt(pycurl.READFUNCTION, upload.read)

    def _begin(self, handle: Any) -> None:
        if self.kind == "post":
            body = json.dumps(COMMENT).encode()
            handle.setopt(pycurl.POSTFIELDSIZE, len(body))
            handle.setopt(pycurl.READFUNCTION, io.BytesIO(body).read)
        elif self.kind == "up":
            self.uploads[handle].left = harness.LARGE
        self.multi.add_handle(handle)

    def drive(self, in_flight: int, seconds: float) -> int:
        """Keep every handle busy for so many seconds; the number of answers."""
        clock = time.monotonic
        deadline, answered, multi = clock() + seconds, 0, self.multi
        for handle in self.takers:
            self._begin(handle)
        running = in_flight
        while running:
            multi.perform()
            _, done, failed = multi.info_read()
            if failed:
                raise SystemExit(f"pycurl: {failed[0][2]}")
            for handle in done:
                harness.check(self.takers[handle].take())
                answered += 1
                multi.remove_handle(handle)
                if clock() < deadline:
                    self._begin(handle)
                else:
                    running -= 1
            if not done and running:
                multi.select(1.0)
        return answered


def main() -> None:
    kind, url, in_flight, _ = harness.arguments()
    harness.report(Fetcher(kind, url, in_flight).drive)


if __name__ == "__main__":
    main()
