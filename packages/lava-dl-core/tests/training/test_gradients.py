"""Gradients against tangents carried forward through the plain recurrence."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

SHAPE = (2, 3, 4, 45)
SCALE = 4096.0


def surrogate(above, tau, scale, graded):
    if graded:
        return scale * np.exp(np.minimum(above, 0) / tau)
    return scale / 2 / tau * np.exp(-np.abs(above) / tau)


def draw(count, seed):
    rng = np.random.default_rng(seed)
    arrays = [
        rng.normal(0, 0.6, SHAPE).astype(np.float32) for _ in range(2 * count + 3)
    ]
    return arrays[:count], arrays[count : 2 * count], arrays[-3:]


def cuba_tangent(traces, decays, dx, th, sur, exact, direction=(0.0, 0.0)):
    """Tangents of spikes, current, voltage along dx and along the decays."""
    _, current, voltage = (t.astype(np.float64) for t in traces)
    a, b = ((4096 - d.reshape(1, -1, 1)) / 4096 for d in decays)
    dc = dv = kept = c = np.zeros(SHAPE[:-1])
    out = []
    for t in range(SHAPE[-1]):
        dc = a * dc + dx[..., t] - direction[0] * c / 4096
        dv = b * dv + dc - direction[1] * kept / 4096
        v, c = voltage[..., t], current[..., t]
        above = v - np.float32(th.value)
        ds = surrogate(above, sur.tau, sur.scale, th.graded) * dv
        out.append((ds, dc.copy(), dv.copy()))
        kept = v
        if exact:
            fired = above >= 0
            gate = surrogate(above, sur.tau, sur.scale, False) * dv
            dv, kept = np.where(fired, 0, dv) - v * gate, np.where(fired, 0, v)
    return [np.stack(each, axis=-1) for each in zip(*out, strict=True)]


@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_cuba_gradients_equal_tangents(gradient, graded, simd):
    (x,), (dx,), grads = draw(1, 11)
    x *= 2
    decays = [np.float32([900, 1500, 3000]), np.float32([200, 700, 1200])]
    states = [np.zeros(1, np.float32)] * 2
    th = training.Threshold(1.0, SCALE, graded=graded)
    sur = training.Surrogate(0.7, 0.9, gradient)
    traces = training.neuron_forward(
        training.CUBA, [x], decays, states, th, traces=True
    ).outputs
    assert traces[0].any()
    back = training.neuron_backward(
        training.CUBA,
        [x],
        decays,
        states,
        grads,
        th,
        sur,
        decay_gradients=True,
        simd=simd,
    )
    exact = gradient == "exact"
    along = cuba_tangent(traces, decays, dx, th, sur, exact)
    wanted = sum(
        np.sum(g * d, dtype=np.float64) for g, d in zip(grads, along, strict=True)
    )
    assert np.sum(back.inputs[0] * dx, dtype=np.float64) == pytest.approx(
        wanted, rel=1e-4
    )
    for which in range(2):
        direction = [0.0, 0.0]
        direction[which] = 1.0
        along = cuba_tangent(traces, decays, 0 * dx, th, sur, exact, direction)
        wanted = sum(np.sum(g * d) for g, d in zip(grads, along, strict=True))
        assert back.decays[which].sum() == pytest.approx(wanted, rel=1e-4)


def rf_iz_tangent(traces, decays, d_inputs, th, sur, exact):
    _, real, imag = (t.astype(np.float64) for t in traces)
    s, c = (d.reshape(1, -1, 1) / 4096 for d in decays)
    rest = np.float64(int(np.float32(th.value * SCALE - 1)) / SCALE)
    dr = di = np.zeros(SHAPE[:-1])
    out = []
    for t in range(SHAPE[-1]):
        dr, di = (
            c * dr - s * di + d_inputs[0][..., t],
            s * dr + c * di + d_inputs[1][..., t],
        )
        above = imag[..., t] - th.value
        ds = surrogate(above, sur.tau, sur.scale, th.graded) * di
        out.append((ds, dr.copy(), di.copy()))
        if exact:
            gate = surrogate(above, sur.tau, sur.scale, False) * di
            fired = above >= 0
            dr = np.where(fired, 0, dr) - gate * real[..., t]
            di = np.where(fired, 0, di) + gate * (rest - imag[..., t])
    return [np.stack(each, axis=-1) for each in zip(*out, strict=True)]


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_rf_iz_gradients_equal_tangents(gradient, graded):
    inputs, d_inputs, grads = draw(2, 12)
    decays = [np.float32([700, 1500, 1000]), np.float32([3900, 3500, 3000])]
    states = [np.zeros(1, np.float32)] * 2
    th = training.Threshold(1.0, SCALE, graded=graded)
    sur = training.Surrogate(0.7, 0.9, gradient)
    traces = training.neuron_forward(
        training.RF_IZ, inputs, decays, states, th, traces=True
    ).outputs
    assert traces[0].any()
    back = training.neuron_backward(
        training.RF_IZ, inputs, decays, states, grads, th, sur
    )
    along = rf_iz_tangent(traces, decays, d_inputs, th, sur, gradient == "exact")
    wanted = sum(
        np.sum(g * d, dtype=np.float64) for g, d in zip(grads, along, strict=True)
    )
    got = sum(
        np.sum(g * d, dtype=np.float64)
        for g, d in zip(back.inputs, d_inputs, strict=True)
    )
    assert got == pytest.approx(wanted, rel=1e-4)


def test_decay_gradients_are_summed_over_what_a_value_serves():
    (x,), _, grads = draw(1, 13)
    states, th = [np.zeros(1, np.float32)] * 2, training.Threshold(1.0, SCALE)
    sur = training.Surrogate(0.7, 0.9)
    results = [
        training.neuron_backward(
            training.CUBA,
            [x],
            [np.full(n, 500, np.float32)] * 2,
            states,
            grads,
            th,
            sur,
            decay_gradients=True,
        ).decays
        for n in (1, 3)
    ]
    for shared, each in zip(*results, strict=True):
        assert shared.shape == (1,)
        assert each.shape == (3,)
        assert shared[0] == pytest.approx(each.sum(), rel=1e-5)


def test_delta_threshold_gradient_per_channel(parts):
    rng = np.random.default_rng(14)
    x, g = (rng.normal(size=(2, 3, 1, 30)).astype(np.float32) for _ in range(2))
    states = [np.zeros(1, np.float32)] * 3
    each = parts.DeltaRule(np.float32([0.2, 0.4, 0.6]), 64, 0.5, 2.0)
    _, together = parts.delta_backward(x, states, g, each)
    for channel in range(3):
        one = parts.DeltaRule(each.threshold[channel : channel + 1], 64, 0.5, 2.0)
        part = [np.ascontiguousarray(a[:, channel : channel + 1]) for a in (x, g)]
        _, alone = parts.delta_backward(part[0], states, part[1], one)
        assert together[channel] == pytest.approx(alone[0], rel=1e-6)


@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("steps", [7, 45, 100, 160])
def test_delay_gradient_of_rows_together_is_that_of_each(steps, simd, parts):
    """Rows that go as a vector, some silent at times, have the bits of a row alone."""
    rng = np.random.default_rng(steps)
    shape = (1, 19, 1, steps)
    x = (rng.random(shape) < 0.1) * rng.normal(0, 1, shape)
    x, grad = x.astype(np.float32), rng.normal(0, 1, shape).astype(np.float32)
    grad[0, 3, 0, steps // 2] = np.inf
    delays = rng.uniform(-9, 40, 19).astype(np.float32)
    delays[16:18] = 500, -500
    _, together = parts.delay_backward(grad, delays, x=x, simd=simd)
    alone = [
        parts.delay_backward(grad[:, [c]], delays[[c]], x=x[:, [c]], simd=simd)[1][0]
        for c in range(19)
    ]
    assert np.isfinite(together).sum() >= 18
    np.testing.assert_array_equal(together, np.array(alone))
