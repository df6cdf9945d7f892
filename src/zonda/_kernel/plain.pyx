"""Whether a value is plain JSON, the native twin.

Contract: `zonda._kernel.pure.plain`.
"""

from libc.math cimport isfinite

cdef enum:
    DEPTH = 100


def is_plain(value):
    """Whether every JSON library writes the same of ``value``.

    See `zonda._kernel.pure.plain.is_plain`.
    """
    return plain(value, DEPTH)


cdef bint plain(object value, int depth) except -1:
    cdef type kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return True
    if kind is float:
        return isfinite(<double>value)
    if depth == 0:
        return False
    if kind is dict:
        for key, item in (<dict>value).items():
            if not (type(key) is str or type(key) is int) or not plain(item, depth - 1):
                return False
        return True
    if kind is list:
        for item in <list>value:
            if not plain(item, depth - 1):
                return False
        return True
    if kind is tuple:
        for item in <tuple>value:
            if not plain(item, depth - 1):
                return False
        return True
    return False
