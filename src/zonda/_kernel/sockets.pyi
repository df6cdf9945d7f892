"""Typed face of the native socket calls: that of the pure twins."""

from zonda._kernel.pure.sockets import recv_some as recv_some
from zonda._kernel.pure.sockets import send_some as send_some
