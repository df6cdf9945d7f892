"""What a WebSocket frame can do wrong: one table, read by both twins.

The numbers are the close codes to answer with (RFC 6455 7.4.1).
"""

from zonda._kernel.errors import Fault

# Frames (RFC 6455 5.2)
RESERVED_BITS = Fault(1002, "reserved bits are set without an extension that uses them")
RESERVED_OPCODE = Fault(1002, "reserved opcode")
NOT_MASKED = Fault(1002, "frame from a client is not masked")
MASKED = Fault(1002, "frame from a server is masked")
LENGTH_NOT_MINIMAL = Fault(1002, "payload length is not encoded in the fewest bytes")
LENGTH_TOO_LARGE = Fault(1002, "payload length has its most significant bit set")

# Messages (RFC 6455 5.4, 5.5, 5.6)
CONTROL_FRAGMENTED = Fault(1002, "control frame is fragmented")
CONTROL_TOO_LONG = Fault(1002, "control frame has more than 125 bytes of payload")
NOTHING_TO_CONTINUE = Fault(1002, "continuation frame without a message to continue")
MESSAGE_NOT_COMPLETE = Fault(1002, "new message before the last fragment of the previous one")
NOT_UTF8 = Fault(1007, "text is not UTF-8")
MESSAGE_TOO_BIG = Fault(1009, "message too big")
