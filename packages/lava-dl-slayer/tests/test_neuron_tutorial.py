"""The calls of 0.6's tutorial on neuron dynamics: one sequence, states of one value.

1000 steps of one neuron without batch or channel, impulses, and each neuron built from
its parts by hand.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import spike
from lava.lib.dl.slayer.neuron import dynamics as parts

STEPS, SCALE = 1000, 4096
IMPULSES = {10: 1, 97: 1.8, 100: 1.6, 270: -3, 500: 0.5}
DECAY = torch.FloatTensor([0.1 * SCALE])
REST = torch.FloatTensor([0])
SIN, COS = (
    torch.FloatTensor([0.97 * SCALE * f(2 * math.pi / 25)])
    for f in (math.sin, math.cos)
)


def impulses(seed=None):
    x = torch.zeros(STEPS)
    noise = np.random.default_rng(seed).normal(size=len(IMPULSES))
    for (t, value), drawn in zip(IMPULSES.items(), noise, strict=True):
        x[t] = value if seed is None else 2 * float(drawn)
    return x


def leaky(x, threshold=None, decay=DECAY):
    return parts.leaky_integrator.dynamics(
        x, decay=decay, state=REST, w_scale=SCALE, threshold=threshold
    )


def resonated(re, im, threshold=None):
    return parts.resonator.dynamics(
        re,
        im,
        sin_decay=SIN,
        cos_decay=COS,
        real_state=REST,
        imag_state=REST,
        w_scale=SCALE,
        threshold=threshold,
    )


def batched(call, *rows, **named):
    """The same through the axes (N, C, T) that blocks have."""
    results = call(*(row.reshape(1, 1, -1) for row in rows), **named)
    several = results if isinstance(results, tuple) else (results,)
    return [each.reshape(-1) for each in several]


def same(found, expected):
    several = found if isinstance(found, tuple) else (found,)
    assert all(each.shape == (STEPS,) and each.any() for each in several)
    for one, other in zip(several, expected, strict=True):
        assert torch.equal(one, other)


ADAPTIVE = {"ref_decay": 0.5 * DECAY, "ref_state": REST, "th_decay": DECAY}
ADAPTIVE |= {"th_scale": 3.75, "w_scale": SCALE}


def test_leaky_integrator_and_its_spikes():
    x = impulses()
    voltage = leaky(x, 1.5)
    same(voltage, batched(leaky, x, threshold=1.5))
    fired = spike.Spike.apply(voltage, 1.5, 1, 1, False, 0, 1)
    assert fired.shape == (STEPS,) and fired.sum() > 0
    assert torch.equal(fired, (voltage >= 1.5).float())


def test_two_integrators_make_cuba():
    x = impulses()
    current = leaky(x)
    voltage = leaky(current, 7.5)
    same((current, voltage), batched(leaky, x) + batched(leaky, current, threshold=7.5))
    assert spike.Spike.apply(voltage, 7.5, 1, 1, False, 0, 1).sum() > 0


@pytest.mark.parametrize("th_state", [torch.FloatTensor([7.5]), torch.tensor(7.5)])
def test_an_adaptive_threshold_makes_alif(th_state):
    voltage = leaky(leaky(impulses()))
    given = {**ADAPTIVE, "th_state": th_state, "th0": 7.5}
    threshold, refractory = parts.adaptive_threshold.dynamics(voltage, **given)
    same(
        (threshold, refractory),
        batched(parts.adaptive_threshold.dynamics, voltage, **given),
    )
    fired = spike.Spike.apply(voltage, threshold + refractory, 1, 1, False, 0, 1)
    assert 0 < fired.sum() < STEPS


def test_resonators_spike_by_phase_and_by_imaginary_part():
    re, im = impulses(), impulses(seed=1)
    real, imag = resonated(re, im)
    same((real, imag), batched(resonated, re, im))
    fired = spike.complex.Spike.apply(real, imag, 1.5, 1, 1, False, 0, 1)
    assert fired.shape == (STEPS,) and fired.sum() > 0
    real, imag = resonated(re, im, 1.5)
    same((real, imag), batched(resonated, re, im, threshold=1.5))
    assert spike.Spike.apply(imag, 1.5, 1, 1, False, 0, 1).sum() > 0
    second = resonated(real, imag)
    same(second, batched(resonated, real, imag))


def test_adaptive_resonators():
    re, im = impulses(), impulses(seed=1)
    real, imag = resonated(re, im)
    given = {**ADAPTIVE, "th_state": torch.FloatTensor([1.5]), "th0": 1.5}
    phase = {**given, "im_state": REST}
    same(
        parts.adaptive_phase_th.dynamics(real, imag, **phase),
        batched(parts.adaptive_phase_th.dynamics, real, imag, **phase),
    )
    whole = {**given, "sin_decay": SIN, "cos_decay": COS}
    whole |= {"real_state": REST, "imag_state": REST}
    same(
        parts.adaptive_resonator.dynamics(re, im, **whole),
        batched(parts.adaptive_resonator.dynamics, re, im, **whole),
    )
