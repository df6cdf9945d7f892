"""A head's fields, looked up on the raw bytes and decoded when asked for; the native twin.

Contract: `zonda._kernel.pure.heads`.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING
from cpython.mem cimport PyMem_Free, PyMem_Malloc, PyMem_Realloc
from libc.stdint cimport uint8_t
from libc.string cimport memcpy

from zonda._kernel.scan cimport LOWER

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object text)
    void* PyUnicode_DATA(object text)
    Py_ssize_t PyUnicode_GET_LENGTH(object text)

cdef tuple VERSIONS = tuple([f"HTTP/1.{minor}" for minor in range(10)])


@cython.freelist(16)
@cython.auto_pickle(False)
cdef class Fields:
    """What requests and responses share: spans of their fields, facts about their frame."""

    def __init__(self):
        raise TypeError("heads are made by parse_request_head and parse_response_head")

    def __dealloc__(self):
        if self.fields is not NULL and self.fields is not self.inside:
            PyMem_Free(self.fields)

    cdef int attach(self, bytes data, Py_ssize_t start) except -1:
        """Begin at an offset of ``data``, without any field yet."""
        self.data = data
        self.base = <const uint8_t*>PyBytes_AS_STRING(data) + start
        self.start = start
        self.fields = self.inside
        self.capacity = INLINE
        self.host_field = -1
        return 0

    cdef Field* add(self) except NULL:
        """Room for one more field, at index ``count``; the caller counts it."""
        cdef Field* fields = self.fields
        if self.count == self.capacity:
            if fields is self.inside:
                fields = <Field*>PyMem_Malloc(2 * INLINE * sizeof(Field))
                if fields is not NULL:
                    memcpy(fields, self.inside, INLINE * sizeof(Field))
            else:
                fields = <Field*>PyMem_Realloc(fields, 2 * self.capacity * sizeof(Field))
            if fields is NULL:
                raise MemoryError
            self.fields = fields
            self.capacity *= 2
        return &fields[self.count]

    @property
    def version(self):
        """``HTTP/1.x`` as received."""
        return VERSIONS[self.minor]

    def get(self, str name not None, default=None):
        """The value of the field called ``name`` in any case, several joined with ","."""
        cdef Py_ssize_t index = find(self, name, 0)
        if index < 0:
            return default
        cdef Py_ssize_t other = find(self, name, index + 1)
        if other < 0:
            return value_of(self, index)
        return ",".join(self.get_all(name))

    def get_all(self, str name not None):
        """The values of all fields called ``name`` in any case, in order."""
        cdef list values = []
        cdef Py_ssize_t index = find(self, name, 0)
        while index >= 0:
            values.append(value_of(self, index))
            index = find(self, name, index + 1)
        return values

    def has(self, str name not None):
        """Whether a field is called ``name`` in any case."""
        return find(self, name, 0) >= 0

    def items(self):
        """All fields as received, in order."""
        cdef list pairs = []
        cdef Py_ssize_t index
        for index in range(self.count):
            pairs.append(
                (text_of(self, self.fields[index].name, self.fields[index].name_end), value_of(self, index))
            )
        return pairs

    def __len__(self):
        return self.count

    def __bool__(self):
        return True


cdef Py_ssize_t find(Fields head, str name, Py_ssize_t index) except -2:
    """Index of the first field called ``name`` from ``index`` on, or -1."""
    if not PyUnicode_IS_ASCII(name):
        return -1
    cdef const uint8_t* wanted = <const uint8_t*>PyUnicode_DATA(name)
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(name)
    cdef Py_ssize_t i
    cdef const uint8_t* p
    while index < head.count:
        if <Py_ssize_t>(head.fields[index].name_end - head.fields[index].name) == size:
            p = head.base + head.fields[index].name
            i = 0
            while i < size and LOWER[p[i]] == LOWER[wanted[i]]:
                i += 1
            if i == size:
                return index
        index += 1
    return -1
