"""Wire protocols without I/O: bytes in, events out; events in, bytes out.

Nothing in this room opens a socket, reads a clock or touches an event loop: time and
bytes are arguments. That is what lets the same machines be tested one byte at a time,
fuzzed, and driven by any transport.
"""
