"""Signed values: the formats to the byte, and everything that must not pass."""

import hmac
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonda.web import (
    DEFAULT_SIGNED_VALUE_MIN_VERSION,
    DEFAULT_SIGNED_VALUE_VERSION,
    MAX_SUPPORTED_SIGNED_VALUE_VERSION,
    MIN_SUPPORTED_SIGNED_VALUE_VERSION,
    create_signed_value,
    decode_signed_value,
    get_signature_key_version,
)
from zonda.web.signed import _create_signature_v1, _create_signature_v2

NOW = 1300000000
DAY = 86400

# Made with Tornado 6.6.1 at the time NOW, and read by it.
BY_TORNADO = [
    (
        "sec",
        "key",
        b"value",
        1,
        None,
        b"dmFsdWU=|1300000000|68d0e6208f238c42b381d3d2d6c545df95baa464",
    ),
    (
        "sec",
        "key",
        b"value",
        2,
        None,
        b"2|1:0|10:1300000000|3:key|8:dmFsdWU=|"
        b"afe28265ec3ab8cfb4f242f6cade1ea964cb669487dd3acda113f1c0cce243f2",
    ),
    (
        b"sec",
        "key",
        b"val\xff",
        2,
        None,
        b"2|1:0|10:1300000000|3:key|8:dmFs/w==|"
        b"8d9879e77beeca52ea416c4ae4ce500f10698a4c236911b7c98cab6621ae69d9",
    ),
    (
        {0: "a", 1: "b"},
        "key",
        b"value",
        2,
        1,
        b"2|1:1|10:1300000000|3:key|8:dmFsdWU=|"
        b"32d064eb3921ac72891a7fe625dbedc9ad10a7020c2eb7bb0bece0fcac1aff83",
    ),
    (
        "sec",
        "key",
        b"value",
        2,
        3,
        b"2|1:3|10:1300000000|3:key|8:dmFsdWU=|"
        b"cc2647c84ef30eea096c72d34a3cfe0fd79610a4ebfa04bb67f008c0d011cf5b",
    ),
    (
        "s",
        "",
        b"",
        2,
        None,
        b"2|1:0|10:1300000000|0:|0:|"
        b"856569cf30c61a52c62aa4c1ff38efd0f84c8006ae06a9aaf6bd0ed8ba767484",
    ),
]


def at(moment: float):
    return lambda: moment


def sign(value=b"value", name="key", secret="sec", **options):
    return create_signed_value(secret, name, value, clock=at(NOW), **options)


def read(signed, name="key", secret="sec", now=NOW, **options):
    return decode_signed_value(secret, name, signed, clock=at(now), **options)


@pytest.mark.parametrize(
    ("secret", "name", "value", "version", "key_version", "signed"), BY_TORNADO
)
class TestAgainstTornado:
    def test_writes_the_same_bytes(self, secret, name, value, version, key_version, signed):
        made = create_signed_value(
            secret, name, value, version=version, clock=at(NOW), key_version=key_version
        )
        assert made == signed

    def test_reads_what_it_wrote(self, secret, name, value, version, key_version, signed):
        assert read(signed, name, secret) == value
        assert read(signed.decode(), name, secret) == value

    def test_names_the_key(self, secret, name, value, version, key_version, signed):
        expected = None if version == 1 else key_version or 0
        assert get_signature_key_version(signed) == expected


def test_signatures_of_both_versions():
    assert (
        _create_signature_v1("sec", "a", b"b", "c") == b"7165fa82e0f0e3fca258fa8cc0cd3e7653ac6978"
    )
    assert _create_signature_v2("sec", b"abc") == (
        b"07308942b8990d052766ba1c01cb2e520e4a93cedc50eaa2995f24c1cc3f6a30"
    )


def test_the_versions_that_are_known():
    assert (MIN_SUPPORTED_SIGNED_VALUE_VERSION, MAX_SUPPORTED_SIGNED_VALUE_VERSION) == (1, 2)
    assert (DEFAULT_SIGNED_VALUE_VERSION, DEFAULT_SIGNED_VALUE_MIN_VERSION) == (2, 1)


@given(st.binary(), st.text(), st.sampled_from([1, 2]), st.binary())
def test_any_value_comes_back(value, name, version, secret):
    signed = create_signed_value(secret, name, value, version=version)
    assert decode_signed_value(secret, name, signed) == value


@given(st.data())
def test_no_changed_byte_passes(data):
    signed = bytearray(sign(version=data.draw(st.sampled_from([1, 2]))))
    position = data.draw(st.integers(0, len(signed) - 1))
    signed[position] ^= data.draw(st.integers(1, 255))
    assert read(bytes(signed)) is None


@given(st.binary())
def test_anything_can_be_read(rubbish):
    assert read(rubbish) is None
    assert read(b"2|" + rubbish) is None
    get_signature_key_version(rubbish)


class TestAge:
    @pytest.mark.parametrize("version", [1, 2])
    def test_bounds(self, version):
        signed = sign(version=version)
        assert read(signed, now=NOW + 31 * DAY) == b"value"
        assert read(signed, now=NOW + 31 * DAY + 1) is None
        assert read(signed, now=NOW + DAY // 2 + 1, max_age_days=0.5) is None
        assert read(signed, max_age_days=0) == b"value"

    @pytest.mark.parametrize("version", [1, 2])
    def test_clocks_of_servers_may_differ_but_not_by_40_days(self, version):
        signed = sign(version=version)
        assert read(signed, now=NOW - DAY) == b"value"
        assert read(signed, now=NOW - 40 * DAY) is None

    def test_the_log_tells_about_version_1(self, caplog):
        signed = sign(version=1)
        read(signed, now=NOW + 32 * DAY)
        read(signed, now=NOW - 40 * DAY)
        read(signed[:-1] + b"x")
        assert [record.levelno for record in caplog.records] == [logging.WARNING] * 3
        for record, word in zip(caplog.records, ["Expired", "future", "signature"], strict=True):
            assert word in record.getMessage()
            assert record.name == "tornado.general"


class TestConfusion:
    """Values that were signed, for something else."""

    @pytest.mark.parametrize("version", [1, 2])
    def test_another_name(self, version):
        assert read(sign(name="a", version=version), "b") is None

    def test_characters_moved_from_the_value_to_the_name(self):
        # Version 1 signs name and value without a border between them.
        value, stamp, signature = sign(b"xyz", "a", version=1).split(b"|")
        moved = b"|".join((value[4:], stamp, signature))
        assert _create_signature_v1("sec", "a" + value[:4].decode(), value[4:], stamp) == signature
        assert read(moved, "a" + value[:4].decode()) == b""  # nothing is left of it
        assert read(sign(b"xyz", "a"), "a" + value[:4].decode()) is None

    def test_characters_moved_from_the_value_to_the_time(self):
        # "dmFsdWUw" + "1300000000" is also "dmFsdWU" + "w1300000000", and with digits at the
        # end of the value a longer number: far in the future, or with a leading zero.
        digits = b"\xd7\x9d\x34"  # "1500" in base64
        value, stamp, signature = sign(digits, version=1).split(b"|")
        assert value.isalnum()
        for cut in range(1, len(value) + 1):
            moved = b"|".join((value[:-cut], value[-cut:] + stamp, signature))
            assert read(moved) is None

    def test_a_timestamp_that_begins_with_zero(self, caplog):
        stamp = b"0%d" % NOW
        signed = b"|".join((b"dmFs", stamp, _create_signature_v1("sec", "key", b"dmFs", stamp)))
        assert read(signed) is None
        assert "Tampered" in caplog.text

    @pytest.mark.parametrize("number", [b"+1300000000", b" 1300000000", b"1_300000000", b"x", b""])
    @pytest.mark.parametrize("version", [1, 2])
    def test_numbers_are_digits(self, number, version):
        if version == 1:
            signature = _create_signature_v1("sec", "key", b"dmFs", number)
            assert read(b"|".join((b"dmFs", number, signature))) is None
        else:
            body = b"2|1:0|%d:%s|3:key|4:dmFs|" % (len(number), number)
            assert read(body + _create_signature_v2("sec", body)) is None

    def test_a_value_that_is_no_base64(self):
        body = b"2|1:0|10:1300000000|3:key|3:abc|"
        assert read(body + _create_signature_v2("sec", body)) is None

    @pytest.mark.parametrize(
        "signed",
        [
            None,
            "",
            "2|",
            "2|1:0",
            "2|1:9|10:1400000000|1:a|4:dmFs|x",
            "2|-1:0|x",
            "2|" + "9" * 10000 + ":0|",
            "2|999999999:0|10:1300000000|3:key|8:dmFsdWU=|x",
            "2|1:0|10:1300000000|3:key|8:dmFsdWU=|",
            "3|1:0|10:1300000000|3:key|8:dmFsdWU=|x",
            "é|x|y",
        ],
    )
    def test_malformed(self, signed):
        assert read(signed) is None


class TestKeys:
    KEYS = {1: "old", 2: b"new"}

    def test_every_key_reads_and_one_writes(self):
        for version in self.KEYS:
            signed = sign(secret=self.KEYS, key_version=version)
            assert get_signature_key_version(signed) == version
            assert read(signed, secret=self.KEYS) == b"value"

    def test_a_key_that_is_gone_reads_no_more(self):
        signed = sign(secret=self.KEYS, key_version=1)
        assert read(signed, secret={2: b"new"}) is None
        assert read(signed, secret={1: "other"}) is None

    def test_a_single_key_reads_whatever_version_the_value_names(self):
        assert read(sign(secret=self.KEYS, key_version=2), secret="new") == b"value"

    def test_version_1_knows_no_keys_and_harms_nobody(self):
        with pytest.raises(ValueError, match="version 2"):
            sign(secret=self.KEYS, version=1, key_version=1)
        assert read(sign(version=1), secret=self.KEYS) is None

    def test_errors_say_what_to_do(self):
        with pytest.raises(ValueError, match="key_version"):
            sign(secret=self.KEYS)
        with pytest.raises(KeyError, match=r"\[1, 2\]"):
            sign(secret=self.KEYS, key_version=7)
        with pytest.raises(TypeError, match="cookie_secret"):
            sign(secret=None)


class TestVersions:
    def test_old_formats_can_be_refused(self):
        assert read(sign(version=1), min_version=2) is None
        assert read(sign(), min_version=2) == b"value"

    def test_unknown_ones(self):
        with pytest.raises(ValueError, match="Unsupported version 3"):
            sign(version=3)
        with pytest.raises(ValueError, match="Unsupported min_version 3"):
            read(sign(), min_version=3)


def test_signatures_are_compared_in_constant_time(monkeypatch):
    compared = []
    original = hmac.compare_digest

    def compare(a, b):
        compared.append((a, b))
        return original(a, b)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    for version in (1, 2):
        read(sign(version=version))
    assert len(compared) == 2
