"""Byte classes, and scanning eight bytes at a time; nothing reads at or past ``end``."""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #include <stdint.h>

    /* 1: tchar (RFC 9110 5.6.2); 2: byte of a field value (5.5); 4: byte of a request
       target; 8: byte of a plain host name (letters, digits, "-", ".", "_"). */
    static const uint8_t zonda_class[256] = {
        0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        2, 7, 6, 7, 7, 7, 7, 7, 6, 6, 7, 7, 6,15,15, 6,
       15,15,15,15,15,15,15,15,15,15, 6, 6, 6, 6, 6, 6,
        6,15,15,15,15,15,15,15,15,15,15,15,15,15,15,15,
       15,15,15,15,15,15,15,15,15,15,15, 6, 6, 6, 7,15,
        7,15,15,15,15,15,15,15,15,15,15,15,15,15,15,15,
       15,15,15,15,15,15,15,15,15,15,15, 6, 7, 6, 7, 0,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
        6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
    };

    /* ASCII letters to lower case, every other byte to itself. */
    static const uint8_t zonda_lower[256] = {
    #define ZONDA_ROW(n) n, n+1, n+2, n+3, n+4, n+5, n+6, n+7
        ZONDA_ROW(0), ZONDA_ROW(8), ZONDA_ROW(16), ZONDA_ROW(24),
        ZONDA_ROW(32), ZONDA_ROW(40), ZONDA_ROW(48), ZONDA_ROW(56),
        64, 97, 98, 99, 100, 101, 102, 103, ZONDA_ROW(104), ZONDA_ROW(112),
        120, 121, 122, 91, 92, 93, 94, 95,
        ZONDA_ROW(96), ZONDA_ROW(104), ZONDA_ROW(112), ZONDA_ROW(120),
        ZONDA_ROW(128), ZONDA_ROW(136), ZONDA_ROW(144), ZONDA_ROW(152),
        ZONDA_ROW(160), ZONDA_ROW(168), ZONDA_ROW(176), ZONDA_ROW(184),
        ZONDA_ROW(192), ZONDA_ROW(200), ZONDA_ROW(208), ZONDA_ROW(216),
        ZONDA_ROW(224), ZONDA_ROW(232), ZONDA_ROW(240), ZONDA_ROW(248),
    #undef ZONDA_ROW
    };
    """
    const uint8_t[256] CLASS "zonda_class"
    const uint8_t[256] LOWER "zonda_lower"

cdef enum:
    TOKEN = 1
    VALUE = 2
    TARGET = 4
    HOST = 8


cdef inline uint64_t load(const uint8_t* p) noexcept nogil:
    """Eight bytes from ``p``, which need not be aligned."""
    cdef uint64_t word
    memcpy(&word, p, 8)
    return word


cdef inline bint has_stop(uint64_t word, uint64_t floor) noexcept nogil:
    """Whether a byte of ``word`` is below the bytes of ``floor``, or is DEL.

    ``floor`` repeats one byte up to 0x80. A borrow may mark the byte after a true one, so
    this answers whether, not where.
    """
    cdef uint64_t low = word - floor
    cdef uint64_t delete = (word ^ <uint64_t>0x7F7F7F7F7F7F7F7F) - <uint64_t>0x0101010101010101
    return ((low | delete) & ~word & <uint64_t>0x8080808080808080) != 0


cdef inline const uint8_t* skip_token(const uint8_t* p, const uint8_t* end) noexcept nogil:
    """The first byte that is no tchar."""
    while p < end and CLASS[p[0]] & TOKEN:
        p += 1
    return p


cdef inline const uint8_t* skip_value(const uint8_t* p, const uint8_t* end) noexcept nogil:
    """The first byte that may not stand in a field value: a control other than HTAB."""
    while True:
        while end - p >= 8 and not has_stop(load(p), <uint64_t>0x2020202020202020):
            p += 8
        while p < end and CLASS[p[0]] & VALUE and p[0] != 9:
            p += 1
        if p == end or p[0] != 9:
            return p
        p += 1


cdef inline const uint8_t* skip_target(const uint8_t* p, const uint8_t* end) noexcept nogil:
    """The first byte that may not stand in a request target."""
    while end - p >= 8 and not has_stop(load(p), <uint64_t>0x2121212121212121):
        p += 8
    while p < end and CLASS[p[0]] & TARGET:
        p += 1
    return p


cdef inline bint same(const uint8_t* p, const char* lower, Py_ssize_t size) noexcept nogil:
    """Whether ``size`` bytes at ``p`` equal ``lower`` (in lower case) in any case."""
    cdef Py_ssize_t i
    for i in range(size):
        if LOWER[p[i]] != <uint8_t>lower[i]:
            return False
    return True
