"""Options from definitions, command lines and files."""

from __future__ import annotations

import copy
import datetime
import io
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from zonda.options import Error, OptionParser


@pytest.fixture
def options() -> OptionParser:
    options = OptionParser()
    options.define("port", default=80)
    options.define("host-name", type=str)
    options.define("debug", type=bool)
    options.define("hosts", type=str, multiple=True)
    options.define("wait", type=datetime.timedelta)
    return options


def parse(options: OptionParser, *args: str, **kwargs: Any) -> list[str]:
    return options.parse_command_line(["prog", *args], **kwargs)


class TestAccess:
    def test_attributes_and_items(self, options: OptionParser) -> None:
        options.port = 81
        assert (options.port, options["port"]) == (81, 81)
        options["host_name"] = "a"
        assert options.host_name == options["host-name"] == "a"

    def test_names_that_do_not_exist(self, options: OptionParser) -> None:
        with pytest.raises(AttributeError, match=r"'prot'.*define\(\)"):
            options.prot
        with pytest.raises(AttributeError):
            options.prot = 5
        with pytest.raises(AttributeError):
            options["prot"]
        assert not hasattr(options, "prot")

    def test_mapping(self, options: OptionParser) -> None:
        assert "host_name" in options
        assert "host-name" in options
        assert "prot" not in options
        assert list(options) == ["help", "port", "host-name", "debug", "hosts", "wait"]
        assert dict(options.items()) == options.as_dict()
        assert options.as_dict()["port"] == 80

    def test_groups(self, options: OptionParser) -> None:
        options.define("a", default=1, group="letters")
        options.define("b", default=2, group="letters")
        assert options.groups() == {"", __file__, "letters"}
        assert options.group_dict("letters") == {"a": 1, "b": 2}
        assert options.group_dict("") == options.as_dict()
        assert options.group_dict("numbers") == {}

    def test_copies_are_possible(self, options: OptionParser) -> None:
        assert copy.copy(options).port == 80


class TestDefine:
    def test_twice(self, options: OptionParser) -> None:
        with pytest.raises(Error, match=f"'port' is already defined in {__file__}"):
            options.define("port")
        with pytest.raises(Error, match="host_name"):
            options.define("host_name")

    def test_misspelt_argument(self, options: OptionParser) -> None:
        # The tutorials that spell it so never ran.
        with pytest.raises(TypeError, match="mutiple"):
            options.define("list", default=[], type=str, mutiple=True)  # type: ignore[call-arg]
        assert "list" not in options

    def test_positional_arguments(self, options: OptionParser) -> None:
        seen: list[Any] = []
        options.define("all", 1, int, "help", "META", False, "group", seen.append)
        parse(options, "--all=2")
        assert (options.all, seen, options.group_dict("group")) == (2, [2], {"all": 2})


class TestCommandLine:
    def test_values(self, options: OptionParser) -> None:
        rest = parse(options, "--port=443", "--host_name=a=b", "--hosts=x,y", "-debug", "--wait=1h")
        assert rest == []
        assert (options.port, options.host_name, options.hosts) == (443, "a=b", ["x", "y"])
        assert options.debug is True
        assert options.wait == datetime.timedelta(hours=1)

    def test_hyphens_and_underscores(self, options: OptionParser) -> None:
        parse(options, "--host-name=a")
        assert options.host_name == "a"
        parse(options, "--host_name=b")
        assert options.host_name == "b"

    @pytest.mark.parametrize(
        ("args", "rest"),
        [
            (["file", "--port=1"], ["file", "--port=1"]),
            (["--debug", "file"], ["file"]),
            (["--debug", "--", "--port=1"], ["--port=1"]),
            (["--port=80", ""], [""]),
            ([], []),
        ],
    )
    def test_rest(self, options: OptionParser, args: list[str], rest: list[str]) -> None:
        assert parse(options, *args) == rest
        assert options.port == 80

    def test_bool(self, options: OptionParser) -> None:
        parse(options, "--debug=false")
        assert options.debug is False
        parse(options, "--debug")
        assert options.debug is True

    def test_value_missing(self, options: OptionParser) -> None:
        with pytest.raises(Error, match="'port' needs a value: --port="):
            parse(options, "--port")

    def test_unknown_option(
        self, options: OptionParser, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(Error, match="--prot;") as caught:
            parse(options, "--prot=secret")
        assert "secret" not in str(caught.value)
        assert "--port" in capsys.readouterr().err

    def test_sys_argv(self, options: OptionParser, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.argv", ["prog", "--port=5", "rest"])
        assert options.parse_command_line() == ["rest"]
        assert options.port == 5

    def test_help(self, options: OptionParser, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as caught:
            parse(options, "--help")
        assert caught.value.code == 0
        assert "--host-name" in capsys.readouterr().err
        parse(options, "--help=false")

    def test_parse_callbacks(self, options: OptionParser) -> None:
        calls: list[int] = []
        options.add_parse_callback(lambda: calls.append(options.port))
        parse(options, "--port=1", final=False)
        assert calls == []
        parse(options, "--port=2")
        options.run_parse_callbacks()
        assert calls == [2, 2]


class TestConfigFile:
    def config(self, tmp_path: Path, text: str | bytes) -> str:
        path = tmp_path / "app.conf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def test_values(self, options: OptionParser, tmp_path: Path) -> None:
        text = (
            "import datetime\n"
            "port = 443\nhost_name = 'é'\nhosts = ['a', 'b']\ndebug = False\n"
            "wait = datetime.timedelta(1)\nPORT = unknown = None\n"
        )
        options.parse_config_file(self.config(tmp_path, text))
        assert (options.port, options.host_name, options.hosts) == (443, "é", ["a", "b"])
        assert (options.debug, options.wait) == (False, datetime.timedelta(1))

    def test_strings_are_parsed(self, options: OptionParser, tmp_path: Path) -> None:
        text = "port='443'\nhosts='a,b'\ndebug='0'\nwait='2h'\nhost_name='1,2'"
        options.parse_config_file(self.config(tmp_path, text))
        assert (options.port, options.hosts, options.debug) == (443, ["a", "b"], False)
        assert (options.wait, options.host_name) == (datetime.timedelta(hours=2), "1,2")

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("port=1.5", "'port' takes int, not 1.5"),
            ("port='x'", "'port' cannot be 'x'"),
            ("hosts=(1,)", "'hosts' takes a list of str"),
            ("debug=1", "'debug' takes bool"),
        ],
    )
    def test_wrong_types(
        self, options: OptionParser, tmp_path: Path, text: str, message: str
    ) -> None:
        with pytest.raises(Error, match=message):
            options.parse_config_file(self.config(tmp_path, text))

    def test_file_knows_its_place(self, options: OptionParser, tmp_path: Path) -> None:
        path = self.config(tmp_path, "import os\nhost_name = os.path.dirname(__file__)")
        options.parse_config_file(path)
        assert options.host_name == str(tmp_path)

    @pytest.mark.parametrize(
        "text", [b"\xef\xbb\xbfport=1", b"# coding: latin-1\nx='\xe9'\nport=1"]
    )
    def test_encodings(self, options: OptionParser, tmp_path: Path, text: bytes) -> None:
        options.parse_config_file(self.config(tmp_path, text))
        assert options.port == 1

    def test_errors_name_the_file(self, options: OptionParser, tmp_path: Path) -> None:
        path = self.config(tmp_path, "port = = 1")
        with pytest.raises(SyntaxError) as caught:
            options.parse_config_file(path)
        assert caught.value.filename == path
        with pytest.raises(FileNotFoundError):
            options.parse_config_file(str(tmp_path / "none"))

    def test_callbacks(self, options: OptionParser, tmp_path: Path) -> None:
        """A file named on the command line, then options that win over it."""
        calls: list[int] = []
        options.add_parse_callback(lambda: calls.append(options.port))
        options.define(
            "config",
            type=str,
            callback=lambda path: options.parse_config_file(path, final=False),
        )
        path = self.config(tmp_path, "port = 1\nhost_name = 'file'")
        parse(options, f"--config={path}", "--port=2")
        assert (options.port, options.host_name, calls) == (2, "file", [2])


class TestHelp:
    def test_print_help(self, options: OptionParser) -> None:
        file = io.StringIO()
        options.print_help(file)
        assert f"{__file__} options:" in file.getvalue()

    def test_groups_are_the_files_that_define(self) -> None:
        """Those that the package itself defines belong to none."""
        assert OptionParser().groups() == {""}


class TestMockable:
    def test_patch_object(self, options: OptionParser) -> None:
        with mock.patch.object(options.mockable(), "port", 5):
            assert options.port == 5
        assert options.port == 80

    def test_types_are_checked(self, options: OptionParser) -> None:
        with pytest.raises(Error), mock.patch.object(options.mockable(), "port", "x"):
            pass

    def test_one_patch_each(self, options: OptionParser) -> None:
        mockable = options.mockable()
        mockable.port = 5
        assert mockable.port == 5
        with pytest.raises(AssertionError, match="mocked already"):
            mockable.port = 6
        del mockable.port
        assert options.port == 80
