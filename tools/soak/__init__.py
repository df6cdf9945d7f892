"""Load and faults on a real server, bounded and on loopback: ``make soak``."""
