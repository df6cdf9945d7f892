"""Which database is meant."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from zonda.database.address import locate


def where(*args, awaitable=False):
    args = (*args, *[None] * (4 - len(args)))
    return locate(*args, awaitable).render_as_string(hide_password=False)


@pytest.mark.parametrize(
    ("args", "url"),
    [
        (("localhost", "blog"), "mysql+pymysql://localhost/blog"),
        (("db:3307", "blog", "ada", "a@b/c"), "mysql+pymysql://ada:a%40b%2Fc@db:3307/blog"),
        (("::1:3306", "blog"), "mysql+pymysql://[::1]:3306/blog"),
        (("[::1]:3306", "blog"), "mysql+pymysql://[::1]:3306/blog"),
        (("[::1]", "blog"), "mysql+pymysql://[::1]/blog"),
        (
            ("/run/mysql.sock", "blog", "root"),
            "mysql+pymysql://root@/blog?unix_socket=%2Frun%2Fmysql.sock",
        ),
        (("mysql://u:p@h/d",), "mysql+pymysql://u:p@h/d"),
        (("mysql://h/d", "e", "u", "p"), "mysql+pymysql://u:p@h/e"),
        (("mariadb+asyncmy://h/d",), "mariadb+asyncmy://h/d"),
        (("postgres://u@h/d",), "postgresql+psycopg://u@h/d"),
        (("postgresql+asyncpg://u@h/d",), "postgresql+asyncpg://u@h/d"),
        (("sqlite:///a.db",), "sqlite+pysqlite:///a.db"),
        (("sqlite://",), "sqlite+pysqlite:///:memory:"),
        ((), "sqlite+pysqlite:///:memory:"),
        ((None, Path("a/b.db")), "sqlite+pysqlite:///a/b.db"),
        (("oracle://h/d",), "oracle://h/d"),
        ((sa.make_url("mysql://h/d"),), "mysql+pymysql://h/d"),
    ],
)
def test_urls(args, url):
    assert where(*args).replace("%3A", ":") == url


@pytest.mark.parametrize(
    ("args", "url"),
    [
        (("localhost", "blog"), "mysql+asyncmy://localhost/blog"),
        (("postgresql://h/d",), "postgresql+psycopg://h/d"),
        ((None, "a.db"), "sqlite+aiosqlite:///a.db"),
        (("mysql+asyncmy://h/d",), "mysql+asyncmy://h/d"),
    ],
)
def test_urls_of_the_awaitable_face(args, url):
    assert where(*args, awaitable=True) == url


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("localhost",), "which database at localhost"),
        (("blog.db",), r"SQLite is Connection\(database='file'\)"),
        (("host:abc", "blog"), "'abc' is no port"),
        (("://secret@", "blog"), "no URL of a database"),
    ],
)
def test_what_cannot_be_meant(args, message):
    with pytest.raises(ValueError, match=message) as caught:
        where(*args)
    assert "secret" not in str(caught.value)
