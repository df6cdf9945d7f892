"""What the bar shows."""

import io

import pytest

from zonda.cli.fetch.progress import ProgressBar, amount, duration


def test_amounts_and_durations():
    sizes = (0, 999, 1000, 1536, 1024**2 * 1.5, 1024**4 * 5000)
    assert [amount(size) for size in sizes] == [
        "0 B",
        "999 B",
        "1.0 KiB",
        "1.5 KiB",
        "1.5 MiB",
        "5000.0 TiB",
    ]
    assert [duration(seconds) for seconds in (0.2, 65, 3723)] == ["0:00", "1:05", "1:02:03"]


def test_the_line_says_how_far_how_fast_and_how_long():
    bar = ProgressBar(io.StringIO(), "file")
    bar(1000, 4000)  # there before
    bar(2000, 4000)
    line = bar._line(2.0, 79)
    assert line.startswith("file [#")
    assert " 50%  2.0 KiB of 3.9 KiB  500 B/s  0:04" in line
    assert len(line) <= 79
    assert abs(line.count("#") - line.count("-")) <= 1


def test_nobody_may_know_the_size():
    bar = ProgressBar(io.StringIO(), "file")
    bar(0, None)
    bar(3000, None)
    assert bar._line(1.0, 79) == "file  2.9 KiB  2.9 KiB/s"


@pytest.mark.parametrize("width", [5, 20, 40, 200])
def test_it_fits_into_the_terminal(width):
    bar = ProgressBar(io.StringIO(), "a-file-with-a-long-name")
    bar(0, 10)
    bar(10, 10)
    assert len(bar._line(1.0, width)) <= width


def test_it_draws_seldom_but_at_the_beginning_and_the_end():
    out = io.StringIO()
    bar = ProgressBar(out, "file")
    for here in range(1001):
        bar(here, 1000)
    bar.close()
    drawn = out.getvalue().split("\r")[1:]
    assert "  0%" in drawn[0]
    assert "100%" in drawn[-1]
    assert len(drawn) < 100
    assert out.getvalue().endswith("\n")


def test_nothing_is_drawn_of_nothing():
    out = io.StringIO()
    ProgressBar(out, "file").close()
    assert out.getvalue() == ""
