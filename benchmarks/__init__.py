"""Zonda beside its peers: requests/s and CPU µs/request from one command.

``python -m benchmarks`` measures, ``python -m benchmarks.budgets`` counts what
cannot be noisy. ``benchmarks/README.md`` says how and why.
"""
