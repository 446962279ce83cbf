"""Every loss against recorded values, and its mask against cutting the batch."""

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer import loss

RECORDED = {
    "SpikeTime": (loss.SpikeTime, {}, "desired"),
    "SpikeTime_mean_tau3_len20_o3": (
        loss.SpikeTime,
        {"time_constant": 3, "length": 20, "filter_order": 3, "reduction": "mean"},
        "desired",
    ),
    "SpikeRate": (loss.SpikeRate, {"true_rate": 0.8, "false_rate": 0.05}, "label"),
    "SpikeRate_mean": (
        loss.SpikeRate,
        {"true_rate": 0.8, "false_rate": 0.05, "reduction": "mean"},
        "label",
    ),
    "SpikeRate_w6_labelt": (
        loss.SpikeRate,
        {"true_rate": 0.8, "false_rate": 0.05, "moving_window": 6},
        "label_t",
    ),
    "SpikeMax_prob": (loss.SpikeMax, {}, "label"),
    "SpikeMax_softmax_mean": (
        loss.SpikeMax,
        {"mode": "softmax", "reduction": "mean"},
        "label",
    ),
    "SpikeMax_softmax_w6": (
        loss.SpikeMax,
        {"mode": "softmax", "moving_window": 6},
        "label",
    ),
    "SpikeMax_softmax_w6_labelt": (
        loss.SpikeMax,
        {"mode": "softmax", "moving_window": 6},
        "label_t",
    ),
    "SpikeMoid": (loss.SpikeMoid, {"alpha": 0.5, "theta": 0.3}, "multi"),
    "SpikeMoid_w6_2d": (
        loss.SpikeMoid,
        {"alpha": 0.5, "theta": 0.3, "moving_window": 6, "reduction": "mean"},
        "multi",
    ),
    "SpikeMoid_w6_3d": (
        loss.SpikeMoid,
        {"alpha": 0.5, "theta": 0.3, "moving_window": 6, "reduction": "mean"},
        "multi_t",
    ),
}
LENGTHS = (20, 7, 13)


@pytest.fixture
def recorded(arrays_of):
    return arrays_of("slayer/loss.npz")


@pytest.fixture
def batch():
    draw = torch.Generator().manual_seed(3)
    spikes = (torch.rand(3, 5, 20, generator=draw) < 0.4).float()
    return {
        "x": spikes,
        "desired": (torch.rand(3, 5, 20, generator=draw) < 0.4).float(),
        "label": torch.tensor([0, 3, 4]),
        "label_t": torch.randint(0, 5, (3, 20), generator=draw),
        "multi": torch.rand(3, 5, generator=draw),
        "multi_t": torch.rand(3, 5, 20, generator=draw),
        "mask": torch.arange(20) < torch.tensor(LENGTHS)[:, None],
    }


@pytest.mark.parametrize("name", RECORDED)
def test_value_and_gradient_are_the_recorded_ones(recorded, name):
    kind, options, target = RECORDED[name]
    x = torch.tensor(recorded["x"], requires_grad=True)
    value = kind(**options)(x, torch.tensor(recorded[target]))
    value.backward()
    np.testing.assert_allclose(value.detach(), recorded[name], rtol=1e-5)
    np.testing.assert_allclose(x.grad, recorded[name + ".gx"], rtol=1e-4, atol=1e-6)


def test_filters_in_series_are_the_recorded_ones(recorded):
    made = loss.SpikeTime(time_constant=3, length=20, filter_order=3)
    want = recorded["SpikeTime_o3.filter"]
    np.testing.assert_allclose(made.state_dict()["filter.filter"], want, rtol=1e-5)


@pytest.mark.parametrize("name", RECORDED)
def test_masked_batch_costs_what_its_samples_cut_to_length_cost(batch, name):
    kind, options, target = RECORDED[name]
    options = {**options, "reduction": "sum"}
    error = kind(**options)
    junk = batch["x"].masked_fill(~batch["mask"][:, None], 9.0)
    whole = error(junk, batch[target], mask=batch["mask"])
    parts = 0
    for i, length in enumerate(LENGTHS):
        want = batch[target][i : i + 1]
        if want.shape[-1] == 20:
            want = want[..., :length]
        parts += error(batch["x"][i : i + 1, :, :length], want)
    torch.testing.assert_close(whole, parts)


@pytest.mark.parametrize("name", RECORDED)
def test_full_mask_changes_nothing(batch, name):
    kind, options, target = RECORDED[name]
    error = kind(**options)
    full = torch.ones(3, 20)
    plain = error(batch["x"], batch[target])
    torch.testing.assert_close(error(batch["x"], batch[target], mask=full), plain)


def test_masked_mean_counts_only_what_the_mask_keeps(batch):
    total = loss.SpikeTime(reduction="sum")
    mean = loss.SpikeTime(reduction="mean")
    args = batch["x"], batch["desired"], batch["mask"]
    torch.testing.assert_close(mean(*args), total(*args) / (5 * sum(LENGTHS)))


def test_one_label_a_sample_serves_every_window(batch):
    error = loss.SpikeRate(0.8, 0.05, moving_window=6)
    repeated = batch["label"][:, None].repeat(1, 20)
    torch.testing.assert_close(
        error(batch["x"], batch["label"]), error(batch["x"], repeated)
    )


def test_silent_class_has_a_finite_loss_and_a_gradient_that_wakes_it():
    x = torch.zeros(1, 3, 10)
    x[0, 1] = 1
    x.requires_grad_()
    value = loss.SpikeMax()(x, torch.tensor([0]))
    value.backward()
    assert value.isfinite()
    assert x.grad.isfinite().all()
    assert (x.grad[0, 0] < 0).all()


def test_sparsity_enforcer_gives_the_recorded_loss_and_clears(recorded):
    enforcer = loss.SparsityEnforcer(max_rate=0.1, lam=2)
    assert enforcer.loss == 0.0
    enforcer.append(torch.tensor(recorded["x"]))
    enforcer.append(0.1 * torch.tensor(recorded["desired"]))
    np.testing.assert_allclose(enforcer.loss, recorded["Sparsity"], rtol=1e-5)
    enforcer.clear()
    assert enforcer.loss == 0.0


def test_sparsity_enforcer_counts_only_what_the_mask_keeps():
    x = torch.zeros(2, 3, 10)
    x[..., 5:] = 1
    enforcer = loss.SparsityEnforcer(max_rate=0.1)
    enforcer.append(x, mask=(torch.arange(10) < 5).expand(2, 10))
    assert enforcer.loss == 0.0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: loss.SpikeRate(1.2, 0), AssertionError, "true_rate"),
        (lambda: loss.SpikeRate(0.5, -0.1), AssertionError, "false_rate"),
        (lambda: loss.SpikeTime(reduction="avg"), ValueError, "reduction"),
        (lambda: loss.SpikeMax(moving_window=0), ValueError, "time_window"),
    ],
)
def test_arguments_out_of_range_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("error", "target", "message"),
    [
        (loss.SpikeTime(), torch.zeros(2, 3, 9), "desired"),
        (loss.SpikeRate(0.8, 0.1), torch.zeros(2), "int64"),
        (loss.SpikeRate(0.8, 0.1), torch.zeros(2, 10, dtype=torch.int64), "shape"),
        (loss.SpikeMax(4), torch.zeros(2, 9, dtype=torch.int64), "label"),
        (loss.SpikeMoid(), torch.zeros(2, 4), "label"),
    ],
)
def test_targets_of_the_wrong_kind_are_refused(error, target, message):
    with pytest.raises(ValueError, match=message):
        error(torch.zeros(2, 3, 10), target)


def test_mask_of_the_wrong_shape_is_refused():
    x = torch.zeros(2, 3, 10)
    with pytest.raises(ValueError, match="mask"):
        loss.SpikeTime()(x, x, mask=torch.ones(2, 9))
