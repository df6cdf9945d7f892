"""The runtime side by side: streams, loop, coroutines, queues and locks without any HTTP.

Zonda and Tornado run the same source (`workloads`, `streams`); where asyncio has the same
thing, a third program does it without either. Each measurement is a process of its own.
"""
