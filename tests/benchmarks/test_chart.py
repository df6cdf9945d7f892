from xml.etree import ElementTree

import pytest

from benchmarks import chart
from benchmarks.results import Cell, Entry, Results, Round, Section

SVG = "{http://www.w3.org/2000/svg}"


def section(row: str, **microseconds: float) -> Section:
    entries = [
        Entry(name, f"<{name}>", "", {row: Cell([Round(1000, 1.0, value * 1e-3)])})
        for name, value in microseconds.items()
    ]
    entries.append(Entry("robyn", "Robyn", "", {row: Cell(not_run="no wheel")}))
    return Section("today", {"cores": "2"}, "3.13.0", {row: row}, entries)


def parsed(results: Results) -> ElementTree.Element:
    return ElementTree.fromstring(chart.draw(results))


def rectangles(results: Results) -> list[tuple[str, float]]:
    return [
        (one.attrib["class"], float(one.attrib["width"]))
        for one in parsed(results).iter(f"{SVG}rect")
    ]


def test_lengths_are_proportional_and_the_cheapest_comes_first() -> None:
    results = Results(servers=section("plaintext", tornado=40.0, zonda=10.0, sanic=20.0))
    drawn = rectangles(results)
    assert [kind for kind, _ in drawn] == ["zonda", "peer", "tornado"]
    longest = drawn[-1][1]
    assert [width / longest for _, width in drawn] == pytest.approx([0.25, 0.5, 1.0], abs=0.001)


def test_a_bar_out_of_all_proportion_is_cut() -> None:
    results = Results(clients=section("fifty", zonda=10.0, aiohttp=40.0, httpx=4000.0))
    drawn = rectangles(results)
    assert len(drawn) == 4, "the cut bar is drawn in two pieces"
    assert drawn[1][1] == pytest.approx(chart.WIDTH - chart.LABEL - chart.VALUE)
    texts = [one.text for one in parsed(results).iter(f"{SVG}text")]
    assert "4,000" in texts


def test_both_panels_fit_into_the_picture() -> None:
    results = Results(section("plaintext", zonda=10.0, sanic=20.0), section("fifty", zonda=20.0))
    picture = parsed(results)
    lowest = max(float(one.attrib["y"]) for one in picture.iter() if "y" in one.attrib)
    assert lowest + chart.BAR <= float(picture.attrib["height"])
    assert len(list(picture.iter(f"{SVG}rect"))) == 3


def test_titles_are_escaped_and_unmeasured_peers_left_out() -> None:
    texts = [
        one.text
        for one in parsed(Results(servers=section("plaintext", zonda=1.0))).iter(f"{SVG}text")
    ]
    assert "<zonda>" in texts
    assert "Robyn" not in texts


def test_no_results_make_an_empty_picture() -> None:
    assert rectangles(Results()) == []
