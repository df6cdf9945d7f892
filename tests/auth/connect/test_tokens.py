"""Tokens and logins as objects."""

from typing import Any

import pytest

from zonda.auth import Login, LoginError, Tokens


def test_what_a_provider_may_leave_out() -> None:
    tokens = Tokens({"access_token": "a"}, 1000.0)
    assert (tokens.access_token, tokens.refresh_token, tokens.id_token) == ("a", None, None)
    assert (tokens.expires_at, tokens.scope) == (None, "")
    assert tokens.answer == {"access_token": "a"}


@pytest.mark.parametrize("seconds", [60, "60", 60.0])
def test_when_they_expire(seconds: Any) -> None:
    assert Tokens({"access_token": "a", "expires_in": seconds}, 1000.0).expires_at == 1060.0


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"access_token": ""},
        {"access_token": None},
        {"access_token": 5},
        {"access_token": "a", "token_type": "mac"},
        {"access_token": "a", "token_type": None},
        {"access_token": "a", "expires_in": "soon"},
        {"access_token": "a", "expires_in": []},
        {"access_token": "a", "refresh_token": 5},
        {"access_token": "a", "id_token": ["x"]},
        {"access_token": "a", "scope": ["x"]},
    ],
)
def test_answers_that_make_no_sense(answer: dict[str, Any]) -> None:
    with pytest.raises(LoginError) as caught:
        Tokens(answer, 1000.0)
    assert caught.value.status_code == 502


def test_secrets_do_not_show() -> None:
    tokens = Tokens({"access_token": "hush", "refresh_token": "quiet"}, 0.0)
    login = Login({"sub": "7", "email": "jane@example.com"}, tokens, "/")
    shown = repr(tokens) + repr(login) + str(login)
    assert "hush" not in shown
    assert "quiet" not in shown
    assert "jane" not in shown
