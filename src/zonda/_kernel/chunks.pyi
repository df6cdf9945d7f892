"""Typed face of the native chunk decoder: that of the pure twin."""

from zonda._kernel.pure.chunks import ChunkDecoder as ChunkDecoder
