"""Typed face of the native frame parser and encoder: that of the pure twins."""

from zonda._kernel.pure.frames import FrameEncoder as FrameEncoder
from zonda._kernel.pure.frames import FrameParser as FrameParser
from zonda._kernel.pure.frames import mask_bytes as mask_bytes
