"""The pieces that are measured do what they are measured for."""

import pytest

from benchmarks import micro


def test_every_engine_makes_the_same_page() -> None:
    operations = micro.template_operations()
    assert "zonda" in operations
    page = str(operations["zonda"]())
    assert "<td>Wind &lt;7&gt;</td><td>20.4</td>" in page
    assert page.count("calm") == 17


def test_the_last_route_is_found() -> None:
    operations = micro.routing_operations(1000)
    found = operations["zonda"]()
    assert isinstance(found, tuple)
    assert found[1] == [b"7"]


def test_figures(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(micro, "SECONDS", 0.001)
    monkeypatch.setattr(micro, "ROUNDS", 1)
    micro.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["template", "10 routes", "1000 routes"]
    assert all("zonda" in line and "µs" in line for line in lines)
