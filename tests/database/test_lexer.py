"""Where a query has placeholders, and where it only looks like it."""

import pytest

from zonda.database.lexer import tokens

EVERY = ["sqlite", "mysql", "postgresql", "oracle"]


def placeholders(query, dialect):
    return [t.text for t in tokens(query, dialect) if t.kind in {"positional", "named"}]


@pytest.mark.parametrize("dialect", EVERY)
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT %s", ["%s"]),
        ("(%s,%s)", ["%s", "%s"]),
        ("a=%(name)s", ["name"]),
        ("a = :name AND b=:other_2", ["name", "other_2"]),
        ("LIMIT%s", ["%s"]),
        ("a %salary", []),
        ("a %% 2", []),
        ("a %%s", []),
        ("5 % 3", []),
        ("x::text, :t::int", ["t"]),
        ("@a := 1", []),
        ("a[1:2]", []),
        ("TIME '10:20'", []),
        ("'%s :a'", []),
        ('"%s :a"', []),
        ("'it''s %s' = %s", ["%s"]),
        ("/* %s :a */ %s", ["%s"]),
        ("/* a\nb %s */ :x", ["x"]),
        ("-- %s\n%s", ["%s"]),
        ("%s -- %s", ["%s"]),
        ("'open %s", ["%s"]),
        ("", []),
    ],
)
def test_placeholders(query, found, dialect):
    assert placeholders(query, dialect) == found


@pytest.mark.parametrize(
    ("dialect", "query", "found"),
    [
        ("mysql", r"'it\'s %s'", []),
        ("sqlite", r"'it\' = %s", ["%s"]),
        ("postgresql", r"'it\' = %s", ["%s"]),
        ("postgresql", r"E'it\'s %s'", []),
        ("postgresql", r"code'\' = %s", ["%s"]),
        ("postgresql", "$$ %s $$ %s", ["%s"]),
        ("postgresql", "$a$ $$ %s $b$ $a$ :x", ["x"]),
        ("postgresql", "a$b$c %s", ["%s"]),
        ("sqlite", "$$ %s $$", ["%s"]),
        ("mysql", "# %s\n%s", ["%s"]),
        ("postgresql", "a # %s", ["%s"]),
        ("mysql", "5--%s", ["%s"]),
        ("mysql", "5-- %s", []),
        ("mysql", "`%s`", []),
        ("sqlite", "`%s`", []),
    ],
)
def test_what_is_quoted_differs(dialect, query, found):
    assert placeholders(query, dialect) == found


@pytest.mark.parametrize("dialect", EVERY)
def test_nothing_is_lost(dialect):
    query = "SELECT 'a:b' AS \"c\", d::int /* e */ -- f\nFROM g WHERE h = 5 % 3 $ \\ [ü] ÿ\t"
    assert "".join(token.text for token in tokens(query, dialect)) == query


def test_two_per_cent_signs_are_one_everywhere():
    assert "".join(t.text for t in tokens("'a%%' %% b", "mysql")) == "'a%' % b"
