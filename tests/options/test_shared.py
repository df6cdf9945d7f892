"""The functions that work on the options everybody shares, in a process of their own."""

import subprocess
import sys
from pathlib import Path


def run(code: str, *args: str) -> str:
    result = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_all_of_them(tmp_path: Path) -> None:
    config = tmp_path / "c"
    config.write_text("size = 7")
    code = f"""if True:
        from zonda.options import *
        from zonda.options import define_logging_options, enable_pretty_logging
        import sys
        define("name", default="x", help="who")
        define("size", type=int, group="g")
        add_parse_callback(lambda: print("parsed"))
        print(parse_command_line(final=False), options.name)
        parse_config_file({str(config)!r})
        print(options.size, options.group_dict("g"), "logging" in options)
        print_help(sys.stdout)
    """
    output = run(code, "--name=joe", "rest")
    assert output.startswith("['rest'] joe\nparsed\n7 {'size': 7} True\n")
    assert "<string> options:" in output
    assert "g options:" in output
    assert "log.py options:" in output
