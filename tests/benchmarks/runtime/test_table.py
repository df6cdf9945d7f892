from benchmarks import table
from benchmarks.results import Cell, Entry, Results, Round, Section
from benchmarks.runtime import table as runtime

MACHINE = {"cpu": "Z80", "cores": "2", "system": "CP/M", "load": "0.00"}


def cell(microseconds: float, busy: float = 1.0) -> Cell:
    cpu = microseconds * 1e-3
    return Cell([Round(1000, cpu / busy, cpu)])


def section(busy: float = 1.0) -> Section:
    return Section(
        "today",
        MACHINE,
        "3.13.0",
        {"echo": "line echo", "yield-done": "`yield` of a done future"},
        [
            Entry("zonda", "Zonda", "1.0", {"echo": cell(10.0), "yield-done": cell(0.25)}),
            Entry("tornado", "Tornado", "6.6.1", {"echo": cell(40.0, busy)}),
            Entry("asyncio", "asyncio", "", {"echo": cell(15.0)}),
        ],
    )


def lines(text: str) -> list[list[str]]:
    found = [one for one in text.splitlines() if one.startswith("| ")]
    return [[part.strip() for part in one.strip("|").split("|")] for one in found]


def test_a_line_per_operation_with_both_ratios() -> None:
    head, _, echo, done = lines(runtime.overview(section()))
    assert head == ["", "Zonda 1.0", "Tornado 6.6.1", "asyncio", "Tornado needs", "asyncio needs"]
    assert echo[1:4] == ["**10.00** · 100,000/s", "**40.00** · 25,000/s", "**15.00** · 66,667/s"]
    assert echo[4:] == ["4.0×", "1.5×"]
    assert done[2:] == ["–", "–", "–", "–"]


def test_what_was_not_run_says_why() -> None:
    broken = section()
    broken.entries[1].cells["echo"] = Cell(not_run="a|b")
    text = runtime.overview(broken).replace("\\|", "¦")
    assert lines(text)[2][2:] == ["not run: a¦b", "**15.00** · 66,667/s", "–", "1.5×"]


def test_without_a_reference_there_is_no_ratio() -> None:
    alone = section()
    alone.entries = alone.entries[:1]
    assert lines(runtime.overview(alone))[0] == ["", "Zonda 1.0"]


def test_details_leave_out_what_was_not_measured() -> None:
    assert [line[:2] for line in lines(runtime.details(section()))[2:]] == [
        ["line echo", "Zonda"],
        ["line echo", "Tornado"],
        ["line echo", "asyncio"],
        ["`yield` of a done future", "Zonda"],
    ]


def test_the_document_holds_it_and_tells_a_disturbed_run() -> None:
    text = table.document(Results(runtime=section()))
    assert "### Runtime" in text
    assert "## Runtime, row by row" in text
    assert "### Servers" not in text
    assert "Disturbed" not in text
    assert "Disturbed" in table.document(Results(runtime=section(busy=0.5)))
