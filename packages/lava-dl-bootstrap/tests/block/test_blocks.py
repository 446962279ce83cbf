"""Blocks through their modes, their checkpoints and files."""

import copy
import pickle

import h5py
import numpy as np
import pytest
import torch
from torch.nn.utils import parametrize
from torch.optim.swa_utils import AveragedModel

from lava.lib.dl import slayer, spec
from lava.lib.dl.bootstrap import Mode, block
from lava.lib.dl.bootstrap.routine import LayerMode, Scheduler

CUBA = {
    "threshold": 1.25,
    "current_decay": 1,
    "voltage_decay": 0.03,
    "tau_grad": 1,
    "scale_grad": 1,
}
ALIF = {
    **CUBA,
    "threshold_step": 0.1,
    "threshold_decay": 0.5,
    "refractory_decay": 0.5,
}
SIGMA_DELTA = {"threshold": 0.1, "activation": torch.relu}
FAMILIES = {
    "cuba": (block.cuba, CUBA),
    "alif": (block.alif, ALIF),
    "sigma_delta": (block.sigma_delta, SIGMA_DELTA),
}
LAYERS = {
    "Input": ((), {"weight": 1, "bias": 0}, (4,)),
    "Dense": ((4, 6), {}, (4,)),
    "Conv": ((2, 3, 3), {}, (2, 6, 6)),
    "ConvT": ((2, 3, 3), {}, (2, 6, 6)),
    "Pool": ((2,), {}, (2, 6, 6)),
    "Unpool": ((2,), {}, (2, 6, 6)),
}
NORM = slayer.neuron.norm.MeanOnlyBatchNorm


@pytest.fixture(params=FAMILIES)
def family(request):
    return FAMILIES[request.param]


@pytest.fixture(params=LAYERS)
def made(request, family):
    module, neuron = family
    arguments, options, shape = LAYERS[request.param]
    torch.manual_seed(1)
    return getattr(module, request.param)(neuron, *arguments, **options), shape


RECORDED = {
    "input": ("Input", (), {"weight": 1, "bias": 0}),
    "dense": ("Dense", (6, 8), {}),
    "dense_noshift": ("Dense", (6, 8), {"delay_shift": False}),
    "dense_wn": ("Dense", (6, 8), {"weight_norm": True, "weight_scale": 2}),
    "dense_mask": ("Dense", (6, 8), {}),
    "dense_norm_eval": ("Dense", (6, 8), {"neuron": {"norm": NORM}}),
    "dense_norm_train": ("Dense", (6, 8), {"neuron": {"norm": NORM}}),
    "dense_cubadecay": (
        "Dense",
        (6, 8),
        {"neuron": {"current_decay": 0.3, "voltage_decay": 0.2, "threshold": 1.0}},
    ),
    "conv": ("Conv", (2, 4, 3), {"stride": 2, "padding": 1}),
    "affine": ("Affine", (6, 4), {}),
}
MODES = ("SNN", "SAMPLE", "SAMPLE", "FIT", "ANN", "SNN")


@pytest.mark.parametrize("name", RECORDED)
def test_every_mode_gives_the_recorded_numbers(arrays_of, name):
    data = arrays_of("bootstrap/blocks.npz")
    kind, arguments, options = RECORDED[name]
    options = dict(options)
    neuron = {**CUBA, **options.pop("neuron", {})}
    if name == "dense_mask":
        options["mask"] = torch.tensor(data["dense_mask/mask"])
    layer = getattr(block.cuba, kind)(neuron, *arguments, **options)
    layer.train(name.endswith("_train"))
    for key, parameter in layer.named_parameters():
        if f"{name}/param/{key}" in data:
            parameter.data = torch.tensor(data[f"{name}/param/{key}"])
    for number, mode in enumerate(MODES):
        key = f"{name}/{number}_{mode}/"
        x = torch.tensor(data[name + "/x"] * (1 + 0.1 * number), dtype=torch.float32)
        x = x.mean(-1, keepdim=True) if mode == "ANN" else x
        x.requires_grad_()
        np.random.seed(50 + number)
        y = layer(x, mode=Mode[mode])
        np.testing.assert_allclose(y.detach(), data[key + "y"], 1e-4, 1e-5)
        ramp = torch.arange(y.numel(), dtype=torch.float32).reshape(y.shape)
        (y * torch.sin(ramp)).sum().backward()
        np.testing.assert_allclose(x.grad, data[key + "grad_x"], 1e-3, 1e-4)
        assert len(layer.f.a) == data[key + "n_points"]


def test_every_block_runs_in_every_mode_and_trains(made):
    layer, shape = made
    x = torch.rand(3, *shape, 8, requires_grad=True)
    shapes = set()
    for mode in (Mode.ANN, Mode.FIT, Mode.SNN, Mode.SAMPLE, Mode.FIT, Mode.ANN):
        y = layer(x, mode=mode)
        y.sum().backward()
        shapes.add(y.shape)
        assert y.isfinite().all()
        assert layer.mode is mode
    assert len(shapes) == 1
    assert x.grad.abs().sum() > 0


def slayer_class(layer):
    name = type(layer).__module__.rpartition(".")[2]
    return getattr(getattr(slayer.block, name), type(layer).__name__)


def test_every_block_is_the_slayer_block(made):
    assert isinstance(made[0], slayer_class(made[0]))


def test_every_block_copies_and_pickles(made):
    layer, shape = made
    x = torch.rand(3, *shape, 8)
    layer(x, mode=Mode.SAMPLE)
    layer(x, mode=Mode.FIT)
    want = layer(x, mode=Mode.ANN)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        torch.testing.assert_close(twin(x, mode=Mode.ANN), want)


def fitted(layer, x):
    """The layer with a fitted activation, and its output in mode ANN."""
    layer(x, mode=Mode.SAMPLE)
    layer(x, mode=Mode.FIT)
    return layer(x, mode=Mode.ANN).detach()


def test_every_block_is_averaged_between_batches_of_unlike_sizes(made):
    layer, shape = made
    layer.materialise(shape)
    average = AveragedModel(layer, use_buffers=True)
    for batch in (2, 3):
        x = torch.rand(batch, *shape, 8)
        want = layer(x, mode=Mode.SNN)
        average.update_parameters(layer)
    torch.testing.assert_close(average(x, mode=Mode.SNN), want)


def test_every_block_trains_after_a_pass_in_inference_mode(made):
    layer, shape = made
    x = torch.rand(2, *shape, 8)
    with torch.inference_mode():
        for mode in Mode:
            layer(x, mode=mode)
    for mode in Mode:
        layer(x.clone().requires_grad_(), mode=mode).sum().backward()


def test_every_block_runs_under_hooks_and_parametrisations(made):
    layer, shape = made
    x = torch.rand(2, *shape, 8)
    synapse = getattr(layer, "synapse", None)
    if synapse is None:
        pytest.skip("no synapse")
    want, calls = fitted(layer, x), []
    synapse.register_forward_hook(lambda *_: calls.append(1))
    parametrize.register_parametrization(synapse, "weight", torch.nn.Identity())
    for mode in (Mode.SNN, Mode.SAMPLE, Mode.ANN):
        calls.clear()
        y = layer(x, mode=mode)
        assert calls, mode
    torch.testing.assert_close(y, want)


def test_every_block_exports_once_fitted(made):
    layer, shape = made
    x = torch.rand(2, *shape, 8)
    want = fitted(layer.eval(), x)
    program = torch.export.export(layer, (x,), {"mode": Mode.ANN}).module()
    torch.testing.assert_close(program(x, mode=Mode.ANN), want)


def test_spiking_is_what_slayer_does(made):
    layer, shape = made
    x = torch.rand(2, *shape, 8)
    want = slayer_class(layer).forward(layer, x)
    torch.testing.assert_close(layer(x, mode=Mode.SNN), want)


def test_ann_alone_is_enough_to_export(made, tmp_path):
    layer, shape = made
    layer(torch.rand(1, *shape, 1), mode=Mode.ANN)
    with h5py.File(tmp_path / "n.net", "w") as file:
        layer.export_hdf5(file.create_group("layer/0"))
        kept = spec.read_layer(file["layer/0"])
    assert kept.neuron is not None


def test_fit_follows_the_rates_it_saw():
    torch.manual_seed(0)
    layer = block.cuba.Dense(CUBA, 8, 32, weight_scale=3)
    x = torch.rand(64, 8, 1).expand(-1, -1, 64)
    with torch.no_grad():
        rate = layer(x, mode=Mode.SAMPLE).mean(-1)
        layer.fit()
        fitted = layer(x[..., :1], mode=Mode.ANN)[..., 0]
    assert (rate - fitted).abs().mean() < 0.05


def test_drive_after_norm_fits_what_the_activation_gets():
    torch.manual_seed(0)
    layer = block.cuba.Dense({**CUBA, "norm": NORM}, 8, 16, weight_scale=3)
    layer.drive_after_norm = True
    x = torch.rand(32, 8, 16)
    with torch.no_grad():
        layer(x, mode=Mode.SAMPLE)
    assert layer.f.z.mean() == pytest.approx(0, abs=0.05)


def recorded_network(data, states):
    options = {"weight_norm": True, "weight_scale": 2}
    net = torch.nn.Module()
    net.blocks = torch.nn.ModuleList(
        [
            block.cuba.Input(CUBA, weight=1, bias=0),
            block.cuba.Dense(CUBA, 16, 24, **options),
            block.cuba.Dense(CUBA, 24, 24, **options),
            block.cuba.Affine(CUBA, 24, 4, **options),
        ]
    )
    keys = [k.removeprefix(states) for k in data if k.startswith(states)]
    state = {key: torch.tensor(data[states + key]) for key in keys}
    net.load_state_dict(state, strict=True)
    own = {k for k in net.state_dict() if not k.endswith("_extra_state")}
    assert own == set(keys)
    return net


def recorded_output(net, x, mode):
    x = x[..., None].expand(-1, -1, 1 if mode.base_mode is Mode.ANN else 16)
    for layer, layer_mode in zip(net.blocks, mode, strict=False):
        x = layer(x, mode=layer_mode)
    return x.mean(dim=-1)


def test_the_recorded_training_is_followed_through_its_fits(reference):
    with np.load(reference("bootstrap/train.npz")) as file:
        data = dict(file)
    net = recorded_network(data, "init/")
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    scheduler = Scheduler(num_sample_iter=3, sample_period=2)
    x, label = torch.tensor(data["x"]), torch.tensor(data["label"])
    losses = []
    np.random.seed(0)
    for epoch in range(6):
        for i, batch in enumerate(torch.arange(64).split(8)):
            mode = scheduler.mode(epoch, i)
            output = recorded_output(net, x[batch], mode)
            loss = torch.nn.functional.cross_entropy(output, label[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if mode.base_mode is Mode.FIT and epoch == 0:
                for number, layer in enumerate(net.blocks[:3]):
                    want = data[f"fit/0/{number}/centers"]
                    np.testing.assert_allclose(layer.f.centers, want, 1e-3, 1e-4)
    np.testing.assert_allclose(losses[:8], data["loss"][:8], 1e-3, 1e-4)
    np.testing.assert_allclose(losses, data["loss"], 0.1, 0.1)


def test_the_recorded_network_exports_as_the_recorded_file(reference):
    with np.load(reference("bootstrap/train.npz")) as file:
        net = recorded_network(dict(file), "final/")
    want = spec.read(reference("bootstrap/network.net"))
    loaded = net.blocks[-1].to_spec().weight
    np.testing.assert_array_equal(loaded, want[-1].weight)
    recorded_output(net, torch.zeros(1, 16), LayerMode(0, Mode.SNN))
    for layer, other in zip(net.blocks, want, strict=True):
        kept = layer.to_spec()
        assert kept.type == other.type
        for name, value in vars(other).items():
            if name in ("weight", "bias", "delay") and value is not None:
                np.testing.assert_array_equal(getattr(kept, name), value)
        for name in ("threshold", "current_decay", "voltage_decay"):
            got, value = getattr(kept.neuron, name), getattr(other.neuron, name)
            np.testing.assert_array_equal(got, value)


def test_flatten_and_average_are_the_same_in_every_mode():
    x = torch.rand(2, 2, 3, 4, 5)
    for mode in Mode:
        assert block.cuba.Flatten()(x, mode=mode).shape == (2, 24, 5)
        assert block.cuba.Average(6)(x, mode=mode).shape == (2, 6, 5)


def test_event_rates_come_back_where_asked_for():
    layer = block.cuba.Dense(CUBA, 4, 6, count_log=True)
    y, rate = layer(torch.rand(2, 4, 8), mode=Mode.SNN)
    torch.testing.assert_close(rate, (y > 0).float().mean())


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: block.cuba.Dense(CUBA, 4, 6, delay=True), ValueError, "delay"),
        (lambda: block.cuba.Input(None), AssertionError, "neuron_params"),
        (
            lambda: block.cuba.Dense(CUBA, 4, 6)(torch.rand(1, 4, 1), mode="ANN"),
            ValueError,
            "mode",
        ),
        (lambda: block.cuba.Dense(CUBA, 4, 6)(torch.rand(1, 4)), ValueError, "T is 1"),
    ],
)
def test_what_makes_no_sense_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("name", ["rf", "rf_iz", "adrf", "adrf_iz"])
def test_no_one_drive_tells_a_resonators_rate(name):
    """Which is why resonators have no blocks: what is fitted must be a function."""
    torch.manual_seed(0)
    options = {"threshold": 1, "period": 10, "decay": 0.1}
    if name.startswith("ad"):
        options.update(threshold_step=0.3, threshold_decay=0.06, refractory_decay=0.04)
    neuron = getattr(slayer.neuron, name).Neuron(**options)
    drive = torch.randn(2, 1, 2000, 1).expand(-1, -1, -1, 64).contiguous()
    rate = neuron((drive[0], drive[1])).mean(dim=-1)[0]
    angles = torch.linspace(0, np.pi, 181)[:, None]
    turned = angles.cos() * drive[0, 0, :, 0] + angles.sin() * drive[1, 0, :, 0]
    table = torch.cat([rate[None], turned])
    assert rate.any()
    assert table.corrcoef()[0, 1:].abs().max() < 0.9
