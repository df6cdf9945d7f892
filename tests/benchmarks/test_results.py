from pathlib import Path

import pytest

from benchmarks.results import Cell, Entry, Results, Round, Section


def cell(*microseconds: float) -> Cell:
    """Rounds of 1000 requests in half a second that cost so many CPU µs each."""
    return Cell([Round(1000, 0.5, value * 1e-3, user=value * 0.5e-3) for value in microseconds])


def section() -> Section:
    entries = [
        Entry("c-epoll", "C", "", {"plaintext": cell(6.0)}),
        Entry("zonda-asyncio", "Zonda", "1.0", {"plaintext": cell(9.0, 8.0, 30.0)}),
        Entry("robyn", "Robyn", "0.1", {"plaintext": Cell(not_run="no wheel")}),
    ]
    machine = {"cpu": "Z80", "cores": "2", "system": "CP/M", "load": "0.00"}
    return Section("2026-11-21", machine, "3.13.0", {"plaintext": "plaintext"}, entries)


def test_figures_are_medians_of_the_rounds() -> None:
    measured = cell(9.0, 8.0, 30.0)
    assert measured.cpu == pytest.approx(9.0)
    assert measured.user == pytest.approx(4.5)
    assert measured.rate == pytest.approx(2000)
    assert measured.busy == pytest.approx(9.0e-3 / 0.5)


def test_the_spread_is_half_the_interquartile_range() -> None:
    assert cell(1.0, 2.0, 3.0, 4.0, 5.0).spread == pytest.approx(1.0)
    assert cell(7.0).spread == 0.0


def test_a_latency_is_none_where_nobody_told_it() -> None:
    assert cell(1.0).latency("p50") is None
    told = Cell([Round(1, 1.0, 1.0, p50=3.0), Round(1, 1.0, 1.0, p50=5.0), Round(1, 1.0, 1.0)])
    assert told.latency("p50") == 4.0


def test_a_cell_that_failed_late_is_not_measured() -> None:
    failed = cell(8.0)
    failed.not_run = "died under load"
    assert not failed.measured
    assert not Cell().measured


def test_results_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "results.json"
    results = Results(servers=section())
    results.save(path)
    assert Results.load(path) == results


def test_no_file_means_no_results(tmp_path: Path) -> None:
    assert Results.load(tmp_path / "results.json") == Results()


def test_a_reference_that_was_not_measured_is_none() -> None:
    assert section().cell("robyn", "plaintext") is None
    assert section().cell("nobody", "plaintext") is None
    assert section().cell("c-epoll", "json") is None
    assert section().cell("c-epoll", "plaintext") == cell(6.0)
