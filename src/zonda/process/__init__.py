"""Several processes: forking servers, child programs whose pipes are streams, and signals.

POSIX only; on Windows the module can be imported, and `Subprocess` works without ``STREAM``.
"""

from subprocess import CalledProcessError

from zonda.process.child import Subprocess
from zonda.process.forking import cpu_count, fork_processes, task_id
from zonda.process.signals import wait_for_signal

__all__ = [
    "CalledProcessError",
    "Subprocess",
    "cpu_count",
    "fork_processes",
    "task_id",
    "wait_for_signal",
]
