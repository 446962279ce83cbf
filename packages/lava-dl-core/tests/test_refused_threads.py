"""Where the system refuses threads, those that are there do the work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

resource = pytest.importorskip("resource")

SCRIPT = """
import threading
import numpy as np
import lava.lib.dl.core as core
from lava.lib.dl.core import runtime, training

try:
    threading.Thread(target=print).start()
    print("a thread started")
except RuntimeError:
    pass
x = np.random.default_rng(1).random((16, 3, 4), np.float32)
kernel = runtime.Kernel({"kind": "none", "inputs": 4, "neurons": 4})
outputs = [kernel.run(x, kernel.memory(16), threads=n)[0] for n in (1, 16)]
assert np.array_equal(*outputs)
x = np.random.default_rng(1).random((8, 8, 64, 100), np.float32)
shift = training.shift_settings(1.0)
for count in (1, 100):
    core.set_num_threads(count)
    late = training.run("delay", [x], shift, parameters=[np.ones(1, np.float32)])
    outputs += late.outputs
assert np.array_equal(*outputs[2:])
print("equal")
"""


def no_stack_fits():
    """Threads' stacks as large as all memory there may be."""
    resource.setrlimit(resource.RLIMIT_STACK, (2**47, resource.RLIM_INFINITY))


@pytest.mark.skipif(sys.platform != "linux", reason="needs glibc's stacks")
def test_the_bits_are_those_of_one_thread():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        env={"OPENBLAS_NUM_THREADS": "1", **os.environ},
        preexec_fn=no_stack_fits,
    )
    assert (done.returncode, done.stdout) == (0, "equal\n"), done.stderr
