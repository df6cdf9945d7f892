"""The names of methods."""

from cpython.unicode cimport PyUnicode_DecodeLatin1
from libc.stdint cimport uint8_t
from libc.string cimport memcmp


cdef inline str method_name(const uint8_t* p, Py_ssize_t size):
    """The method as text; always the same object for the usual ones."""
    if size == 3:
        if memcmp(p, b"GET", 3) == 0:
            return "GET"
        if memcmp(p, b"PUT", 3) == 0:
            return "PUT"
    elif size == 4:
        if memcmp(p, b"POST", 4) == 0:
            return "POST"
        if memcmp(p, b"HEAD", 4) == 0:
            return "HEAD"
    elif size == 5:
        if memcmp(p, b"PATCH", 5) == 0:
            return "PATCH"
        if memcmp(p, b"TRACE", 5) == 0:
            return "TRACE"
    elif size == 6:
        if memcmp(p, b"DELETE", 6) == 0:
            return "DELETE"
    elif size == 7:
        if memcmp(p, b"OPTIONS", 7) == 0:
            return "OPTIONS"
        if memcmp(p, b"CONNECT", 7) == 0:
            return "CONNECT"
    return PyUnicode_DecodeLatin1(<const char*>p, size, NULL)
