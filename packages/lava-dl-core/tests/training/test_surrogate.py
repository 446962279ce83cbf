"""The surrogate derivatives against their formulas, on every instruction set."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

FORMULAS = {
    "exponential": lambda x: np.exp(-x),
    "fast_sigmoid": lambda x: 1 / (1 + x) ** 2,
    "arctan": lambda x: 1 / (1 + (np.pi * x / 2) ** 2),
    "triangle": lambda x: np.maximum(1 - x / 2, 0),
    "boxcar": lambda x: np.float64(x <= 1),
    "gaussian": lambda x: np.exp(-np.pi * x**2 / 4),
    "straight_through": np.ones_like,
}
TAU, SCALE, THRESHOLD = 0.75, 0.9, 1.25
VOLTAGE = np.linspace(-4, 5, 1807, dtype=np.float32).reshape(1, 1, 1, -1)


@pytest.fixture(params=training.SURROGATES)
def name(request):
    return request.param


def slopes(planes, name, graded=False, simd=""):
    numbers = training.spike_settings(
        THRESHOLD, 1.0, TAU, SCALE, graded, training.surrogate_index(name), simd
    )
    kernel = "spike_backward" if len(planes) == 1 else "complex_spike_backward"
    ones = np.ones_like(planes[0])
    inputs = [*planes, None, ones]
    return training.run(kernel, inputs, numbers, outputs=len(planes)).outputs


def height(distance, name):
    return FORMULAS[name](np.float64(distance) / TAU)


def test_every_shape_has_its_formula():
    assert tuple(FORMULAS) == training.SURROGATES


@pytest.mark.parametrize("simd", _training.levels())
@pytest.mark.parametrize("graded", [False, True])
def test_spikes_have_the_slope_of_the_formula(name, graded, simd):
    (found,) = slopes([VOLTAGE], name, graded, simd)
    above = np.float64(VOLTAGE) - THRESHOLD
    distance = np.maximum(-above, 0) if graded else np.abs(above)
    rate = SCALE if graded else SCALE / 2 / TAU
    np.testing.assert_allclose(
        found, rate * height(distance, name), rtol=2e-6, atol=1e-6
    )


@pytest.mark.parametrize("simd", _training.levels())
def test_crossings_have_the_slopes_of_the_formula(name, simd):
    imag = VOLTAGE[..., ::-1].copy()
    to_real, to_imag = slopes([VOLTAGE, imag], name, simd=simd)
    above = np.float64(VOLTAGE) - THRESHOLD
    real_height, imag_height = height(np.abs(above), name), height(np.abs(imag), name)
    gate = (1 + np.sign(above) * (1 - real_height)) / 2
    density = SCALE / 4 / TAU**2 * real_height * imag_height
    np.testing.assert_allclose(to_real, density, rtol=2e-6, atol=1e-6)
    wanted = -np.sign(imag) * imag_height * gate * SCALE / 2 / TAU**2
    np.testing.assert_allclose(to_imag, wanted, rtol=2e-5, atol=1e-6)


def test_all_instruction_sets_give_the_same_bits(name):
    found = [slopes([VOLTAGE], name, simd=simd)[0] for simd in _training.levels()]
    for each in found:
        np.testing.assert_array_equal(each, found[0])


def test_the_threshold_of_delta_has_the_shape(name):
    x = np.cumsum(np.linspace(-1, 2, 41, dtype=np.float32)).reshape(1, 1, 1, -1)
    states, threshold = [np.zeros(1, np.float32)] * 3, np.float32([0.01])
    numbers = training.delta_settings(
        64, TAU, SCALE, surrogate=training.surrogate_index(name)
    )
    found = training.run(
        "delta_backward",
        [x, np.ones_like(x)],
        numbers,
        parameters=[threshold],
        states=states,
        learned=1,
    ).gradients[0]
    change = np.diff(np.float64(x), prepend=0)
    above = np.abs(change) - 0.01
    far = change * SCALE * height(np.abs(above), name) / 0.01
    wanted = -np.where(above > 0, far, np.sign(change)).sum()
    np.testing.assert_allclose(found, wanted, rtol=2e-5)


@pytest.mark.parametrize("number", [-1, 7])
def test_places_without_a_shape_are_refused(number):
    with pytest.raises(ValueError, match=f"surrogate is {number}, needs 0 to 6"):
        training.settings("cuba", 4096.0, surrogate=number)


def test_names_without_a_shape_are_refused():
    with pytest.raises(ValueError, match="surrogate is 'sigmoid', needs one of expon"):
        training.surrogate_index("sigmoid")
