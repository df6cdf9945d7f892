"""The text of --help."""

import io

from zonda.options.help import write_help
from zonda.options.option import Option


def help_for(*options: Option) -> list[str]:
    file = io.StringIO()
    write_help(options, file)
    return file.getvalue().splitlines()


def test_columns() -> None:
    lines = help_for(Option("name", help="what it is", metavar="X"))
    assert "  --name=X                         what it is" in lines


def test_defaults_that_say_something_are_shown() -> None:
    lines = help_for(Option("a", default=5, help="h"), Option("b", default=False))
    assert any(line.endswith("h (default 5)") for line in lines)
    assert any(line.endswith(" (default False)") for line in lines)
    nothings: list[object] = ["", None, []]
    for nothing in nothings:
        assert "default" not in "".join(help_for(Option("a", default=nothing)))


def test_long_descriptions_and_names_are_wrapped() -> None:
    lines = help_for(Option("n" * 40, help="word " * 30))
    assert "  --" + "n" * 40 in lines
    # The usage line names the program, whose path may be of any length.
    assert max(len(line) for line in lines if not line.startswith("Usage")) <= 79
    assert sum("word" in line for line in lines) > 1


def test_groups_and_names_are_sorted() -> None:
    lines = help_for(
        Option("z", group_name="one"), Option("a", group_name="two"), Option("b", group_name="one")
    )
    wanted = ["one options:", "  --b", "  --z", "two options:", "  --a"]
    assert [line for line in lines if line in wanted] == wanted
