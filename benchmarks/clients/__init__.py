"""One small program per HTTP client; each does the same fetch over and over.

Every program is started as ``python -m benchmarks.clients.<name> KIND URL IN_FLIGHT
SECONDS [...]``, keeps IN_FLIGHT fetches under way for SECONDS after a warm-up
and prints one line of JSON: requests, seconds and CPU seconds of the process. The kinds of
fetches are those of ``benchmarks.clients.harness.CHECKS``.
"""
