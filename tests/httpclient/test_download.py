"""Files that are downloaded, and those that are completed later."""

import asyncio
import json
import os
import re

import pytest

from zonda.httpclient import HTTPClientError, Retry

DATA = os.urandom(300_000)
TAG = '"v1"'


class Files:
    """A play: one file with a tag, whose transfers break off when the test says so."""

    def __init__(self, wire, data=DATA, tag=TAG):
        self.wire = wire
        self.data = data
        self.tag = tag
        #: Bytes of the next responses' bodies before the connection breaks.
        self.breaks = []
        self.ranges = True

    async def __call__(self, asked, peer):
        fields = [f"ETag: {self.tag}"] if self.tag else []
        start, status = 0, "200 OK"
        wanted = re.fullmatch(r"bytes=(\d+)-", "".join(asked.all("Range")))
        if wanted and self.ranges and asked["If-Range"] == self.tag:
            start, status = int(wanted[1]), "206 Partial Content"
            fields.append(f"Content-Range: bytes {start}-{len(self.data) - 1}/{len(self.data)}")
        answer = self.wire.ok(self.data[start:], *fields, status=status)
        if self.breaks:
            head = answer.index(b"\r\n\r\n") + 4
            await peer.send(answer[: head + self.breaks.pop(0)])
            return None
        return answer


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


async def broken_off(client, url, path):
    with pytest.raises(HTTPClientError):
        await client.download(url, path)
    assert names(path.parent) == [f"{path.name}.part", f"{path.name}.part.json"]


async def test_a_file(wire, either, tmp_path):
    path = tmp_path / "file.bin"
    path.write_bytes(b"an older one")
    seen = []

    async def progress(received, total):
        await asyncio.sleep(0)
        assert path.read_bytes() == b"an older one"  # until everything is here
        seen.append((received, total))

    async with wire.Origin(Files(wire, DATA * 5)) as origin:
        result = await either().download(origin.url, path, progress=progress)
        assert origin.asked[0]["Accept-Encoding"] == "identity"
    assert path.read_bytes() == DATA * 5
    assert names(tmp_path) == ["file.bin"]
    assert (result.path, result.size, result.resumed) == (path, len(DATA) * 5, 0)
    assert result.headers["ETag"] == TAG
    assert result.effective_url == origin.url
    size = len(DATA) * 5
    assert seen[0] == (0, size)
    assert seen[-1] == (size, size)
    assert seen == sorted(seen)
    assert len(seen) >= 3


async def test_resumed(wire, either, tmp_path):
    path = tmp_path / "file.bin"
    play = Files(wire)
    play.breaks = [100_000, 50_000]
    seen = []
    async with wire.Origin(play) as origin:
        client = either()
        await broken_off(client, origin.url, path)
        assert (tmp_path / "file.bin.part").read_bytes() == DATA[:100_000]
        await broken_off(client, origin.url, path)
        result = await client.download(origin.url, path, progress=lambda *at: seen.append(at))
        assert [asked.all("Range") for asked in origin.asked] == [
            [],
            ["bytes=100000-"],
            ["bytes=150000-"],
        ]
        assert origin.asked[2]["If-Range"] == TAG
    assert path.read_bytes() == DATA
    assert (result.size, result.resumed) == (300_000, 150_000)
    assert seen[0] == (150_000, 300_000)
    assert names(tmp_path) == ["file.bin"]


async def test_within_one_call(wire, either, tmp_path):
    path = tmp_path / "file.bin"
    play = Files(wire)
    play.breaks = [100_000, 0, 50_000]
    async with wire.Origin(play) as origin:
        result = await either(retries=Retry(3, backoff=0)).download(origin.url, path)
        assert len(origin.asked) == 4
    assert path.read_bytes() == DATA
    assert result.size == 300_000


async def test_a_file_that_has_changed_is_not_added_to(wire, either, tmp_path):
    path = tmp_path / "file.bin"
    play = Files(wire)
    play.breaks = [100_000]
    async with wire.Origin(play) as origin:
        client = either()
        await broken_off(client, origin.url, path)
        play.data, play.tag = os.urandom(300_000), '"v2"'
        result = await client.download(origin.url, path)
    assert path.read_bytes() == play.data
    assert result.resumed == 0


@pytest.mark.parametrize(
    "lie",
    [
        {"Content-Range": "bytes 99999-299998/300000"},
        {"Content-Range": "bytes 100000-299999/300001"},
        {"Content-Range": "bytes 100000-300000/300000"},
        {"Content-Range": "bytes 100000-99999/300000"},
        {"Content-Range": "nonsense"},
        {"ETag": '"v2"'},
        {"ETag": None},
        {"status": "416 Range Not Satisfiable", "Content-Range": "bytes */300000"},
    ],
    ids=repr,
)
async def test_a_part_that_does_not_fit(wire, either, tmp_path, lie):
    """A server that knows no If-Range, or counts wrong: begin anew rather than mix."""
    path = tmp_path / "file.bin"
    play = Files(wire)
    play.breaks = [100_000]

    async def lying(asked, peer):
        if not asked.all("Range"):
            return await play(asked, peer)
        fields = {"ETag": TAG, "Content-Range": "bytes 100000-299999/300000", **lie}
        status = fields.pop("status", "206 Partial Content")
        lines = [f"{name}: {value}" for name, value in fields.items() if value]
        return wire.ok(b"y" * 200_000, *lines, status=status)

    async with wire.Origin(lying) as origin:
        client = either()
        await broken_off(client, origin.url, path)
        result = await client.download(origin.url, path)
        assert len(origin.asked) == 3
    assert path.read_bytes() == DATA
    assert result.resumed == 0


async def test_ranges_in_several_steps(wire, either, tmp_path):
    """A server may send less than it was asked for."""
    path = tmp_path / "file.bin"
    play = Files(wire)
    play.breaks = [100_000]

    async def stingy(asked, peer):
        if not asked.all("Range"):
            return await play(asked, peer)
        start = int(asked["Range"][6:-1])
        end = min(start + 80_000, len(DATA))
        span = f"Content-Range: bytes {start}-{end - 1}/{len(DATA)}"
        return wire.ok(DATA[start:end], f"ETag: {TAG}", span, status="206 Partial Content")

    async with wire.Origin(stingy) as origin:
        client = either()
        await broken_off(client, origin.url, path)
        result = await client.download(origin.url, path)
        assert len(origin.asked) == 1 + 3
    assert path.read_bytes() == DATA
    assert result.resumed == 100_000


@pytest.mark.parametrize("tag", [None, 'W/"v1"'])
async def test_without_a_strong_validator_nothing_is_kept(wire, either, tmp_path, tag):
    path = tmp_path / "file.bin"
    play = Files(wire, tag=tag)
    play.breaks = [100_000]
    async with wire.Origin(play) as origin:
        client = either()
        with pytest.raises(HTTPClientError):
            await client.download(origin.url, path)
        assert names(tmp_path) == []
        await client.download(origin.url, path)
        assert not origin.asked[1].all("Range")
    assert path.read_bytes() == DATA


async def test_not_to_be_resumed(wire, either, tmp_path):
    path = tmp_path / "file.bin"
    play = Files(wire)
    play.breaks = [100_000]
    async with wire.Origin(play) as origin:
        client = either()
        await broken_off(client, origin.url, path)
        result = await client.download(origin.url, path, resume=False)
        assert not origin.asked[1].all("Range")
    assert path.read_bytes() == DATA
    assert result.resumed == 0


async def test_a_size_that_nobody_knows(wire, either, tmp_path):
    async def play(asked, peer):
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"

    seen = []
    async with wire.Origin(play) as origin:
        result = await either().download(
            origin.url, str(tmp_path / "x"), progress=lambda *at: seen.append(at)
        )
    assert (tmp_path / "x").read_bytes() == b"hello world"
    assert result.size == 11
    assert seen[-1] == (11, None)


async def test_an_empty_file(wire, either, tmp_path):
    async with wire.Origin(Files(wire, b"")) as origin:
        assert (await either().download(origin.url, tmp_path / "x")).size == 0
    assert (tmp_path / "x").read_bytes() == b""


@pytest.mark.parametrize("status", ["404 Not Found", "204 No Content", "206 Partial Content"])
async def test_other_statuses(wire, either, tmp_path, status):
    async def play(asked, peer):
        return wire.ok(b"" if status[:3] == "204" else b"page", status=status)

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError, match=status[:3]) as caught:
            await either().download(origin.url, tmp_path / "x")
    assert caught.value.response.code == int(status[:3])
    assert names(tmp_path) == []


async def test_redirects(wire, either, tmp_path):
    play = Files(wire)
    play.breaks = [100_000]

    async def there(asked, peer):
        if asked.target == "/":
            return wire.ok(b"elsewhere", "Location: /there", status="302 Found")
        return await play(asked, peer)

    path = tmp_path / "file.bin"
    async with wire.Origin(there) as origin:
        client = either()
        await broken_off(client, origin.url, path)
        result = await client.download(origin.url, path)
        assert result.effective_url.endswith("/there")
        assert origin.asked[-1]["Range"] == "bytes=100000-"
    assert path.read_bytes() == DATA


async def test_one_at_a_time(wire, either, tmp_path):
    reached, go_on = asyncio.Event(), asyncio.Event()
    play = Files(wire)

    async def slow(asked, peer):
        reached.set()
        await go_on.wait()
        return await play(asked, peer)

    path = tmp_path / "file.bin"
    async with wire.Origin(slow) as origin:
        client = either()
        first = asyncio.ensure_future(client.download(origin.url, path))
        await asyncio.wait_for(reached.wait(), 5)
        with pytest.raises(RuntimeError, match="another download is writing"):
            await client.download(origin.url, path)
        go_on.set()
        await first
    assert path.read_bytes() == DATA
    assert names(tmp_path) == ["file.bin"]


async def test_cancelled(wire, either, tmp_path):
    reached = asyncio.Event()

    async def play(asked, peer):
        await peer.send(b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\nETag: "a"\r\n\r\nhalf')
        await peer.closed()

    path = tmp_path / "file.bin"
    async with wire.Origin(play) as origin:
        client = either()
        task = asyncio.ensure_future(
            client.download(origin.url, path, progress=lambda *_: reached.set())
        )
        await asyncio.wait_for(reached.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(origin.peers[0].over.wait(), 5)
    note = json.loads((tmp_path / "file.bin.part.json").read_text())
    assert note[1:] == ['"a"', 9]


async def test_what_cannot_be_written(wire, either, tmp_path):
    async with wire.Origin(Files(wire)) as origin:
        client = either()
        with pytest.raises(OSError):
            await client.download(origin.url, tmp_path / "nowhere" / "x")
        assert not origin.asked
        with pytest.raises(ValueError, match="streaming_callback"):
            await client.download(origin.url, tmp_path / "x", streaming_callback=print)


async def test_a_head_request_is_no_file(wire, either, tmp_path):
    async def play(asked, peer):
        return b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError, match="0 bytes have come, not 100"):
            await either().download(origin.url, tmp_path / "x", method="HEAD")
    assert names(tmp_path) == []


async def test_time(wire, either, tmp_path):
    """A request's own limit is for all of it."""

    async def play(asked, peer):
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        await peer.closed()

    async with wire.Origin(play) as origin:
        with pytest.raises(HTTPClientError):
            await either().download(origin.url, tmp_path / "x", request_timeout=0.2)
