"""Every parser on what a fuzzer might send; ``make fuzz`` goes on for longer."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.fuzz.targets import TARGETS, seeds

#: What a parser looks out for.
SIGNS = [
    *(b"\r\n", b"\r\n\r\n", b":", b";", b"=", b'"', b"%", b"--XX", b"{%", b"%}", b"{{", b"}}"),
    *(b"\0", b"\x80", b"\xff", b"\xc1\x8a", b"0\r\n\r\n", b"Content-Length: 5", b"chunked", b" "),
]


def inputs(name: str) -> st.SearchStrategy[bytes]:
    """Seeds, changed here and there; the last bytes decide limits and how it is cut."""
    seed = st.sampled_from(seeds(name))
    noise = st.binary(max_size=40) | st.sampled_from(SIGNS)
    cut = st.integers(0, 300)

    def mixed(first: bytes, place: int, gone: int, middle: bytes, end: bytes) -> bytes:
        return first[:place] + middle + first[place + gone :] + end

    return st.builds(mixed, seed, cut, st.integers(0, 5), noise, st.binary(max_size=5)) | st.lists(
        noise, max_size=12
    ).map(b"".join)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes(name: str) -> None:
    @settings(
        deadline=None, max_examples=150, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(inputs(name))
    def run(data: bytes) -> None:
        TARGETS[name](data)

    run()


@pytest.mark.parametrize("name", TARGETS)
def test_seeds(name: str) -> None:
    for seed in seeds(name):
        for end in (b"", b"\1\1\1\1\1", b"\0\x10\xff\x20\x01"):
            TARGETS[name](seed + end)
