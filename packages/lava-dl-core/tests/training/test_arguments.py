"""Wrong arguments are refused with sentences that name them."""

import numpy as np
import pytest

from lava.lib.dl import core
from lava.lib.dl.core import training

ZERO = np.zeros(1, np.float32)
X = np.zeros((2, 3, 1, 5), np.float32)


def run(neuron, x=X, decay=ZERO, state=ZERO, **changed):
    threshold = training.Threshold(**{"value": 1.0, "scale": 4096.0, **changed})
    arrays = (
        [each] * len(names)
        for each, names in zip(
            (x, decay, state),
            (neuron.inputs, neuron.decays, neuron.states),
            strict=True,
        )
    )
    return training.neuron_forward(neuron, *arrays, threshold)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": X.tolist()}, TypeError, " is a list, needs a numpy array"),
        ({"x": np.zeros((), np.float32)}, ValueError, "needs an axis of time steps"),
        ({"x": X.astype(float)}, TypeError, " is float64, needs float32"),
        ({"x": X[..., ::2]}, ValueError, " is not contiguous"),
        (
            {"decay": np.zeros(2)},
            ValueError,
            "has 2 values, needs 1 or one for each of",
        ),
        ({"decay": np.full(1, 9000)}, ValueError, "a decay of 1 is 4096"),
        ({"decay": np.full(1, np.nan)}, ValueError, "needs values from"),
        ({"state": np.zeros((2, 2), np.float32)}, ValueError, r"has shape \(2, 2\)"),
        ({"scale": 0.0}, ValueError, "scale is 0.0, needs a positive number"),
    ],
)
def test_neurons_refuse(neuron, arguments, error, message):
    with pytest.raises(error, match=message):
        run(neuron, **arguments)


def test_a_threshold_that_quantises_to_zero_has_no_surrogate():
    with pytest.raises(ValueError, match="threshold that quantises to zero"):
        training.settings("cuba", 1.0, tau=0.0)


def test_an_unknown_gradient_is_refused():
    surrogate = training.Surrogate(1.0, 1.0, "true")
    with pytest.raises(ValueError, match="needs 'slayer' or 'exact'"):
        training.neuron_backward(
            training.CUBA,
            [X],
            [ZERO] * 2,
            [ZERO] * 2,
            [X, None, None],
            training.Threshold(1.0, 4096.0),
            surrogate,
        )


@pytest.mark.parametrize("sampling_time", [0.0, -1.0, float("inf"), float("nan")])
def test_time_needs_a_unit(sampling_time):
    with pytest.raises(ValueError, match="sampling_time is"):
        training.shift_settings(sampling_time)


def test_an_unknown_instruction_set_is_refused(parts):
    with pytest.raises(ValueError, match=r"simd is 'mmx' but this machine has \w+"):
        parts.delay(X, ZERO, simd="mmx")


def test_inputs_of_different_shapes_are_refused(parts):
    with pytest.raises(ValueError, match=r"inputs\[1\] has shape"):
        parts.delay_backward(X, ZERO, x=X[:1])


def test_a_kernel_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="There is no kernel 'cubic'"):
        training.run("cubic", [X], training.Settings())


@pytest.mark.parametrize("count", [0, -1, 1.5, "2"])
def test_thread_counts_must_be_positive_integers(count):
    with pytest.raises(ValueError, match="needs a positive integer"):
        core.set_num_threads(count)
