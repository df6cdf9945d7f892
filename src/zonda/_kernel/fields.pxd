"""A head's fields as spans, and what requests and responses share."""

from cpython.unicode cimport PyUnicode_DecodeLatin1
from libc.stdint cimport int64_t, uint8_t, uint32_t

cdef enum:
    INLINE = 20  # fields kept inside the object; with more, they move to the heap


cdef struct Field:
    # offsets from the start of the head
    uint32_t name
    uint32_t name_end
    uint32_t value
    uint32_t value_end


cdef class Fields:
    # The kinds of head add no C attributes, so that they share this class's free list.
    cdef bytes data
    cdef const uint8_t* base
    cdef Field* fields
    cdef Py_ssize_t count
    cdef Py_ssize_t capacity
    cdef readonly Py_ssize_t start
    cdef readonly Py_ssize_t end
    cdef readonly int64_t content_length
    cdef readonly int minor
    cdef readonly bint chunked
    cdef readonly bint keep_alive
    cdef readonly bint upgrade
    cdef bint plain
    # of a request
    cdef str name
    cdef bint expects
    cdef Py_ssize_t host_field
    cdef uint32_t target_begin, target_end, authority_begin, authority_end, path_begin, path_end
    # of a response
    cdef int code
    cdef uint32_t phrase, phrase_end

    cdef Field[INLINE] inside

    cdef int attach(self, bytes data, Py_ssize_t start) except -1
    cdef Field* add(self) except NULL


cdef inline str text_of(Fields head, uint32_t begin, uint32_t end):
    """The bytes between two offsets."""
    return PyUnicode_DecodeLatin1(<const char*>head.base + begin, end - begin, NULL)


cdef inline str value_of(Fields head, Py_ssize_t index):
    """The value of a field."""
    return text_of(head, head.fields[index].value, head.fields[index].value_end)
