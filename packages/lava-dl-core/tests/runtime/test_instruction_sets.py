"""Every instruction set sums up exactly, whatever the shape of runs and the values."""

from __future__ import annotations

import numpy as np
import pytest

from lava.lib.dl.core.runtime import Kernel, levels

LENGTHS = (1, 3, 5, 8, 16, 24, 36, 47, 64, 80, 100, 130, 290)
CHANNELS, PIXELS, TAPS = 6, 5, 2
VALUES = {
    "binary": 1,
    "small": 300,
    "largest of 16 bits": 32767,
    "a few beyond 16 bits": 33000,
    "beyond 16 bits": 10**6,
}
RNG = np.random.default_rng(4)


@pytest.fixture(params=levels())
def simd(request):
    return request.param


def matrix(length, largest):
    """One run per input, and the matrix it stands for, (inputs, outputs)."""
    inputs = CHANNELS * PIXELS
    weight = RNG.integers(-largest, largest + 1, (inputs, length))
    part = {
        "inputs": inputs,
        "outputs": length,
        "length": length,
        "begin": np.arange(inputs + 1),
        "output": np.zeros(inputs, int),
        "weight": np.arange(inputs) * length,
        "values": weight.ravel(),
    }
    return part, weight


def convolution(length, largest):
    """Each pixel reaches itself and the next one, around the corner."""
    weight = RNG.integers(-largest, largest + 1, (TAPS, CHANNELS, length))
    full = np.zeros((PIXELS, CHANNELS, PIXELS, length), int)
    outputs, weights = [], []
    for pixel, channel, tap in np.ndindex(PIXELS, CHANNELS, TAPS):
        reached = (pixel + tap) % PIXELS
        full[pixel, channel, reached] += weight[tap, channel]
        outputs.append(reached * length)
        weights.append((tap * CHANNELS + channel) * length)
    inputs = PIXELS * CHANNELS
    part = {
        "inputs": inputs,
        "outputs": PIXELS * length,
        "length": length,
        "begin": np.arange(inputs + 1) * TAPS,
        "output": outputs,
        "weight": weights,
        "values": weight.ravel(),
    }
    return part, full.reshape(inputs, -1)


def messages(largest, share, count):
    values = RNG.integers(-largest, largest + 1, (1, 12, count))
    if largest > 32767 and share < 1:  # most of them small
        values = np.where(RNG.random(values.shape) < 0.1, values, values % 99)
    if largest == 1:
        values = np.ones_like(values)
    return values * (RNG.random(values.shape) < 0.6)


@pytest.mark.parametrize("make", [matrix, convolution])
@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("heaviest", [60, 32767, 40000])
def test_wrapping_sums_of_integers_are_exact(simd, make, values, heaviest):
    for length in LENGTHS:
        part, weight = make(length, heaviest)
        count = weight.shape[1]
        description = {
            "kind": "sigma",
            "lava": True,
            "inputs": part["inputs"],
            "neurons": count,
            "graded_inputs": values != "binary",
            "forward": [[part]],
        }
        share = 0.1 if values == "a few beyond 16 bits" else 1
        data = messages(VALUES[values], share, part["inputs"]).astype(np.int32)
        kernel = Kernel(description)
        out, _ = kernel.run(data, kernel.memory(1), simd=simd)
        exact = np.cumsum(data.astype(np.int64) @ weight, axis=1).astype(np.int32)
        np.testing.assert_array_equal(out, exact, f"length {length}")


@pytest.mark.parametrize("make", [matrix, convolution])
@pytest.mark.parametrize("values", VALUES)
def test_sums_of_floats_round_once(simd, make, values):
    for length in LENGTHS:
        part, weight = make(length, 60)
        count = weight.shape[1]
        description = {
            "kind": "none",
            "inputs": part["inputs"],
            "neurons": count,
            "forward": [[part]],
        }
        whole = messages(VALUES[values], 1, part["inputs"])
        unit = 1 if values == "binary" else 4096
        kernel = Kernel(description)
        data = (whole / unit).astype(np.float32)
        out, _ = kernel.run(data, kernel.memory(1), simd=simd)
        exact = (whole @ weight / (64 * unit)).astype(np.float32)
        np.testing.assert_array_equal(out, exact, f"length {length}")


def test_unknown_instruction_set_is_refused():
    part, _ = matrix(3, 5)
    description = {"kind": "none", "inputs": 30, "neurons": 3, "forward": [[part]]}
    kernel = Kernel(description)
    with pytest.raises(ValueError, match="simd is 'mmx'"):
        kernel.run(np.zeros((1, 2, 30)), kernel.memory(1), simd="mmx")
