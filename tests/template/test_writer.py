"""Nodes to Python source."""

from zonda.template import Template


def lines(source: str) -> list[str]:
    """The generated code without prologue, comments and indentation."""
    code = [line.partition("  # ")[0].strip() for line in Template(source).code.splitlines()]
    return [line for line in code[6:-1] if line != "pass"]


def test_adjacent_text_is_one_chunk() -> None:
    assert lines("a{# x #}b{{!c{% block d %}e{% end %}f") == ["_tt_append('ab{{cef')"]


def test_neighbours_are_appended_together() -> None:
    assert lines("a{{ b }}c") == ["_tt_extend((", "'a',", "_tt_e((b)),", "'c',", "))"]


def test_many_chunks_are_several_calls() -> None:
    assert lines("{{ a }}" * 60).count("_tt_extend((") == 3


def test_output_in_try_is_appended_piece_by_piece() -> None:
    assert lines("{% try %}a{{ b }}{% except %}c{{ d }}{% end %}") == [
        "try:", "_tt_append('a')", "_tt_append(_tt_e((b)))",
        "except:", "_tt_extend((", "'c',", "_tt_e((d)),", "))",
    ]  # fmt: skip


def test_escaping_is_chosen_when_the_template_is_compiled() -> None:
    assert lines("{{ a }}") == ["_tt_append(_tt_e((a)))"]
    assert lines("{% raw a %}") == ["_tt_append(_tt_t((a)))"]
    assert lines("{{ a }}{% autoescape None %}") == ["_tt_append(_tt_t((a)))"]
    assert lines("{{ a }}{% autoescape f %}") == ["_tt_append(_tt_escape_by(f, (a)))"]


def test_every_line_says_where_it_comes_from() -> None:
    code = Template("a\n{% if b %}\n{{ c }}{% end %}", name="t.html").code
    assert all("  # t.html:" in line for line in code.splitlines())
    [line] = [line for line in code.splitlines() if "_tt_e((c))" in line]
    assert line.endswith("  # t.html:3")
