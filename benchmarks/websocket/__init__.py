"""WebSocket servers side by side: echoes, compression, a room of 500, idle connections.

Every library has a program in ``servers`` that answers all rows; one C program (``load.c``)
puts load on all of them.
"""
