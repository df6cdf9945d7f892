"""Heads and chunks on their way out, the native twin.

Contract: `zonda._kernel.pure.encode`. Sizes first, one allocation, then one pass that
copies and checks each byte.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from zonda._kernel.scan cimport CLASS, TOKEN, VALUE, has_stop, load

from zonda._kernel.rules import check_fields

cdef extern from "Python.h":
    int PyUnicode_KIND(object text)
    const uint8_t* PyUnicode_1BYTE_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)

cdef enum:
    LATIN_1 = 1  # PyUnicode_1BYTE_KIND: every character is below U+0100

cdef const char* LENGTH_NAME = b"Content-Length: "
cdef enum:
    LENGTH_NAME_SIZE = 16


def encode_head(
    bytes start_line not None, bytes block not None, fields, int64_t content_length,
    bytes body not None,
):
    """A whole message in one bytes object.

    See `zonda._kernel.pure.encode.encode_head`.
    """
    cdef tuple pairs = as_pairs(fields)
    cdef Py_ssize_t size = (
        PyBytes_GET_SIZE(start_line) + PyBytes_GET_SIZE(block) + PyBytes_GET_SIZE(body) + 2
    )
    cdef uint8_t[20] digits
    cdef Py_ssize_t first = 20  # digits are written from the back
    cdef Py_ssize_t line
    cdef tuple pair
    for pair in pairs:
        line = field_size(pair)
        if line == 0:
            return refuse(pairs)
        size += line
    if content_length >= 0:
        first = write_digits(digits, content_length)
        size += LENGTH_NAME_SIZE + (20 - first) + 2
    cdef bytes message = PyBytes_FromStringAndSize(NULL, size)
    cdef uint8_t* p = <uint8_t*>PyBytes_AS_STRING(message)
    p = put(p, PyBytes_AS_STRING(start_line), PyBytes_GET_SIZE(start_line))
    p = put(p, PyBytes_AS_STRING(block), PyBytes_GET_SIZE(block))
    for pair in pairs:
        p = put_field(p, pair)
        if p is NULL:
            return refuse(pairs)
    if content_length >= 0:
        p = put(p, LENGTH_NAME, LENGTH_NAME_SIZE)
        p = put(p, <const char*>digits + first, 20 - first)
        p = put(p, b"\r\n", 2)
    p = put(p, b"\r\n", 2)
    put(p, PyBytes_AS_STRING(body), PyBytes_GET_SIZE(body))
    return message


def encode_chunk(bytes data not None):
    """``data`` as one chunk (RFC 9112 7.1).

    See `zonda._kernel.pure.encode.encode_chunk`.
    """
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    if size == 0:
        raise ValueError("an empty chunk would end the body: leave it out")
    cdef Py_ssize_t digits = 1
    while size >> 4 * digits:
        digits += 1
    cdef bytes chunk = PyBytes_FromStringAndSize(NULL, digits + size + 4)
    cdef uint8_t* p = <uint8_t*>PyBytes_AS_STRING(chunk)
    while digits:
        digits -= 1
        p[0] = b"0123456789abcdef"[size >> 4 * digits & 15]
        p += 1
    p = put(p, b"\r\n", 2)
    p = put(p, PyBytes_AS_STRING(data), size)
    put(p, b"\r\n", 2)
    return chunk


cdef refuse(tuple pairs):
    """Raise for the first field that must not be sent."""
    check_fields(pairs)
    raise AssertionError("a good field was not recognised")


cdef inline tuple as_pairs(fields):
    """``fields`` as a tuple of tuples that nobody can change meanwhile."""
    cdef tuple pairs = <tuple>fields if type(fields) is tuple else tuple(fields)
    for pair in pairs:
        if type(pair) is not tuple:
            return tuple([tuple(other) for other in pairs])
    return pairs


cdef inline Py_ssize_t field_size(tuple pair) except -1:
    """Bytes that a field line takes; 0 when it is not made of the right kind of text."""
    if len(pair) != 2:
        return 0
    name, value = pair
    if (
        not isinstance(name, str) or not isinstance(value, str)
        or PyUnicode_KIND(name) != LATIN_1 or PyUnicode_KIND(value) != LATIN_1
        or PyUnicode_GET_LENGTH(name) == 0
    ):
        return 0
    return PyUnicode_GET_LENGTH(name) + PyUnicode_GET_LENGTH(value) + 4


cdef inline uint8_t* put_field(uint8_t* p, tuple pair) except? NULL:
    """Copy a field line, checking every byte; NULL for a bad one (RFC 9110 5.1 and 5.5)."""
    name, value = pair
    cdef const uint8_t* q = PyUnicode_1BYTE_DATA(name)
    cdef const uint8_t* end = q + PyUnicode_GET_LENGTH(name)
    while q < end:
        if not CLASS[q[0]] & TOKEN:
            return NULL
        p[0] = q[0]
        p += 1
        q += 1
    p = put(p, b": ", 2)
    q = PyUnicode_1BYTE_DATA(value)
    end = q + PyUnicode_GET_LENGTH(value)
    cdef uint64_t word
    while end - q >= 8:
        word = load(q)
        if has_stop(word, <uint64_t>0x2020202020202020) and not good_bytes(q, 8):
            return NULL
        memcpy(p, &word, 8)
        p += 8
        q += 8
    if not good_bytes(q, end - q):
        return NULL
    p = put(p, <const char*>q, end - q)
    return put(p, b"\r\n", 2)


cdef inline bint good_bytes(const uint8_t* p, Py_ssize_t size) noexcept nogil:
    """Whether all bytes may stand in a field value."""
    cdef Py_ssize_t i
    for i in range(size):
        if not CLASS[p[i]] & VALUE:
            return False
    return True


cdef inline uint8_t* put(uint8_t* p, const char* data, Py_ssize_t size) noexcept nogil:
    memcpy(p, data, size)
    return p + size


cdef inline Py_ssize_t write_digits(uint8_t* digits, int64_t number) noexcept nogil:
    """Write ``number`` at the end of 20 bytes; the index of its first digit."""
    cdef Py_ssize_t first = 20
    while True:
        first -= 1
        digits[first] = 48 + number % 10
        number //= 10
        if number == 0:
            return first
