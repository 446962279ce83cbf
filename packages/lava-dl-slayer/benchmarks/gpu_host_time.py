"""Times what Python does for a launch on a GPU: on a CPU, the launch itself left out.

    python benchmarks/gpu_host_time.py [--calls N]

Prints microseconds of processor time a launch of each neuron's kernels, allocation of
the outputs included, and fails above the goal.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

import torch
from host_time import microseconds

from lava.lib.dl.core import _training
from lava.lib.dl.slayer._settings import Settings
from lava.lib.dl.slayer.ops import (
    _kernel,
    _launch,
    _neurons,
    _recurrent,
    _time,
    _weights,
    _windows,
)
from lava.lib.dl.slayer.ops._kernel import Kernel

GOAL = 40.0  # microseconds


def leave_out_launches() -> None:
    """Sends tensors of the CPU where those of a GPU go, up to the compiled call."""
    places: tuple[Any, ...] = (
        *(_launch, _kernel, _time),
        *(_weights, _windows, _recurrent),
    )
    for module in places:
        module.runs_on = lambda x: "cuda"
    places[0]._stream = lambda device: 0
    stub: Any = _training
    stub.run_cuda = lambda *arguments: None


def launches(kernel: Kernel) -> dict[str, Callable[[], Any]]:
    """Forward, and backward with every decay learning, of a small neuron."""
    inputs = [torch.ones(2, 3, 4) for _ in kernel.inputs]
    decays = [torch.full((3,), 400.0) for _ in kernel.parameters]
    states = [torch.zeros(2, 3) for _ in kernel.states]
    settings = Settings(4096.0, 1.0, 0.3, 1.0, 1.0)
    tensors = [*inputs, *decays, *states]
    given = kernel.arguments(tensors, settings)
    return {
        f"{kernel.name}, forward": lambda: kernel.compute(tensors, settings),
        f"{kernel.name}, backward": lambda: kernel.gradients(
            [inputs[0]], given, learn=True
        ),
    }


def recurrent(kernel: Kernel) -> dict[str, tuple[Callable[[], Any], int]]:
    """The same with spikes that return, and how many launches each has.

    Beside the kernels these are PyTorch's that swap axes, shift spikes, and multiply.
    """
    operator = _recurrent.RECURRENT[kernel.name].forward
    parts = [torch.ones(2, 3, 4) for _ in kernel.inputs]
    weights = [torch.ones(3, 3) for _ in parts]
    decays = [torch.full((3,), 400.0) for _ in kernel.parameters]
    states = [torch.zeros(2, 3) for _ in kernel.states]
    numbers = Settings(4096.0, 1.0, 0.3, 1.0, 1.0)
    settings = _recurrent.RecurrentSettings(*numbers, False, True, 0, False, False)
    tensors = [*parts, *weights, *decays, *states, None]  # no delays
    saved = operator.save(tensors, operator.compute(tensors, settings))
    needs = [True] * (len(tensors) - 1) + [False]
    return {
        f"recurrent {kernel.name}, forward": (
            lambda: operator.compute(tensors, settings),
            3 + len(parts),
        ),
        f"recurrent {kernel.name}, backward": (
            lambda: operator.gradient(parts[:1], saved, settings, needs),
            5 + 2 * len(parts),
        ),
    }


def pool() -> dict[str, tuple[Callable[[], Any], int]]:
    """Sums over windows and their adjoint."""
    geometry = _windows.Geometry([4, 4, 2, 2, 2, 2, 2, 2, 0, 0, 1, 1])
    image, values = torch.ones(2, 3, 4, 4, 5), torch.ones(2, 3, 2, 2, 5)
    taps = torch.ones(2, 2)
    return {
        "pool, forward": (lambda: _windows._SUM.compute((image, taps), geometry), 1),
        "pool, backward": (
            lambda: _windows._SPREAD.compute((values, taps), geometry),
            1,
        ),
    }


def main() -> int:
    """Prints a line a launch; 1 where one is above the goal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1000)
    calls = parser.parse_args().calls
    leave_out_launches()
    torch.set_num_threads(1)
    timed = pool()
    for kernel in _neurons.NEURONS:
        timed |= {name: (run, 1) for name, run in launches(kernel).items()}
        timed |= recurrent(kernel)
    found = {}
    for name, (run, count) in timed.items():
        found[name] = microseconds(run, calls) / count
        print(f"{name:28} {found[name]:6.1f}")
    print(f"most {max(found.values()):.1f}, goal {GOAL:.0f} microseconds a launch")
    return int(max(found.values()) > GOAL)


if __name__ == "__main__":
    sys.exit(main())
