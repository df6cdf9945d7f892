"""Compression of responses."""

import gzip
import types
import zlib

import pytest

from zonda.httputil import HTTPHeaders
from zonda.web import Application, GZipContentEncoding, OutputTransform, RequestHandler, transforms
from zonda.web.transforms import ContentEncoding, accepted_coding


@pytest.mark.parametrize(
    ("field", "coding"),
    [
        ("", None),
        ("gzip", "gzip"),
        ("GZip", "gzip"),
        ("deflate", None),
        ("identity", None),
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5,gzip;q=0.5", "br"),
        ("gzip;q=0", None),
        ("gzip; q=0.0", None),
        ("gzip;Q=0.001", "gzip"),
        ("gzip;q=x", None),
        ("gzip;level=9", "gzip"),
        ("*", "br"),
        ("*;q=0.1, gzip;q=0.2", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("identity;q=1, gzip;q=0", None),
        ("ungzip, gzipx, x-gzip", None),
        (",,gzip,,", "gzip"),
    ],
)
def test_negotiation(field, coding):
    assert accepted_coding(field, ("br", "gzip")) == coding


class Content(RequestHandler):
    """Answers as the header fields of the request say."""

    def get(self):
        for name, value in self.request.headers.get_all():
            if name.startswith("Set-"):
                self.set_header(name.removeprefix("Set-"), value)
        self.set_status(int(self.request.headers.get("Status", "200")))
        for size in self.request.headers["Sizes"].split():
            self.write("x" * int(size))
            if self.request.headers.get("Flush"):
                self.flush()

    head = get


@pytest.fixture
def ask(serve):
    site = serve([("/", Content)], compress_response=True)

    def ask(sizes="5000", method="GET", accept="gzip", **fields):
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        return site.ask("/", method, {"Accept-Encoding": accept, "Sizes": sizes, **headers})

    return ask


class TestGzip:
    def test_content_comes_back(self, ask):
        answer = ask()
        assert answer["Content-Encoding"] == "gzip"
        assert answer["Vary"] == "Accept-Encoding"
        assert int(answer["Content-Length"]) == len(answer.body) < 100
        assert gzip.decompress(answer.body) == b"x" * 5000

    def test_not_for_clients_that_do_not_ask(self, ask):
        answer = ask(accept="deflate")
        assert "Content-Encoding" not in answer
        assert answer["Vary"] == "Accept-Encoding"
        assert answer.body == b"x" * 5000

    @pytest.mark.parametrize(("size", "compressed"), [("0", 0), ("1023", 0), ("1024", 1)])
    def test_short_content_is_left_alone(self, ask, size, compressed):
        assert ("Content-Encoding" in ask(size)) == compressed

    def test_each_piece_can_be_read_when_it_arrives(self):
        transform = GZipContentEncoding(a_request("gzip"))
        headers = HTTPHeaders({"Content-Type": "text/plain"})
        stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        _, headers, first = transform.transform_first_chunk(200, headers, b"one", False)
        assert headers["Content-Encoding"] == "gzip"
        assert stream.decompress(first) == b"one"
        assert stream.decompress(transform.transform_chunk(b"two", False)) == b"two"
        assert transform.transform_chunk(b"", False) == b""
        assert stream.decompress(transform.transform_chunk(b"three", True)) == b"three"
        assert stream.eof

    def test_in_pieces_over_the_wire(self, ask):
        answer = ask("10 20", Flush="yes")
        assert answer["Transfer-Encoding"] == "chunked"
        assert gzip.decompress(answer.body) == b"x" * 30

    def test_a_length_that_the_handler_set(self, ask):
        assert gzip.decompress(ask(Set_Content_Length="5000").body) == b"x" * 5000
        answer = ask("3000 2000", Flush="yes", Set_Content_Length="5000")
        assert "Content-Length" not in answer
        assert gzip.decompress(answer.body) == b"x" * 5000

    @pytest.mark.parametrize(
        "media_type",
        [
            "text/html",
            "text/plain; charset=utf-8",
            "Text/CSS",
            "application/json",
            "APPLICATION/JSON ;x",
            "image/svg+xml",
            *GZipContentEncoding.CONTENT_TYPES,
        ],
    )
    def test_types_that_are_compressed(self, ask, media_type):
        assert "Content-Encoding" in ask(Set_Content_Type=media_type)

    @pytest.mark.parametrize("media_type", ["image/png", "application/octet-stream", "x"])
    def test_types_that_are_not(self, ask, media_type):
        assert "Content-Encoding" not in ask(Set_Content_Type=media_type)

    @pytest.mark.parametrize(
        "fields",
        [
            {"Set_Content_Encoding": "x"},
            {"Set_Content_Range": "bytes 0-4999/9000", "Status": "206"},
            {"Status": "206"},
            {"Set_Cache_Control": "public, no-transform"},
        ],
    )
    def test_responses_that_must_stay_as_they_are(self, ask, fields):
        answer = ask(**fields)
        assert answer.body == b"x" * 5000
        assert answer.all("Content-Encoding") in ([], ["x"])

    @pytest.mark.parametrize(
        ("given", "sent"),
        [
            ("Cookie", "Cookie, Accept-Encoding"),
            ("accept-encoding", "accept-encoding"),
            ("Cookie, Accept-Encoding", "Cookie, Accept-Encoding"),
            ("*", "*"),
        ],
    )
    def test_vary_is_completed(self, ask, given, sent):
        assert ask(Set_Vary=given)["Vary"] == sent

    def test_the_entity_tag_is_of_other_bytes(self, ask):
        plain, compressed = ask(accept="")["Etag"], ask()["Etag"]
        assert compressed == "W/" + plain
        for tag in (plain, compressed):
            assert ask(If_None_Match=tag).status == 304
        assert ask(Set_Etag='W/"mine"')["Etag"].startswith('W/"')

    def test_head_is_like_get(self, ask):
        get, head = ask(), ask(method="HEAD")
        assert head.body == b""
        assert sorted(head.fields) == sorted(get.fields)

    def test_without_content(self, ask):
        answer = ask("", Status="204")
        assert answer.status == 204
        assert "Content-Encoding" not in answer


def a_request(accept):
    return types.SimpleNamespace(headers=HTTPHeaders({"Accept-Encoding": accept}))


@pytest.mark.parametrize("coding", ["br", "zstd"])
def test_the_best_coding_that_both_sides_know(ask, coding):
    package = transforms._installed(coding)
    if package is None:
        pytest.skip(f"needs a package for {coding}")
    there_and_back(coding, package.decompress)
    answer = ask(accept=f"gzip, deflate, {coding}")
    assert answer["Content-Encoding"] == coding
    assert answer["Vary"] == "Accept-Encoding"
    assert package.decompress(answer.body) == b"x" * 5000
    answer = ask("5000 10 20", accept=coding, Flush="yes")
    assert answer["Transfer-Encoding"] == "chunked"
    assert package.decompress(answer.body) == b"x" * 5030


def test_what_is_not_installed_is_not_offered(ask, monkeypatch):
    monkeypatch.setattr(transforms, "_installed", lambda coding: None)
    answer = ask(accept="br, zstd, gzip")
    assert answer["Content-Encoding"] == "gzip"


def test_gzip_alone(serve):
    site = serve([("/", Content)], transforms=[GZipContentEncoding])
    headers = {"Accept-Encoding": "br, zstd, gzip", "Sizes": "5000"}
    assert site.ask("/", headers=headers)["Content-Encoding"] == "gzip"
    site = serve([("/", Content)], gzip=True)
    assert site.ask("/", headers=headers)["Content-Encoding"] == "gzip"


def there_and_back(coding, decompress):
    data = b"some text " * 1000
    transform = ContentEncoding(a_request(coding))
    headers = HTTPHeaders({"Content-Type": "text/plain"})
    _, headers, first = transform.transform_first_chunk(200, headers, data, False)
    assert headers["Content-Encoding"] == coding
    whole = first + transform.transform_chunk(data, False) + transform.transform_chunk(b"", True)
    assert len(whole) < 1000
    assert decompress(whole) == data + data


class TestOwnTransforms:
    def test_they_see_every_piece(self, serve):
        class Shout(OutputTransform):
            def transform_first_chunk(self, status_code, headers, chunk, finishing):
                headers["X-Finishing"] = str(finishing)
                return status_code + 1, headers, chunk.upper()

            def transform_chunk(self, chunk, finishing):
                return chunk.upper() + (b"!" if finishing else b"")

        class Pieces(RequestHandler):
            def get(self):
                self.write("a")
                self.flush()
                self.write("b")

        class Whole(RequestHandler):
            def get(self):
                self.write("ab")

        handlers = [("/pieces", Pieces), ("/whole", Whole)]
        application = Application(handlers, transforms=[Shout])
        site = serve(application)
        pieces, whole = site.ask("/pieces"), site.ask("/whole")
        assert (pieces.status, pieces["X-Finishing"], pieces.body) == (201, "False", b"AB!")
        assert (whole.status, whole["X-Finishing"], whole.body) == (201, "True", b"AB")

    def test_the_base_changes_nothing(self):
        transform = OutputTransform(a_request(""))
        headers = HTTPHeaders()
        assert transform.transform_first_chunk(200, headers, b"a", False) == (200, headers, b"a")
        assert transform.transform_chunk(b"b", True) == b"b"
