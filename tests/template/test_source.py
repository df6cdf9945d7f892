"""Generated lines and where they come from."""

from zonda.template.source import Source, place


def test_comment() -> None:
    assert place("a.html", 3, []).comment == "a.html:3"
    assert place("c", 3, [("a", 1), ("b", 2)]).comment == "c:3 (via b:2, a:1)"


def test_a_name_cannot_leave_its_comment() -> None:
    assert "\n" not in place("x\nimport os", 1, []).comment
    assert "\u2028" not in place("x\u2028y", 1, []).comment


def test_lines() -> None:
    source = Source()
    source.write("def f():", place("a", 0, []), 0)
    source.write("x = (1,\n2)", place("a", 5, []), 1)
    source.write("return x", place("b", 9, []), 1)
    assert source.text == "def f():  # a:0\n    x = (1,\n2)  # a:5\n    return x  # b:9\n"
    assert [source.place_of(i)[:2] for i in (1, 2, 3, 4)] == [
        ("a", 0),
        ("a", 5),
        ("a", 6),
        ("b", 9),
    ]
    assert source.place_of(99).name == "b"
