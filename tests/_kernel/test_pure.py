"""The pure twin says what the native one says, on any bytes and at every split."""

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

both = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Pieces that heads are made of, right and wrong; joined at random they reach most rules.
METHODS = [b"GET", b"POST", b"OPTIONS", b"CONNECT", b"get", b"M-SEARCH", b"G(T", b""]
TARGETS = [
    b"/", b"/a?b", b"*", b"http://h/p?q", b"http://h", b"h:1", b"[::1]:65535", b"http://u@h/",
    b"/%zz\xff", b"a", b"", b"http://[::1]:80?x",
]  # fmt: skip
VERSIONS = [b"HTTP/1.1", b"HTTP/1.0", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/1.10", b"http/1.1", b""]
NAMES = [
    b"Host", b"HOST", b"Content-Length", b"content-LENGTH", b"Transfer-Encoding", b"Connection",
    b"Upgrade", b"Expect", b"X-Other", b"Cookie", b"Host ", b" Host", b"\xe9", b"",
]  # fmt: skip
VALUES = [
    b"x", b"", b"x:80", b"[::1]", b"a b", b"5", b"5, 5", b"5,6", b"+5", b"chunked",
    b"gzip, chunked", b"chunked, chunked", b"chunked;a=b", b"close", b"upgrade",
    b"keep-alive, Upgrade", b"websocket",
    b"100-continue", b"\x00", b"v\tw", b"\xff", b"9" * 18, b"9" * 19, b"%41.%", b"x" * 40,
]  # fmt: skip
EXTENSIONS = [b"", b"", b";a", b' ; a = "b\\"c"', b";a=b;c", b" ", b";"]
ENDS = st.sampled_from([b"\r\n"] * 20 + [b"\n", b"\r", b"\r\r\n", b"", b"\r\n "])
PADDING = st.sampled_from([b" "] * 5 + [b"", b"\t", b"  \t"])


@st.composite
def field_blocks(draw: st.DrawFn) -> bytes:
    parts = []
    for _ in range(draw(st.integers(0, 6))):
        colon = draw(st.sampled_from([b":"] * 20 + [b"", b"::", b" :"]))
        name, value = draw(st.sampled_from(NAMES)), draw(st.sampled_from(VALUES))
        parts += [name, colon, draw(PADDING), value, draw(PADDING), draw(ENDS)]
    return b"".join(parts)


@st.composite
def mutated(draw: st.DrawFn, messages: st.SearchStrategy[bytes]) -> bytes:
    """A message in which some bytes may have been changed, added, doubled or taken away."""
    data = bytearray(draw(messages))
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 5]))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 4))
        new = draw(st.sampled_from([b"", b"\r", b"\n", b"\r\n", b":", b" ", b"\t", b"\x00", b","]))
        data[at : at + size] = draw(st.sampled_from([new, bytes(data[at : at + 2 * size])]))
    return bytes(data)


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    empty = b"\r\n" * draw(st.sampled_from([0, 0, 0, 1, 3]))
    parts = [draw(st.sampled_from(group)) for group in (METHODS, TARGETS, VERSIONS)]
    usual = draw(st.sampled_from([b"Host: x\r\n", b""]))
    line = draw(st.sampled_from([b"GET / HTTP/1.1", b"POST /a?b HTTP/1.0", b" ".join(parts)]))
    return empty + line + draw(ENDS) + usual + draw(field_blocks()) + draw(ENDS)


@st.composite
def responses(draw: st.DrawFn) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"HTTP/1.0 404", b"HTTP/1.1 999 \xe9 ", b"HTTP/1.1 20 OK", b"x"]
    return draw(st.sampled_from(lines)) + draw(ENDS) + draw(field_blocks()) + draw(ENDS)


@st.composite
def chunked_bodies(draw: st.DrawFn) -> bytes:
    parts = []
    for _ in range(draw(st.integers(0, 4))):
        data = draw(st.binary(min_size=1, max_size=20))
        size = b"%x" % len(data) if draw(st.integers(0, 9)) else b"0" * 15 + b"%X" % len(data)
        extension = draw(st.sampled_from(EXTENSIONS))
        parts += [size, extension, draw(ENDS), data, draw(ENDS)]
    return b"".join(parts) + b"0" + draw(ENDS) + draw(field_blocks()) + draw(ENDS) + b"next"


LIMITS = st.tuples(
    st.sampled_from([65536] * 3 + [0, 1, 10, 20, 40, 80, 160]),
    st.sampled_from([100] * 3 + [0, 1, 2]),
)
NOISE = st.one_of(
    st.binary(max_size=60),
    st.text("AG:/ \r\n\t\x00\xff1,H", max_size=60).map(lambda text: text.encode("latin-1")),
)


def agree_at_every_split(outcome: Any, twins: Any, data: bytes, limits: tuple[int, int]) -> None:
    """Both twins say the same of every prefix, and once they have said it they stay with it."""
    pure, native = twins
    final = outcome(pure, data, *limits)
    for end in range(len(data) + 1):
        said = outcome(pure, data[:end], *limits)
        assert outcome(native, data[:end], *limits) == said
        assert said in (None, final)


class TestHeads:
    @both
    @given(data=st.one_of(NOISE, mutated(requests())), limits=LIMITS)
    def test_requests(
        self, twins: Any, outcomes: Any, data: bytes, limits: tuple[int, int]
    ) -> None:
        agree_at_every_split(outcomes.request, twins, data, limits)

    @both
    @given(data=st.one_of(NOISE, mutated(responses())), limits=LIMITS)
    def test_responses(
        self, twins: Any, outcomes: Any, data: bytes, limits: tuple[int, int]
    ) -> None:
        agree_at_every_split(outcomes.response, twins, data, limits)

    @both
    @given(data=mutated(requests()), before=st.binary(max_size=20))
    def test_where_it_starts_does_not_matter(
        self, twins: Any, outcomes: Any, data: bytes, before: bytes
    ) -> None:
        for twin in twins:
            alone = outcomes.request(twin, data)
            if alone and alone[0] == "head":
                head = twin.parse_request_head(before + data, len(before), 65536, 100)
                assert head.items() == alone[2]
                assert head.start == len(before)
                assert head.end == len(before) + alone[1]["end"]

    @both
    @given(block=field_blocks(), names=st.lists(st.sampled_from([*NAMES, b"ho\xe9st"])))
    def test_look_ups(self, twins: Any, block: bytes, names: list[bytes]) -> None:
        try:
            heads = [
                twin.parse_response_head(b"HTTP/1.1 200 OK\r\n" + block + b"\r\n", 0, 9999, 99)
                for twin in twins
            ]
        except ValueError:
            return
        if None in heads:
            assert heads == [None, None]
            return
        for name in [raw.decode("latin-1").swapcase() for raw in names]:
            for look_up in ("get", "get_all", "has"):
                pure, native = (getattr(head, look_up)(name) for head in heads)
                assert pure == native


class TestChunks:
    @both
    @given(
        data=st.one_of(NOISE, mutated(chunked_bodies())),
        cuts=st.lists(st.integers(0, 200), max_size=6),
        limits=st.fixed_dictionaries(
            {
                "max_line": st.sampled_from([4096] * 3 + [0, 1, 2, 8]),
                "max_trailer_size": st.sampled_from([65536] * 3 + [0, 1, 2, 20]),
                "max_trailer_fields": st.sampled_from([100] * 3 + [0, 1]),
            }
        ),
    )
    def test_at_any_split(
        self, twins: Any, outcomes: Any, data: bytes, cuts: list[int], limits: dict[str, int]
    ) -> None:
        edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        pieces = [data[a:b] for a, b in pairwise(edges)]
        whole = outcomes.chunks(twins[0], [data], **limits)
        bytewise = [data[n : n + 1] for n in range(len(data))]
        for twin in twins:
            for parts in ([data], pieces, bytewise):
                assert outcomes.chunks(twin, parts, **limits) == whole

    @both
    @given(data=mutated(chunked_bodies()), cuts=st.lists(st.integers(0, 200), max_size=4))
    def test_call_by_call(self, twins: Any, data: bytes, cuts: list[int]) -> None:
        edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
        pieces = [data[a:b] for a, b in pairwise(edges)]
        traces = []
        for twin in twins:
            decoder, trace = twin.ChunkDecoder(), []
            for piece in pieces:
                try:
                    body = decoder.feed(piece)
                except ValueError as error:
                    trace.append(str(error))
                else:
                    trace.append((body, decoder.position, decoder.done, list(decoder.trailers)))
            traces.append(trace)
        assert traces[0] == traces[1]


class TestEncoding:
    @both
    @given(
        fields=st.lists(
            st.tuples(
                st.one_of(st.text("aZ-_", min_size=1), st.text(max_size=5)),
                st.one_of(st.text("a\t \xe9", max_size=30), st.text(max_size=12)),
            ),
            max_size=4,
        ),
        length=st.integers(-2, 2**63 - 1),
        body=st.binary(max_size=20),
    )
    def test_heads(
        self, twins: Any, fields: list[tuple[str, str]], length: int, body: bytes
    ) -> None:
        said = []
        for twin in twins:
            try:
                said.append(twin.encode_head(b"X\r\n", b"A: b\r\n", fields, length, body))
            except ValueError as error:
                said.append(str(error))
        assert said[0] == said[1]

    @both
    @given(data=st.binary(min_size=1, max_size=100))
    def test_chunks(self, twins: Any, data: bytes) -> None:
        pure, native = twins
        assert pure.encode_chunk(data) == native.encode_chunk(data)
