"""pycurl, which has no types."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["pycurl"]

pycurl: Any = import_module("pycurl")
