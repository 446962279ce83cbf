"""Core's work on PyTorch's OpenMP workers: as many, same bits, none after a fork."""

import os
import subprocess
import sys

import pytest

THREADS = "LAVA_DL_NUM_THREADS"
SCRIPT = """
import os
import numpy as np
import torch
from lava.lib.dl.core import _training, training

torch.set_num_threads({torch_threads})
x = np.random.default_rng(1).random((4, 8, 64, 300)).astype(np.float32)
decays, states = [np.float32([400])] * 2, [np.float32(0)] * 2

def spikes():
    threshold = training.Threshold(1.0, 4096.0)
    result = training.neuron_forward(training.CUBA, [x], decays, states, threshold)
    return result.outputs[0]

_training.set_thread_count(1)
alone = spikes()
assert alone.any()
_training.set_thread_count(4)
for _ in range(20):
    torch.rand(400, 400) @ torch.rand(400, 400)
    assert np.array_equal(spikes(), alone)
child = os.fork()
if child == 0:
    os._exit(0 if np.array_equal(spikes(), alone) else 1)
assert os.waitpid(child, 0)[1] == 0
assert np.array_equal(spikes(), alone)
"""


COUNTS = """
import os
import torch
from lava.lib.dl import core

torch.set_num_threads({torch_threads})
assert core.get_num_threads() == {torch_threads}
if os.fork() == 0:
    torch.set_num_threads(1)  # as workers of a DataLoader do
    os._exit(core.get_num_threads())
assert os.waitstatus_to_exitcode(os.wait()[1]) == 1
core.set_num_threads(2)
assert core.get_num_threads() == 2
core.set_num_threads(None)
assert core.get_num_threads() == {torch_threads}
"""


def run(script, **variables):
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script]
    unset = {name: value for name, value in os.environ.items() if name != THREADS}
    subprocess.run(command, check=True, timeout=120, env=unset | variables)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("torch_threads", [1, 4, 7])
def test_spikes_beside_torch_and_after_a_fork(torch_threads):
    run(SCRIPT.format(torch_threads=torch_threads))


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for OpenMP's runtimes")
@pytest.mark.parametrize("torch_threads", [1, 4, 7])
def test_as_many_threads_as_torch_where_none_are_set(torch_threads):
    run(COUNTS.format(torch_threads=torch_threads))


def test_the_variable_holds_where_a_choice_is_taken_back():
    taken_back = "core.set_num_threads(2); core.set_num_threads(None)"
    script = f"from lava.lib.dl import core; {taken_back}"
    run(f"{script}; assert core.get_num_threads() == 3", **{THREADS: "3"})
