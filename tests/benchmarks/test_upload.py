"""The large upload, made smaller."""

import pytest

from benchmarks.upload import measure


def test_a_large_file_takes_little_memory() -> None:
    result = measure(100)
    assert result["peak"] - result["before"] < 20
    assert result["seconds"] > 0


def test_the_size_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.upload._TAIL", b"and more" + b"\r\n--XX--\r\n")
    with pytest.raises(AssertionError):
        measure(1)
