"""The sampler's fits against recorded ones, and where those have no answer."""

import numpy as np
import pytest
import torch

from lava.lib.dl.bootstrap.ann_sampler import AnnSampler

CASES = {
    "default": {},
    "lowrate": {},
    "onebin": {},
    "coarse": {"num_centers": 3, "sample_range": [0.2, 0.8], "eps": 1e-3},
}


@pytest.mark.parametrize("case", CASES)
def test_rounds_are_the_recorded_ones(arrays_of, case):
    data = arrays_of("bootstrap/sampler.npz")
    sampler, number = AnnSampler(**CASES[case]), 0
    while f"{case}/{number}/in_a" in data:
        key = f"{case}/{number}/"
        inputs = (torch.tensor(data[key + name]).float() for name in ("in_a", "in_z"))
        sampler.append(*inputs)
        np.testing.assert_allclose(sampler.a, data[key + "data_a"], rtol=1e-6)
        np.testing.assert_allclose(sampler.z, data[key + "data_z"], 1e-5, 1e-7)
        sampler.fit()
        for name in ("centers", "slopes", "max", "scale"):
            got = getattr(sampler, name)
            np.testing.assert_allclose(got, data[key + name], 1e-5, 1e-6)
        np.random.seed(100 + number)
        sampler.soft_clear()
        np.testing.assert_allclose(sampler.a, data[key + "left_a"], rtol=1e-6)
        z = torch.tensor(data[key + "grid"], requires_grad=True)
        y = sampler(z)
        y.backward(torch.tensor(data[key + "grad_out"]))
        np.testing.assert_allclose(y.detach(), data[key + "y"], 1e-4, 1e-5)
        np.testing.assert_allclose(z.grad, data[key + "grad_in"], 1e-4, 1e-5)
        number += 1
    assert number


def recorded(rate, drive):
    sampler = AnnSampler()
    sampler.append(*(torch.tensor(x)[:, None] for x in (rate, drive)))
    return sampler


def assert_rises(sampler):
    y = sampler(torch.linspace(-3, 3, 601))
    assert y.isfinite().all()
    assert (y.diff() >= -1e-6).all()
    assert y[0] == 0
    assert y[-1] == pytest.approx(sampler.max)
    assert np.isfinite(sampler.centers).all()


def test_unfitted_activation_has_slope_one():
    z = torch.tensor([-1.0, 0.25, 2.0], requires_grad=True)
    y = AnnSampler()(z)
    y.sum().backward()
    assert y.tolist() == [0, 0.25, 1]
    assert z.grad.tolist() == pytest.approx([0, 1, 0], abs=1e-4)


def test_fit_without_points_keeps_the_last_one():
    sampler = AnnSampler()
    sampler.fit()
    assert sampler.centers is None
    sampler = recorded([0.2, 0.5], [0.3, 0.9])
    sampler.fit()
    before = sampler.centers
    sampler.clear()
    sampler.fit()
    assert sampler.centers is before


def test_silent_layer_gets_slope_one():
    sampler = recorded([0.0, 0.0], [-0.5, 0.1])
    sampler.fit(monotone=True)
    assert sampler.max == 0.8
    assert sampler(torch.tensor([0.5])).item() == 0.5
    assert_rises(sampler)


@pytest.mark.parametrize(
    "drive",
    [
        [0.5, 0.4, 0.3, 0.2],
        [0.5, 0.5, 0.5, 0.5],
        [0.1, 0.3, 0.2, 0.6],
        [-1.0, -2.0, -3.0, -4.0],
    ],
)
def test_monotone_fit_rises_whatever_the_points(drive):
    sampler = recorded([0.15, 0.3, 0.5, 0.6], drive)
    sampler.fit(monotone=True)
    assert_rises(sampler)


def test_state_comes_back_and_checkpoints_without_it_load_strictly():
    sampler = recorded([0.2, 0.5, 0.7], [0.3, 0.9, 1.0])
    sampler.fit()
    copied = {key: value.clone() for key, value in sampler.state_dict().items()}
    other = AnnSampler()
    other.load_state_dict(copied)
    for name in ("a", "z", "centers", "slopes", "max", "scale"):
        np.testing.assert_array_equal(getattr(other, name), getattr(sampler, name))
    other.load_state_dict({}, strict=True)
    np.testing.assert_array_equal(other.centers, sampler.centers)


def test_unfitted_state_comes_back_unfitted():
    other = AnnSampler()
    other.load_state_dict(AnnSampler().state_dict())
    assert other.centers is None
    assert other.a.size == 0


def test_plot_draws_points_line_and_knots():
    plt = pytest.importorskip("matplotlib.pyplot")
    plt.switch_backend("Agg")
    with pytest.raises(ValueError, match="SAMPLE"):
        AnnSampler().plot()
    sampler = recorded([0.2, 0.5, 0.7], [0.3, 0.9, 1.0])
    sampler.fit()
    sampler.plot(figsize=(2, 2))
    assert len(plt.gca().lines) == 3
    plt.close("all")


def test_drive_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="shape"):
        AnnSampler().append(torch.zeros(1, 2, 3), torch.zeros(1, 3, 3))


def test_no_step_leaves_no_point():
    sampler = AnnSampler()
    sampler.append(*torch.zeros(2, 1, 3, 0))
    assert sampler.a.size == 0


@pytest.mark.parametrize(
    ("bins", "shares"), [(0, (0.1, 0.9)), (5, (0.9, 0.1)), (5, (0.1, 1.1))]
)
def test_bins_that_make_no_sense_are_refused(bins, shares):
    with pytest.raises(ValueError, match="num_centers is"):
        AnnSampler(bins, shares)
