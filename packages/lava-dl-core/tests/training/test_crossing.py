"""No array crosses into compiled code that it can not read or write as it will."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

X = np.ones((1, 2, 1, 4), np.float32)
ZERO = np.zeros(1, np.float32)


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
        training.sparse_dense(
            np.ones((1, 2, 4), np.float32),
            np.ones((3, 2), np.float32),
            out=spoil(np.zeros((1, 3, 4), np.float32)),
        )


def test_immutable_bytes_stay_as_they_are():
    text = bytes(48)
    out = np.frombuffer(text, np.float32).reshape(1, 3, 4)
    with pytest.raises(ValueError, match="read-only"):
        training.sparse_dense(X.squeeze(2), np.ones((3, 2), np.float32), out=out)
    assert text == bytes(48)


def call(**changed):
    """`run` of a delay's backward pass, arguments changed."""
    arguments = {
        "kernel": "delay_backward",
        "inputs": [X, X],
        "settings": training.Settings(),
        "parameters": [ZERO],
        "learned": 1,
    }
    training.run(**{**arguments, **changed})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"inputs": [X, X[:, :1].copy()]}, r"\(1, 1, 1, 4\), needs \(1, 2, 1, 4\)"),
        ({"inputs": [unaligned(X), X]}, "not aligned"),
        ({"inputs": []}, "inputs is empty"),
        ({"inputs": [X] * 9}, "Too many of inputs"),
        ({"inputs": [np.ones((), np.float32)]}, "needs an axis of time steps"),
        ({"outputs": 9}, "Too many of outputs"),
        ({"outputs": -1}, "Too many of outputs"),
        ({"last": 9}, "Too many of outputs"),
        ({"learned": 2}, "Too many of gradients"),
        ({"parameters": [ZERO] * 9}, "Too many of parameters"),
        ({"parameters": [np.zeros(3, np.float32)]}, "has 3 values, needs 1 or one for"),
        ({"states": [np.zeros(3, np.float32)]}, r"shape \(3\), needs \(1, 2, 1\)"),
        ({"states": [ZERO] * 9}, "Too many of states"),
        ({"kernel": "sparse_dense"}, "has tiles"),
    ],
)
def test_calls_that_do_not_fit_are_refused(changed, message):
    call()
    with pytest.raises(ValueError, match=message):
        call(**changed)


PIXEL = training.ConvGeometry((1, 1), (1, 1), (1, 1), (1, 1), (0, 0), (1, 1))
IMAGE = training.ConvGeometry((4, 4), (2, 2), (3, 3), (1, 1), (0, 0), (1, 1))


@pytest.mark.parametrize(
    ("x", "weight", "geometry", "message"),
    [
        ((2, 3, 5), (4, 2), PIXEL, r"needs \(4, 3, 1, 1\)"),
        ((2, 3, 5), (4, 3, 1, 1, 2), PIXEL, r"needs \(4, 3, 1, 1\)"),
        ((2, 3, 5), (4, 3, 3, 3), IMAGE, r"needs \(N, C, 4, 4, T\)"),
        ((2, 3, 4, 5, 5), (4, 3, 3, 3), IMAGE, r"needs \(N, C, 4, 4, T\)"),
        ((2, 3, 4, 4, 5), (4, 3, 9), IMAGE, r"needs \(4, 3, 3, 3\)"),
    ],
)
def test_products_that_do_not_fit_are_refused(x, weight, geometry, message):
    x, weight = np.ones(x, np.float32), np.ones(weight, np.float32)
    with pytest.raises(ValueError, match=message):
        training.product(x, weight, geometry)


def test_a_product_over_one_pixel_takes_any_axes_of_one():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, 5)).astype(np.float32)
    weight = rng.standard_normal((4, 3)).astype(np.float32)
    flat = training.product(x, weight, PIXEL)
    whole = training.product(
        x.reshape(2, 3, 1, 1, 5), weight.reshape(4, 3, 1, 1, 1), PIXEL
    )
    assert flat.shape == (2, 4, 5)
    np.testing.assert_array_equal(whole.squeeze((2, 3)), flat)


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
    found = training.find_events(np.ones((1, 2, 4, 4, 3), np.float32), np.inf)
    weight = np.ones((2, 2, 3, 3), np.float32)
    training.sparse_conv(found, weight, IMAGE)
    fewer = training.Events(found.shape, found.start[:-1], found.step, found.value)
    with pytest.raises(ValueError, match="start of events holds 32 values, needs 33"):
        training.sparse_conv(fewer, weight, IMAGE)


PAIRS = [(5, 4), (3, 2), (3, 3), (1, 1), (0, 0), (1, 1)]
FUSED = ("conv_", "windows_", "sums_")


def tiles(**changed):
    """`_training.run_tiles` of a product, arguments changed."""
    arguments = {
        "name": "product",
        "shape": (2, 3, 4, 6),
        "inputs": [np.ones(2 * 3 * 20 * 6, np.float32), np.ones(4 * 27, np.float32)],
        "output": np.zeros(2 * 4 * 6 * 6, np.float32),
        "events": None,
        "geometry": training.ConvGeometry(*PAIRS),
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
        ({"geometry": None}, "geometry is missing"),
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


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([*PAIRS[:3], (0, 1), *PAIRS[4:]], r"stride is \(0, 1\), needs 1 or more"),
        ([*PAIRS[:4], (0, -1), (1, 1)], "geometry has a size of -1"),
        ([(2**40, 4), *PAIRS[1:]], "geometry has a size of 1099511627776"),
    ],
)
def test_geometries_of_no_sense_are_refused(pairs, message):
    with pytest.raises(ValueError, match=message):
        training.ConvGeometry(*pairs)
