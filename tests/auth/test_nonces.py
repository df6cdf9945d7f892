"""Nonces of OpenID 2.0: recent, and used once."""

import time

import pytest

from zonda.auth.nonces import UsedNonces

NOW = 1_116_177_111.0  # 2005-05-15T17:11:51Z


def stamp(seconds: float, more: str = "x") -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)) + more


def test_each_is_good_once() -> None:
    used = UsedNonces()
    assert used.use("https://a", "2005-05-15T17:11:51ZUNIQUE", NOW)
    assert not used.use("https://a", "2005-05-15T17:11:51ZUNIQUE", NOW + 1)
    assert used.use("https://a", "2005-05-15T17:11:51ZOTHER", NOW)
    assert used.use("https://b", "2005-05-15T17:11:51ZUNIQUE", NOW)


@pytest.mark.parametrize(("age", "good"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_only_recent_ones_are_good(age: float, good: bool) -> None:
    assert UsedNonces(window=300).use("https://a", stamp(NOW - age), NOW) is good


@pytest.mark.parametrize("nonce", ["", "x", "2005-05-15 17:11:51Z", "2005-13-15T17:11:51Z"])
def test_what_is_no_nonce(nonce: str) -> None:
    assert not UsedNonces().use("https://a", nonce, NOW)


def test_it_takes_the_time_itself() -> None:
    assert UsedNonces().use("https://a", stamp(time.time()))
    assert not UsedNonces().use("https://a", stamp(time.time() - 3600))


def test_none_is_forgotten_while_it_would_be_accepted_and_all_are_later() -> None:
    used = UsedNonces(window=300)
    ahead = stamp(NOW + 300)  # the provider's clock is ahead
    assert used.use("https://a", ahead, NOW)
    for second in range(0, 600, 50):
        assert used.use("https://a", stamp(NOW + second, f"n{second}"), NOW + second)
    assert not used.use("https://a", ahead, NOW + 599)
    assert used.use("https://a", stamp(NOW + 5000), NOW + 5000)
    assert len(used._used) == 1
