"""Parts of forms: reading them, and writing them to files."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire import looped
from zonda.web import HTTPError
from zonda.web.multipart import Multipart, Part

HEAD = b'--XX\r\nContent-Disposition: form-data; name="f"; filename="../etc"\r\nX-A: b\r\n\r\n'
END = b"\r\n--XX--"


async def pieces(data: bytes, size: int = 65536) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def only_part(data: bytes, size: int = 65536) -> Part:
    return await anext(Multipart(pieces(HEAD + data + END, size), b"XX"))


@looped
async def test_what_is_known_of_a_part() -> None:
    part = await only_part(b"data", 1)
    assert (part.name, part.filename, part.content_type) == ("f", "../etc", None)
    assert part.headers["x-a"] == "b"
    assert repr(part) == "<Part 'f' filename='../etc'>"
    assert await part.read() == b"data"
    assert await part.read() == b""


@looped
async def test_reading_has_a_limit() -> None:
    assert await (await only_part(b"12345")).read(5) == b"12345"
    with pytest.raises(HTTPError) as error:
        await (await only_part(b"123456")).read(5)
    assert error.value.status_code == 413
    with pytest.raises(HTTPError) as error:
        await (await only_part(b"123456")).text(5)
    assert error.value.status_code == 413


@looped
async def test_text() -> None:
    assert await (await only_part("Grüße".encode())).text() == "Grüße"
    with pytest.raises(HTTPError) as error:
        await (await only_part(b"\xff")).text()
    assert error.value.status_code == 400


@pytest.mark.parametrize("size", [0, 5, 1_048_576, 5_000_000])
@looped
async def test_saving(size: int, tmp_path: Path) -> None:
    path = tmp_path / "saved"
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert await (await only_part(content)).save(path) == size
    assert path.read_bytes() == content


@looped
async def test_saving_to_an_open_file() -> None:
    file = io.BytesIO()
    assert await (await only_part(b"content")).save(file) == 7
    assert file.getvalue() == b"content"


@looped
async def test_files_that_are_there_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "saved"
    path.write_text("precious")
    with pytest.raises(FileExistsError):
        await (await only_part(b"content")).save(path)
    assert path.read_text() == "precious"


@looped
async def test_half_a_file_is_removed(tmp_path: Path) -> None:
    form = Multipart(pieces(HEAD + b"x" * 2_000_000), b"XX")
    with pytest.raises(HTTPError):
        await (await anext(form)).save(tmp_path / "saved")
    assert not list(tmp_path.iterdir())


@looped
async def test_half_a_file_is_removed_when_nobody_waits_any_more(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def stalling() -> AsyncIterator[bytes]:
        yield HEAD + b"x" * 2_000_000
        begun.set()
        await asyncio.Event().wait()

    part = await anext(Multipart(stalling(), b"XX"))
    saving = asyncio.create_task(part.save(tmp_path / "saved"))
    await begun.wait()
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert not list(tmp_path.iterdir())


def test_a_boundary_that_is_none() -> None:
    with pytest.raises(HTTPError) as error:
        Multipart(pieces(b""), b"")
    assert error.value.status_code == 400
