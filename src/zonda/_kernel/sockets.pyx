"""One system call on a non-blocking file descriptor, the native twin (POSIX).

Contract: `zonda._kernel.pure.sockets`. The GIL is kept: the calls do not wait, and giving
it up and taking it back costs more than they do. The buffer is on the stack, so that
threads of a free-threaded build share nothing.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_SetFromErrno
from libc.errno cimport EAGAIN, EINTR, ENOTSOCK, errno

cdef extern from *:
    """
    #include <errno.h>
    #include <sys/types.h>
    #include <sys/socket.h>
    #include <unistd.h>
    #ifndef MSG_NOSIGNAL  /* macOS; Python ignores SIGPIPE anyway */
    #define MSG_NOSIGNAL 0
    #endif
    """
    int EWOULDBLOCK
    int MSG_DONTWAIT
    int MSG_NOSIGNAL
    ssize_t recv(int fd, void* buffer, size_t size, int flags) nogil
    ssize_t send(int fd, const void* data, size_t size, int flags) nogil
    ssize_t read(int fd, void* buffer, size_t size) nogil
    ssize_t write(int fd, const void* data, size_t size) nogil

cdef enum:
    RECV_LIMIT = 65536


def recv_some(int fd, Py_ssize_t limit):
    """What can be read from ``fd`` at once; at most ``limit`` and 65536 bytes.

    See `zonda._kernel.pure.sockets.recv_some`.
    """
    cdef char[RECV_LIMIT] buffer
    if limit <= 0:
        raise ValueError("limit must be positive")
    if limit > RECV_LIMIT:
        limit = RECV_LIMIT
    cdef ssize_t size = recv(fd, buffer, limit, MSG_DONTWAIT)
    if size < 0 and errno == ENOTSOCK:
        size = read(fd, buffer, limit)
    if size < 0:
        if errno == EAGAIN or errno == EWOULDBLOCK or errno == EINTR:
            return None
        PyErr_SetFromErrno(OSError)
    return PyBytes_FromStringAndSize(buffer, size)


def send_some(int fd, data not None):
    """Write what ``fd`` takes of ``data`` at once and return how many bytes that were.

    See `zonda._kernel.pure.sockets.send_some`.
    """
    cdef Py_buffer view
    if type(data) is bytes:
        return push(fd, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        return push(fd, view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


cdef Py_ssize_t push(int fd, const void* data, Py_ssize_t size) except -1:
    cdef ssize_t sent = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL)
    if sent < 0 and errno == ENOTSOCK:
        sent = write(fd, data, size)
    if sent < 0:
        if errno == EAGAIN or errno == EWOULDBLOCK or errno == EINTR:
            return 0
        PyErr_SetFromErrno(OSError)
    return sent
