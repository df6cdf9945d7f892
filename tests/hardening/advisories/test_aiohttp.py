"""The advisories of aiohttp that could have been ours, tried on us; named after each."""

from __future__ import annotations

import gzip
import json
import logging
import os
from pathlib import Path

import pytest

from tests.hardening.advisories.site import chunked, exchange, form, opened, site, statuses
from tests.simple_httpclient.conftest import Origin
from tests.wire import looped, serving
from zonda import web
from zonda.httpclient import HTTPRequest
from zonda.simple_httpclient import SimpleAsyncHTTPClient


def get(*fields: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in ("Host: x", *fields))
    return f"GET /hello HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


@pytest.mark.parametrize(
    "fields",
    [
        ("A: b\rTransfer-Encoding: chunked",),  # CVE-2023-37276
        ("A: b\0c",),  # CVE-2023-47627, CVE-2026-34520
        ("A: b\r\n Transfer-Encoding: chunked",),  # CVE-2023-47627
        ("A B: c",),  # CVE-2024-23829
        ("A\x7f: c",),
        ("A(: c",),
        (": c",),
        ("\xc4: c",),  # CVE-2025-69224
        ("Content-Length: \xb2",),
        ("Content-Length: 0\r\nTransfer-Encoding: chunked",),  # CVE-2023-47641
    ],
)
def test_cve_2023_37276_47627_47641_2024_23829_2025_69224_heads(fields: tuple[str, ...]) -> None:
    @looped
    async def run() -> None:
        async with site() as served:
            assert await statuses(served, get(*fields)) == [400]

    run()


@pytest.mark.parametrize(
    "line", ["GET /hello HTTP/1.1x", "GET /hello HTTP/1.\xb9", "G\xcbT / HTTP/1.1"]
)
def test_cve_2024_23829_start_lines(line: str) -> None:
    @looped
    async def run() -> None:
        async with site() as served:
            raw = f"{line}\r\nHost: x\r\n\r\n".encode("latin-1")
            assert (await statuses(served, raw))[0] in (400, 501, 505)

    run()


@looped
async def test_cve_2023_49082_the_client_sends_no_other_methods() -> None:
    async with Origin() as origin:
        client = SimpleAsyncHTTPClient(force_instance=True)
        for method in ("GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "GE T", "GET\n"):
            request = HTTPRequest(origin.url, method, allow_nonstandard_methods=True)
            with pytest.raises(ValueError):
                await client.fetch(request)
        assert not origin.asked
        client.close()


@looped
async def test_cve_2021_21330_slashes_lead_to_no_other_site() -> None:
    async with site() as served:
        answered = await exchange(served, b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answered.startswith(b"HTTP/1.1 404")


@looped
async def test_cve_2024_23334_cve_2025_69226_static_files() -> None:
    """Outside and missing look the same: nobody learns what exists there."""
    async with site(static=Path(__file__).parent) as served:
        found = set()
        for path in ("../test_fuzz.py", "../no_such_file.py", "..%2ftest_fuzz.py"):
            answered = await exchange(
                served, f"GET /files/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            )
            found.add((answered[9:12], answered.partition(b"\r\n\r\n")[2]))
        assert len(found) == 1


def test_cve_2024_42367_packed_neighbours_are_of_the_site(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.txt").write_text("open")
    (tmp_path / "secret").write_bytes(gzip.compress(b"secret"))
    os.symlink(tmp_path / "secret", folder / "a.txt.gz")

    @looped
    async def run() -> None:
        async with site(static=folder, static_precompressed=True) as served:
            answer = await (await served.connect()).get("/files/a.txt", "Accept-Encoding: gzip")
            assert (answer.status, answer.text) == (200, "open")

    run()


@pytest.mark.parametrize(
    "body",
    [
        b"--XX",
        b"--XX\r\n",
        b"--XX\r\nContent-Disposition: form-data; name=a",
        b"--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX",
        b"--XX\r\nContent-Disposition: form-data; name=a\r\nContent-Length: 5\r\n\r\nabc",
        b"\r\n" * 5000,
    ],
)
def test_cve_2024_30251_cve_2025_69227_malformed_forms_end(body: bytes) -> None:
    @looped
    async def run() -> None:
        async with site() as served:
            assert await statuses(served, form(body)) == [400]

    run()


@pytest.mark.parametrize("extension", ["a\nb", "a\rb", "a\x00b", "a" * 5000, '"\n"'])
def test_cve_2024_52304_chunk_extensions(extension: str) -> None:
    @looped
    async def run() -> None:
        async with site() as served:
            raw = chunked(f"5;{extension}\r\nhello\r\n0\r\n\r\n".encode())
            assert await statuses(served, raw) == [400]

    run()


@looped
async def test_cve_2025_53643_trailers_are_read_as_strictly_as_heads() -> None:
    async with site() as served:
        smuggled = b"GET /hello?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        for trailer in (b"A b: c\r\n", b"A: b\n" + smuggled, b" A: b\r\n", b"A\r\n"):
            answered = await exchange(served, chunked(b"0\r\n" + trailer + b"\r\n"))
            assert answered.startswith(b"HTTP/1.1 400")
            assert b"smuggled" not in answered
        # A good one ends the message, and is not taken for a header field.
        peer = await served.connect()
        await peer.send(chunked(b"0\r\nHost: evil\r\nContent-Length: 99\r\n\r\n"), get())
        assert [(await peer.answer()).status for _ in range(2)] == [200, 200]


@looped
async def test_cve_2025_69223_a_packed_request_is_not_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    head = (
        f"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}"
    )
    options = {"decompress_request": True, "max_body_size": 1_000_000}
    async with site(server=options) as served:
        assert await statuses(served, head.encode() + b"\r\n\r\n" + bomb) == [413]


@looped
async def test_cve_2025_69225_ranges_are_ascii_digits() -> None:
    async with site(static=Path(__file__).parent) as served:
        peer = await served.connect()
        answer = await peer.get("/files/site.py", "Range: bytes=\xb2-\xb3")
        assert answer.status in (200, 400)


@looped
async def test_cve_2025_69228_a_large_body_is_refused_before_it_comes() -> None:
    async with site(server={"max_body_size": 1000}) as served:
        peer = await served.connect()
        await peer.send("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        assert (await peer.answer()).status == 413
        assert await statuses(served, chunked(b"7d0\r\n" + bytes(2000))) == [413]


@looped
async def test_cve_2025_69229_tiny_chunks_let_others_in() -> None:
    async with site() as served:
        peer = await served.connect()
        peer.writer.write(chunked(b"1\r\na\r\n" * 300_000))
        answer = await (await served.connect()).get("/hello")
        assert answer.status == 200
        await peer.send(b"0\r\n\r\n")
        assert len(json.loads((await peer.answer()).body)["body"]) == 300_000


def test_cve_2025_69230_bad_cookies_fill_no_log(caplog: pytest.LogCaptureFixture) -> None:
    @looped
    async def run() -> None:
        async with site() as served:
            with caplog.at_level(logging.DEBUG):
                bad = "; ".join(f"a b{number}=\x07" for number in range(500)).replace(
                    "\x07", "\xff"
                )
                answer = await (await served.connect()).get("/form", f"Cookie: {bad}")
                assert answer.status == 200

    run()
    assert len([r for r in caplog.records if r.name.startswith("tornado")]) <= 1


@looped
async def test_ghsa_mfx4_hv73_q22v_a_refused_upgrade_keeps_its_body() -> None:
    async with site() as served:
        smuggled = b"GET /hello?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        raw = b"POST /hello HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        raw += b"Content-Length: %d\r\n\r\n" % len(smuggled)
        answered = await exchange(served, raw + smuggled)
        assert answered.count(b"HTTP/1.1 ") == 1


@looped
async def test_cve_2026_59881_reserved_bits_of_frames() -> None:
    async with site() as served:
        for bits in (0x40, 0x20, 0x10, 0x70):
            peer, _ = await opened(served)
            await peer.send(bytes([0x81 | bits, 0x80]) + bytes(4))
            assert (await peer.rest())[2:4] == (1002).to_bytes(2, "big")


@looped
async def test_ghsa_m5qp_6w8w_w647_the_header_of_a_part_has_a_limit() -> None:
    async with site() as served:
        lines = b'Content-Disposition: form-data; name="a"\r\n' + b"X: y\r\n" * 50_000
        assert await statuses(served, form(b"--XX\r\n" + lines + b"\r\nv\r\n--XX--")) == [400]
        endless = b"--XX\r\nX: " + b"y" * 1_000_000
        assert await statuses(served, form(endless)) == [400]


@looped
async def test_cve_2026_54273_pipelined_requests_wait_in_the_socket() -> None:
    class Late(web.RequestHandler):
        running = most = 0

        async def get(self) -> None:
            Late.running += 1
            Late.most = max(Late.most, Late.running)
            await self.flush()
            Late.running -= 1

    async with serving([("/", Late)]) as served:
        peer = await served.connect()
        peer.writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 500)
        for _ in range(500):
            assert (await peer.answer()).status == 200
        assert Late.most == 1
