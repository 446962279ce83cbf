"""Batch norms through time: what they compute, and folded into weights."""

import numpy as np
import pytest
import torch

from lava.lib.dl import spec
from lava.lib.dl.slayer import block, io
from lava.lib.dl.slayer.neuron import norm
from lava.lib.dl.spec import reference

CUBA = {"threshold": 0.5, "current_decay": 0.4, "voltage_decay": 0.2}
WAVE = {"threshold": 0.5, "period": 9, "decay": 0.1}
SDNN = {"threshold": 0.1, "activation": torch.relu}
NORM = {"norm": norm.BatchNorm}
STEPS = 20

BLOCKS = {
    "dense": lambda: block.cuba.Dense({**CUBA, **NORM}, 4, 3, weight_norm=True),
    "conv": lambda: block.cuba.Conv({**CUBA, **NORM}, 4, 6, 3, groups=2, padding=1),
    "convT": lambda: block.cuba.ConvT({**CUBA, **NORM}, 4, 6, 3, groups=2),
    "recurrent": lambda: block.cuba.Recurrent({**CUBA, **NORM}, 4, 3),
    "affine": lambda: block.cuba.Affine({**CUBA, **NORM}, 4, 3),
    "complex": lambda: block.rf_iz.Dense({**WAVE, **NORM}, 4, 3),
    "sigma-delta": lambda: block.sigma_delta.Dense({**SDNN, **NORM}, 4, 3),
}


def draw(name, seed=0):
    shape = (4, 5, 5) if name.startswith("conv") else (4,)
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(6, *shape, STEPS, generator=generator) < 0.4).float()


@pytest.fixture(params=BLOCKS)
def trained(request):
    """A block whose norm has seen batches, and an input."""
    torch.manual_seed(7)
    net = BLOCKS[request.param]()
    for each in (m for m in net.modules() if isinstance(m, norm.BatchNorm)):
        each.fix_channels(net.neuron.num_neurons or 3)
        torch.nn.init.uniform_(each.gamma, 0.3, 1.2)
        torch.nn.init.uniform_(each.beta, -0.3, 0.5)
    for seed in range(30):
        net(draw(request.param, seed))
    return net.eval(), draw(request.param, 99)


def test_a_batch_norm_is_torchs_over_batch_space_and_time():
    x = torch.randn(4, 3, 5, 7, generator=torch.Generator().manual_seed(1)) * 3 + 1
    ours, theirs = norm.BatchNorm(3), torch.nn.BatchNorm2d(3)
    for _ in range(3):
        torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def test_states_load_whatever_came_first():
    x = torch.randn(4, 3, 8)
    first = norm.BatchNorm()
    first(x)
    second = norm.BatchNorm()
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.eval()(x), second.eval()(x))


def test_folded_networks_compute_nearly_the_same(trained):
    net, x = trained
    before = net(x)
    after = block.fold_norms(net)(x)
    assert not any(isinstance(m, norm.BatchNorm) for m in net.modules())
    assert before.any()
    size = before.abs().mean()
    assert (before - after).abs().mean() < 0.3 * size
    assert (before.abs().mean() - after.abs().mean()).abs() < 0.15 * size


@pytest.mark.parametrize("name", ["dense", "conv", "convT"])
def test_the_weights_take_the_factor(name):
    torch.manual_seed(7)
    net = BLOCKS[name]()
    net.pre_hook_fx = None
    x = draw(name)
    for seed in range(3):
        net(draw(name, seed))
    own = net.eval().neuron.norm
    torch.nn.init.uniform_(own.gamma, 0.3, 1.2)
    expected = own(net.synapse(x))
    block.fold_norms(net)
    net.neuron.norm.pre_hook_fx = lambda values, descale=False: values
    torch.testing.assert_close(net.neuron.norm(net.synapse(x)), expected)


def test_files_hold_the_folded_network(trained, tmp_path):
    net, x = trained
    state = {name: value.clone() for name, value in net.state_dict().items()}
    io.export(net, tmp_path / "folded.net")
    assert all(torch.equal(state[n], v) for n, v in net.state_dict().items())
    y = block.fold_norms(net)(x)[0].flatten(0, -2).T.detach()
    rows, shape = x[0].flatten(0, -2).T.tolist(), tuple(x.shape[1:-1])
    trace = reference.run(spec.read(tmp_path / "folded.net"), rows, shape)[-1]
    found = np.array([[float(v) for v in row] for row in trace.output])
    np.testing.assert_array_equal(found, y.numpy())


def test_single_layers_are_written_folded(trained, tmp_path):
    import h5py

    net, _ = trained
    with h5py.File(tmp_path / "layer.net", "w") as file:
        net.export_hdf5(file.create_group("layer/0"))
    io.export(block.fold_norms(net), tmp_path / "folded.net")
    assert not spec.diff(tmp_path / "layer.net", tmp_path / "folded.net")


def test_records_of_what_is_not_folded_are_refused(trained):
    with pytest.raises(ValueError, match=r"fold it with slayer\.block\.fold_norms"):
        trained[0].to_spec()


@pytest.mark.parametrize(
    "make",
    [
        lambda: block.cuba.Input({**CUBA, **NORM}),
        lambda: block.cuba.KWTA({**CUBA, **NORM}, 4, 3, 1),
    ],
)
def test_norms_of_more_than_weights_are_refused(make):
    net = make()
    net(draw("dense"))
    with pytest.raises(ValueError, match="scales more than learnt weights"):
        block.fold_norms(net)
