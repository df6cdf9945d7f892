"""What is hidden, and what is not."""

import pytest

from zonda.web.debug.secrets import MASK, Secrets, is_secret_name


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWD",
        "passphrase",
        "cookie_secret",
        "access_token",
        "X-Api-Key",
        "apikey",
        "Authorization",
        "Set-Cookie",
        "session_id",
        "_xsrf",
        b"csrftoken",
        "AWS_SECRET_ACCESS_KEY",
        "private-key",
    ],
)
def test_telling_names(name: str | bytes) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["name", "key", "author", "passage_number", "id", 7, None])
def test_other_names(name: object) -> None:
    assert not is_secret_name(name)


def test_a_value_is_hidden_wherever_it_turns_up() -> None:
    secrets = Secrets()
    secrets.learn({"settings": {"cookie_secret": {1: "old one", 2: b"new/one"}}, "name": "public"})
    text = secrets.blot_out("old one, old+one, old%20one, new/one, public")
    assert text == f"{MASK}, {MASK}, {MASK}, {MASK}, public"


def test_short_values_are_left_in_other_places() -> None:
    secrets = Secrets()
    secrets.learn({"password": "abc"})
    assert secrets.blot_out("abcdef") == "abcdef"


def test_cookies_one_by_one() -> None:
    secrets = Secrets()
    secrets.learn_cookies('sid=abcdef; theme="dark-blue"; n=1')
    assert secrets.blot_out("n=1 abcdef dark-blue") == f"n=1 {MASK} {MASK}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('password = "hunter2"', f'password = "{MASK}"'),
        ("DB_PASSWORD: str = 'hunter2'", f'DB_PASSWORD: str = "{MASK}"'),
        ("User(name='a', token='t', x=1)", f"User(name='a', token=\"{MASK}\", x=1)"),
        ('{"secret": "a\\"b", "c": "d"}', f'{{"secret": "{MASK}", "c": "d"}}'),
        ('if password == "x":', f'if password == "{MASK}":'),
        ("passwords = load()", "passwords = load()"),
    ],
)
def test_what_a_text_names_itself(text: str, left: str) -> None:
    assert Secrets().blot_out(text) == left


def test_it_takes_time_in_proportion_to_the_text() -> None:
    text = "password" * 100_000 + 'token"' * 100_000  # else minutes
    assert Secrets().blot_out(text) == text
