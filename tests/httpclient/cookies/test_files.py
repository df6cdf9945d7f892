"""Cookies in files."""

import asyncio
import shutil
import stat
import subprocess

import pytest

from zonda.httpclient import CookieJar

NETSCAPE = """# Netscape HTTP Cookie File
# a comment

.example.com\tTRUE\t/\tTRUE\t4102444800\ta\tb
#HttpOnly_www.example.com\tFALSE\t/x\tFALSE\t0\tsession\tv
old.example\tFALSE\t/\tFALSE\t1\tgone\tv
empty.example\tFALSE\t/\tFALSE\t4102444800\tnothing
"""


@pytest.fixture
def jar():
    jar = CookieJar()
    jar.store("a=b; Domain=example.com; Secure; Max-Age=9999", "https://www.example.com/")
    jar.store("s=t; HttpOnly; SameSite=Lax; Path=/x", "https://www.example.com/")
    return jar


def attributes(cookie):
    return cookie.name, cookie.value, cookie.domain, cookie.path, cookie.host_only, cookie.secure


@pytest.mark.parametrize("name", ["jar.json", "cookies.txt"])
def test_there_and_back(jar, tmp_path, name):
    path = tmp_path / name
    for _ in range(2):  # the second replaces the first
        jar.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    loaded = CookieJar()
    loaded.load(str(path))
    assert sorted(map(attributes, loaded)) == sorted(map(attributes, jar))
    assert [c.http_only for c in loaded] == [c.http_only for c in jar]
    if name == "jar.json":
        assert list(loaded) == list(jar)
    jar.save(path, session_cookies=False)
    loaded = CookieJar()
    loaded.load(path)
    assert [cookie.name for cookie in loaded] == ["a"]


def test_what_others_write(tmp_path):
    path = tmp_path / "cookies.txt"
    path.write_text(NETSCAPE)
    jar = CookieJar()
    jar.load(path)
    assert [attributes(cookie) for cookie in jar] == [
        ("a", "b", "example.com", "/", False, True),
        ("session", "v", "www.example.com", "/x", True, False),
        ("nothing", "", "empty.example", "/", True, False),
    ]


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
async def test_curl_reads_it(wire, tmp_path):
    async with wire.Origin() as origin:
        jar = CookieJar()
        jar.set("a", "b", origin.url, expires=4102444800)
        path = tmp_path / "cookies.txt"
        jar.save(path)
        command = ("curl", "--silent", "--cookie", str(path), origin.url)
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        assert await process.communicate() == (b"hello", None)
        assert origin.asked[0]["Cookie"] == "a=b"


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "a.example\tFALSE\t/\tFALSE\tsoon\tname\tvalue",
        "a.example\tFALSE\t/\tFALSE\t0\tname\tva;lue",
        "a.example\tmaybe\t/\tFALSE\t0\tname\tvalue",
        "{}",
        "[1]",
        '[{"name": "a", "value": "b"}]',
        '[{"name": "a", "value": 1, "domain": "a.example"}]',
        '[{"name": "a", "value": "b\\r\\nX: y", "domain": "a.example"}]',
        '[{"name": "a", "value": "b", "domain": "a.example", "color": "red"}]',
        "{",
    ],
)
def test_what_is_no_file_of_cookies(tmp_path, text):
    path = tmp_path / "cookies"
    path.write_text(
        f"#HttpOnly_ok.example\tFALSE\t/\tFALSE\t0\tn\tv\n{text}" if "\t" in text else text
    )
    jar = CookieJar()
    with pytest.raises(ValueError, match="cookies: "):
        jar.load(path)
    assert len(jar) == 0


def test_a_value_that_netscapes_format_cannot_hold(jar, tmp_path, caplog):
    jar.store("tab=a\tb", "https://www.example.com/")
    jar.save(tmp_path / "cookies.txt")
    assert "'tab' holds a tab" in caplog.text
    jar.save(tmp_path / "cookies.json")
    loaded = CookieJar()
    loaded.load(tmp_path / "cookies.json")
    assert len(loaded) == 3


def test_a_file_that_cannot_be_written(jar, tmp_path):
    with pytest.raises(OSError):
        jar.save(tmp_path / "nowhere" / "cookies.txt")
    (tmp_path / "taken.txt").mkdir()
    with pytest.raises(OSError):
        jar.save(tmp_path / "taken.txt")
    assert [entry.name for entry in tmp_path.iterdir()] == ["taken.txt"]
