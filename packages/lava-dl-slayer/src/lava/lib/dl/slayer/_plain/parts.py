"""The neurons' recurrences in plain torch: any device, the kernels' bits.

Every function takes inputs of shape (N, C, ..., T), decays times 4096, states of shape
(N, C, ...), all float32, and returns its traces and its states after the last step.
Autograd through them is backpropagation through time, resets included where the
settings say ``exact``; else it goes straight through resets, and not through the gates
that reset or raise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from lava.lib.dl.slayer._plain import fixed_point as fp
from lava.lib.dl.slayer._settings import Settings

Tensors = Sequence[Tensor]
Step = Callable[[Tensors, Tensors], tuple[Tensors, Tensors]]
Result = tuple[list[Tensor], list[Tensor]]


def _over_time(
    step: Step, inputs: Tensors, states: Tensors, scale: float, traces: int
) -> Result:
    """Steps through time; integer states and traces become real at the end."""
    shape = inputs[0].shape[:-1]
    states = [fp.integer(s, scale).expand(shape) for s in states]
    rows: list[Tensors] = []
    for now in zip(*(x.unbind(-1) for x in inputs), strict=True):
        states, row = step(states, [fp.integer(x, scale) for x in now])
        rows.append(row)
    last = [fp.real(s, scale) for s in states]
    if not rows:
        return [torch.zeros_like(inputs[0]) for _ in range(traces)], last
    columns = zip(*rows, strict=True)
    return [fp.real(torch.stack(list(c), -1), scale) for c in columns], last


def _decay_factor(decay: Tensor, rank: int) -> Tensor:
    return fp.DECAY_ONE - fp.factor(decay, rank)


def _gate(fired: Tensor, settings: Settings, *parts: Tensor) -> Tensor:
    """What fired; it depends on its parts, see :func:`fp.gate`, if that is exact."""
    if not settings.exact:
        return fired.double()
    real = [fp.real(part, settings.scale) for part in parts]
    surrogate = settings.tau, settings.surrogate_scale, settings.surrogate
    return fp.gate(fired, *surrogate, *real)


def _reset(y: Tensor, fired: Tensor, rest: float, settings: Settings) -> Tensor:
    """The state y, at rest where it fired."""
    after = y * (1 - fired) + fired * rest
    return after if settings.exact else y + (after - y).detach()


def leaky_integrator(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> Result:
    """Y = trunc(y (4096 - decay) / 4096) + x; a positive threshold resets y to 0."""
    factor = _decay_factor(decays[0], inputs[0].ndim - 1)
    level = settings.threshold * settings.scale

    def step(state: Tensors, x: Tensors) -> tuple[Tensors, Tensors]:
        y = fp.saturate(fp.decay_multiply(state[0], factor) + x[0])
        if level <= 0:
            return [y], [y]
        fired = _gate(fp.reaches(y, level), settings, y - level)
        return [_reset(y, fired, 0.0, settings)], [y]

    return _over_time(step, inputs, states, settings.scale, 1)


def _rotation(
    state: Tensors, x: Tensors, sin: Tensor, cos: Tensor
) -> tuple[Tensor, Tensor]:
    real, imag = state[0], state[1]
    new_real = fp.decay_multiply(real, cos) - fp.decay_multiply(imag, sin) + x[0]
    new_imag = fp.decay_multiply(real, sin) + fp.decay_multiply(imag, cos) + x[1]
    return fp.saturate(new_real), fp.saturate(new_imag)


def resonator(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> Result:
    """A decaying rotation of (real, imag); a threshold resets it to (0, threshold)."""
    sin, cos = (fp.factor(d, inputs[0].ndim - 1) for d in decays)
    level = settings.threshold * settings.scale
    rest = float(int(np.float32(level - 1)))

    def step(state: Tensors, x: Tensors) -> tuple[Tensors, Tensors]:
        real, imag = _rotation(state, x, sin, cos)
        if level < 0:
            return [real, imag], [real, imag]
        fired = _gate(fp.reaches(imag, level), settings, imag - level)
        rounded = imag + (imag.float().double() - imag).detach()
        after = [
            _reset(real, fired, 0.0, settings),
            _reset(rounded, fired, rest, settings),
        ]
        return after, [real, imag]

    return _over_time(step, inputs, states, settings.scale, 2)


class _Adaptation:
    """Decay and growth of (refractory, threshold)."""

    def __init__(self, decays: Tensors, rank: int, settings: Settings) -> None:
        factors = (_decay_factor(d, rank) for d in decays)
        self.refractory_factor, self.threshold_factor = factors
        self.rest = float(int(settings.threshold * settings.scale))
        self.growth = float(int(settings.threshold_step * settings.scale))

    def decay(self, state: Tensors) -> tuple[Tensor, Tensor]:
        refractory = fp.decay_multiply(state[0], self.refractory_factor)
        above = fp.decay_multiply(state[1] - self.rest, self.threshold_factor)
        return fp.saturate(refractory), fp.saturate(above + self.rest)

    def fire(
        self, refractory: Tensor, threshold: Tensor, fired: Tensor
    ) -> list[Tensor]:
        raised = threshold + fired * self.growth
        return [fp.saturate(refractory + 2 * fired * threshold), fp.saturate(raised)]


def adaptive_threshold(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> Result:
    """Threshold and refractory level that grow where the input reaches their sum.

    Decays and states are (refractory, threshold), traces (threshold, refractory).
    """
    adaptation = _Adaptation(decays, inputs[0].ndim - 1, settings)

    def step(state: Tensors, x: Tensors) -> tuple[Tensors, Tensors]:
        refractory, threshold = adaptation.decay(state)
        above = x[0] - threshold - refractory
        fired = _gate(above >= 0, settings, above)
        return adaptation.fire(refractory, threshold, fired), [threshold, refractory]

    return _over_time(step, inputs, states, settings.scale, 2)


def adaptive_phase_threshold(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> Result:
    """As :func:`adaptive_threshold`, growing where the phase crosses zero above it.

    The third state is the imaginary input of the step before.
    """
    adaptation = _Adaptation(decays, inputs[0].ndim - 1, settings)

    def step(state: Tensors, x: Tensors) -> tuple[Tensors, Tensors]:
        refractory, threshold = adaptation.decay(state)
        above = x[0] - threshold - refractory
        crossing = (above >= 0) & (x[1] >= 0) & (state[2] < 0)
        fired = _gate(crossing, settings, above, x[1])
        levels = adaptation.fire(refractory, threshold, fired)
        return [*levels, x[1]], [threshold, refractory]

    return _over_time(step, inputs, states, settings.scale, 2)


def adaptive_resonator(
    inputs: Tensors, decays: Tensors, states: Tensors, settings: Settings
) -> Result:
    """A resonator whose threshold and refractory level grow where imag reaches them.

    Decays are (sin, cos, refractory, threshold), states (real, imag, refractory,
    threshold), traces (real, imag, threshold, refractory).
    """
    rank = inputs[0].ndim - 1
    sin, cos = (fp.factor(d, rank) for d in decays[:2])
    adaptation = _Adaptation(decays[2:], rank, settings)

    def step(state: Tensors, x: Tensors) -> tuple[Tensors, Tensors]:
        real, imag = _rotation(state, x, sin, cos)
        refractory, threshold = adaptation.decay(state[2:])
        above = imag - threshold - refractory
        fired = _gate(above >= 0, settings, above)
        levels = adaptation.fire(refractory, threshold, fired)
        return [real, imag, *levels], [real, imag, threshold, refractory]

    return _over_time(step, inputs, states, settings.scale, 4)
