"""WebSocket frames, the native twin (RFC 6455 5).

Contract: `zonda._kernel.pure.frames`. A frame that has arrived whole, and is a whole
message, goes from the input into its str or bytes in one pass. Others are put together in a
bytes object that grows with what has really arrived, text being checked as it comes.
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
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from os import urandom

from zonda._kernel.frame_faults import (
    CONTROL_FRAGMENTED, CONTROL_TOO_LONG, LENGTH_NOT_MINIMAL, LENGTH_TOO_LARGE, MASKED,
    MESSAGE_NOT_COMPLETE, MESSAGE_TOO_BIG, NOT_MASKED, NOT_UTF8, NOTHING_TO_CONTINUE,
    RESERVED_BITS, RESERVED_OPCODE,
)

cdef extern from "Python.h":
    # a raw reference: the object is resized before anybody else sees it
    PyObject* new_bytes "PyBytes_FromStringAndSize"(const char* data, Py_ssize_t size) except NULL
    char* raw_bytes "PyBytes_AS_STRING"(PyObject* data)
    str PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
    void* PyUnicode_DATA(object text)
    str PyUnicode_DecodeUTF8(const char* data, Py_ssize_t size, const char* errors)
    const char* PyUnicode_AsUTF8AndSize(object text, Py_ssize_t* size) except NULL

cdef enum:
    TEXT = 0x1
    BINARY = 0x2
    CONTROL = 0x8
    CLOSE = 0x8
    PONG = 0xA
    RSV1 = 0x40
    FIN = 0x80
    # Messages up to this size get all of their memory at once; larger ones twice what is here.
    AT_ONCE = 1 << 20
    KEY_POOL = 256


cdef struct Utf8:
    # how many bytes the character still needs, and between which the next one lies
    int need
    uint8_t low
    uint8_t high


@cython.final
@cython.auto_pickle(False)
cdef class FrameParser:
    """Turns bytes into messages and control frames, however they are split.

    See `zonda._kernel.pure.frames.FrameParser`.
    """

    cdef readonly bint finished
    cdef readonly uint64_t wire_bytes
    cdef readonly uint64_t message_bytes
    cdef bint masked
    cdef bint fin
    cdef bint reading  # a header is complete, its payload is not
    cdef uint8_t opcode
    cdef uint8_t kind
    cdef uint8_t header_size
    cdef uint8_t control_size
    cdef uint8_t[14] header
    cdef uint8_t[4] key
    cdef Utf8 utf8
    cdef uint64_t left
    cdef Py_ssize_t limit
    cdef Py_ssize_t compressed_limit
    cdef PyObject* message
    cdef Py_ssize_t size
    cdef Py_ssize_t room
    cdef bytes control

    def __init__(self, bint masked, Py_ssize_t limit, Py_ssize_t compressed_limit=-1):
        self.masked = masked
        self.limit = limit
        self.compressed_limit = compressed_limit

    def __dealloc__(self):
        Py_XDECREF(self.message)

    @property
    def partial(self):
        """A frame or a message has begun and not ended."""
        return self.header_size > 0 or self.reading or self.kind > 0

    @cython.critical_section
    def feed(self, bytes data not None):
        """What is complete with ``data``, in order, as pairs of kind and payload."""
        cdef list events = []
        cdef const uint8_t* base = <const uint8_t*>PyBytes_AS_STRING(data)
        cdef const uint8_t* end = base + PyBytes_GET_SIZE(data)
        cdef const uint8_t* p = base
        cdef object fault = None
        while not self.finished and (p < end or (self.reading and not self.left)):
            if not self.reading:
                fault = self.read_header(&p, end)
            else:
                fault = self.read_payload(&p, end, events)
            if fault is not None:
                self.finished = True
                self.drop()
                events.append((0, fault))
        self.wire_bytes += p - base
        return events

    cdef void drop(self) noexcept:
        Py_XDECREF(self.message)
        self.message = NULL
        self.room = 0

    cdef object read_header(self, const uint8_t** at, const uint8_t* end):
        """Read a header as far as it is here; the fault, if there is one."""
        cdef const uint8_t* h = at[0]
        cdef Py_ssize_t had = self.header_size
        cdef Py_ssize_t here = end - h
        cdef int size = 2
        if had:
            if here > 14 - had:
                here = 14 - had
            memcpy(self.header + had, h, here)
            h = self.header
            here += had
        if here >= 2:
            fault = self.check_start(h[0], h[1])
            if fault is not None:
                return fault
            if (h[1] & 127) == 126:
                size += 2
            elif (h[1] & 127) == 127:
                size += 8
            if self.masked:
                size += 4
        if here < size:
            if not had:
                memcpy(self.header, h, here)
            self.header_size = here
            at[0] = end
            return None
        self.header_size = 0
        fault = self.begin(h, size)
        if fault is None:
            at[0] += size - had
        return fault

    cdef object check_start(self, uint8_t first, uint8_t second):
        cdef uint8_t opcode = first & 15
        if opcode > PONG or BINARY < opcode < CONTROL:
            return RESERVED_OPCODE
        if first & 0x30:
            return RESERVED_BITS
        if first & RSV1 and (self.compressed_limit < 0 or opcode == 0 or opcode > BINARY):
            return RESERVED_BITS
        if ((second & 0x80) != 0) != self.masked:
            return NOT_MASKED if self.masked else MASKED
        if opcode >= CONTROL:
            if not first & FIN:
                return CONTROL_FRAGMENTED
            if (second & 127) > 125:
                return CONTROL_TOO_LONG
        elif opcode == 0:
            if not self.kind:
                return NOTHING_TO_CONTINUE
        elif self.kind:
            return MESSAGE_NOT_COMPLETE
        return None

    cdef object begin(self, const uint8_t* h, int size):
        """A whole, acceptable header is here."""
        cdef uint64_t length = h[1] & 127
        cdef uint8_t opcode = h[0] & 15
        cdef Py_ssize_t limit
        cdef int i
        if length == 126:
            length = <uint64_t>h[2] << 8 | h[3]
            if length < 126:
                return LENGTH_NOT_MINIMAL
        elif length == 127:
            length = 0
            for i in range(2, 10):
                length = length << 8 | h[i]
            if length < 65536:
                return LENGTH_NOT_MINIMAL
            if length >> 63:
                return LENGTH_TOO_LARGE
        if opcode < CONTROL:
            if opcode:
                self.kind = h[0] & (RSV1 | 15)
                self.size = 0
                self.utf8.need = 0
            limit = self.compressed_limit if self.kind & RSV1 else self.limit
            if limit < self.size or length > <uint64_t>(limit - self.size):
                return MESSAGE_TOO_BIG
        self.opcode = opcode
        self.fin = (h[0] & FIN) != 0
        self.left = length
        if self.masked:
            memcpy(self.key, h + size - 4, 4)
        self.reading = True
        return None

    cdef object read_payload(self, const uint8_t** at, const uint8_t* end, list events):
        cdef const uint8_t* p = at[0]
        cdef Py_ssize_t size = end - p
        if <uint64_t>size > self.left:
            size = <Py_ssize_t>self.left
        at[0] = p + size
        self.left -= size
        if self.left == 0:
            self.reading = False
        if self.opcode >= CONTROL:
            self.add_control(p, size, events)
            return None
        if self.left == 0 and self.fin and self.size == 0:
            return self.whole_message(p, size, events)
        return self.add(p, size, events)

    cdef object add_control(self, const uint8_t* p, Py_ssize_t size, list events):
        cdef bytes piece = PyBytes_FromStringAndSize(NULL, size)
        unmask(<uint8_t*>PyBytes_AS_STRING(piece), p, size, self)
        self.control = piece if self.control is None else self.control + piece
        if self.left == 0:
            events.append((self.opcode, self.control))
            self.control = None
            if self.opcode == CLOSE:
                self.finished = True

    cdef object whole_message(self, const uint8_t* p, Py_ssize_t size, list events):
        """A message in one frame, all of it here."""
        cdef str text
        cdef bytes payload
        cdef uint8_t* to
        cdef uint8_t kind = self.kind
        self.kind = 0
        if kind == TEXT:
            text = PyUnicode_New(size, 127)
            to = <uint8_t*>PyUnicode_DATA(text)
            if size and unmask(to, p, size, self) & 0x80:
                # Not ASCII: what was to be the text is only the memory it is read from.
                try:
                    text = PyUnicode_DecodeUTF8(<const char*>to, size, NULL)
                except UnicodeDecodeError:
                    return NOT_UTF8
            events.append((TEXT, text))
        else:
            payload = PyBytes_FromStringAndSize(NULL, size)
            if size:
                unmask(<uint8_t*>PyBytes_AS_STRING(payload), p, size, self)
            events.append((kind, payload))
        self.message_bytes += size
        return None

    cdef object add(self, const uint8_t* p, Py_ssize_t size, list events):
        """Add to the message that is being put together."""
        cdef uint8_t* to
        if size:
            self.make_room(size)
            to = <uint8_t*>raw_bytes(self.message) + self.size
            unmask(to, p, size, self)
            self.size += size
            if self.kind == TEXT and not check_utf8(&self.utf8, to, size):
                return NOT_UTF8
        if self.left or not self.fin:
            return None
        if self.kind == TEXT and self.utf8.need:
            return NOT_UTF8
        events.append((self.kind, self.take_message()))
        self.message_bytes += self.size
        self.size = 0
        self.kind = 0
        return None

    cdef object take_message(self):
        if self.message is NULL:
            return "" if self.kind == TEXT else b""
        cdef object payload
        if self.kind == TEXT:
            payload = PyUnicode_DecodeUTF8(raw_bytes(self.message), self.size, NULL)
            self.drop()
            return payload
        self.room = 0
        if self.size and _PyBytes_Resize(&self.message, self.size) < 0:
            raise MemoryError
        payload = <object>self.message
        self.drop()
        return payload

    cdef int make_room(self, Py_ssize_t size) except -1:
        """Room for ``size`` more bytes, and as far as it is wise for those announced."""
        cdef Py_ssize_t need = self.size + size
        cdef Py_ssize_t target
        if need <= self.room:
            return 0
        target = need + <Py_ssize_t>self.left
        if target > AT_ONCE:
            target = max(need, min(target, 2 * need))
        elif not self.fin:
            target = max(target, 2 * need)
        if self.message is NULL:
            self.message = new_bytes(NULL, target)
        elif _PyBytes_Resize(&self.message, target) < 0:
            self.room = 0
            raise MemoryError
        self.room = target
        return 0


cdef uint8_t unmask(uint8_t* to, const uint8_t* p, Py_ssize_t size, FrameParser parser) noexcept:
    """Copy payload and take the mask off; all bytes of the result, or-ed together."""
    if not parser.masked:
        memcpy(to, p, size)
        return or_bytes(to, size)
    cdef uint8_t[4] key
    cdef uint8_t seen = lay_mask(to, p, size, parser.key)
    cdef int i
    if size & 3:
        for i in range(4):
            key[i] = parser.key[(i + size) & 3]
        memcpy(parser.key, key, 4)
    return seen


cdef inline uint8_t or_bytes(const uint8_t* p, Py_ssize_t size) noexcept:
    cdef uint64_t word
    cdef uint64_t seen = 0
    cdef Py_ssize_t i = 0
    while i + 8 <= size:
        memcpy(&word, p + i, 8)
        seen |= word
        i += 8
    while i < size:
        seen |= p[i]
        i += 1
    return 0x80 if seen & <uint64_t>0x8080808080808080 else 0


cdef inline uint8_t lay_mask(
    uint8_t* to, const uint8_t* p, Py_ssize_t size, const uint8_t* key
) noexcept:
    """XOR with the repeated key; 0x80 if a byte of the result has its highest bit set."""
    cdef uint32_t half
    cdef uint64_t pad
    cdef uint64_t word
    cdef uint64_t seen = 0
    cdef Py_ssize_t i = 0
    memcpy(&half, key, 4)
    pad = <uint64_t>half << 32 | half
    while i + 8 <= size:
        memcpy(&word, p + i, 8)
        word ^= pad
        seen |= word
        memcpy(to + i, &word, 8)
        i += 8
    while i < size:
        to[i] = p[i] ^ key[i & 3]
        seen |= to[i]
        i += 1
    return 0x80 if seen & <uint64_t>0x8080808080808080 else 0


cdef bint check_utf8(Utf8* state, const uint8_t* p, Py_ssize_t size) noexcept:
    """Whether the bytes may go on like this (RFC 3629 4); ``state`` is what they left open."""
    cdef const uint8_t* end = p + size
    cdef uint64_t word
    cdef uint8_t byte
    while p < end:
        if state.need:
            if p[0] < state.low or p[0] > state.high:
                return False
            state.need -= 1
            state.low = 0x80
            state.high = 0xBF
            p += 1
            continue
        while end - p >= 8:
            memcpy(&word, p, 8)
            if word & <uint64_t>0x8080808080808080:
                break
            p += 8
        while p < end and p[0] < 0x80:
            p += 1
        if p == end:
            break
        byte = p[0]
        p += 1
        if byte < 0xC2 or byte > 0xF4:
            return False
        state.need = 1 if byte < 0xE0 else (2 if byte < 0xF0 else 3)
        state.low = 0xA0 if byte == 0xE0 else (0x90 if byte == 0xF0 else 0x80)
        state.high = 0x9F if byte == 0xED else (0x8F if byte == 0xF4 else 0xBF)
    return True


@cython.final
@cython.auto_pickle(False)
cdef class FrameEncoder:
    """Builds frames. See `zonda._kernel.pure.frames.FrameEncoder`."""

    cdef readonly uint64_t wire_bytes
    cdef readonly uint64_t message_bytes
    cdef bint masked
    cdef bytes keys
    cdef Py_ssize_t used

    def __init__(self, bint masked):
        self.masked = masked

    @cython.critical_section
    def build(self, int first, payload not None):
        """One frame; a str goes out as UTF-8."""
        cdef const char* body
        cdef Py_ssize_t length
        cdef uint8_t[14] header
        cdef int size
        cdef bytes frame
        cdef uint8_t* to
        if type(payload) is bytes:
            body = PyBytes_AS_STRING(payload)
            length = PyBytes_GET_SIZE(payload)
        elif isinstance(payload, str):
            body = PyUnicode_AsUTF8AndSize(payload, &length)
        else:
            payload = bytes(payload)
            body = PyBytes_AS_STRING(payload)
            length = PyBytes_GET_SIZE(payload)
        size = self.put_header(header, first, length)
        frame = PyBytes_FromStringAndSize(NULL, size + length)
        to = <uint8_t*>PyBytes_AS_STRING(frame)
        memcpy(to, header, size)
        if self.masked:
            lay_mask(to + size, <const uint8_t*>body, length, header + size - 4)
        else:
            memcpy(to + size, body, length)
        self.wire_bytes += size + length
        if not first & CONTROL:
            self.message_bytes += length
        return frame

    @cython.critical_section
    def count(self, uint64_t wire_bytes, uint64_t message_bytes):
        """Take a frame into account that was built elsewhere."""
        self.wire_bytes += wire_bytes
        self.message_bytes += message_bytes

    cdef int put_header(self, uint8_t* header, int first, Py_ssize_t length) except -1:
        cdef uint8_t mask_bit = 0x80 if self.masked else 0
        cdef int size = 2
        cdef int i
        header[0] = <uint8_t>first
        if length < 126:
            header[1] = mask_bit | <uint8_t>length
        elif length < 65536:
            header[1] = mask_bit | 126
            header[2] = <uint8_t>(length >> 8)
            header[3] = <uint8_t>length
            size = 4
        else:
            header[1] = mask_bit | 127
            for i in range(8):
                header[2 + i] = <uint8_t>(<uint64_t>length >> (56 - 8 * i))
            size = 10
        if self.masked:
            if self.keys is None or self.used == KEY_POOL:
                self.keys = urandom(KEY_POOL)
                self.used = 0
            memcpy(header + size, PyBytes_AS_STRING(self.keys) + self.used, 4)
            self.used += 4
            size += 4
        return size


def mask_bytes(bytes key not None, bytes data not None):
    """``data`` with a masking key of four bytes laid over it, or taken off (RFC 6455 5.3).

    See `zonda._kernel.pure.frames.mask_bytes`.
    """
    if PyBytes_GET_SIZE(key) != 4:
        raise ValueError("a masking key has four bytes")
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    cdef bytes masked = PyBytes_FromStringAndSize(NULL, size)
    if size:
        lay_mask(
            <uint8_t*>PyBytes_AS_STRING(masked),
            <const uint8_t*>PyBytes_AS_STRING(data),
            size,
            <const uint8_t*>PyBytes_AS_STRING(key),
        )
    return masked
