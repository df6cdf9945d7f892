"""The demo as its visitors meet it: a process of its own, curl and a real browser."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.apps.conftest import missing
from zonda.testing import bind_unused_port

DEMO = Path(__file__).parents[2] / "examples" / "demo" / "app.py"


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The demo's URL."""
    sock, port = bind_unused_port()
    sock.close()
    process = subprocess.Popen(
        [sys.executable, str(DEMO), f"--port={port}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        greeting = process.stdout.readline()
        assert f"http://localhost:{port}" in greeting, greeting + process.stdout.read()
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.stdout.close()
        process.wait(10)


def curl(*args: str) -> str:
    program = shutil.which("curl")
    if program is None:
        missing("curl")
    command = [str(program), "--silent", "--show-error", "--max-time", "10", *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class TestWithCurl:
    @pytest.mark.parametrize("path", ["/", "/forward", "/echo", "/upload", "/figures"])
    def test_pages(self, demo: str, path: str) -> None:
        head, _, page = curl("--include", demo + path).partition("\n\n")
        assert head.startswith("HTTP/1.1 200 OK")
        assert "<title>" in page
        assert "</html>" in page

    def test_json(self, demo: str) -> None:
        answer = json.loads(curl(f"{demo}/json?a=1&a=2"))
        assert answer["you"]["query"] == {"a": ["1", "2"]}

    def test_forwarder_fetches_with_our_client(self, demo: str) -> None:
        page = curl(f"{demo}/forward", "--get", "--data-urlencode", f"url={demo}/json")
        assert "200 OK" in page
        assert "Hello from Zonda" in page

    def test_forwarder_reports_failures(self, demo: str) -> None:
        head = curl("--include", f"{demo}/forward?url=http://localhost:1/")
        assert head.startswith("HTTP/1.1 502 ")
        assert "No response" in head

    def test_upload(self, demo: str, tmp_path: Path) -> None:
        content = bytes(range(256)) * 1000
        (tmp_path / "bytes.bin").write_bytes(content)
        jar = str(tmp_path / "cookies")
        page = curl("--cookie-jar", jar, f"{demo}/upload")
        found = re.search(r'name="_xsrf" value="([^"]+)"', page)
        assert found is not None
        page = curl(
            *("--cookie", jar, "--form", f"_xsrf={found.group(1)}"),
            *("--form", f"files=@{tmp_path / 'bytes.bin'}", f"{demo}/upload"),
        )
        assert "bytes.bin" in page
        assert hashlib.sha256(content).hexdigest() in page

    def test_forms_from_elsewhere_are_refused(self, demo: str) -> None:
        assert curl("--include", "--data", "message=x", f"{demo}/echo").startswith("HTTP/1.1 403 ")


class TestInABrowser:
    def test_every_link_of_the_index(self, demo: str, browser: Any) -> None:
        browser.get(demo)
        links = [a.get_attribute("href") for a in browser.find_elements("css selector", "nav a")]
        assert len(links) == 6
        for link in links:
            browser.get(link)
            assert "Zonda" in browser.page_source

    def test_echo_shows_what_was_typed_and_runs_none_of_it(self, demo: str, browser: Any) -> None:
        browser.get(f"{demo}/echo")
        browser.find_element("id", "message").send_keys("<script>document.title='x'</script> é")
        browser.find_element("css selector", "form button").click()
        shown = browser.find_element("id", "echo").text
        assert "<script>document.title='x'</script> é" in shown
        assert browser.title == "Echo - Zonda"

    def test_upload(self, demo: str, browser: Any, tmp_path: Path) -> None:
        file = tmp_path / "grüße.txt"
        file.write_text("hello", encoding="utf-8")
        browser.get(f"{demo}/upload")
        browser.find_element("id", "files").send_keys(str(file))
        browser.find_element("css selector", "form button").click()
        shown = browser.find_element("id", "files-received").text
        assert "grüße.txt" in shown
        assert hashlib.sha256(b"hello").hexdigest() in shown

    def test_forwarder(self, demo: str, browser: Any) -> None:
        browser.get(f"{demo}/forward")
        browser.find_element("css selector", "form button").click()
        assert browser.find_element("id", "status").text == "200 OK"
        assert "Hello from Zonda" in browser.find_element("id", "body").text

    def test_figures_are_live(self, demo: str, browser: Any) -> None:
        from selenium.webdriver.support.ui import WebDriverWait

        browser.get(f"{demo}/figures")
        wait = WebDriverWait(browser, 10)
        wait.until(lambda b: b.find_element("id", "state").text == "live")
        uptime = browser.find_element("css selector", "[data-figure=uptime]").text
        wait.until(lambda b: b.find_element("css selector", "[data-figure=uptime]").text != uptime)
