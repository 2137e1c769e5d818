"""Processes of the program: waiting for what they do, a full disk, many ranks."""
import resource
import shutil
import signal
import subprocess
import time

import pytest


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def file_limit(size):
    """What stands for a full disk: no file may grow longer. For `preexec_fn`."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def ranks(count, *command, **options):
    """The finished process of the command; with more than one rank, under mpirun."""
    if count > 1 and shutil.which("mpirun") is None:
        pytest.skip("no mpirun")
    mpirun = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(count)] if count > 1 else []
    return subprocess.run([*mpirun, *map(str, command)], capture_output=True, text=True, timeout=120, **options)
