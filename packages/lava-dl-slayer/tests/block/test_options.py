"""What single arguments of blocks do, and what is refused."""

import warnings

import numpy as np
import pytest
import torch

from lava.lib.dl import slayer, spec

CUBA = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
RF = {"threshold": 0.3, "period": 6, "decay": 0.1}
cuba = slayer.block.cuba


def spikes(*shape):
    return (torch.rand(shape, generator=torch.Generator().manual_seed(1)) < 0.4).float()


@pytest.mark.parametrize("weight_norm", [False, True])
@pytest.mark.parametrize(("family", "params"), [("cuba", CUBA), ("rf", RF)])
def test_mask_takes_synapses_away_and_keeps_the_parameters(family, params, weight_norm):
    torch.manual_seed(1)
    mask = torch.ones(5, 8)
    mask[:, 3] = 0
    block = getattr(slayer.block, family).Dense(
        params, 8, 5, weight_scale=4, weight_norm=weight_norm, mask=mask
    )
    before = [p.detach().clone() for p in block.synapse.parameters()]
    x = spikes(2, 8, 20).requires_grad_()
    block(x).sum().backward()
    assert not x.grad[:, 3].any() and x.grad.any()
    assert all(map(torch.equal, block.synapse.parameters(), before))
    assert not block.to_spec().weight[:, 3].any()
    assert "mask" in block.state_dict()


def test_input_without_neuron_passes_data_on_a_step_late():
    x = torch.rand(2, 3, 4)
    assert torch.equal(cuba.Input()(x), slayer.axon.delay(x))
    assert torch.equal(cuba.Input(delay_shift=False)(x), x)
    scaled = cuba.Input(weight=2, bias=1, delay_shift=False)
    assert torch.equal(scaled(x), 2 * x + 1)


def test_flatten_passes_what_is_flat_already():
    flatten, x = cuba.Flatten(), spikes(2, 3, 4)
    assert torch.equal(flatten(x), x)
    assert list(flatten.shape) == [3, 1, 1]


def test_recurrent_weights_stay_where_they_are_not_to_learn():
    block = cuba.Recurrent(CUBA, 4, 4, weight_scale=4, requires_grad=False)
    block(spikes(2, 4, 10)).sum().backward()
    assert block.recurrent_synapse.weight.grad is None
    assert block.input_synapse.weight.grad is not None


def test_delay_and_hook_mean_the_same_by_position_and_by_name():
    def unchanged(weight, descale=False):
        return weight

    block = cuba.Dense(CUBA, 4, 3, 1, False, unchanged, True)
    assert block.synapse.pre_hook_fx is unchanged
    assert isinstance(block.delay, slayer.axon.Delay)
    assert block.delay.max_delay == 62


def test_no_hook_means_no_quantisation_and_no_file():
    block = cuba.Dense(CUBA, 4, 3, pre_hook_fx=None)
    assert torch.equal(block.synapse.effective_weight(), block.synapse.weight)
    with pytest.raises(ValueError, match="pre_hook_fx is None"):
        block.to_spec()


def test_clipped_weights_are_reported_with_their_share(tmp_path):
    import h5py

    block = cuba.Dense(CUBA, 4, 2)
    block.synapse.weight.data.fill_(0.5)
    with h5py.File(tmp_path / "fits.net", "w") as file, warnings.catch_warnings():
        warnings.simplefilter("error")
        block.export_hdf5(file.create_group("layer/0"))
    block.synapse.weight.data[0] = 5
    with (
        h5py.File(tmp_path / "clipped.net", "w") as file,
        pytest.warns(UserWarning, match=r"50\.0% of the dense layer's weights"),
    ):
        block.export_hdf5(file.create_group("layer/0"))


def quarters(weight, descale=False):
    return torch.round(weight * 4) / 4 * (64 if descale else 1)


def signs(weight, descale=False):
    return torch.sign(weight) * (64 if descale else 1)


def per_channel(weight, descale=False):
    largest = weight.abs().amax(dim=(1, 2, 3, 4), keepdim=True)
    return torch.round(weight / largest) * (64 if descale else largest)


@pytest.mark.parametrize("hook", [quarters, signs, per_channel])
def test_what_a_coarse_quantisation_rounds_away_is_not_called_clipped(hook, tmp_path):
    import h5py

    block = cuba.Dense(CUBA, 40, 30, pre_hook_fx=hook)
    with h5py.File(tmp_path / "coarse.net", "w") as file, warnings.catch_warnings():
        warnings.simplefilter("error")
        block.export_hdf5(file.create_group("layer/0"))


@pytest.mark.parametrize("longest", [64, 130, 2**15])
def test_delays_are_written_as_they_were_trained(longest, tmp_path):
    block = cuba.Dense(CUBA, 4, 2, delay=True)
    block.delay.max_delay = longest
    block.materialise((4,))
    block.delay.delay.data = torch.tensor([5.7, longest + 10.0])
    assert block.to_spec().delay.tolist() == [5, longest]
    spec.write(spec.Network([block.to_spec()]), tmp_path / "long.net")
    found = spec.validate(tmp_path / "long.net", "loihi2")
    assert [(p.code, p.path) for p in found] == [("loihi2-limit", "/layer/0/delay")]


def test_delays_beyond_what_a_file_holds_are_no_file():
    block = cuba.Dense(CUBA, 4, 2, delay=True)
    block.delay.max_delay = None
    block.materialise((4,))
    block.delay.delay.data = torch.tensor([5.0, 2.0**15 + 1])
    with pytest.raises(spec.FormatError, match=r"delay.*32768"):
        block.to_spec()


def test_long_delays_go_on_in_the_next_call():
    torch.manual_seed(0)
    block = cuba.Dense({**CUBA, "persistent_state": True}, 4, 2, 3, delay=True)
    block.delay.max_delay = 200
    block.materialise((4,))
    block.delay.delay.data = torch.tensor([5.0, 150.0])
    x = (torch.rand(1, 4, 300) < 0.4).float()
    whole = block(x)
    block.reset_state()
    pieces = [block(piece) for piece in x.split(70, dim=-1)]
    assert whole[:, 1].any() and torch.equal(torch.cat(pieces, dim=-1), whole)


@pytest.mark.parametrize("scale", [7, 48, 100, 1000])
def test_weights_and_threshold_are_integers_in_units_of_any_scale(scale):
    low, high = -256 // 2, 254 // 2
    block = cuba.Dense({**CUBA, "threshold": 0.58, "scale": scale}, 256, 1)
    whole = 2 * torch.arange(low, high + 1, dtype=torch.float32)
    block.synapse.weight.data = (whole / scale).reshape(1, -1, 1, 1, 1)
    record = block.to_spec()
    assert record.weight.tolist() == [whole.tolist()]
    assert record.neuron.threshold == int(0.58 * scale)
    assert record.neuron.threshold == int(block.neuron.threshold * scale)


def test_weights_that_are_no_integers_are_no_file():
    def thousandths(weight, descale=False):
        return torch.full_like(weight, 10.001)

    block = cuba.Dense({**CUBA, "scale": 100}, 4, 3, pre_hook_fx=thousandths)
    with pytest.raises(ValueError, match="expected integers"):
        block.to_spec()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: cuba.Dense(None, 4, 3), ValueError, "neuron_params is None"),
        (lambda: cuba.Dense(CUBA, 4.5, 3), ValueError, "in_neurons is 4.5"),
        (lambda: cuba.Conv(CUBA, 2, 3, (1, 2, 3)), ValueError, "kernel_size is"),
        (lambda: cuba.TimeDecimation(3), AssertionError, "power of two"),
        (lambda: cuba.Dense(CUBA, 4, 3)(spikes(2, 5, 6)), ValueError, "5 channels"),
        (lambda: cuba.Dense(CUBA, 4, 3, mask=torch.ones(4, 3)), ValueError, "mask"),
        (
            lambda: cuba.Dense({**CUBA, "threshold": 1e-3}, 4, 3),
            ValueError,
            "rounds to 0",
        ),
        (lambda: cuba.KWTA(CUBA, 4, 3, num_winners=7), ValueError, "num_winners is 7"),
        (lambda: cuba.Average(3)(spikes(2, 8, 5)), ValueError, "num_outputs is 3"),
    ],
)
def test_bad_arguments_are_named(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_threshold_that_says_never_still_spikes_in_the_file():
    block = cuba.Dense({**CUBA, "threshold": (2**18 - 1) / 64}, 4, 2)
    layer = block.to_spec()
    assert (layer.neuron.threshold, layer.readout) == (2**18 - 1, "spike")


UNKNOWN = {
    "a voltage of a kernel": spec.Conv(
        (1, 1, 1),
        np.full((1, 1, 1, 1), 2),
        neuron=spec.Cuba(9, 9, 64),
        readout="voltage",
    ),
    "recurrent sigma-delta": spec.Recurrent(
        (1,), np.full((1, 1), 2), np.full((1, 1), 2), neuron=spec.SigmaDelta(9)
    ),
    "a delayed read-out": spec.Dense((1,), np.full((1, 1), 2), delay=[3]),
    "threshold 0": spec.Dense((1,), np.full((1, 1), 2), neuron=spec.Cuba(9, 9, 0)),
    "exponents": spec.Dense(
        (2,),
        np.full((2, 1), 2),
        bias=[2, 4],
        neuron=spec.Cuba(9, 9, 64, weight_exp=[1, 2]),
    ),
}


@pytest.mark.parametrize("layer", UNKNOWN.values(), ids=list(UNKNOWN))
def test_layers_that_no_block_computes_are_refused_as_such(layer):
    with pytest.raises(NotImplementedError, match="block"):
        slayer.auto.from_spec(layer)


@pytest.mark.parametrize("size", [1, 2, 2 * 3 * 3])
def test_the_own_bias_of_sigma_delta_comes_back_from_a_file(size):
    neuron = spec.SigmaDelta(9, bias=np.arange(size) / 8)
    layer = spec.Conv((2, 3, 3), np.full((2, 1, 1, 1), 2), neuron=neuron)
    block = slayer.auto.from_spec(layer)
    block(torch.ones(1, 1, 3, 3, 2))
    assert np.array_equal(np.ravel(block.to_spec().neuron.bias), neuron.bias)
