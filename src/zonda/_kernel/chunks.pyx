"""The chunked transfer coding, the native twin (RFC 9112 7.1).

Contract: `zonda._kernel.pure.chunks`. A plain size line that has arrived whole is read in
place; one that has extensions or is split, and the trailer section, are collected and
judged by the functions that the pure twin uses.
"""

cimport cython
from cpython.bytes cimport (
    PyBytes_AS_STRING,
    PyBytes_FromStringAndSize,
    PyBytes_GET_SIZE,
    _PyBytes_Resize,
)
from cpython.object cimport PyObject
from cpython.ref cimport Py_XDECREF
from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

from zonda._kernel.errors import (
    BARE_CR,
    BARE_LF,
    CHUNK_LINE_TOO_LONG,
    NO_CHUNK_END,
    TOO_MANY_FIELDS,
    TRAILER_TOO_LARGE,
    BadHead,
    Fault,
    fail,
)
from zonda._kernel.lines import read_chunk_size, split_field

cdef extern from "Python.h":
    # a raw reference: the object is resized before anybody else sees it
    PyObject* new_bytes "PyBytes_FromStringAndSize"(const char* data, Py_ssize_t size) except NULL
    char* raw_bytes "PyBytes_AS_STRING"(PyObject* data)

cdef enum:
    LF = 10
    CR = 13

cdef enum Step:
    SIZE_LINE
    CHUNK_END
    TRAILER


cdef struct Output:
    # the body bytes of one feed: one run is a span, several are copied together
    const uint8_t* run
    Py_ssize_t size
    PyObject* joined
    Py_ssize_t used
    # where the line or the end of a chunk begins that is being read
    Py_ssize_t at


@cython.final
@cython.auto_pickle(False)
cdef class ChunkDecoder:
    """Takes a chunked body off the wire, however it is split.

    See `zonda._kernel.pure.chunks.ChunkDecoder`.
    """

    cdef readonly bint done
    cdef readonly Py_ssize_t position
    cdef readonly list trailers
    cdef Py_ssize_t max_line
    cdef Py_ssize_t room
    cdef Py_ssize_t room_fields
    cdef uint64_t left
    cdef Step step
    cdef bint cr
    cdef bytearray line
    cdef object fault

    def __init__(
        self, Py_ssize_t max_line=4096, Py_ssize_t max_trailer_size=65536,
        Py_ssize_t max_trailer_fields=100,
    ):
        self.trailers = []
        self.line = bytearray()
        self.max_line = max_line
        self.room = max_trailer_size
        self.room_fields = max_trailer_fields

    @cython.critical_section
    def feed(self, bytes data not None, Py_ssize_t start=0):
        """The body bytes in ``data[start:]``, joined; b"" when there are none.

        See `zonda._kernel.pure.chunks.ChunkDecoder.feed`.
        """
        cdef Output out
        if self.fault is not None:
            fail(self.fault)
        if not 0 <= start <= PyBytes_GET_SIZE(data):
            raise ValueError("start must lie within data")
        out.run = NULL
        out.size = 0
        out.joined = NULL
        out.used = 0
        try:
            self.position = self.decode(data, start, &out)
        except BadHead as error:
            self.fault = fault_of(error)
            if out.run is NULL:
                raise
            self.position = out.at
        except BaseException:
            Py_XDECREF(out.joined)
            raise
        if out.run is NULL:
            return b""
        if out.joined is NULL:
            if out.size == PyBytes_GET_SIZE(data):
                return data
            return PyBytes_FromStringAndSize(<const char*>out.run, out.size)
        return finish(&out)

    cdef Py_ssize_t decode(self, bytes data, Py_ssize_t start, Output* out) except -1:
        """Read up to the end of ``data`` or of the body; the offset where that is."""
        cdef const uint8_t* base = <const uint8_t*>PyBytes_AS_STRING(data)
        cdef const uint8_t* end = base + PyBytes_GET_SIZE(data)
        cdef const uint8_t* p = base + start
        cdef Py_ssize_t size
        while p < end and not self.done:
            if self.left:
                size = end - p
                if <uint64_t>size > self.left:
                    size = <Py_ssize_t>self.left
                append(out, p, size, end)
                self.left -= size
                p += size
                continue
            out.at = p - base
            if self.step == SIZE_LINE:
                p = self.size_line(p, end)
            elif self.step == CHUNK_END:
                p = self.chunk_end(p)
            else:
                p = self.trailer_line(p, end)
        return p - base

    cdef const uint8_t* size_line(self, const uint8_t* p, const uint8_t* end) except NULL:
        cdef const uint8_t* q = p
        cdef uint64_t size = 0
        cdef int digit
        cdef str line
        if not self.cr and not self.line:
            while q < end and q - p < 16:
                digit = hex_digit(q[0])
                if digit < 0:
                    break
                size = size << 4 | <uint64_t>digit
                q += 1
            if end - q >= 2 and q > p and q[0] == CR and q[1] == LF and q - p <= self.max_line:
                self.begin_chunk(size)
                return q + 2
        line = self.take_line(&p, end, self.max_line, CHUNK_LINE_TOO_LONG)
        if line is not None:
            self.begin_chunk(read_chunk_size(line))
        return p

    cdef inline void begin_chunk(self, uint64_t size) noexcept:
        self.left = size
        self.step = CHUNK_END if size else TRAILER

    cdef const uint8_t* chunk_end(self, const uint8_t* p) except NULL:
        if p[0] != (LF if self.cr else CR):
            fail(NO_CHUNK_END)
        if self.cr:
            self.step = SIZE_LINE
        self.cr = not self.cr
        return p + 1

    cdef const uint8_t* trailer_line(self, const uint8_t* p, const uint8_t* end) except NULL:
        cdef str line = self.take_line(&p, end, self.room - 2, TRAILER_TOO_LARGE)
        if line is None:
            return p
        self.room -= len(line) + 2
        if not line:
            self.done = True
        elif len(self.trailers) >= self.room_fields:
            fail(TOO_MANY_FIELDS)
        else:
            self.trailers.append(split_field(line))
        return p

    cdef str take_line(self, const uint8_t** at, const uint8_t* end, Py_ssize_t limit, fault):
        """The next line without its CRLF, or None; moves ``at`` behind what was used."""
        cdef const uint8_t* p = at[0]
        cdef const uint8_t* q = p
        if self.cr:
            if p[0] != LF:
                fail(BARE_CR)
            at[0] = p + 1
            return self.whole_line()
        while q < end and q[0] != CR and q[0] != LF:
            q += 1
        if <Py_ssize_t>len(self.line) + (q - p) > limit:
            fail(fault)
        self.line += p[:q - p]
        at[0] = q
        if q == end:
            return None
        if q[0] == LF:
            fail(BARE_LF)
        at[0] = q + 1
        if q + 1 == end:
            self.cr = True
            return None
        if q[1] != LF:
            fail(BARE_CR)
        at[0] = q + 2
        return self.whole_line()

    cdef str whole_line(self):
        cdef str line = self.line.decode("latin-1")
        self.line.clear()
        self.cr = False
        return line


cdef object fault_of(error):
    """What was wrong; the error itself, kept, would be a reference cycle."""
    return Fault(error.status, str(error))


cdef inline int hex_digit(uint8_t byte) noexcept nogil:
    """Value of a hexadecimal digit, or -1."""
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32
    if 97 <= byte <= 102:
        return byte - 87
    return -1


cdef inline int append(Output* out, const uint8_t* run, Py_ssize_t size, const uint8_t* end) except -1:
    """Add ``size`` body bytes; what may still follow lies before ``end``."""
    if out.run is NULL:
        out.run = run
        out.size = size
        return 0
    if out.joined is NULL:
        out.joined = new_bytes(NULL, out.size + (end - run))
        memcpy(raw_bytes(out.joined), out.run, out.size)
        out.used = out.size
    memcpy(raw_bytes(out.joined) + out.used, run, size)
    out.used += size
    return 0


cdef bytes finish(Output* out):
    """The joined runs, cut to size."""
    if _PyBytes_Resize(&out.joined, out.used) < 0:
        raise MemoryError
    cdef bytes body = <bytes>out.joined
    Py_XDECREF(out.joined)  # body holds its own reference
    return body
