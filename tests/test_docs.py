"""Does what the pages say, and compares what happens with what they show.

A page is played from top to bottom in a folder of its own. ``<!-- file: name -->`` before a
fenced listing writes the listing to that file. In a ``console`` listing every line after ``$`` is
run and the lines below it are what it must print, where ``...`` stands for anything. A Python
program that listens on the page's port goes on in the background, until its file is written anew.
``<!-- fragment -->`` marks Python that is not a whole program; it must still be Python.
"""

import ast
import dataclasses
import inspect
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import zonda
import zonda.websocket.connection
import zonda.websocket.settings
from zonda import web, websocket
from zonda.http1connection import Timeouts
from zonda.httpclient import HTTPRequest
from zonda.httputil import ParseMultipartConfig, ParseUrlEncodedConfig, ranges
from zonda.protocol import codings
from zonda.protocol.limits import Limits
from zonda.simple_httpclient import SimpleAsyncHTTPClient
from zonda.web import identity

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *sorted(ROOT.glob("docs/guide/*.md"))]
PORT = "8888"  # what the pages say; each page gets a free one instead
DEADLINE = 20.0  # seconds that a program may take to finish or to listen
LISTING = re.compile(
    r"^(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Listing:
    """One fenced block of a page."""

    mark: str
    language: str
    text: str
    line: int

    @property
    def file(self) -> str:
        return self.mark.removeprefix("file: ") if self.mark.startswith("file: ") else ""

    def commands(self) -> Iterator[tuple[str, str]]:
        """The commands of a console listing, each with the output that the page shows."""
        for entry in re.split(r"^\$ ", self.text, flags=re.M)[1:]:
            command, _, output = entry.partition("\n")
            yield command, output


def listings(page: Path) -> list[Listing]:
    text = page.read_text()
    return [
        Listing(m["mark"] or "", m["language"], m["text"], text.count("\n", 0, m.start()) + 1)
        for m in LISTING.finditer(text)
    ]


def page_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


def shows(expected: str, actual: str) -> bool:
    """Whether the output is what the page shows; blanks at the ends of lines do not count."""
    plain = compact(re.sub(r"[ \r]+$", "", actual, flags=re.M).strip())
    pattern = re.escape(compact(expected.strip())).replace(r"\.\.\.", ".*")
    return re.fullmatch(pattern, plain, re.S) is not None


def compact(text: str) -> str:
    """The same with JSON objects as they are written where msgspec is installed."""
    return re.sub(r"\{.*\}$", lambda line: re.sub("([,:]) ", r"\1", line[0]), text, flags=re.M)


class Player:
    """Plays one page in a folder; knows the program that is running in the background."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.server: subprocess.Popen[bytes] | None = None
        self.server_file = ""
        self.env = {
            **os.environ,
            "PYTHONPATH": str(Path(zonda.__file__).parents[1]),
            # A client keeps its connections until the program ends, and the system closes them.
            "PYTHONWARNINGS": "error,ignore:unclosed <socket:ResourceWarning",
            "PYTHONUNBUFFERED": "1",
        }

    def play(self, listing: Listing) -> None:
        if listing.file:
            if listing.file == self.server_file:
                self.stop()
            path = self.folder / listing.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.ported(listing.text))
        if listing.language == "console":
            for command, expected in listing.commands():
                output = self.run(shlex.split(self.ported(command)))
                if output is not None:
                    assert shows(self.ported(expected), output), f"$ {command}\n{output}"

    def ported(self, text: str) -> str:
        return text.replace(PORT, self.port)

    def run(self, argv: list[str]) -> str | None:
        """Run a command; None when it is a server that goes on."""
        if argv[0] == "python":
            return self.run_python(argv[1:])
        options = ["-sS"] if argv[0] == "curl" else []
        done = subprocess.run(
            [argv[0], *options, *argv[1:]],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=DEADLINE,
            check=True,
            text=True,
        )
        return done.stdout

    def run_python(self, argv: list[str]) -> str | None:
        """Start a program; wait until it has ended or taken the port over from the last one."""
        log = self.folder / f"{argv[0]}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [sys.executable, *argv],
                cwd=self.folder,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + DEADLINE
        serving = self.server is not None
        while process.poll() is None:
            if not serving and self.listening():
                self.server, self.server_file = process, argv[0]
                return None
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.01)  # another process offers no event to wait for
        assert process.returncode == 0, log.read_text()
        return log.read_text()

    def listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", int(self.port))).close()
        except ConnectionRefusedError:
            return False
        return True

    def stop(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait(DEADLINE)
            self.server = None
            output = (self.folder / f"{self.server_file}.log").read_text()
            assert "Traceback" not in output, output


@pytest.fixture
def player(tmp_path: Path) -> Iterator[Player]:
    player = Player(tmp_path)
    yield player
    player.stop()


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_the_page_does_what_it_shows(page: Path, player: Player) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    for listing in listings(page):
        player.play(listing)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_python_listing_is_a_file_or_a_fragment(page: Path) -> None:
    for listing in listings(page):
        if listing.language == "python":
            assert listing.file or listing.mark == "fragment", f"line {listing.line}"
            ast.parse(listing.text)


def quantity(text: str) -> float | None:
    """A default as the pages write it, as the number in the code."""
    if text == "none":
        return None
    number, _, unit = text.partition(" ")
    return float(number) * {"": 1, "s": 1, "B/s": 1, "KiB": 2**10, "MiB": 2**20}[unit]


def default(function: Callable[..., object], argument: str) -> float | None:
    value: float | None = inspect.signature(function).parameters[argument].default
    return value


def single_fields() -> dict[str, float | None]:
    digits = re.search(r"\{0,(\d+)\}", ranges._single_range.__self__.pattern)
    assert digits
    return {
        "max_age_days": default(web.RequestHandler.get_signed_cookie, "max_age_days"),
        "languages": identity._MAX_LANGUAGES,
        "codings": codings._MAX_CODINGS,
        "range_digits": int(digits[1]),
    }


def websockets() -> dict[str, float | None]:
    settings = websocket.settings.ConnectionSettings()
    return {
        "websocket_max_message_size": settings.max_message_size,
        "websocket_ping_interval": settings.ping_interval,
        "websocket_ping_timeout": settings.ping_timeout,
        "close_answer": websocket.connection._CLOSE_LIMIT,
        "refusal": websocket.connection._LINGER,
        "unsent": websocket.connection._HIGH_WATER,
        "messages_in_a_row": websocket.connection._TURN,
    }


def client() -> dict[str, float | None]:
    names = ("connect_timeout", "request_timeout", "max_redirects")
    client = SimpleAsyncHTTPClient.initialize
    return {name: HTTPRequest._DEFAULTS[name] for name in names} | {
        name: default(client, name) for name in ("max_clients", "max_buffer_size")
    }


def forms() -> dict[str, float | None]:
    multipart = ParseMultipartConfig()
    return {
        "max_parts": multipart.max_parts,
        "max_part_header_size": multipart.max_part_header_size,
        "max_arguments": ParseUrlEncodedConfig().max_arguments,
        "max_field_size": default(web.RequestHandler.multipart, "max_field_size"),
    }


@pytest.mark.parametrize(
    ("section", "limits"),
    [
        ("Sizes and counts", lambda: dataclasses.asdict(Limits())),
        ("Times", lambda: dataclasses.asdict(Timeouts())),
        ("Forms and queries", forms),
        ("Single fields", single_fields),
        ("WebSockets", websockets),
        ("The client", client),
    ],
)
def test_the_page_of_limits_has_every_limit_with_its_default(
    section: str, limits: Callable[[], dict[str, float | None]]
) -> None:
    page = (ROOT / "docs" / "guide" / "limits.md").read_text()
    text = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.M)
    assert {name: quantity(shown) for name, shown in rows} == limits()


def test_the_tests_that_the_threat_model_names_exist() -> None:
    page = (ROOT / "docs" / "threat-model.md").read_text()
    named = re.findall(r"`(tests/[\w./-]*)`", page)
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]
