"""Event-driven layers equal the dense product."""

import numpy as np
import pytest

from lava.lib.dl import core
from lava.lib.dl.core import _training, training

LEVELS = _training.levels()
SIZES = [(2, 5, 3, 7), (3, 70, 133, 150), (1, 1, 1, 1), (0, 4, 4, 4), (2, 3, 4, 0)]


def events(shape, rng, share=0.1):
    values = rng.integers(-8, 9, shape) / 4
    return np.where(rng.random(shape) < share, values, 0).astype(np.float32)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("share", [0.1, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_sparse_dense_equals_the_dense_product(size, share, simd):
    samples, inputs, outputs, steps = size
    rng = np.random.default_rng(1)
    x = events((samples, inputs, steps), rng, share)
    weight = (rng.integers(-128, 128, (outputs, inputs)) / 64).astype(np.float32)
    z = training.sparse_dense(x, weight, simd=simd)
    np.testing.assert_array_equal(z, np.einsum("oi,nit->not", weight, x))
    grad = (rng.integers(-64, 64, (samples, outputs, steps)) / 16).astype(np.float32)
    of_weight = training.sparse_dense_weight_gradient(x, grad, simd=simd)
    np.testing.assert_array_equal(of_weight, np.einsum("not,nit->oi", grad, x))
    same = training.sparse_dense(x, weight, by_steps=True, simd=simd)
    np.testing.assert_array_equal(same.swapaxes(1, 2), z)
    by_steps = np.ascontiguousarray(grad.swapaxes(1, 2))
    same = training.sparse_dense_weight_gradient(x, by_steps, by_steps=True, simd=simd)
    np.testing.assert_array_equal(same, of_weight)
    later = training.returning_weight_gradient(x, by_steps, simd=simd)
    wanted = np.einsum("not,nit->oi", grad[..., 1:], x[..., :-1])
    np.testing.assert_array_equal(later, wanted)


def whole(shape, rng, unit=16):
    return (rng.integers(-64, 64, shape) / unit).astype(np.float32)


LIES = [
    ((9, 8), (3, 3), (1, 1), (1, 1), (1, 1)),
    ((12, 10), (5, 3), (2, 1), (2, 0), (1, 2)),
    ((5, 5), (2, 2), (2, 2), (0, 0), (1, 1)),
]


def lie(size, kernel, stride, padding, dilation):
    spans = zip(size, kernel, stride, padding, dilation, strict=True)
    windows = tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans)
    return training.ConvGeometry(size, windows, kernel, stride, padding, dilation)


def taps_of(image):
    """Matrix of taps, window lines and columns x image lines and columns."""
    shape = (*image.kernel, *image.windows, *image.size)
    met = np.zeros(shape)
    for index in np.ndindex(*image.kernel, *image.windows):
        pairs = zip(index[:2], index[2:], strict=True)
        at = [
            w * s - p + k * d
            for (k, w), s, p, d in zip(
                pairs, image.stride, image.padding, image.dilation, strict=True
            )
        ]
        if all(0 <= a < n for a, n in zip(at, image.size, strict=True)):
            met[(*index, *at)] = 1
    return met


def dense_sums(weight, met, x, grad):
    """Sums over windows and the gradients of input and weight, in float64."""
    z = np.einsum("ocij,ijpqhw,nchwt->nopqt", weight, met, x, optimize=True)
    to_x = np.einsum("ocij,ijpqhw,nopqt->nchwt", weight, met, grad, optimize=True)
    to_weight = np.einsum("nopqt,ijpqhw,nchwt->ocij", grad, met, x, optimize=True)
    return z, to_x, to_weight


@pytest.mark.parametrize("geometry", LIES)
@pytest.mark.parametrize(
    ("samples", "channels", "outputs", "steps"),
    [(2, 2, 5, 7), (3, 3, 133, 33), (1, 70, 6, 1), (2, 1, 3, 0), (0, 2, 2, 4)],
)
def test_products_are_sums_over_windows_on_every_level(
    samples, channels, outputs, steps, geometry
):
    image, rng = lie(*geometry), np.random.default_rng(7)
    x = rng.normal(size=(samples, channels, *image.size, steps)).astype(np.float32)
    weight = rng.normal(size=(outputs, channels, *image.kernel)).astype(np.float32)
    shape = (samples, outputs, *image.windows, steps)
    grad = rng.normal(size=shape).astype(np.float32)

    def results(simd):
        return (
            training.product(x, weight, image, simd=simd),
            training.product_adjoint(grad, weight, image, simd=simd),
            training.product_weight_gradient(x, grad, image, simd=simd),
        )

    found = results(LEVELS[0])
    for a, b in zip(found, dense_sums(weight, taps_of(image), x, grad), strict=True):
        size = max(1, np.abs(b).max(initial=0))
        np.testing.assert_allclose(a, b, rtol=0, atol=2e-6 * size)
    for simd in LEVELS[1:]:
        for a, b in zip(results(simd), found, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("geometry", LIES)
@pytest.mark.parametrize(
    ("samples", "channels", "outputs", "steps"),
    [(2, 2, 5, 7), (11, 3, 20, 33), (1, 1, 16, 1), (2, 1, 3, 0), (1, 1, 2, 5000)],
)
def test_sparse_conv_equals_the_dense_one(
    samples, channels, outputs, steps, geometry, simd
):
    image, rng = lie(*geometry), np.random.default_rng(2)
    x = events((samples, channels, *image.size, steps), rng)
    weight, met = whole((outputs, channels, *image.kernel), rng), taps_of(image)
    z = training.sparse_conv(x, weight, image, simd=simd)
    wanted = np.einsum("ocij,ijpqhw,nchwt->nopqt", weight, met, x, optimize=True)
    np.testing.assert_array_equal(z, wanted)
    grad = whole(z.shape, rng)
    found = training.sparse_conv_weight_gradient(x, grad, image, simd=simd)
    wanted = np.einsum("nopqt,ijpqhw,nchwt->ocij", grad, met, x, optimize=True)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("geometry", LIES)
@pytest.mark.parametrize("steps", [0, 1, 37])
def test_window_sums_and_their_adjoint(geometry, steps, simd):
    image, rng = lie(*geometry), np.random.default_rng(3)
    x, taps = whole((2, 3, *image.size, steps), rng), whole(image.kernel, rng)
    met = np.einsum("ij,ijpqhw->pqhw", taps, taps_of(image))
    found = training.window_sum(x, taps, image, simd=simd)
    np.testing.assert_array_equal(found, np.einsum("pqhw,nchwt->ncpqt", met, x))
    values = whole((2, 3, *image.windows, steps), rng)
    found = training.window_spread(values, taps, image, simd=simd)
    np.testing.assert_array_equal(found, np.einsum("pqhw,ncpqt->nchwt", met, values))


@pytest.mark.parametrize("simd", LEVELS)
@pytest.mark.parametrize("shape", [(3, 5, 70), (200, 1), (4, 0), (0, 4), (17,)])
def test_events_are_what_is_not_zero(shape, simd):
    x = events(shape, np.random.default_rng(4))
    x.flat[-1:] = np.nan
    found = training.find_events(x, x.size, simd=simd)
    rows = x.reshape(-1, shape[-1]) if x.size else x.reshape(-1, shape[-1] or 1)
    np.testing.assert_array_equal(found.step, np.nonzero(rows)[1])
    np.testing.assert_array_equal(found.value, rows[np.nonzero(rows)])
    counts = np.diff(found.start) if x.size else found.start[:0]
    np.testing.assert_array_equal(counts, np.count_nonzero(rows, axis=1)[: len(counts)])
    assert found.value is None or found.step.size > 0


def test_events_of_ones_have_no_values_and_too_many_are_none():
    x = (np.random.default_rng(5).random((4, 50)) < 0.3).astype(np.float32)
    assert training.find_events(x, x.size).value is None
    assert training.find_events(x, x.sum()).step.size == x.sum()
    assert training.find_events(x, x.sum() - 1) is None


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_do_not_change_a_bit(threads):
    image, rng = lie(*LIES[0]), np.random.default_rng(6)
    x = (rng.random((9, 4, 9, 8, 50)) < 0.1).astype(np.float32)
    weight = rng.normal(size=(20, 4, 3, 3)).astype(np.float32)
    flat = weight.reshape(45, -1)[:, :4].copy()
    grad = rng.normal(size=(9, 20, *image.windows, 50)).astype(np.float32)
    lines = np.ascontiguousarray(x[:, :, 0, 0])

    def results():
        dense = training.sparse_dense(lines, flat)
        return (
            dense,
            training.sparse_dense_weight_gradient(lines, dense),
            training.sparse_conv(x, weight, image),
            training.sparse_conv_weight_gradient(x, grad, image),
            training.window_sum(x, weight[0, 0], image),
            training.product(x, weight, image),
            training.product_adjoint(grad, weight, image),
            training.product_weight_gradient(x, grad, image),
        )

    wanted = results()
    try:
        core.set_num_threads(threads)
        for a, b in zip(results(), wanted, strict=True):
            np.testing.assert_array_equal(a, b)
    finally:
        core.set_num_threads(None)


def test_sparse_dense_refuses_wrong_shapes():
    x = np.zeros((2, 3, 4), np.float32)
    with pytest.raises(ValueError, match=r"weight has shape .*needs \(Out, 3\)"):
        training.sparse_dense(x, np.zeros((3, 2), np.float32))
    with pytest.raises(ValueError, match="x has 2 dimensions"):
        training.sparse_dense(x[0], np.zeros((3, 3), np.float32))


def test_sparse_conv_and_windows_refuse_wrong_shapes():
    image = lie(*LIES[0])
    x = np.zeros((1, 2, 9, 8, 3), np.float32)
    with pytest.raises(ValueError, match=r"x has height and width \(8, 9\)"):
        training.sparse_conv(
            x.swapaxes(2, 3).copy(), np.zeros((1, 2, 3, 3), np.float32), image
        )
    with pytest.raises(ValueError, match=r"weight has shape \(1, 1, 3, 3\)"):
        training.sparse_conv(x, np.zeros((1, 1, 3, 3), np.float32), image)
    with pytest.raises(ValueError, match="x has 4 dimensions, needs 5"):
        training.window_sum(x[0], np.zeros((3, 3), np.float32), image)
    with pytest.raises(ValueError, match=r"stride is \(0, 1\), needs 1 or more"):
        training.ConvGeometry((9, 8), (1, 1), (3, 3), (0, 1), (0, 0), (1, 1))
