"""Advisories of gunicorn, waitress, Werkzeug and Starlette, tried on us; named after each."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.hardening.advisories.site import exchange, form, site, statuses
from tests.wire import looped
from zonda import web

SMUGGLED = b"GET /hello?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def post(*fields: str) -> bytes:
    lines = "".join(f"{line}\r\n" for line in ("Host: x", *fields))
    return f"POST /hello HTTP/1.1\r\n{lines}\r\n".encode("latin-1")


class TestGunicorn:
    @looped
    async def test_cve_2018_1000164_no_line_of_its_own_in_a_response(self) -> None:
        def call(handler: web.RequestHandler) -> None:
            handler.set_header("A", "b\r\nX: y")

        async with site(call) as served:
            assert (await (await served.connect()).get("/call")).text == "refused"

    @pytest.mark.parametrize(
        "coding", ["chunked, identity", "identity, chunked", "chunked;q=1", "CHUNKED x", "x", ""]
    )
    def test_cve_2024_1135_cve_2024_6827_transfer_codings(self, coding: str) -> None:
        @looped
        async def run() -> None:
            async with site() as served:
                raw = post(f"Transfer-Encoding: {coding}") + b"0\r\n\r\n" + SMUGGLED
                answered = await exchange(served, raw)
                assert answered.count(b"HTTP/1.1 ") == 1
                assert answered.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))

        run()

    @looped
    async def test_header_map_an_underscore_is_no_hyphen(self) -> None:
        async with site() as served:
            raw = post("Content-Length: 0", "Transfer_Encoding: chunked", "Content_Length: 9")
            peer = await served.connect()
            await peer.send(raw)
            assert (await peer.answer()).status == 200


class TestWaitress:
    @pytest.mark.parametrize(
        "fields",
        [
            ("Content-Length: 5\nX: y",),  # CVE-2019-16785
            ("Transfer-Encoding: chunked ,",),  # CVE-2019-16786
            ("Transfer-Encoding: \x0bchunked",),  # CVE-2019-16789
            ("Content-Length: 5", "Content-Length: 7"),  # CVE-2019-16792
            ("Content-Length: +5",),  # CVE-2022-24761
            ("Content-Length: 0x5",),
        ],
    )
    def test_cve_2019_16785_16786_16789_16792_2022_24761_framing(
        self, fields: tuple[str, ...]
    ) -> None:
        @looped
        async def run() -> None:
            async with site() as served:
                found = await statuses(served, post(*fields) + b"hello" + SMUGGLED)
                assert found in ([400], [501])

        run()

    @looped
    async def test_cve_2020_5236_blanks_in_a_field_take_linear_time(self) -> None:
        async with site() as served:
            for blank in (" ", "\t", "\x10", " x"):
                assert (await statuses(served, post("A: " + blank * 30_000 + "\x01"))) == [400]

    @looped
    async def test_cve_2024_49768_nothing_is_served_behind_a_refusal(self) -> None:
        async with site() as served:
            raw = post("Content-Length: abc") + SMUGGLED
            assert await statuses(served, raw) == [400]
            answered = await exchange(served, SMUGGLED.replace(b"Host: x\r\n", b"") + SMUGGLED)
            assert answered.count(b"HTTP/1.1 ") == 1

    @looped
    async def test_cve_2024_49769_a_half_closed_peer_costs_nothing(self) -> None:
        async with site() as served:
            peer = await served.connect()
            peer.say_no_more()
            assert await peer.rest() == b""
            await served.all_gone()
            before = time.process_time()
            await served.until(lambda: time.process_time() - before < 10)
            assert not served.connections


class TestWerkzeug:
    @looped
    async def test_cve_2023_23934_a_cookie_without_a_name_is_not_another_one(self) -> None:
        async with site() as served:
            peer = await served.connect()
            answer = await peer.get("/form", "Cookie: =__Host-test=bad; a=b")
            cookies = json.loads(answer.body)["cookies"]
            assert "__Host-test" not in cookies
            assert cookies["a"] == "b"

    @looped
    async def test_cve_2023_25577_parts_are_counted(self) -> None:
        part = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n\r\n'
        async with site() as served:
            assert await statuses(served, form(part * 5000 + b"--XX--")) == [400]

    @pytest.mark.parametrize("filler", [b"\r", b"\n", b"\r\n", b"\r\n--X", b"-", b"\r\n-"])
    def test_cve_2023_46136_near_boundaries_take_linear_time(self, filler: bytes) -> None:
        @looped
        async def run() -> None:
            begin = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
            async with site() as served:
                body = begin + filler * (4_000_000 // len(filler)) + b"\r\n--XX--"
                assert await statuses(served, form(body)) == [200]

        run()

    @looped
    async def test_cve_2024_34069_the_error_page_runs_nothing(self) -> None:
        async with site(debug=False) as served:
            peer = await served.connect()
            for path in ("/console", "/?__debugger__=yes&cmd=1", "/hello?__debugger__=yes"):
                assert b"Traceback" not in (await peer.get(path)).body

    @pytest.mark.parametrize("name", ["CON", "NUL", "nul.txt", "COM1", "a/CON", "//server/share"])
    def test_cve_2024_49766_cve_2025_66221_names_of_other_systems(
        self, name: str, tmp_path: Path
    ) -> None:
        @looped
        async def run() -> None:
            async with site(static=tmp_path) as served:
                raw = f"GET /files/{name} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
                assert (await statuses(served, raw))[0] in (403, 404)

        run()

    @looped
    async def test_cve_2024_49767_a_large_field_is_bounded_by_the_body(self) -> None:
        begin = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        async with site(server={"max_body_size": 100_000}) as served:
            body = begin + b"v" * 200_000 + b"\r\n--XX--"
            assert await statuses(served, form(body)) == [413]


class TestStarlette:
    def test_cve_2023_29159_a_neighbour_with_the_same_beginning(self, tmp_path: Path) -> None:
        (tmp_path / "static").mkdir()
        (tmp_path / "static_disallow").mkdir()
        (tmp_path / "static_disallow" / "a.txt").write_text("secret")

        @looped
        async def run() -> None:
            async with site(static=tmp_path / "static") as served:
                for path in ("../static_disallow/a.txt", "%2e%2e/static_disallow/a.txt"):
                    raw = f"GET /files/{path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
                    assert b"secret" not in await exchange(served, raw)

        run()

    @looped
    async def test_cve_2023_30798_cve_2024_47874_forms_are_bounded(self) -> None:
        part = b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        async with site(server={"max_body_size": 1_000_000}) as served:
            assert await statuses(served, form(part * 500 + b"--XX--")) == [400]
            raw = b"POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            raw += b"Content-Type: multipart/form-data; boundary=XX\r\n\r\n"
            piece = b"10000\r\n" + b"v" * 65536 + b"\r\n"
            assert await statuses(
                served, raw + b"40\r\n" + part[:64].ljust(64) + b"\r\n" + piece * 20
            ) == [413]

    def test_cve_2025_62727_many_ranges_cost_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("hello" * 100)

        @looped
        async def run() -> None:
            async with site(static=tmp_path) as served:
                ranges = "Range: bytes=0-0," + ",".join(f"{n}-{n}" for n in range(1, 5000))
                peer = await served.connect()
                assert (await peer.get("/files/a.txt", ranges)).status == 200
                answer = await peer.get("/files/a.txt", "Range: bytes=" + "0-," * 15_000)
                assert answer.status in (200, 416)

        run()
