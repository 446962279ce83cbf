"""The exact gradient against tangents carried through each neuron's recurrence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from lava.lib.dl.core import training

SHAPE = (2, 3, 4, 45)
SCALE = 4096.0


@dataclass
class Dual:
    """Values with their derivative along one direction, both float64."""

    value: np.ndarray
    slope: np.ndarray | float = 0.0

    def __add__(self, other):
        other = dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = dual(other)
        slope = self.slope * other.value + self.value * other.slope
        return Dual(self.value * other.value, slope)

    def __sub__(self, other):
        return self + dual(other) * -1

    def __getitem__(self, t):
        return Dual(self.value[..., t], self.slope[..., t])


def dual(x):
    return x if isinstance(x, Dual) else Dual(np.float64(x))


def cut(x):
    """Rounded toward zero to the grid of states; the derivative passes."""
    return Dual(np.trunc(x.value * SCALE) / SCALE, x.slope)


def leak(y, decay):
    return cut(y * (dual(1) - decay))


class Rule:
    """Spikes, and the gates of what they do to a neuron, with surrogate derivatives."""

    def __init__(self, threshold, surrogate):
        self.level, self.step = threshold.value, threshold.step
        self.graded = threshold.graded
        self.tau, self.scale = surrogate.tau, surrogate.scale

    def slope(self, above, graded):
        if graded:
            return self.scale * np.exp(np.minimum(above, 0) / self.tau)
        return self.scale / 2 / self.tau * np.exp(-np.abs(above) / self.tau)

    def fire(self, above):
        """Spike and gate of a membrane."""
        fired = np.float64(above.value >= 0)
        return [
            Dual(fired, self.slope(above.value, graded) * above.slope)
            for graded in (self.graded, False)
        ]

    def cross(self, above, imag, before):
        """Spike and gate at a rise of the phase."""
        fired = np.float64((above.value >= 0) & (imag.value >= 0) & (before.value < 0))
        narrow = np.exp(-np.abs(imag.value) / self.tau) / 2 / self.tau
        both = []
        for graded in (self.graded, False):
            by_real = self.slope(above.value, graded) / self.scale
            passed = (1 + np.sign(above.value) * (1 - 2 * self.tau * by_real)) / 2
            by_imag = -np.sign(imag.value) * narrow * passed / self.tau
            slope = by_real * narrow * above.slope + by_imag * imag.slope
            both.append(Dual(fired, self.scale * slope))
        return both


class Levels:
    def __init__(self, decays, states, rule):
        self.decays, (self.refractory, self.threshold) = decays, states
        self.rule = rule

    def decay(self):
        """What the membrane is compared with."""
        rest = self.rule.level
        self.refractory = leak(self.refractory, self.decays[0])
        self.threshold = leak(self.threshold - rest, self.decays[1]) + rest
        return self.threshold + self.refractory

    def rise(self, gate):
        self.refractory = self.refractory + gate * self.threshold * 2
        self.threshold = self.threshold + gate * self.rule.step


def turn(real, imag, sin, cos):
    return (
        cut(real * cos) - cut(imag * sin),
        cut(real * sin) + cut(imag * cos),
    )


def cuba(inputs, decays, states, rule):
    u, v = states
    for t in range(SHAPE[-1]):
        u = leak(u, decays[0]) + cut(inputs[0][t])
        v = leak(v, decays[1]) + u
        spike, gate = rule.fire(v - rule.level)
        yield spike, u, v
        v = v - gate * v


def alif(inputs, decays, states, rule):
    (u, v), levels = states[:2], Levels(decays[2:], states[2:], rule)
    for t in range(SHAPE[-1]):
        u = leak(u, decays[0]) + cut(inputs[0][t])
        v = leak(v, decays[1]) + u
        spike, gate = rule.fire(v - levels.decay())
        yield spike, u, v
        levels.rise(gate)


def oscillator(phase, adapts, resets=False):
    def run(inputs, decays, states, rule):
        (real, imag), levels = (
            states[:2],
            Levels(decays[2:], states[2:] or [0, 0], rule),
        )
        rest = int(rule.level * SCALE - 1) / SCALE
        for t in range(SHAPE[-1]):
            before = imag
            real, imag = turn(real, imag, *decays[:2])
            real, imag = real + cut(inputs[0][t]), imag + cut(inputs[1][t])
            level = levels.decay() if adapts else rule.level
            if phase:
                spike, gate = rule.cross(real - level, imag, before)
            else:
                spike, gate = rule.fire(imag - level)
            yield spike, real, imag
            if adapts:
                levels.rise(gate)
            if resets:
                real, imag = real - gate * real, imag + gate * (dual(rest) - imag)

    return run


NEURONS = [
    (training.CUBA, cuba),
    (training.ALIF, alif),
    (training.RF, oscillator(phase=True, adapts=False)),
    (training.RF_IZ, oscillator(phase=False, adapts=False, resets=True)),
    (training.ADRF, oscillator(phase=True, adapts=True)),
    (training.ADRF_IZ, oscillator(phase=False, adapts=True)),
]


def numbers_for(neuron, seed):
    rng = np.random.default_rng(seed)
    inputs = [rng.normal(0, 1, SHAPE).astype(np.float32) for _ in neuron.inputs]
    turning = [[700, 1500, 1000], [3900, 3500, 3000]]
    decays = [[900, 1500, 3000], [200, 700, 1200], [600, 90, 2000], [300, 800, 100]]
    decays[:2] = turning if neuron.decays[0] == "sin" else decays[:2]
    decays = [np.float32(each) for each in decays[: len(neuron.decays)]]
    states = [
        (rng.integers(-4000, 4000, SHAPE[:-1]) / SCALE).astype(np.float32)
        for _ in neuron.states
    ]
    return inputs, decays, states


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize(
    ("neuron", "recurrence"), NEURONS, ids=lambda x: getattr(x, "name", "")
)
def test_exact_gradients_equal_tangents(neuron, recurrence, graded):
    """Of each input and each decay, from states that are not at rest."""
    inputs, decays, states = numbers_for(neuron, 21)
    rng = np.random.default_rng(22)
    grads = [rng.normal(0, 1, SHAPE).astype(np.float32) for _ in range(3)]
    threshold = training.Threshold(0.75, SCALE, 0.25, graded)
    surrogate = training.Surrogate(0.7, 0.9, "exact")
    call = neuron, inputs, decays, states
    spikes = training.neuron_forward(*call, threshold).outputs[0]
    back = training.neuron_backward(
        *call, grads, threshold, surrogate, decay_gradients=True
    )
    assert len(back.decays) == len(decays)
    along = [rng.normal(0, 1, SHAPE) for _ in inputs]

    def wanted(to_inputs, to_decays):
        steps = recurrence(
            [Dual(np.float64(x), d) for x, d in zip(inputs, to_inputs, strict=True)],
            [
                Dual(np.float64(d.reshape(-1, 1)) / 4096, to / 4096)
                for d, to in zip(decays, to_decays, strict=True)
            ],
            [Dual(np.float64(s)) for s in states],
            Rule(threshold, surrogate),
        )
        total = 0.0
        for t, traces in enumerate(steps):
            assert np.array_equal(traces[0].value > 0, spikes[..., t] != 0)
            total += sum(
                np.sum(g[..., t] * d.slope) for g, d in zip(grads, traces, strict=True)
            )
        return total

    assert spikes.any()
    none = [0.0] * len(decays)
    found = sum(
        np.sum(b * d, dtype=np.float64) for b, d in zip(back.inputs, along, strict=True)
    )
    assert found == pytest.approx(wanted(along, none), rel=1e-4)
    still = [np.zeros(SHAPE)] * len(inputs)
    for which, gradient in enumerate(back.decays):
        for channel in range(3):
            one = np.zeros((3, 1))
            one[channel] = 1.0
            to = wanted(still, [*none[:which], one, *none[which + 1 :]])
            assert gradient[channel] == pytest.approx(to, rel=1e-4, abs=1e-7)
