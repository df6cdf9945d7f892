"""Typed face of the native twin: that of the pure one."""

from zonda._kernel.pure.plain import is_plain as is_plain
