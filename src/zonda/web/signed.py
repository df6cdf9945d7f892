"""Signed values: what a client keeps for us and cannot change unnoticed.

They are written as cookies mostly. Nothing in them is secret. Both formats are those that
Tornado reads and writes, byte for byte, so that sessions survive a move in either direction.

Version 1 (Tornado before 3.2.1; read only unless asked for)::

    base64(value) | timestamp | hex HMAC-SHA1 of name + base64(value) + timestamp

The signature does not say where one part ends and the next begins: characters can be moved
between name, value and timestamp. That is why timestamps with leading zeros, or far in the
future, are refused.

Version 2 puts its length before each field, and signs all that precedes the signature::

    2|1:0|10:1300000000|4:name|12:base64(value)|hex HMAC-SHA256
      ^ version of the key   ^ seconds since the epoch

Keys are rotated by giving a dictionary, version of the key to secret: all of them are good
for reading, one of them is used for writing.
"""

from __future__ import annotations

import binascii
import re
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from zonda.escape import utf8
from zonda.log import gen_log

__all__ = [
    "DEFAULT_SIGNED_VALUE_MIN_VERSION",
    "DEFAULT_SIGNED_VALUE_VERSION",
    "MAX_SUPPORTED_SIGNED_VALUE_VERSION",
    "MIN_SUPPORTED_SIGNED_VALUE_VERSION",
    "create_signed_value",
    "decode_signed_value",
    "get_signature_key_version",
]

#: Signed values older than this version cannot be read.
MIN_SUPPORTED_SIGNED_VALUE_VERSION: Final = 1
#: Signed values newer than this version cannot be read.
MAX_SUPPORTED_SIGNED_VALUE_VERSION: Final = 2
#: The version that is written unless another one is asked for.
DEFAULT_SIGNED_VALUE_VERSION: Final = 2
#: The oldest version that is accepted unless another one is asked for.
DEFAULT_SIGNED_VALUE_MIN_VERSION: Final = 1

Secret = str | bytes | dict[int, str] | dict[int, bytes]
Clock = Callable[[], float]

_DAY: Final = 86400
# How far ahead of ours the clock of another server may be that signed a value.
_MAX_FUTURE_SECONDS: Final = 31 * _DAY

# Base64 could begin with digits too, but not with so few of them and then a bar: a version 1
# value of at most three characters is not base64.
_version_prefix = re.compile(rb"([1-9][0-9]{0,2})\|").match
_length_prefix = re.compile(rb"([0-9]{1,9}):").match


def create_signed_value(
    secret: Secret,
    name: str,
    value: str | bytes,
    version: int | None = None,
    clock: Clock | None = None,
    key_version: int | None = None,
) -> bytes:
    """Sign a value with the time and the name that it is for.

    Args:
        secret: the key, or a dictionary of keys by version.
        name: what the value will be read as, a cookie's name usually.
        version: of the format; 2 by default.
        clock: what to ask for the time instead of ``time.time``.
        key_version: which of the keys to use; needed if there are several.

    Raises:
        ValueError: the format's version is unknown, or cannot be used with several keys.
        KeyError: there is no key of that version.
    """
    if version is None:
        version = DEFAULT_SIGNED_VALUE_VERSION
    timestamp = b"%d" % int((clock or time.time)())
    encoded = binascii.b2a_base64(utf8(value), newline=False)
    if version == 1:
        if isinstance(secret, dict):
            raise ValueError("version 1 knows no key versions: sign with version 2")
        signature = _create_signature_v1(secret, name, encoded, timestamp)
        return b"|".join((encoded, timestamp, signature))
    if version == 2:
        fields = (b"%d" % (key_version or 0), timestamp, utf8(name), encoded)
        signed = b"2|" + b"".join([b"%d:%s|" % (len(field), field) for field in fields])
        return signed + _create_signature_v2(_signing_key(secret, key_version), signed)
    raise ValueError(f"Unsupported version {version} of signed values: use 1 or 2")


def _signing_key(secret: Secret, key_version: int | None) -> str | bytes:
    if not isinstance(secret, dict):
        return secret
    if key_version is None:
        raise ValueError("there are several keys: say by key_version which one to sign with")
    if key_version not in secret:
        raise KeyError(f"no key of version {key_version}; there are {sorted(secret)}")
    return secret[key_version]


def decode_signed_value(
    secret: Secret,
    name: str,
    value: str | bytes | None,
    max_age_days: float = 31,
    clock: Clock | None = None,
    min_version: int | None = None,
) -> bytes | None:
    """Check a signed value; return what was signed, or None.

    None means that it was signed with another key or for another name, that it was changed,
    that it is older than *max_age_days* or from the far future, that its format is older than
    *min_version*, or that there is none.

    Raises:
        ValueError: *min_version* is newer than any that is known.
    """
    if min_version is None:
        min_version = DEFAULT_SIGNED_VALUE_MIN_VERSION
    if min_version > MAX_SUPPORTED_SIGNED_VALUE_VERSION:
        raise ValueError(
            f"Unsupported min_version {min_version}: "
            f"the newest version is {MAX_SUPPORTED_SIGNED_VALUE_VERSION}"
        )
    if not value:
        return None
    signed = utf8(value)
    version = _get_version(signed)
    if version < min_version:
        return None
    now = (clock or time.time)()
    if version == 1:
        return _decode_v1(secret, name, signed, max_age_days, now)
    if version == 2:
        return _decode_v2(secret, name, signed, max_age_days, now)
    return None


def get_signature_key_version(value: str | bytes) -> int | None:
    """The version of the key that a value says it is signed with; None if it does not say.

    The signature is not checked.
    """
    signed = utf8(value)
    if _get_version(signed) != 2:
        return None
    fields = _decode_fields_v2(signed)
    return None if fields is None else fields.key_version


def _get_version(value: bytes) -> int:
    """The version of a value's format; whatever names none is of version 1."""
    match = _version_prefix(value)
    return int(match[1]) if match else 1


def _create_signature_v1(secret: str | bytes, *parts: str | bytes) -> bytes:
    """The signature of version 1: of all *parts*, joined without anything between them."""
    message = b"".join([utf8(part) for part in parts])
    return _digest(secret, message, "sha1")


def _create_signature_v2(secret: str | bytes, s: bytes) -> bytes:
    """The signature of version 2: of *s*, which is the value up to its last bar."""
    return _digest(secret, utf8(s), "sha256")


def _digest(secret: str | bytes, message: bytes, name: str) -> bytes:
    import hmac  # loads OpenSSL: only programs that sign something need it

    return hmac.digest(_key_bytes(secret), message, name).hex().encode()


def _same(given: bytes, expected: bytes) -> bool:
    from hmac import compare_digest

    return compare_digest(given, expected)


def _key_bytes(secret: str | bytes) -> bytes:
    if not isinstance(secret, str | bytes):
        raise TypeError(
            f"the secret must be str, bytes or a dict of them, not {type(secret).__name__}; "
            "look at the cookie_secret setting"
        )
    return utf8(secret)


def _decode_v1(
    secret: Secret, name: str, value: bytes, max_age_days: float, now: float
) -> bytes | None:
    parts = value.split(b"|")
    # With several keys nothing was ever written in this version.
    if len(parts) != 3 or isinstance(secret, dict):
        return None
    encoded, stamp, signature = parts
    if not _same(signature, _create_signature_v1(secret, name, encoded, stamp)):
        gen_log.warning("Invalid cookie signature of %r", name)
        return None
    if stamp.startswith(b"0"):
        gen_log.warning("Tampered cookie %r", name)
        return None
    timestamp = _timestamp(stamp)
    if timestamp is None:
        return None
    if timestamp < now - max_age_days * _DAY:
        gen_log.warning("Expired cookie %r", name)
        return None
    if timestamp > now + _MAX_FUTURE_SECONDS:
        gen_log.warning("Cookie timestamp in future; possible tampering with %r", name)
        return None
    return _from_base64(encoded)


class _Fields(NamedTuple):
    """What a value of version 2 holds."""

    key_version: int
    timestamp: bytes
    name: bytes
    value: bytes
    signature: bytes


def _decode_v2(
    secret: Secret, name: str, value: bytes, max_age_days: float, now: float
) -> bytes | None:
    fields = _decode_fields_v2(value)
    if fields is None:
        return None
    key = secret.get(fields.key_version) if isinstance(secret, dict) else secret
    if key is None:
        return None
    expected = _create_signature_v2(key, value[: -len(fields.signature)])
    if not _same(fields.signature, expected):
        return None
    timestamp = _timestamp(fields.timestamp)
    if (
        fields.name != utf8(name)
        or timestamp is None
        or not now - max_age_days * _DAY <= timestamp <= now + _MAX_FUTURE_SECONDS
    ):
        return None
    return _from_base64(fields.value)


def _decode_fields_v2(value: bytes) -> _Fields | None:
    """Take a value of version 2 apart; None if it is malformed."""
    fields: list[bytes] = []
    position = 2  # behind the version
    while len(fields) < 4:
        match = _length_prefix(value, position)
        if match is None:
            return None
        position = match.end() + int(match[1])
        fields.append(value[match.end() : position])
        if value[position : position + 1] != b"|":
            return None
        position += 1
    key_version = _decimal(fields[0])
    signature = value[position:]
    if key_version is None or not signature:
        return None
    _, timestamp, name, encoded = fields
    return _Fields(key_version, timestamp, name, encoded, signature)


def _decimal(digits: bytes) -> int | None:
    """A number of at most twenty ASCII digits; ``int`` takes signs, blanks and megabytes."""
    return int(digits) if digits.isdigit() and len(digits) <= 20 else None


_timestamp = _decimal


def _from_base64(encoded: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(encoded)
    except binascii.Error:
        return None
