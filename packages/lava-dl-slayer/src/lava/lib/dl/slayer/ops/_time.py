"""Delay and filter along time as operators."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer._plain import time as plain
from lava.lib.dl.slayer._settings import ShiftSettings
from lava.lib.dl.slayer.ops._kernel import Kernel, Plain
from lava.lib.dl.slayer.ops._launch import launch, runs_on
from lava.lib.dl.slayer.ops._operator import Operator, Tensors, like_first


@lru_cache(maxsize=64)
def _settings(numbers: ShiftSettings, forward: bool) -> training.Settings:
    return training.shift_settings(numbers.sampling_time)


def _fir(tensors: Tensors, numbers: ShiftSettings) -> Tensors:
    x, taps = tensors
    unit, correlate = numbers
    if not runs_on(x):
        return [plain.fir(x, taps, unit, correlate)]
    settings = training.shift_settings(unit, correlate)
    return launch("fir", [x], settings, taps=taps)


def _fir_gradient(
    grads: Tensors, saved: Tensors, numbers: ShiftSettings, needs: Sequence[bool]
) -> Tensors:
    _, taps = saved
    other = numbers._replace(correlate=not numbers.correlate)
    to_taps = torch.zeros_like(taps) if needs[1] else None
    return [FIR((grads[0], taps), other)[0], to_taps]


DELAY = Kernel(
    "delay",
    (("input",), ("delay",), (), ("output",)),
    _settings,
    Plain(plain.delay, plain.delay_backward),
    learned=1,
    numbers=ShiftSettings,
)
"""Shifts each channel by a number of steps that learns; zeros come in."""
FIR = Operator(
    "fir",
    ("input", "taps"),
    _fir,
    like_first,
    ShiftSettings,
    gradient=_fir_gradient,
)
"""Causal convolution with taps along time."""
