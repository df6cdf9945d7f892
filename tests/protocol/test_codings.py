"""Content codings: every split, damage, bombs."""

import gzip
import random
import sys
import zlib

import pytest

from zonda.protocol import codings
from zonda.protocol.codings import accept_encoding, decoder_of

LIMIT = 10**8


def bare_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def br(data):
    return pytest.importorskip("brotli", reason="pip install zonda[brotli]").compress(data)


def zstd(data):
    try:
        from compression import zstd
    except ImportError:
        zstd = pytest.importorskip("backports.zstd", reason="pip install zonda[zstd]")
    return zstd.compress(data)


PACKERS = [
    pytest.param("gzip", gzip.compress, id="gzip"),
    pytest.param("x-gzip", gzip.compress, id="x-gzip"),
    pytest.param("deflate", zlib.compress, id="zlib"),
    pytest.param("deflate", bare_deflate, id="deflate"),
    pytest.param("br", br, id="br"),
    pytest.param("zstd", zstd, id="zstd"),
]
packers = pytest.mark.parametrize(("field", "pack"), PACKERS)
DATA = [
    pytest.param(b"", id="empty"),
    pytest.param(b"hello", id="short"),
    pytest.param(bytes(300_000), id="zeros"),
    pytest.param(random.Random(1).randbytes(200_000), id="noise"),
]


def unpack(field, data, size, limit=LIMIT):
    decoder = decoder_of(field)
    pieces = []
    for start in range(0, len(data), size):
        decoder.feed(data[start : start + size])
        while piece := decoder.read(limit):
            pieces.append(piece)
    decoder.end()
    return b"".join(pieces)


@packers
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("size", [1, 1000, 10**9])
def test_there_and_back(field, pack, data, size):
    if size == 1:
        data = data[:5000]
    assert unpack(field, pack(data), size) == data


@packers
def test_pieces_are_small(field, pack):
    decoder = decoder_of(field)
    decoder.feed(pack(bytes(10**7)))
    sizes = []
    while piece := decoder.read(LIMIT):
        sizes.append(len(piece))
    assert sum(sizes) == 10**7
    assert max(sizes) <= 128 * 1024


@packers
def test_a_bomb(field, pack):
    decoder = decoder_of(field)
    decoder.feed(pack(bytes(10**7)))
    with pytest.raises(ValueError, match="decompressed body too large: more than 1000000 bytes"):
        list(iter(lambda: decoder.read(10**6), b""))
    assert decoder.size <= 10**6 + 128 * 1024


@packers
@pytest.mark.parametrize("size", [1, 10**9])
def test_truncated(field, pack, size):
    packed = pack(random.Random(2).randbytes(1000))
    for end in (1, 2, 10, len(packed) // 2, len(packed) - 1):
        with pytest.raises(ValueError, match=f"invalid {field} data: it is truncated"):
            unpack(field, packed[:end], size)


@packers
@pytest.mark.parametrize("size", [1, 10**9])
def test_something_behind_the_end(field, pack, size):
    with pytest.raises(ValueError, match=f"invalid {field} data"):
        unpack(field, pack(b"hello") + b"junk", size)


@packers
def test_something_else(field, pack):
    pack(b"")  # is the library there?
    with pytest.raises(ValueError, match=f"invalid {field} data"):
        unpack(field, b"<html>this is not packed at all</html>", 10**9)


@packers
def test_nothing_at_all(field, pack):
    pack(b"")
    assert unpack(field, b"", 1) == b""


@pytest.mark.parametrize(("field", "pack"), [PACKERS[0], PACKERS[5]])
@pytest.mark.parametrize("size", [1, 10, 10**9])
def test_members_and_frames(field, pack, size):
    assert unpack(field, pack(b"one") + pack(b"") + pack(b"two"), size) == b"onetwo"


def test_a_zstd_window_that_is_too_large():
    zstd(b"")
    library = codings._zstd()
    large = {library.CompressionParameter.window_log: 24}
    packer = library.ZstdCompressor(options=large)
    packed = packer.compress(random.Random(3).randbytes(2**20)) + packer.flush()
    with pytest.raises(ValueError, match="invalid zstd data"):
        unpack("zstd", packed, 10**9)


# --------------------------------------------------------------------------------- several


@pytest.mark.parametrize("size", [1, 10**9])
def test_several_codings(size):
    """They stand in the order in which they were applied."""
    data = b"hello" * 100
    assert unpack("deflate, gzip", gzip.compress(zlib.compress(data)), size) == data
    assert unpack("gzip , identity,, DEFLATE", zlib.compress(gzip.compress(data)), size) == data


def test_all_of_them_together():
    data = random.Random(4).randbytes(10**5) + bytes(10**6)
    packed = zstd(br(zlib.compress(gzip.compress(data))))
    assert unpack("gzip, deflate, br, zstd", packed, 777) == data


@pytest.mark.parametrize("size", [1, 10**9])
def test_truncated_inside(size):
    inner = zlib.compress(b"hello" * 100)[:-3]
    with pytest.raises(ValueError, match="invalid deflate data: it is truncated"):
        unpack("deflate, gzip", gzip.compress(inner), size)
    with pytest.raises(ValueError, match="invalid gzip data"):
        unpack("deflate, gzip", gzip.compress(zlib.compress(b"hello"))[:-3], size)


def test_a_bomb_between_two_codings():
    """Much that unpacks to nothing: empty members, packed well."""
    inner = gzip.compress(b"") * 10**5
    decoder = decoder_of("gzip, gzip")
    decoder.feed(gzip.compress(inner))
    with pytest.raises(ValueError, match="decompressed body too large"):
        decoder.read(10**6)


def test_too_many():
    assert decoder_of(", ".join(["gzip"] * 5)) is not None
    with pytest.raises(ValueError, match="6 content codings, at most 5"):
        decoder_of(", ".join(["gzip"] * 6))


@pytest.mark.parametrize(
    "field", ["", "identity", " ,", "compress", "gzip, unheard-of", "aes128gcm"]
)
def test_what_is_left_alone(field):
    assert decoder_of(field) is None


# --------------------------------------------------------------------------- what is offered


@pytest.fixture
def fresh():
    accept_encoding.cache_clear()
    yield
    accept_encoding.cache_clear()


def test_without_libraries(fresh, monkeypatch):
    for name in ("brotli", "compression", "compression.zstd", "backports", "backports.zstd"):
        monkeypatch.setitem(sys.modules, name, None)
    assert accept_encoding() == "gzip, deflate"
    assert decoder_of("br") is None
    assert decoder_of("zstd") is None


def test_with_libraries(fresh):
    br(b"")
    zstd(b"")
    assert accept_encoding() == "gzip, deflate, br, zstd"
