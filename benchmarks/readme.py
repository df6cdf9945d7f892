"""The measured table inside README.md, between two markers that stay where they are."""

from pathlib import Path

START = "<!-- bench:start -->"
END = "<!-- bench:end -->"


def insert(text: str, table: str) -> str:
    """Replace what stands between the markers.

    Raises:
        ValueError: a marker is missing, doubled or they are the wrong way round.
    """
    if text.count(START) != 1 or text.count(END) != 1 or text.index(START) > text.index(END):
        raise ValueError(f"README.md needs one {START!r} and, after it, one {END!r}")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table.strip()}\n{END}{after}"


def update(readme: Path, table: str) -> None:
    """Write the table into a README file."""
    readme.write_text(insert(readme.read_text(), table))
