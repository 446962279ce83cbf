"""No array crosses into compiled code that it can not read or write as it will."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

X = np.ones((1, 2, 1, 4), np.float32)
ZERO = np.zeros(1, np.float32)
SETTINGS = _training.Settings()


def read_only(array):
    frozen = array.copy()
    frozen.flags.writeable = False
    return frozen


def unaligned(array):
    room = np.zeros(array.nbytes + 1, np.uint8)[1:]
    return room.view(array.dtype).reshape(array.shape)


@pytest.mark.parametrize(
    ("spoil", "message"), [(read_only, "read-only"), (unaligned, "not aligned")]
)
def test_outputs_that_can_not_be_written_are_refused(spoil, message):
    with pytest.raises(ValueError, match=message):
        call(outputs=[spoil(X)])
    with pytest.raises(ValueError, match=message):
        training.sparse_dense(
            np.ones((1, 2, 4), np.float32),
            np.ones((3, 2), np.float32),
            out=spoil(np.zeros((1, 3, 4), np.float32)),
        )


def test_immutable_bytes_stay_as_they_are():
    text = bytes(32)
    out = np.frombuffer(text, np.float32).reshape(X.shape)
    with pytest.raises(ValueError, match="read-only"):
        call(outputs=[out])
    assert text == bytes(32)


def call(**changed):
    """`_training.run` of a delay's backward pass, arguments changed."""
    arguments = {
        "name": "delay_backward",
        "shape": X.shape,
        "inputs": [X, X],
        "outputs": [X.copy()],
        "decays": [ZERO],
        "states": [],
        "last": [],
        "decay_gradients": [ZERO.copy()],
        "settings": SETTINGS,
        "taps": None,
        "simd": "",
    }
    _training.run(**{**arguments, **changed})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": [X[:, :1].copy(), X]}, "inputs holds 4 values, needs 8"),
        ({"outputs": [np.zeros(9, np.float32)]}, "outputs holds 9 values, needs 8"),
        ({"outputs": [read_only(X)]}, "outputs is read-only"),
        ({"decay_gradients": [read_only(ZERO)]}, "decay gradient is read-only"),
        ({"decay_gradients": [np.zeros(5, np.float32)]}, "holds 5 values, needs 2"),
        ({"decay_gradients": [np.zeros(0, np.float32)]}, "holds 0 values, needs 2"),
        ({"decay_gradients": [ZERO.copy()] * 9}, "Too many of decay gradients"),
        ({"decays": [np.zeros(3, np.float32)]}, "decays need 1 or C values"),
        ({"states": [np.zeros(3, np.float32)]}, "states holds 3 values, needs 2"),
        ({"last": [read_only(X[0, :, 0, 0])]}, "last states is read-only"),
        ({"shape": (1, -2, -1, 4)}, "no negative sizes"),
        ({"name": "sparse_dense"}, "has tiles"),
    ],
)
def test_calls_that_do_not_fit_are_refused(changed, message):
    call()
    with pytest.raises(ValueError, match=message):
        call(**changed)


def events(start, step, value=None):
    parts = np.array(start, np.int64), np.array(step, np.int32)
    return training.Events((1, 3, 5), *parts, value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (events([0, 10**9, 10**9, 10**9], [0, 0, 0]), "must rise from 0"),
        (events([0, 2, 1, 3], [0, 0, 0]), "must rise from 0"),
        (events([1, 1, 2, 3], [0, 0, 0]), "must rise from 0"),
        (events([-1, 1, 2, 3], [0, 0, 0]), "must rise from 0"),
        (events([0, 1, 3], [0, 0, 0]), "holds 3 values, needs 4"),
        (events([0, 1, 2, 3], [0, 0, 5]), "from 0 to 4"),
        (events([0, 1, 2, 3], [0, -1, 2]), "from 0 to 4"),
        (events([0, 1, 2, 3], [0, 1, 2], np.ones(2, np.float32)), "value of events"),
    ],
)
def test_events_beyond_their_arrays_are_refused(given, message):
    weight = np.ones((2, 3), np.float32)
    grad = np.ones((1, 2, 5), np.float32)
    with pytest.raises(ValueError, match=message):
        training.sparse_dense(given, weight)
    with pytest.raises(ValueError, match=message):
        training.sparse_dense_weight_gradient(given, grad)


def test_events_of_another_image_are_refused():
    image = training.ConvGeometry((4, 4), (2, 2), (3, 3), (1, 1), (0, 0), (1, 1))
    found = training.find_events(np.ones((1, 2, 4, 4, 3), np.float32), np.inf)
    weight = np.ones((2, 2, 3, 3), np.float32)
    training.sparse_conv(found, weight, image)
    fewer = training.Events(found.shape, found.start[:-1], found.step, found.value)
    with pytest.raises(ValueError, match="start of events holds 32 values, needs 33"):
        training.sparse_conv(fewer, weight, image)


IMAGE = [(5, 4), (3, 2), (3, 3), (1, 1), (0, 0), (1, 1)]
FUSED = ("conv_", "windows_", "sums_")


def tiles(**changed):
    """`_training.run_tiles` of a product, arguments changed."""
    arguments = {
        "name": "product",
        "shape": (2, 3, 4, 6),
        "inputs": [np.ones(2 * 3 * 20 * 6, np.float32), np.ones(4 * 27, np.float32)],
        "output": np.zeros(2 * 4 * 6 * 6, np.float32),
        "events": None,
        "geometry": IMAGE,
        "coefficients": None,
        "simd": "",
    }
    _training.run_tiles(**{**arguments, **changed})


def floats(*sizes):
    return [np.ones(size, np.float32) for size in sizes]


SUM = {"inputs": floats(720), "output": np.zeros(216, np.float32)}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": floats(720, 107)}, "inputs holds 107 values, needs 108"),
        ({"inputs": floats(719, 108)}, "inputs holds 719 values, needs 720"),
        ({"inputs": floats(720)}, "has other inputs"),
        ({"output": np.zeros(287, np.float32)}, "output holds 287 values, needs 288"),
        ({"output": read_only(np.zeros(288, np.float32))}, "output is read-only"),
        ({"geometry": []}, "geometry is missing"),
        ({"geometry": [*IMAGE[:3], (0, 1), *IMAGE[4:]]}, "geometry has a size of 0"),
        ({"geometry": [*IMAGE[:4], (0, -1), (1, 1)]}, "geometry has a size of -1"),
        ({"shape": (2**40, 2**40, 4, 6)}, "more values than any array"),
        ({"name": "sparse_conv", "inputs": floats(1)}, "events is missing"),
        ({"name": "find_events", "inputs": floats(1)}, "events is missing"),
        ({"name": "window_sum", **SUM}, "coefficients is missing"),
        ({"name": "conv_cuba"}, "has neurons"),
    ],
)
def test_arrays_of_tiles_that_do_not_fit_are_refused(changed, message):
    tiles()
    with pytest.raises(ValueError, match=message):
        tiles(**changed)


def test_every_kernel_of_tiles_says_how_large_its_arrays_are():
    for name in _training.kernel_names():
        with pytest.raises(ValueError) as told:
            tiles(name=name, inputs=[])
        assert name.startswith(FUSED) == ("has neurons" in str(told.value)), name
