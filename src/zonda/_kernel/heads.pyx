"""Request and response heads, the native twin (RFC 9112 2 to 6).

One pass over the bytes accepts a well-formed head and notes where its parts are; nothing
is decoded until it is asked for. A line that the pass does not take is handed to
`zonda._kernel.lines` and `zonda._kernel.rules`, which know every rule and its words: they
raise, say that the line is not complete, or read one of the rarer forms.

Contract: `zonda._kernel.pure.heads`.
"""

cimport cython
from cpython.bytes cimport PyBytes_GET_SIZE
from cpython.unicode cimport PyUnicode_DecodeLatin1
from libc.stdint cimport int64_t, uint8_t, uint32_t
from libc.string cimport memchr, memcmp

from zonda._kernel.fields cimport Field, Fields, text_of, value_of
from zonda._kernel.methods cimport method_name
from zonda._kernel.scan cimport CLASS, HOST, TOKEN, same, skip_target, skip_token, skip_value

from zonda._kernel.errors import (
    BAD_EXPECT,
    BAD_HOST,
    CHUNKED_NOT_LAST,
    CODING_AND_LENGTH,
    CODING_IN_10,
    MANY_HOSTS,
    NO_HOST,
    NOT_HTTP,
    TOO_MANY_FIELDS,
    BadHead,
    fail,
)
from zonda._kernel.lines import (
    check_room,
    line_end,
    split_field,
    split_request_line,
    split_status_line,
)
from zonda._kernel.rules import HEAD_LIMIT, coding_fault, is_host, read_lengths

cdef enum:
    HTAB = 9
    LF = 10
    CR = 13
    SPACE = 32
    COMMA = 44
    COLON = 58

cdef int64_t LIMIT = HEAD_LIMIT

cdef struct Framing:
    # what the fields say about the frame, while they are read
    const uint8_t* length  # the digits of Content-Length, NULL without
    Py_ssize_t length_size
    bint request
    bint chunked
    bint close
    bint keep
    bint upgrade_token
    bint upgrade_field
    bint conditional
    bint coded


@cython.final
@cython.auto_pickle(False)
cdef class RequestHead(Fields):
    """The head of a request; made by `parse_request_head`."""

    @property
    def method(self):
        """As received; case-sensitive."""
        return self.name

    @property
    def target(self):
        """The request target as received (latin-1)."""
        return text_of(self, self.target_begin, self.target_end)

    @property
    def path(self):
        """The raw path, up to the first ``?``; ``*`` or the authority for those forms."""
        if self.path_begin == self.path_end:
            return "/"
        return text_of(self, self.path_begin, self.path_end)

    @property
    def query(self):
        """What follows the first ``?``, or ""."""
        if self.path_end == self.target_end:
            return ""
        return text_of(self, self.path_end + 1, self.target_end)

    @property
    def authority(self):
        """From a target in absolute or authority form, else ""."""
        return text_of(self, self.authority_begin, self.authority_end)

    @property
    def host(self):
        """The authority if there is one, else the Host field, else ""."""
        if self.authority_end > self.authority_begin:
            return text_of(self, self.authority_begin, self.authority_end)
        return value_of(self, self.host_field) if self.host_field >= 0 else ""

    @property
    def expect_continue(self):
        """The client waits for 100 (Continue)."""
        return self.expects

    @property
    def simple(self):
        """A whole GET whose answer needs no special framing."""
        return self.plain


@cython.final
@cython.auto_pickle(False)
cdef class ResponseHead(Fields):
    """The head of a response; made by `parse_response_head`."""

    @property
    def status(self):
        """100 to 999."""
        return self.code

    @property
    def reason(self):
        """The reason phrase (latin-1), often ""."""
        return text_of(self, self.phrase, self.phrase_end)

    @property
    def content(self):
        """That of a success which ends, as it is, where the data does; else None."""
        return self.data[self.end:] if self.plain else None


def parse_request_head(bytes data not None, Py_ssize_t start, int64_t max_size, Py_ssize_t max_fields):
    """The request head that begins at ``data[start]``; None while it is not complete.

    See `zonda._kernel.pure.heads.parse_request_head`.
    """
    cdef RequestHead head = RequestHead.__new__(RequestHead)
    cdef const uint8_t* end = view(head, data, start, max_size, max_fields)
    cdef const uint8_t* p = head.base
    cdef bint full = end - head.base >= min(max_size, LIMIT)
    cdef Framing framing
    clear(&framing, True)
    while end - p >= 2 and p[0] == CR and p[1] == LF:  # RFC 9112 2.2
        p += 2
    if p < end and not CLASS[p[0]] & TOKEN and p[0] != CR and p[0] != LF:
        fail(NOT_HTTP)
    p = request_line(head, p, end)
    if p is NULL:
        check_room(full, at_start_line=True)
        return None
    p = read_fields(head, &framing, p, end, max_fields)
    if p is NULL:
        check_room(full, at_start_line=False)
        return None
    if framing.chunked and framing.length is not NULL:
        fail(CODING_AND_LENGTH)
    if head.host_field < 0 and head.minor > 0:
        fail(NO_HOST)
    conclude(head, &framing, p)
    head.plain = (
        head.name == "GET" and head.minor == 1 and head.keep_alive and not framing.conditional
        and not head.chunked and head.content_length < 0 and not head.upgrade
        and head.end == PyBytes_GET_SIZE(data)
    )
    return head


def parse_response_head(bytes data not None, Py_ssize_t start, int64_t max_size, Py_ssize_t max_fields):
    """The response head that begins at ``data[start]``; None while it is not complete.

    See `zonda._kernel.pure.heads.parse_response_head`.
    """
    try:
        return response_head(data, start, max_size, max_fields)
    except BadHead as error:
        raise BadHead(502, str(error)) from None


cdef ResponseHead response_head(bytes data, Py_ssize_t start, int64_t max_size, Py_ssize_t max_fields):
    cdef ResponseHead head = ResponseHead.__new__(ResponseHead)
    cdef const uint8_t* end = view(head, data, start, max_size, max_fields)
    cdef bint full = end - head.base >= min(max_size, LIMIT)
    cdef Framing framing
    clear(&framing, False)
    cdef const uint8_t* p = status_line(head, head.base, end)
    if p is NULL:
        check_room(full, at_start_line=True)
        return None
    p = read_fields(head, &framing, p, end, max_fields)
    if p is NULL:
        check_room(full, at_start_line=False)
        return None
    conclude(head, &framing, p)
    head.plain = (
        200 <= head.code < 300 and head.code != 204 and head.content_length >= 0
        and head.end + head.content_length == PyBytes_GET_SIZE(data)
        and head.keep_alive and not framing.coded
    )
    return head


cdef const uint8_t* view(
    Fields head, bytes data, Py_ssize_t start, int64_t max_size, Py_ssize_t max_fields
) except NULL:
    """Point ``head`` at its bytes; returns the end of those that may belong to it."""
    cdef Py_ssize_t size = PyBytes_GET_SIZE(data)
    if not 0 <= start <= size or max_size < 0 or max_fields < 0:
        raise ValueError("start must lie within data, and no limit may be negative")
    head.attach(data, start)
    return head.base + min(<int64_t>(size - start), min(max_size, LIMIT))


cdef inline void clear(Framing* framing, bint request) noexcept:
    framing.length = NULL
    framing.length_size = 0
    framing.request = request
    framing.chunked = False
    framing.close = False
    framing.keep = False
    framing.upgrade_token = False
    framing.upgrade_field = False
    framing.conditional = False
    framing.coded = False


cdef int conclude(Fields head, Framing* framing, const uint8_t* p) except -1:
    """Settle the facts of a complete head that ends at ``p`` (RFC 9112 6.3 and 9.3)."""
    cdef Py_ssize_t i
    head.end = head.start + (p - head.base)
    head.chunked = framing.chunked
    head.keep_alive = not framing.close and (head.minor > 0 or framing.keep)
    head.upgrade = framing.upgrade_token and framing.upgrade_field and head.minor > 0
    head.content_length = -1
    if framing.length is not NULL:
        if framing.chunked:
            head.keep_alive = False
        else:
            head.content_length = 0
            for i in range(framing.length_size):
                head.content_length = 10 * head.content_length + (framing.length[i] - 48)
    return 0


cdef const uint8_t* request_line(RequestHead head, const uint8_t* p, const uint8_t* end) except? NULL:
    """Read the usual kind of request line; past its CRLF, or NULL while incomplete."""
    cdef const uint8_t* base = head.base
    cdef const uint8_t* target = skip_token(p, end)
    if end - target < 2 or target[0] != SPACE or target[1] != 47 or target == p:
        return odd_request_line(head, p, end)
    head.name = method_name(p, target - p)
    target += 1
    cdef const uint8_t* q = skip_target(target, end)
    if (
        end - q < 11 or q[0] != SPACE or memcmp(q + 1, b"HTTP/1.", 7) != 0
        or not 48 <= q[8] <= 57 or q[9] != CR or q[10] != LF or head.name == "CONNECT"
    ):
        return odd_request_line(head, p, end)
    cdef const uint8_t* mark = <const uint8_t*>memchr(target, 63, q - target)
    head.minor = q[8] - 48
    head.target_begin = target - base
    head.target_end = q - base
    head.path_begin = head.target_begin
    head.path_end = head.target_end if mark is NULL else mark - base
    return q + 11


cdef const uint8_t* odd_request_line(RequestHead head, const uint8_t* p, const uint8_t* end) except? NULL:
    """Read a line that is incomplete, wrong, or has its target in another form."""
    cdef Py_ssize_t begin = head.start + (p - head.base)
    cdef Py_ssize_t at = line_end(head.data, begin, head.start + (end - head.base))
    if at < 0:
        return NULL
    line = split_request_line(head.data[begin:at].decode("latin-1"))
    head.name = line.method
    head.minor = line.minor
    head.target_begin = (p - head.base) + len(head.name) + 1
    head.target_end = head.target_begin + len(line.target)
    head.authority_begin = head.target_begin + line.authority
    head.authority_end = head.target_begin + line.authority_end
    head.path_begin = head.target_begin + line.path
    head.path_end = head.target_begin + line.path_end
    return p + (at - begin) + 2


cdef const uint8_t* status_line(ResponseHead head, const uint8_t* p, const uint8_t* end) except? NULL:
    """Read a status line; past its CRLF, or NULL while incomplete."""
    cdef const uint8_t* q
    if (
        end - p < 14 or memcmp(p, b"HTTP/1.", 7) != 0 or not 48 <= p[7] <= 57 or p[8] != SPACE
        or not 49 <= p[9] <= 57 or not 48 <= p[10] <= 57 or not 48 <= p[11] <= 57
    ):
        return odd_status_line(head, p, end)
    q = p + 12
    if q[0] == SPACE:
        q = skip_value(q + 1, end)
    if end - q < 2 or q[0] != CR or q[1] != LF:
        return odd_status_line(head, p, end)
    head.minor = p[7] - 48
    head.code = 100 * (p[9] - 48) + 10 * (p[10] - 48) + (p[11] - 48)
    head.phrase_end = q - head.base
    head.phrase = min(<uint32_t>(p + 13 - head.base), head.phrase_end)
    return q + 2


cdef const uint8_t* odd_status_line(ResponseHead head, const uint8_t* p, const uint8_t* end) except? NULL:
    """NULL for a status line that is incomplete; an error for one that is wrong."""
    cdef Py_ssize_t at = line_end(head.data, head.start, head.start + (end - p))
    if at >= 0:
        split_status_line(head.data[head.start:at].decode("latin-1"))
        raise AssertionError("a good status line was not recognised")
    return NULL


cdef const uint8_t* read_fields(
    Fields head, Framing* framing, const uint8_t* p, const uint8_t* end, Py_ssize_t max_fields
) except? NULL:
    """Read field lines up to the blank line; past that, or NULL while incomplete."""
    cdef const uint8_t* base = head.base
    cdef const uint8_t* colon
    cdef const uint8_t* value
    cdef const uint8_t* stop
    cdef const uint8_t* last
    cdef Field* field
    while True:
        colon = skip_token(p, end)
        if colon == end:
            return NULL
        if colon[0] != COLON or colon == p:
            if colon == p and colon[0] == CR and end - p >= 2 and p[1] == LF:
                return p + 2
            return odd_field(head, p, end, max_fields)
        value = colon + 1
        while value < end and (value[0] == SPACE or value[0] == HTAB):
            value += 1
        stop = skip_value(value, end)
        if end - stop < 2 or stop[0] != CR or stop[1] != LF or head.count >= max_fields:
            return odd_field(head, p, end, max_fields)
        last = stop
        while last > value and ((last - 1)[0] == SPACE or (last - 1)[0] == HTAB):
            last -= 1
        field = head.add()
        field.name = p - base
        field.name_end = colon - base
        field.value = value - base
        field.value_end = last - base
        read_framing(head, framing, p, colon - p, value, last)
        head.count += 1
        p = stop + 2


cdef const uint8_t* odd_field(
    Fields head, const uint8_t* p, const uint8_t* end, Py_ssize_t max_fields
) except? NULL:
    """NULL for a field line that is incomplete; an error for one that is wrong."""
    cdef Py_ssize_t begin = head.start + (p - head.base)
    cdef Py_ssize_t at = line_end(head.data, begin, head.start + (end - head.base))
    if at < 0:
        return NULL
    if head.count >= max_fields:
        fail(TOO_MANY_FIELDS)
    split_field(head.data[begin:at].decode("latin-1"))
    raise AssertionError("a good field line was not recognised")


cdef inline int read_framing(
    Fields head, Framing* framing, const uint8_t* name, Py_ssize_t size,
    const uint8_t* value, const uint8_t* end,
) except -1:
    """Act on the fields that frame the message; all others fall through at once."""
    if size == 4:
        if framing.request and same(name, b"host", 4):
            return add_host(head, value, end)
    elif size == 10:
        if same(name, b"connection", 10):
            add_connection(framing, value, end)
    elif size == 14:
        if same(name, b"content-length", 14):
            return add_length(framing, value, end)
    elif size == 17:
        if same(name, b"transfer-encoding", 17):
            return add_coding(head, framing, value, end)
    elif size == 7:
        if same(name, b"upgrade", 7):
            framing.upgrade_field = True
    elif size == 6:
        if framing.request and same(name, b"expect", 6):
            return add_expect(head, value, end)
    elif size == 13:
        if same(name, b"if-none-match", 13):
            framing.conditional = True
    elif size == 16:
        if same(name, b"content-encoding", 16):
            framing.coded = True
    return 0


cdef int add_host(Fields head, const uint8_t* value, const uint8_t* end) except -1:
    """Host: at most one, well-formed, possibly empty (RFC 9112 3.2)."""
    cdef const uint8_t* p = value
    cdef Py_ssize_t digits = 0
    cdef int port = 0
    if head.host_field >= 0:
        fail(MANY_HOSTS)
    head.host_field = head.count
    while p < end and CLASS[p[0]] & HOST:
        p += 1
    if p < end and p[0] == COLON:
        p += 1
        while p < end and digits < 5 and 48 <= p[0] <= 57:
            port = 10 * port + (p[0] - 48)
            digits += 1
            p += 1
    if (p < end or port > 65535) and not is_host(decode(value, end)):
        fail(BAD_HOST)
    return 0


cdef void add_connection(Framing* framing, const uint8_t* p, const uint8_t* end) noexcept:
    """Connection: the options that this hop acts on (RFC 9110 7.6.1)."""
    cdef const uint8_t* begin
    cdef const uint8_t* last
    while True:
        while p < end and (p[0] == SPACE or p[0] == HTAB):
            p += 1
        begin = p
        while p < end and p[0] != COMMA:
            p += 1
        last = p
        while last > begin and ((last - 1)[0] == SPACE or (last - 1)[0] == HTAB):
            last -= 1
        if last - begin == 10:
            framing.keep |= same(begin, b"keep-alive", 10)
        elif last - begin == 5:
            framing.close |= same(begin, b"close", 5)
        elif last - begin == 7:
            framing.upgrade_token |= same(begin, b"upgrade", 7)
        if p == end:
            return
        p += 1


cdef int add_length(Framing* framing, const uint8_t* value, const uint8_t* end) except -1:
    """Content-Length: one number, or the same digits again and again (RFC 9112 6.3)."""
    cdef const uint8_t* p = value
    while p < end and 48 <= p[0] <= 57:
        p += 1
    if p < end or not 0 < end - value <= 18 or framing.length is not NULL:
        known = None
        if framing.length is not NULL:
            known = decode(framing.length, framing.length + framing.length_size)
        digits = read_lengths(decode(value, end), known)
        p = value + len(digits)  # the first member, which all others equal
    framing.length = value
    framing.length_size = p - value
    return 0


cdef int add_coding(Fields head, Framing* framing, const uint8_t* value, const uint8_t* end) except -1:
    """Transfer-Encoding: ``chunked`` alone and once (RFC 9112 6.1)."""
    if head.minor == 0:
        fail(CODING_IN_10)
    if framing.chunked:
        fail(CHUNKED_NOT_LAST)
    if end - value != 7 or not same(value, b"chunked", 7):
        fail(coding_fault(decode(value, end)))
    framing.chunked = True
    return 0


cdef int add_expect(Fields head, const uint8_t* value, const uint8_t* end) except -1:
    """Expect: 100-continue, which HTTP/1.0 may not ask for (RFC 9110 10.1.1)."""
    if end - value != 12 or not same(value, b"100-continue", 12):
        fail(BAD_EXPECT)
    head.expects = head.minor > 0
    return 0


cdef inline str decode(const uint8_t* begin, const uint8_t* end):
    return PyUnicode_DecodeLatin1(<const char*>begin, end - begin, NULL)
