"""What the spiking neurons promise besides their arithmetic."""

import copy
import pickle

import numpy as np
import pytest
import torch

from lava.lib.dl.slayer.neuron import Dropout, alif, base, cuba, norm, rf

DEVICE = {
    "vThMant": 32,
    "vThStep": 19,
    "iDecay": 1229,
    "vDecay": 410,
    "thDecay": 819,
    "refDecay": 1000,
    "sinDecay": 2501,
    "cosDecay": 2981,
}


def test_states_stay_out_of_the_state_dict(kind):
    neuron = kind()
    neuron(kind.argument(kind.input(2, 3, 5)))
    assert list(neuron.state_dict()) == [
        n for n, _ in neuron.named_parameters() if n.endswith("_decay")
    ]
    assert all(p.shape == (1,) for p in neuron.parameters())


def test_channels_draw_their_own_decays_once(kind):
    neuron = kind(shared_param=False)
    assert all(torch.isfinite(p).all() for p in neuron.parameters())
    assert neuron.device_params["vThMant"] == neuron.v_th_mant
    x = kind.argument(kind.input(2, 4, 5))
    neuron(x)
    drawn = [p.detach().clone() for p in neuron.parameters()]
    assert all(p.shape == (4,) for p in drawn)
    neuron(x)
    for before, after in zip(drawn, neuron.parameters(), strict=True):
        assert torch.equal(before, after)


def test_trained_channels_load_before_the_first_pass(kind):
    trained, fresh = kind(shared_param=False), kind(shared_param=False)
    x = kind.argument(kind.input(2, 4, 3, 9))
    spikes = trained(x)
    fresh.load_state_dict(trained.state_dict())
    assert torch.equal(fresh(x), spikes)
    for name, value in trained.state_dict().items():
        assert torch.equal(fresh.state_dict()[name], value)


def test_channels_of_another_number_do_not_load(kind):
    trained, fresh = kind(shared_param=False), kind(shared_param=False)
    trained(kind.argument(kind.input(2, 4, 9)))
    fresh(kind.argument(kind.input(2, 3, 9)))
    with pytest.raises(RuntimeError, match="size mismatch"):
        fresh.load_state_dict(trained.state_dict())


def test_parameters_of_channels_act_on_axis_1(kind):
    """In five dimensions each channel runs as a neuron of its own would."""
    torch.manual_seed(3)
    neuron = kind(shared_param=False, requires_grad=True)
    inputs = kind.input(2, 4, 4, 4, 9)
    spikes = neuron(kind.argument(inputs))
    for c in range(4):
        alone = kind(requires_grad=True)
        for name, parameter in neuron.named_parameters():
            getattr(alone, name).data = parameter.data[c : c + 1].clone()
        part = [x[:, c : c + 1] for x in inputs]
        assert torch.equal(alone(kind.argument(part)), spikes[:, c : c + 1])


def test_copies_run_alike(kind):
    neuron = kind(norm=norm.WgtScaleBatchNorm)
    x = kind.argument(kind.input(2, 3, 9))
    neuron(x)
    neuron.eval()
    for copied in (copy.deepcopy(neuron), pickle.loads(pickle.dumps(neuron))):
        assert torch.equal(copied(x), neuron(x))
        owner = copied.real_norm if kind.complex else copied.norm
        assert owner.pre_hook_fx.__self__ is copied


def test_complex_neurons_have_a_norm_attribute():
    assert rf.Neuron(1, 9, 0.1, norm=norm.MeanOnlyBatchNorm).norm is None


def test_thresholds_that_round_to_zero_are_refused(kind):
    with pytest.raises(ValueError, match=r"rounds to 0 at scale 64; use at least"):
        kind(threshold=0.001)


def test_decays_out_of_range_are_clamped(kind):
    for name, _ in kind().named_parameters():
        if name in ("sin_decay", "cos_decay"):
            continue
        for value, whole in ((1.5, 4096), (-0.5, 0)):
            assert getattr(kind(**{name: value}), f"cx_{name}") == whole
    for value in (1.5, -0.5) if kind.complex else ():
        neuron = kind(decay=value)
        sin, cos = int(neuron.cx_sin_decay), int(neuron.cx_cos_decay)
        assert sin >= 1 and cos >= 0 and sin**2 + cos**2 <= 4096**2


def test_scalars_are_needed_where_parameters_are_shared(kind):
    name = "decay" if kind.complex else "current_decay"
    with pytest.raises(AssertionError, match="to be a scalar when shared_param"):
        kind(**{name: (0.1, 0.2)})
    with pytest.raises(AssertionError, match=r"of length 2 i\.e\. \[min, max\]"):
        kind(**{name: (0.1, 0.2, 0.3)}, shared_param=False)


def test_short_periods_are_refused():
    with pytest.raises(AssertionError, match="period less than 4"):
        rf.Neuron(1, 3, 0.1)


def test_wrong_shapes_are_refused(kind):
    neuron = kind()
    for _ in range(2):
        with pytest.raises(AssertionError, match="at least 3 dimensions"):
            neuron(kind.argument(kind.input(3, 5)))
        assert neuron.shape is None
    neuron(kind.argument(kind.input(2, 3, 5)))
    with pytest.raises(AssertionError, match="does not match with Neuron shape"):
        neuron(kind.argument(kind.input(2, 4, 5)))
    assert neuron.num_neurons == 3


def test_real_and_imaginary_shapes_must_agree():
    with pytest.raises(AssertionError, match="imaginary input shape"):
        rf.Neuron(1, 9, 0.1)((torch.zeros(1, 2, 3), torch.zeros(1, 2, 4)))


def test_device_params_make_the_neuron_again(kind):
    arguments = kind.module.neuron_params(DEVICE)
    made = kind(**arguments).device_params
    for name, value in DEVICE.items():
        if name in made:
            assert abs(int(made[name]) - value) <= 1, name


def test_threshold_step_comes_from_its_own_entry():
    assert alif.neuron_params(DEVICE)["threshold_step"] == 19 / 64


@pytest.mark.parametrize("scale", [7, 64, 100, 1000])
def test_thresholds_are_the_integers_of_the_file_at_any_scale(scale):
    for steps in range(1, 2 * scale):
        value = steps / scale
        neuron = alif.Neuron(value, value, 0.1, 0.1, 0.1, 0.1, scale=scale)
        record = neuron.device_params
        assert record["vThMant"] == record["vThStep"] == int(value * scale)
        units = (
            neuron.s_scale * neuron.threshold,
            neuron.s_scale * neuron.threshold_step,
        )
        assert [int(u) for u in units] == [64 * record["vThMant"]] * 2
        assert int(neuron.s_scale * neuron.threshold_state) == 64 * record["vThMant"]


def test_arrays_of_device_params_are_taken():
    arrays = {k: np.asarray(v) for k, v in DEVICE.items()}
    assert rf.neuron_params(arrays) == rf.neuron_params(DEVICE)


def test_overridden_spikes_are_used():
    class Silent(cuba.Neuron):
        def spike(self, voltage):
            return torch.zeros_like(voltage)

    assert not Silent(0.1, 0.1, 0.1)(torch.ones(1, 1, 9)).any()


def test_disabled_threshold_integrates_without_reset():
    neuron = cuba.Neuron(0.5, 1.0, 0.0)
    neuron._threshold = -1
    _, voltage = neuron.dynamics(torch.ones(1, 1, 5))
    assert voltage.tolist() == [[[1, 2, 3, 4, 5]]]


def test_scales_must_be_in_order():
    with pytest.raises(AssertionError, match="State scale is expected"):
        base.Neuron(1, w_scale=64, s_scale=32)


def test_dropped_spikes_leave_states_alone(kind):
    x = kind.argument(kind.input(2, 3, 9))
    plain = kind(persistent_state=True)
    dropping = kind(persistent_state=True, dropout=Dropout(0.9))
    plain(x)
    dropping(x)
    for a, b in zip(kind.states(plain), kind.states(dropping), strict=True):
        assert torch.equal(a, b)


def test_decay_gradients_descend():
    """A small step against the gradient lowers the loss it came from."""
    x = torch.rand(2, 3, 40)
    neuron = cuba.Neuron(60.0, 0.3, 0.1, requires_grad=True)
    losses = []
    for _ in range(2):
        _, voltage = neuron.dynamics(x)
        loss = (voltage - 3).square().mean()
        losses.append(loss.item())
        neuron.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in neuron.parameters():
                p -= 20 * p.grad.sign()
    assert losses[1] < losses[0]


def test_modules_move_and_convert(kind):
    """Module.to reaches parameters and states, before and after the first pass."""
    neuron = kind(persistent_state=True).to(torch.float64)
    assert all(p.dtype == torch.float64 for p in neuron.parameters())
    neuron(kind.argument(kind.input(2, 3, 5)))
    neuron = neuron.to(torch.float32)
    assert all(s.dtype == torch.float32 for s in kind.states(neuron))
    assert neuron(kind.argument(kind.input(2, 3, 5))).shape == (2, 3, 5)
    assert neuron.to("meta").device.type == "meta"
