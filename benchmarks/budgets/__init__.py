"""What CI can check without noise: instructions and allocations per request.

``python -m benchmarks.budgets`` compares with ``budgets.json``; ``--update`` writes it.
Counts are taken in one process and on one loop, so they do not depend on how busy the
machine is: CPU time says how fast we are, these say when a change made us slower.
"""
