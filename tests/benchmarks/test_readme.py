from pathlib import Path

import pytest

from benchmarks import readme


def test_only_what_stands_between_the_markers_changes() -> None:
    text = f"before\n{readme.START}\nold\nolder\n{readme.END}\nafter\n"
    once = readme.insert(text, "| new |\n")
    assert once == f"before\n{readme.START}\n| new |\n{readme.END}\nafter\n"
    assert readme.insert(once, "| new |\n") == once


@pytest.mark.parametrize(
    "text",
    [
        "no marker",
        readme.START,
        f"{readme.END} {readme.START}",
        f"{readme.START} {readme.END} {readme.START} {readme.END}",
    ],
)
def test_a_readme_without_one_pair_of_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="bench:start"):
        readme.insert(text, "table")


def test_update_rewrites_the_file(tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text(f"{readme.START}{readme.END}")
    readme.update(path, "table")
    assert path.read_text() == f"{readme.START}\ntable\n{readme.END}"
