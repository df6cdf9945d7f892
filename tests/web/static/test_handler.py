"""Static files over a real socket."""

import asyncio
import gzip
import hashlib
import os
import socket
import tracemalloc

import pytest

from tests.wire import looped, serving
from zonda.web import HTTPError, StaticFileHandler

TIME = 1300000000
DATE = "Sun, 13 Mar 2011 07:06:40 GMT"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (TIME, TIME))
    return path


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "www"
    for name, content in {
        "a.txt": b"0123456789",
        "empty.txt": b"",
        "a b/c.txt": b"blank",
        "folder/index.html": b"<p>index",
        "bare/other.html": b"",
        "caf\u00e9.txt": b"accent",
        ".hidden": b"hidden",
    }.items():
        write(root / name, content)
    write(tmp_path / "wwwx" / "secret", b"secret")
    write(tmp_path / "out" / "o.txt", b"outside")
    (root / "inside").symlink_to("a.txt")
    (root / "outside").symlink_to(tmp_path / "out" / "o.txt")
    (root / "outfolder").symlink_to(tmp_path / "out")
    (root / "dangling").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    (root / "zero").symlink_to("/dev/zero")
    os.mkfifo(root / "fifo")
    StaticFileHandler.reset()
    return tmp_path


@pytest.fixture
def site(serve, tree):
    root = str(tree / "www")
    index = {"path": root, "default_filename": "index.html"}
    return serve(
        [
            ("/s/(.*)", StaticFileHandler, {"path": root}),
            ("/d/(.*)", StaticFileHandler, index),
            ("/one/(.*)", StaticFileHandler, {"path": f"{root}/a.txt"}),
            ("/()", StaticFileHandler, {"path": f"{root}/a.txt"}),
        ]
    )


ETAG = f'"{hashlib.sha512(b"0123456789").hexdigest()}"'


class TestFiles:
    def test_a_file(self, site):
        answer = site.ask("/s/a.txt")
        assert (answer.status, answer.body) == (200, b"0123456789")
        assert answer["Content-Type"] == "text/plain"
        assert answer["Content-Length"] == "10"
        assert answer["Last-Modified"] == DATE
        assert answer["Etag"] == ETAG
        assert answer["Accept-Ranges"] == "bytes"
        assert "Cache-Control" not in answer
        assert "Expires" not in answer

    @pytest.mark.parametrize(
        ("path", "content"),
        [
            ("empty.txt", b""),
            ("a%20b/c.txt", b"blank"),
            ("caf%C3%A9.txt", b"accent"),
            (".hidden", b"hidden"),
            ("a.txt?x=1", b"0123456789"),
            ("folder/../a.txt", b"0123456789"),
            ("./a.txt", b"0123456789"),
            ("inside", b"0123456789"),
        ],
    )
    def test_paths(self, site, path, content):
        answer = site.ask(f"/s/{path}")
        assert (answer.status, answer.body) == (200, content)

    def test_a_single_file_as_root(self, site):
        assert site.ask("/one/").body == site.ask("/").body == b"0123456789"
        assert site.ask("/one/x").status == 404

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_other_methods(self, site, method):
        assert site.ask("/s/a.txt", method).status == 405

    @pytest.mark.parametrize(
        ("name", "media_type"),
        [
            ("a.html", "text/html"),
            ("a.css", "text/css"),
            ("a.js", "text/javascript"),
            ("a.json", "application/json"),
            ("a.png", "image/png"),
            ("a.svg", "image/svg+xml"),
            ("a.tar.gz", "application/gzip"),
            ("a.svgz", "application/gzip"),
            ("a.html.br", "application/octet-stream"),
            ("a.bz2", "application/octet-stream"),
            ("a.unknown", "application/octet-stream"),
            ("a", "application/octet-stream"),
        ],
    )
    def test_types(self, site, tree, name, media_type):
        write(tree / "www" / name, b"x")
        assert site.ask(f"/s/{name}")["Content-Type"] == media_type

    def test_a_changed_file(self, site, tree):
        site.ask("/s/a.txt")
        (tree / "www" / "a.txt").write_bytes(b"new content")
        answer = site.ask("/s/a.txt")
        assert answer.body == b"new content"
        assert answer["Etag"] == f'"{hashlib.sha512(b"new content").hexdigest()}"'

    def test_head(self, site):
        get, head = site.ask("/s/a.txt"), site.ask("/s/a.txt", "HEAD")
        assert head.body == b""
        assert sorted(head.fields) == sorted(get.fields)
        assert site.ask("/s/missing", "HEAD").status == 404

    def test_the_application_has_a_route(self, serve, tree):
        write(tree / "www" / "robots.txt", b"robots")
        site = serve([], static_path=str(tree / "www"))
        assert site.ask("/static/a.txt").body == b"0123456789"
        assert site.ask("/robots.txt").body == b"robots"
        assert site.ask("/favicon.ico").status == 404


class TestWhatIsNotServed:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("", 403),
            (".", 403),
            ("..", 403),
            ("folder", 403),
            ("folder/", 403),
            ("missing", 404),
            ("a.txt/x", 404),
            ("../wwwx/secret", 403),
            ("..%2fwwwx/secret", 403),
            ("%2e%2e/wwwx/secret", 403),
            ("..%5cwwwx%5csecret", 404),
            ("%252e%252e/wwwx/secret", 404),
            ("/a.txt", 403),
            ("/etc/passwd", 403),
            ("%2fetc/passwd", 403),
            ("a.txt%00", 404),
            ("a%00.txt", 404),
            ("a%ff.txt", 400),
            ("outside", 403),
            ("outfolder/o.txt", 403),
            ("outfolder/missing", 403),
            ("outfolder", 403),
            ("dangling", 404),
            ("loop", 404),
            ("zero", 403),
            ("fifo", 403),
            ("a.txt::$DATA", 404),
            ("x" * 300, 404),
        ],
    )
    def test_paths(self, site, path, status):
        assert site.ask(f"/s/{path}").status == status

    def test_links_where_they_are_allowed(self, serve, tree):
        root, out = str(tree / "www"), str(tree / "out")
        routes = [
            (f"/{name}/(.*)", StaticFileHandler, {"path": root, "allowed_symlink_directory": to})
            for name, to in {"out": out, "both": [root, out], "all": "/"}.items()
        ]
        site = serve(routes)
        assert site.ask("/out/outside").body == b"outside"
        assert site.ask("/out/outfolder/o.txt").body == b"outside"
        assert site.ask("/out/a.txt").status == 403
        assert site.ask("/both/outside").body == b"outside"
        assert site.ask("/both/a.txt").status == 200
        assert site.ask("/all/zero").status == 403

    def test_a_link_that_comes_to_lead_outside(self, site, tree):
        link = tree / "www" / "inside"
        assert site.ask("/s/inside").status == 200
        link.unlink()
        link.symlink_to(tree / "out" / "o.txt")
        assert site.ask("/s/inside").status == 403

    def test_a_root_that_is_a_link(self, serve, tree):
        (tree / "current").symlink_to("www")
        site = serve([("/(.*)", StaticFileHandler, {"path": str(tree / "current")})])
        assert site.ask("/a.txt").status == 200
        assert site.ask("/outside").status == 403

    def test_missing_files_are_no_news(self, site, caplog):
        site.ask("/s/missing")
        assert "tornado.general" not in [record.name for record in caplog.records]


class TestFolders:
    def test_the_default_file(self, site):
        answer = site.ask("/d/folder/")
        assert (answer.body, answer["Content-Type"]) == (b"<p>index", "text/html")

    @pytest.mark.parametrize("path", ["/d/folder", "/d/folder%2f..%2ffolder"])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_without_the_slash(self, site, path, method):
        answer = site.ask(path, method)
        assert (answer.status, answer["Location"]) == (301, path + "/")

    @pytest.mark.parametrize("path", ["/d/bare/", "/d/"])
    def test_without_a_default_file(self, site, path):
        assert site.ask(path).status == 404

    def test_not_outside(self, site):
        assert site.ask("/d/outfolder").status == 403
        assert site.ask("/d/outfolder/").status == 403

    @pytest.mark.parametrize("path", ["//folder", "/\\folder"])
    def test_not_to_another_site(self, serve, tree, path):
        options = {"path": str(tree / "www"), "default_filename": "index.html"}
        site = serve([(r"[/\\]+(.*)", StaticFileHandler, options)])
        assert site.ask(path).status == 403

    def test_no_redirect_leads_to_another_host(self, serve, tree, caplog):
        handler = {"path": str(tree / "www"), "default_filename": "index.html"}
        site = serve([("/(.*)", StaticFileHandler, handler)])
        for path in (
            "/\\evil.example/%2e%2e",
            "/\\\\evil.example/..",
            "/\\evil.example/%2e%2e/folder",
            "/%5Cevil.example/%2e%2e/folder",
        ):
            answer = site.ask(path)
            assert answer.status == 403
            assert "cannot redirect path with two initial slashes" in caplog.text
            caplog.clear()


class TestRanges:
    @pytest.mark.parametrize(
        ("field", "content", "sent"),
        [
            ("bytes=2-4", b"234", "2-4"),
            ("bytes=5-", b"56789", "5-9"),
            ("bytes=-3", b"789", "7-9"),
            ("bytes=0-0", b"0", "0-0"),
            ("bytes=9-9", b"9", "9-9"),
            ("bytes=8-100", b"89", "8-9"),
            ("Bytes = 0 - 1", b"01", "0-1"),
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_a_part(self, site, field, content, sent, method):
        answer = site.ask("/s/a.txt", method, {"Range": field})
        assert answer.status == 206
        assert answer.body == (content if method == "GET" else b"")
        assert answer["Content-Range"] == f"bytes {sent}/10"
        assert answer["Content-Length"] == str(len(content))
        assert answer["Etag"] == ETAG

    @pytest.mark.parametrize(
        "field",
        [
            "bytes=0-",
            "bytes=0-9",
            "bytes=0-100",
            "bytes=-10",
            "bytes=-30",
            "bytes=",
            "bytes=-",
            "bytes",
            "lines=1-2",
            "bytes=1-2,3-4",
            "bytes=0-0," + "1-1," * 1000 + "2-2",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1_0-",
            "bytes=--5",
            "bytes=0-1;x",
        ],
    )
    def test_all_of_it(self, site, field):
        answer = site.ask("/s/a.txt", headers={"Range": field})
        assert (answer.status, answer.body) == (200, b"0123456789")
        assert "Content-Range" not in answer

    @pytest.mark.parametrize(
        "field", ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=9-2", "bytes=" + "9" * 20 + "-"]
    )
    def test_nothing_of_it(self, site, field):
        answer = site.ask("/s/a.txt", headers={"Range": field})
        assert (answer.status, answer.body) == (416, b"")
        assert answer["Content-Range"] == "bytes */10"

    @pytest.mark.parametrize(
        ("field", "status"), [("bytes=0-", 416), ("bytes=-1", 416), ("bytes=-", 200)]
    )
    def test_an_empty_file(self, site, field, status):
        answer = site.ask("/s/empty.txt", headers={"Range": field})
        assert (answer.status, answer.body) == (status, b"")

    @pytest.mark.parametrize(
        ("condition", "status"),
        [(ETAG, 206), (DATE, 206), ('"x"', 200), ("Sun, 13 Mar 2011 07:06:39 GMT", 200)],
    )
    def test_only_if_nothing_has_changed(self, site, condition, status):
        answer = site.ask("/s/a.txt", headers={"Range": "bytes=0-1", "If-Range": condition})
        assert answer.status == status


class TestConditions:
    @pytest.mark.parametrize(
        "fields",
        [
            {"If-None-Match": ETAG},
            {"If-None-Match": "W/" + ETAG},
            {"If-None-Match": f'"x", {ETAG}'},
            {"If-None-Match": "*"},
            {"If-Modified-Since": DATE},
            {"If-Modified-Since": "Sun, 13 Mar 2031 07:06:40 GMT"},
            {"If-None-Match": ETAG, "If-Modified-Since": "Sun, 13 Mar 2001 07:06:40 GMT"},
            {"If-None-Match": ETAG, "Range": "bytes=50-"},
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_the_client_has_it(self, site, fields, method):
        answer = site.ask("/s/a.txt", method, fields)
        assert (answer.status, answer.body) == (304, b"")
        assert answer["Etag"] == ETAG
        assert answer["Last-Modified"] == DATE
        assert "Content-Type" not in answer

    @pytest.mark.parametrize(
        "fields",
        [
            {"If-None-Match": '"x"'},
            {"If-None-Match": ETAG.strip('"')},
            {"If-None-Match": ""},
            {"If-None-Match": '"x"', "If-Modified-Since": DATE},
            {"If-Modified-Since": "Sun, 13 Mar 2011 07:06:39 GMT"},
            {"If-Modified-Since": "bogus"},
            {"If-Match": ETAG},
            {"If-Unmodified-Since": DATE},
        ],
    )
    def test_it_has_not(self, site, fields):
        assert site.ask("/s/a.txt", headers=fields).status == 200

    @pytest.mark.parametrize(
        "fields",
        [{"If-Match": '"x"'}, {"If-Unmodified-Since": "Sun, 13 Mar 2001 07:06:40 GMT"}],
    )
    def test_it_does_not_want_it(self, site, fields):
        assert site.ask("/s/a.txt", headers=fields).status == 412


class TestCaching:
    def test_urls_with_a_version(self, site):
        answer = site.ask("/s/a.txt?v=abc")
        assert answer["Cache-Control"] == "max-age=315360000"
        assert "Expires" in answer
        assert site.ask("/s/a.txt?v=")["Cache-Control"] == "max-age=315360000"

    def test_decided_by_a_subclass(self, serve, tree):
        class Minute(StaticFileHandler):
            def get_cache_time(self, path, modified, mime_type):
                assert (path, mime_type, modified.year) == ("a.txt", "text/plain", 2011)
                return 60

            def set_extra_headers(self, path):
                self.set_header("X-Path", path)

        site = serve([("/(.*)", Minute, {"path": str(tree / "www")})])
        answer = site.ask("/a.txt")
        assert (answer["Cache-Control"], answer["X-Path"]) == ("max-age=60", "a.txt")


class TestLargeFiles:
    SIZE = 3_000_001

    @pytest.fixture
    def content(self, tree):
        content = bytes(range(256)) * (self.SIZE // 256 + 1)
        write(tree / "www" / "large.bin", content[: self.SIZE])
        return content[: self.SIZE]

    def test_whole(self, site, content):
        answer = site.ask("/s/large.bin")
        assert answer["Content-Length"] == str(self.SIZE)
        assert answer.body == content

    def test_parts(self, site, content):
        for field, part in {
            "bytes=100000-": content[100000:],
            "bytes=70000-2500000": content[70000:2500001],
            "bytes=-99999": content[-99999:],
        }.items():
            answer = site.ask("/s/large.bin", headers={"Range": field})
            assert (answer.status, answer.body) == (206, part)

    def test_no_more_in_memory_than_the_client_takes(self, site, tree):
        path = tree / "www" / "huge.bin"
        with path.open("wb") as file:
            file.truncate(200_000_000)
        site.ask("/s/huge.bin", "HEAD")  # without a version: it is too large for one
        tracemalloc.start()
        try:
            with socket.create_connection(("127.0.0.1", site.port), timeout=20) as client:
                client.sendall(b"GET /s/huge.bin HTTP/1.1\r\nHost: x\r\n\r\n")
                assert client.recv(15) == b"HTTP/1.1 200 OK"
                # Other clients are served while this one takes its time.
                assert site.ask("/s/a.txt").body == b"0123456789"
                assert tracemalloc.get_traced_memory()[1] < 5_000_000
        finally:
            tracemalloc.stop()

    def test_clients_that_leave_are_no_error(self, site, content, caplog):
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", site.port)) as client:
                client.sendall(b"GET /s/large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
                client.recv(10)
        site.ask("/s/a.txt")
        assert not [record for record in caplog.records if record.levelname == "ERROR"]

    def test_a_file_that_is_cut_off_is_not_passed_off_as_whole(self, serve, tree, content):
        class Cut(StaticFileHandler):
            def get_content_size(self):
                return super().get_content_size() + 1

        site = serve([("/(.*)", Cut, {"path": str(tree / "www")})])
        answer = site.ask("/large.bin")
        assert len(answer.body) < int(answer["Content-Length"])
        assert site.ask("/a.txt").status == 503

    def test_one_that_is_cut_off_on_its_way_ends_the_connection(self, site, tree, caplog):
        path = tree / "www" / "large.bin"
        write(path, b"x" * 50_000_000)
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as client:
            client.sendall(b"GET /s/large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
            received = len(client.recv(1000))
            os.truncate(path, 40_000_000)
            while piece := client.recv(1_000_000):
                received += len(piece)
        assert received < 41_000_000
        assert f"Cannot send the rest of {path}" in caplog.text
        assert site.ask("/s/a.txt").body == b"0123456789"

    def test_one_that_is_replaced_on_its_way_goes_on_as_it_was(self, site, content, tree):
        write(tree / "www" / "large.bin", b"old" * 10_000_000)
        with socket.create_connection(("127.0.0.1", site.port), timeout=20) as client:
            client.sendall(b"GET /s/large.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            received = client.recv(1000)
            write(tree / "new", b"new" * 10_000_000)
            os.replace(tree / "new", tree / "www" / "large.bin")
            received += b"".join(iter(lambda: client.recv(1_000_000), b""))
        assert received.partition(b"\r\n\r\n")[2] == b"old" * 10_000_000

    def test_pipelined_requests_are_answered_behind_it(self, site, content):
        asked = b"GET /s/large.bin HTTP/1.1\r\nHost: x\r\n\r\n"
        last = b"GET /s/a.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        received = site.exchange(asked + asked + last)
        assert received.count(content) == 2
        assert received.endswith(b"\r\n\r\n0123456789")

    def test_without_a_declared_length_it_goes_out_in_chunks(self, serve, tree, content):
        class Unframed(StaticFileHandler):
            async def _send_range(self, start, end, size):
                self.clear_header("Content-Length")
                await super()._send_range(start, end, size)

        site = serve([("/(.*)", Unframed, {"path": str(tree / "www")})])
        answer = site.ask("/large.bin")
        assert answer["Transfer-Encoding"] == "chunked"
        assert answer.body == content

    def test_through_a_transform(self, serve, tree, content):
        site = serve(
            [("/(.*)", StaticFileHandler, {"path": str(tree / "www")})], compress_response=True
        )
        write(tree / "www" / "large.txt", content)
        answer = site.ask("/large.txt", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(answer.body) == content

    def test_a_client_that_takes_nothing_is_cut_off(self, tree):
        write(tree / "www" / "large.bin", b"x" * 50_000_000)

        @looped
        async def test():
            routes = [("/(.*)", StaticFileHandler, {"path": str(tree / "www")})]
            async with serving(routes) as served:
                peer = await served.connect(read_buffer=4096)
                await peer.send("GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
                await peer.head()
                await served.until(lambda: served.connection.stream.write_buffer_size)
                served.time_passes(61)
                served.time_passes(123)
                await served.all_gone()
                assert len(await peer.rest()) < 50_000_000

        test()


class TestPrecompressed:
    @pytest.fixture
    def site(self, serve, tree):
        for suffix in (".br", ".gz"):
            write(tree / "www" / f"a.txt{suffix}", suffix.encode())
        handlers = [("/(.*)", StaticFileHandler, {"path": str(tree / "www")})]
        return serve(handlers, static_precompressed=True)

    def test_the_best_coding(self, site):
        answer = site.ask("/a.txt", headers={"Accept-Encoding": "gzip, br"})
        assert answer["Content-Encoding"] == "br"
        assert answer["Content-Type"] == "text/plain"
        assert answer["Vary"] == "Accept-Encoding"
        assert answer["Last-Modified"] == DATE
        assert answer["Content-Length"] == "3"
        assert answer.body == b".br"

    def test_each_coding_has_its_own_tag(self, site):
        tags = {
            site.ask("/a.txt", headers={"Accept-Encoding": accept})["Etag"]
            for accept in ("", "gzip", "br")
        }
        assert len(tags) == 3
        for tag in tags:
            fields = {"Accept-Encoding": "br", "If-None-Match": tag}
            expected = (
                304
                if tag == site.ask("/a.txt", headers=fields | {"If-None-Match": ""})["Etag"]
                else 200
            )
            assert site.ask("/a.txt", headers=fields).status == expected

    def test_without_one(self, site):
        plain = site.ask("/a.txt")
        assert (plain.body, plain["Vary"]) == (b"0123456789", "Accept-Encoding")
        assert "Content-Encoding" not in plain
        alone = site.ask("/empty.txt", headers={"Accept-Encoding": "br"})
        assert "Content-Encoding" not in alone

    def test_ranges_are_of_what_is_sent(self, site):
        fields = {"Accept-Encoding": "gzip", "Range": "bytes=1-"}
        answer = site.ask("/a.txt", headers=fields)
        assert (answer.status, answer.body, answer["Content-Range"]) == (206, b"gz", "bytes 1-2/3")
        refused = site.ask("/a.txt", headers={**fields, "Range": "bytes=5-"})
        assert refused.status == 416
        assert "Content-Encoding" not in refused

    def test_off_by_default(self, serve, tree):
        write(tree / "www" / "a.txt.br", b"br")
        site = serve([("/(.*)", StaticFileHandler, {"path": str(tree / "www")})])
        answer = site.ask("/a.txt", headers={"Accept-Encoding": "br"})
        assert "Content-Encoding" not in answer
        assert "Vary" not in answer


class TestCompression:
    def test_together_with_the_transform(self, serve, tree):
        import gzip

        write(tree / "www" / "long.txt", b"long " * 1000)
        handlers = [("/(.*)", StaticFileHandler, {"path": str(tree / "www")})]
        site = serve(handlers, compress_response=True)
        for name, content in {"a.txt": b"0123456789", "long.txt": b"long " * 1000}.items():
            answer = site.ask(f"/{name}", headers={"Accept-Encoding": "gzip"})
            assert gzip.decompress(answer.body) == content
            assert answer["Etag"].startswith('W/"')
        fields = {"Accept-Encoding": "gzip", "Range": "bytes=2-4"}
        assert site.ask("/a.txt", headers=fields).body == b"234"


class TestSubclasses:
    def test_content_from_a_database(self, serve):
        class Database(StaticFileHandler):
            @classmethod
            def get_absolute_path(cls, root, path):
                return path

            def validate_absolute_path(self, root, absolute_path):
                if absolute_path != "ok.txt":
                    raise HTTPError(404)
                return absolute_path

            @classmethod
            def get_content(cls, abspath, start=None, end=None):
                return b"hello"[start:end]

            def get_content_size(self):
                return 5

            def get_modified_time(self):
                return None

        class Pieces(Database):
            @classmethod
            def get_content(cls, abspath, start=None, end=None):
                yield from (bytes([byte]) for byte in b"hello"[start:end])

        handlers = [("/d/(.*)", Database, {"path": ""}), ("/p/(.*)", Pieces, {"path": ""})]
        site = serve(handlers)
        for path in ("/d/ok.txt", "/p/ok.txt"):
            answer = site.ask(path, headers={"If-Modified-Since": DATE})
            assert (answer.status, answer.body) == (200, b"hello")
            assert "Last-Modified" not in answer
            part = site.ask(path, headers={"Range": "bytes=1-2"})
            assert (part.body, part["Content-Range"]) == (b"el", "bytes 1-2/5")
            assert site.ask(path, headers={"If-None-Match": answer["Etag"]}).status == 304
            assert site.ask(path, "HEAD")["Content-Length"] == "5"
        assert site.ask("/d/no.txt").status == 404

    def test_another_file_than_was_asked_for(self, serve, tree):
        class Other(StaticFileHandler):
            def validate_absolute_path(self, root, absolute_path):
                path = super().validate_absolute_path(root, absolute_path)
                return path and path.replace("a.txt", "folder/index.html")

        answer = serve([("/(.*)", Other, {"path": str(tree / "www")})]).ask("/a.txt")
        assert (answer.body, answer["Content-Type"]) == (b"<p>index", "text/html")

    def test_redirected(self, serve, tree):
        class Elsewhere(StaticFileHandler):
            def validate_absolute_path(self, root, absolute_path):
                self.redirect("/elsewhere")

        answer = serve([("/(.*)", Elsewhere, {"path": str(tree / "www")})]).ask("/a.txt")
        assert (answer.status, answer["Location"]) == (302, "/elsewhere")

    def test_always_sent_anew(self, serve, tree):
        class Anew(StaticFileHandler):
            def should_return_304(self):
                return False

        site = serve([("/(.*)", Anew, {"path": str(tree / "www")})])
        assert site.ask("/a.txt", headers={"If-None-Match": ETAG}).status == 200

    def test_other_urls_and_versions(self, serve, tree):
        class Numbered(StaticFileHandler):
            def parse_url_path(self, url_path):
                return url_path.partition("/")[2]

            @classmethod
            def _get_cached_version(cls, abs_path):
                return "5"

        site = serve([("/(.*)", Numbered, {"path": str(tree / "www")})])
        answer = site.ask("/v5/a.txt")
        assert (answer.body, answer["Etag"]) == (b"0123456789", '"5"')

    def test_awaited(self, serve, tree):
        class Waits(StaticFileHandler):
            async def get(self, path, include_body=True):
                await asyncio.sleep(0)
                await super().get(path, include_body)

        assert serve([("/(.*)", Waits, {"path": str(tree / "www")})]).ask("/a.txt").status == 200
