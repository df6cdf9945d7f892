"""The contract: which twin is chosen, the same face on both, and the corpus of bad input."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests._kernel.bodies import unchunk
from zonda import _kernel

CORPUS = Path(__file__).parents[1] / "data" / "badinput" / "http1.jsonl"
FUNCTIONS = (
    "encode_chunk", "encode_head", "parse_request_head", "parse_response_head", "recv_some",
    "send_some",
)  # fmt: skip


def name_in_new_process(code: str = "", **environment: str) -> str:
    """`_kernel.NAME` in an interpreter of its own, after ``code``."""
    program = code + "\nfrom zonda import _kernel; print(_kernel.NAME)"
    variables = {k: v for k, v in os.environ.items() if k != "ZONDA_PURE"} | environment
    done = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


class TestChoice:
    def test_native_when_it_is_there(self, twins: Any) -> None:
        assert name_in_new_process() == "native"
        assert name_in_new_process(ZONDA_PURE="0") == "native"

    def test_pure_on_demand(self) -> None:
        assert name_in_new_process(ZONDA_PURE="1") == "pure"

    @pytest.mark.parametrize("missing", ["heads", "fields", "chunks", "encode", "sockets"])
    def test_pure_when_any_part_is_missing(self, missing: str) -> None:
        code = f"import sys; sys.modules['zonda._kernel.{missing}'] = None"
        if missing == "fields":  # imported by the extension heads, which may be in a cache
            code += "; sys.modules['zonda._kernel.heads'] = None"
        assert name_in_new_process(code) == "pure"

    def test_a_part_that_cannot_be_loaded_is_told(self, twins: Any) -> None:
        broken = (
            "import sys, warnings\n"
            "class Finder:\n"
            "    def find_spec(self, name, path, target=None):\n"
            "        if name == 'zonda._kernel.chunks': raise ImportError('undefined symbol')\n"
            "sys.meta_path.insert(0, Finder())\n"
            "warnings.simplefilter('error')\n"
            "try: import zonda._kernel\n"
            "except RuntimeWarning as warning: print(warning)\n"
            "warnings.simplefilter('ignore')"
        )
        told, name = name_in_new_process(broken).splitlines()
        assert "undefined symbol" in told
        assert name == "pure"

    def test_all_parts_come_from_one_twin(self) -> None:
        modules = {getattr(_kernel, name).__module__ for name in FUNCTIONS}
        assert all(("pure" in module) == (_kernel.NAME == "pure") for module in modules)


class TestFaces:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_parameters_are_the_same(self, twins: Any, name: str) -> None:
        pure, native = (inspect.signature(getattr(twin, name)) for twin in twins)
        assert [*pure.parameters] == [*native.parameters]

    @pytest.mark.parametrize("name", ["RequestHead", "ResponseHead", "ChunkDecoder"])
    def test_public_names_are_the_same(self, twins: Any, name: str) -> None:
        pure, native = (
            {member for member in dir(getattr(twin, name)) if not member.startswith("_")}
            for twin in twins
        )
        assert pure == native

    def test_native_heads_are_read_only(self, twins: Any) -> None:
        _, native = twins
        head = native.parse_request_head(b"GET / HTTP/1.0\r\n\r\n", 0, 100, 1)
        for name in ("method", "path", "end", "keep_alive", "version"):
            with pytest.raises(AttributeError):
                setattr(head, name, None)

    def test_native_heads_are_made_by_parsing_only(self, twins: Any) -> None:
        _, native = twins
        for kind in (native.RequestHead, native.ResponseHead):
            with pytest.raises(TypeError, match="are made by parse_"):
                kind()

    def test_a_native_head_that_skipped_parsing_is_harmless(self, twins: Any) -> None:
        _, native = twins
        head = native.RequestHead.__new__(native.RequestHead)
        assert (head.target, head.items(), head.get("a"), len(head)) == ("", [], None, 0)


def cases(side: str) -> list[Any]:
    """The corpus's cases for one side, as far as their bytes are HTTP/1."""
    lines = map(json.loads, CORPUS.read_text().splitlines())
    return [
        pytest.param(case, id=case["id"])
        for case in lines
        if case["side"] == side and not case["raw"].startswith("@@")
    ]


def raw_bytes(case: dict[str, Any]) -> bytes:
    """The case's bytes with ``{{REP:text:n}}`` written out."""
    before, mark, rest = case["raw"].partition("{{REP:")
    if mark:
        repeated, _, after = rest.partition("}}")
        text, _, times = repeated.rpartition(":")
        text = text.replace("\\r", "\r").replace("\\n", "\n")
        before += text * int(times) + after
    return before.encode("latin-1")


def serve(kernel: Any, data: bytes) -> tuple[list[Any], str]:
    """The requests that a server would read, and how it ends: an error's status or ``wait``."""
    requests = []
    position = 0
    try:
        while position < len(data):
            head = kernel.parse_request_head(data, position, 65536, 100)
            if head is None:
                return requests, "wait"
            position = head.end
            if head.chunked:
                decoder = kernel.ChunkDecoder()
                _, position = unchunk(decoder, data, position)
                if not decoder.done:
                    return requests, "wait"
            elif head.content_length > 0:
                position += head.content_length
                if position > len(data):
                    return [*requests, head], "wait"
            requests.append(head)
            if not head.keep_alive:
                return requests, "200"
    except _kernel.BadHead as error:
        return requests, str(error.status)
    return requests, "200"


# What this layer sees of the cases that are judged further up, or that may end in several ways.
SERVER_ENDS = {
    "cl-octal-leading-zero": "200",
    "te-underscore-name": "200",
    "chunk-trailer-forbidden": "200",  # trailers are apart from the fields; the user drops them
    "chunk-trailer-smuggle": "200",
    "chunk-no-final-crlf-eof": "wait",
    "line-method-lowercase": "200",
    "line-nonascii-target": "200",
    "line-http2-version": "505",
    "line-too-long": "414",
    "te-xchunked": "501",
    "hdr-value-nonascii": "200",
    "hdr-quadratic-merge": "431",
    "hdr-never-ends": "wait",
    "expect-unknown": "417",
    "early-response-keepalive": "wait",
    "pipeline-flood": "200",
    "upgrade-rejected-body": "200",
    "head-body": "200",
    "percent-decode-dos": "200",
}


class TestBadInput:
    @pytest.mark.parametrize("case", cases("server"))
    def test_server(self, kernel: Any, case: dict[str, Any]) -> None:
        requests, end = serve(kernel, raw_bytes(case))
        assert end == SERVER_ENDS.get(case["id"], "400")
        assert len(requests) <= case["max_responses"]
        if end != "wait":
            allowed = set(case["accept"])
            assert end in allowed or (end in ("400", "431") and "close" in allowed)
        paths = [head.path for head in requests]
        assert "/smuggled" not in paths or case["id"] == "chunk-trailer-smuggle"

    @pytest.mark.parametrize("case", cases("server"))
    def test_server_at_every_split(self, kernel: Any, outcomes: Any, case: dict[str, Any]) -> None:
        data = raw_bytes(case)[:2000]
        whole = outcomes.request(kernel, data)
        seen = [outcomes.request(kernel, data[:end]) for end in range(len(data) + 1)]
        first = next((n for n, outcome in enumerate(seen) if outcome is not None), len(seen))
        assert seen[first:] == [whole] * (len(seen) - first)

    @pytest.mark.parametrize("case", cases("client"))
    def test_client(self, kernel: Any, case: dict[str, Any]) -> None:
        data = raw_bytes(case)
        try:
            head = kernel.parse_response_head(data, 0, 65536, 100)
            if head is not None and head.chunked:
                unchunk(kernel.ChunkDecoder(), data, head.end)
            end = "ok" if head else "wait"
        except _kernel.BadHead as error:
            end = f"error {error.status}"
        # the other cases are about what a client does after a good head
        expected = {
            "r-cl-plus": "error 502",
            "r-chunk-underscore": "error 400",
            "r-chunk-no-crlf": "error 400",
            "r-bad-status": "error 502",
            "r-garbage-before": "error 502",
            "r-hdr-bare-cr": "error 502",
            "r-hdr-bare-lf": "error 502",
            "r-hdr-huge": "error 502",
            "r-half-header-eof": "wait",
        }
        assert end == expected.get(case["id"], "ok")
        if case["id"] == "r-te-cl-both":
            assert head.chunked
            assert not head.keep_alive
