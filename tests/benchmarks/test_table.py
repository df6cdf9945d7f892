from benchmarks import table
from benchmarks.results import Cell, Entry, Results, Round, Section

MACHINE = {"cpu": "Z80", "cores": "2", "system": "CP/M", "load": "0.00"}


def cell(microseconds: float) -> Cell:
    return Cell([Round(1000, 0.5, microseconds * 1e-3)])


def servers() -> Section:
    return Section(
        "today",
        MACHINE,
        "3.13.0",
        {"json": "JSON", "plaintext": "plaintext"},
        [
            Entry("robyn", "Robyn", "0.1", {"plaintext": Cell(not_run="a|b <c>"), "json": cell(9)}),
            Entry("tornado-asyncio", "Tornado", "6.6.1", {"plaintext": cell(120.0)}),
            Entry("zonda-asyncio", "Zonda", "1.0", {"plaintext": cell(10.0), "json": cell(11)}),
            Entry("c-epoll", "C", "", {"plaintext": cell(6.0), "json": cell(6.5)}),
        ],
    )


def clients() -> Section:
    return Section(
        "today",
        MACHINE,
        "3.13.0",
        {"fifty": "50 in flight"},
        [
            Entry("zonda-asyncio", "Zonda", "1.0", {"fifty": cell(20.0)}),
            Entry("tornado-simple", "Tornado simple", "6.6.1", {"fifty": cell(200.0)}),
        ],
    )


def line(text: str, start: str) -> list[str]:
    """The cells of the first table line that begins so."""
    found = next(one for one in text.splitlines() if one.startswith(f"| {start}"))
    return [part.strip() for part in found.replace("\\|", "¦").strip("|").split("|")]


def test_ratios_go_to_the_floor_and_to_tornado() -> None:
    text = table.summary(Results(servers=servers()))
    assert line(text, "**Zonda") == [
        "**Zonda 1.0**",
        "**10.0** · 2,000/s",
        "1.7×",
        "12.0×",
        "**11.0** · 2,000/s",
    ]


def test_what_was_not_run_stays_with_its_reason_at_the_end() -> None:
    text = table.summary(Results(servers=servers()))
    names = [one.split("|")[1].strip() for one in text.splitlines() if one.startswith("| ")]
    assert [name.strip("*").split()[0] for name in names[2:]] == ["C", "Zonda", "Tornado", "Robyn"]
    assert line(text, "Robyn")[1] == "not run: a¦b &lt;c>"


def test_a_row_that_a_peer_never_reached_is_empty() -> None:
    assert line(table.summary(Results(servers=servers())), "Tornado")[-1] == ""


def test_clients_are_compared_with_tornado_only() -> None:
    text = table.summary(Results(clients=clients()))
    assert line(text, "**Zonda") == ["**Zonda 1.0**", "**20.0** · 2,000/s", "10.0×"]
    assert "### Servers" not in text


def test_without_a_reference_there_is_no_ratio() -> None:
    alone = clients()
    alone.entries = alone.entries[:1]
    assert "×" not in table.summary(Results(clients=alone))


def test_every_line_of_a_table_has_as_many_cells_as_its_head() -> None:
    text = table.document(Results(servers(), clients())).replace("\\|", "")
    widths: list[set[int]] = [set()]
    for one in text.splitlines():
        if one.startswith("|"):
            widths[-1].add(one.count("|"))
        elif widths[-1]:
            widths.append(set())
    found = [width for width in widths if width]
    assert len(found) == 5
    assert all(len(width) == 1 for width in found)


def test_details_leave_out_columns_nobody_has_a_figure_for() -> None:
    text = table.document(Results(clients=clients()))
    assert "p99" not in text
    timed = clients()
    timed.entries[0].cells["fifty"] = Cell([Round(1000, 0.5, 0.01, p50=1.0, p99=2.0)])
    assert "p99" in table.document(Results(clients=timed))


def test_large_figures_lose_their_decimals() -> None:
    assert [table.microseconds(value) for value in (6.04, 99.94, 99.96, 4905.4)] == [
        "6.0",
        "99.9",
        "100",
        "4,905",
    ]


def test_a_run_on_a_busy_machine_says_so() -> None:
    quiet, busy = clients(), clients()
    quiet.entries[1].cells["fifty"] = Cell([Round(1000, 0.2, 0.198)])
    busy.entries[1].cells["fifty"] = Cell([Round(1000, 0.4, 0.198)])
    assert "Disturbed" not in table.summary(Results(clients=quiet))
    assert "Disturbed" in table.summary(Results(clients=busy))
