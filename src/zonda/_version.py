"""The one place that knows Zonda's version."""

__version__ = "0.1.0"
