"""The grammar that both twins share: hosts, targets, codings, fields to send."""

import ipaddress
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda._kernel.errors import BadHead
from zonda._kernel.rules import (
    check_fields,
    coding_fault,
    is_host,
    is_ipv6,
    locate,
    read_lengths,
    split_host,
)


def is_ipv6_for_python(text: str) -> bool:
    """The standard library's opinion, without the zones that it takes."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("::", True),
        ("::1", True),
        ("1::", True),
        ("1:2:3:4:5:6:7:8", True),
        ("1:2:3:4:5:6:7::", True),
        ("::2:3:4:5:6:7:8", True),
        ("1:2:3:4:5:6:1.2.3.4", True),
        ("::1.2.3.4", True),
        ("1:2:3:4:5::1.2.3.4", True),
        ("ABCD:ef01::", True),
        ("", False),
        (":", False),
        (":::", False),
        ("1:2:3:4:5:6:7", False),
        ("1:2:3:4:5:6:7:8:9", False),
        ("1:2:3:4::5:6:7:8", False),
        ("1:2:3:4:5:6:7:1.2.3.4", False),
        ("1.2.3.4", False),
        ("1.2.3.4::", False),
        ("::1.2.3.4:1", False),
        ("::1.2.3", False),
        ("::1.2.3.256", False),
        ("::01.2.3.4", False),
        ("1::2::3", False),
        (":1::", False),
        ("::1:", False),
        ("12345::", False),
        ("g::", False),
        ("1:", False),
    ],
)
def test_ipv6(text: str, good: bool) -> None:
    assert is_ipv6(text) == good
    assert is_ipv6_for_python(text) == good


@given(st.from_regex(r"\A(?:[0-9a-f]{0,5}[:.]){0,9}[0-9a-f]{0,4}\Z"))
def test_ipv6_like_the_standard_library(text: str) -> None:
    assert is_ipv6(text) == is_ipv6_for_python(text)


def test_split_host() -> None:
    assert split_host("a:80") == ("a", "80")
    assert split_host("a") == ("a", "")
    assert split_host("") == ("", "")
    assert split_host(":") == ("", "")
    assert split_host("[::1]:80") == ("::1", "80")
    assert split_host("[::1]80") is None
    assert is_host("a:80")
    assert not is_host("a:80\n")
    assert not is_host("a\u0661")
    assert not is_host("a:\u0661")


REG_NAME = re.compile(r"(?:[a-z0-9._~!$&'()*+,;=-]|%[0-9a-f]{2})*(?::[0-9]{0,4})?", re.I | re.A)


@given(st.text("aZ09-._~!$&'()*+,;=%:@/?#[]<>\\ \xe9", max_size=12))
def test_hosts_by_the_grammar(text: str) -> None:
    if "[" not in text:
        long_port = re.search(r":[0-9]{5}", text)
        assert long_port or is_host(text) == bool(REG_NAME.fullmatch(text))


@given(st.sampled_from(["GET", "OPTIONS", "CONNECT"]), st.text("ah1:/?#*@[].%", max_size=12))
def test_located_parts_lie_in_the_target_in_order(method: str, target: str) -> None:
    try:
        authority, authority_end, path, path_end = locate(method, target)
    except BadHead:
        return
    assert 0 <= authority <= authority_end <= len(target)
    assert 0 <= path <= path_end <= len(target)
    assert path == path_end or target[path] == "/" or method == "CONNECT" or target == "*"
    assert path_end == len(target) or target[path_end] == "?"


@given(st.text('chunked,; \t="\\ax\xe9', max_size=24))
def test_a_coding_fault_is_always_found(value: str) -> None:
    assert coding_fault(value).status in (400, 501)


@given(st.lists(st.text("0123456789", min_size=1, max_size=18), min_size=1, max_size=4))
def test_lengths_agree_or_fail(members: list[str]) -> None:
    if len(set(members)) == 1:
        assert read_lengths(" , ".join(members), None) == members[0]
        assert read_lengths(",".join(members), members[0]) == members[0]
    else:
        with pytest.raises(BadHead):
            read_lengths(",".join(members), None)


def refusal(name: Any, value: Any) -> str:
    """What is said about a field that must not be sent."""
    with pytest.raises((TypeError, ValueError)) as caught:
        check_fields([("Good", "yes"), (name, value), ("worse\n", "\0")])
    assert isinstance(caught.value, TypeError) == (not isinstance(value, str))
    return str(caught.value)


def test_field_errors_name_the_field_and_the_reason() -> None:
    check_fields([("Good", "yes \xe9\t")])
    assert "'a b' is not a token" in refusal("a b", "x")
    assert "header field X-A is not latin-1" in refusal("X-A", "\u20ac")
    assert "header field X-A holds a control character" in refusal("X-A", "a\r\nb")
    assert "'X-A': name and value must be str, not str and int" in refusal("X-A", 5)
