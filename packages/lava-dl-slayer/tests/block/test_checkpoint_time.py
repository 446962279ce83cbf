"""A sequence in chunks of time gives the output and the gradients of the whole."""

import copy
import itertools

import pytest
import torch

from lava.lib.dl import slayer
from lava.lib.dl.core import training
from lava.lib.dl.slayer.utils import checkpoint_time, chunks

PULSE = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
cuba = slayer.block.cuba


def outcome(run, net, x):
    """Output, gradient of the input, and gradients of what learns."""
    x, net = x.clone().requires_grad_(), copy.deepcopy(net)
    torch.manual_seed(8)
    y = run(net, x)
    weights = torch.linspace(0.1, 1, y.numel()).reshape(y.shape)
    (y * weights).sum().backward()
    return y, x.grad, {n: p.grad for n, p in net.named_parameters()}


def check(net, x, steps, tolerance=1e-4):
    y, of_input, learned = outcome(lambda net, x: net(x), net, x)
    found = outcome(lambda net, x: checkpoint_time(net, x, steps), net, x)
    torch.testing.assert_close(found[0], y, rtol=0, atol=0)
    torch.testing.assert_close(
        found[1], of_input, rtol=1e-5, atol=1e-6 * peak(of_input)
    )
    for name, grad in learned.items():
        other = found[2][name]
        assert (grad is None) == (other is None), name
        if grad is not None:
            torch.testing.assert_close(other, grad, rtol=0, atol=tolerance * peak(grad))
    return learned


def peak(x):
    return float(x.abs().max())


def dense(*sizes, **params):
    torch.manual_seed(1)
    pairs = itertools.pairwise(sizes)
    return torch.nn.Sequential(
        *(cuba.Dense({**PULSE, **params}, a, b, weight_scale=4) for a, b in pairs)
    )


def events(*shape):
    generator = torch.Generator().manual_seed(2)
    return (torch.rand(shape, generator=generator) < 0.4).float()


def with_gradient(each_block, gradient):
    """The block, its gradient through time of that kind where there are several."""
    params, options = {"requires_grad": True}, {}
    if each_block.layer in ("Recurrent", "KWTA"):
        options["gradient"] = gradient
    elif gradient == "exact" and each_block.family != "sigma_delta":
        params["gradient"] = "exact"
    return each_block.with_delays(each_block.make(neuron=params, **options))


GRADIENTS = ("time", "exact")


@pytest.mark.parametrize(
    ("gradient", "steps"), [("step", 16), ("time", 16), ("time", 22), ("exact", 16)]
)
def test_every_block(each_block, gradient, steps):
    block = with_gradient(each_block, gradient)
    check(block, each_block.data(steps=70), steps)


OPS = "lava.lib.dl.slayer.ops"
ON_A_DEVICE = ("_launch", "_kernel", "_carry", "_time", "_weights", "_recurrent")
FAMILIES = ("cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz", "sigma_delta")
LAUNCHED = [
    *((family, "Dense", "time") for family in FAMILIES),
    *((family, "Recurrent", "exact") for family in FAMILIES[:-1]),
    ("cuba", "Recurrent", "time"),
    ("sigma_delta", "Input", "time"),
    ("sigma_delta", "Output", "time"),
]


@pytest.fixture
def on_gpu(emulated_gpu, monkeypatch):
    """Kernels of a GPU instead of the CPU's, but for products."""
    for module in ON_A_DEVICE:
        monkeypatch.setattr(f"{OPS}.{module}.runs_on", lambda x: "cuda")
    monkeypatch.setattr(f"{OPS}._fused.compiled", lambda x: False)
    monkeypatch.setattr(f"{OPS}._launch._stream", lambda index: 0)
    for name in ("run", "recurrent_forward", "recurrent_backward"):
        monkeypatch.delattr(training, name)


@pytest.mark.parametrize(("family", "layer", "gradient"), LAUNCHED)
@pytest.mark.usefixtures("on_gpu")
def test_on_a_gpu(family, layer, gradient, kind):
    block = kind(family, layer)
    check(with_gradient(block, gradient), block.data(steps=70), 16)


@pytest.mark.parametrize("gradient", GRADIENTS)
def test_recurrent_layers_without_a_kernel(gradient, kind, monkeypatch):
    """As those on a GPU that are too wide for its."""
    monkeypatch.setattr(f"{OPS}._recurrent.runs_on", lambda x: "")
    block = kind("alif", "Recurrent")
    check(with_gradient(block, gradient), block.data(steps=40), 16)


def test_network():
    params = {**PULSE, "requires_grad": True}
    net = torch.nn.Sequential(
        cuba.Conv(params, 2, 4, 3, padding=1, weight_scale=3, delay=True),
        cuba.Pool(params, 2, weight_scale=1.2),
        cuba.Flatten(),
        cuba.Recurrent(params, 16, 12, weight_scale=3, delay=True),
        cuba.Affine(params, 12, 3, weight_scale=3),
    )
    for block in (net[0], net[3]):
        count = block.delay.delay.numel()
        block.delay.delay.data = torch.linspace(0, 40, count)
    learned = check(net, events(2, 2, 4, 4, 100), 32)
    assert all(g.any() for g in learned.values() if g is not None)


@pytest.mark.parametrize(
    "params",
    [
        {"surrogate": lambda x: torch.exp(-x.square())},
        {"norm": slayer.neuron.norm.MeanOnlyBatchNorm},
        {"dropout": slayer.neuron.Dropout(0.4)},
        {"scale": 60},
        {"graded_spike": True},
    ],
    ids=["own surrogate", "norm", "dropout", "odd scale", "graded"],
)
def test_options(params):
    net = dense(6, 20, 5, **params)
    for module in net.modules():
        if isinstance(module, slayer.neuron.norm.MeanOnlyBatchNorm):
            module.eval()
    check(net, events(3, 6, 70), 16)


def test_joined_branches():
    torch.manual_seed(0)
    body = cuba.Dense(PULSE, 6, 6, weight_scale=4)
    check(slayer.block.Residual(body), events(2, 6, 60), 16)


def test_streams_go_on_and_others_stay_as_they_were():
    x = events(1, 6, 90)
    once, live = dense(6, 8, 5), dense(6, 8, 5, persistent_state=True)
    pieces = [checkpoint_time(live, part, 16) for part in x.split(40, dim=-1)]
    assert torch.equal(torch.cat(pieces, dim=-1), once(x))
    assert not live[0].neuron.voltage_state.requires_grad
    again = checkpoint_time(once, x, 16)
    assert torch.equal(checkpoint_time(once, x, 16), again)
    assert once[0].persistent_state is False


def test_a_recurrent_block_begins_anew():
    torch.manual_seed(0)
    block, x = cuba.Recurrent(PULSE, 6, 8, weight_scale=4), events(2, 6, 50)
    block(x)
    assert torch.equal(checkpoint_time(block, x, 16), block(x))


def test_state_moves_on_only_once():
    net, x = dense(6, 5, persistent_state=True), events(1, 6, 40)
    y = checkpoint_time(net, x, 16)
    state = net[0].neuron.current_state.clone()
    y.sum().backward()
    assert torch.equal(net[0].neuron.current_state, state)


def test_steps_follow_from_the_length():
    net, x = dense(6, 5), events(1, 6, 1000)
    sizes = []
    net.register_forward_hook(lambda *given: sizes.append(given[2].shape[-1]))
    checkpoint_time(net, x)
    assert max(sizes) == 96
    sizes.clear()
    checkpoint_time(net, x[..., :0])
    assert sizes == [0]


def test_refusals():
    x = events(1, 6, 40)
    learning = dense(6, 5, norm=slayer.neuron.norm.MeanOnlyBatchNorm)
    with pytest.raises(ValueError, match="statistics of all steps"):
        checkpoint_time(learning, x, 16)
    with pytest.raises(ValueError, match="steps is 0"):
        checkpoint_time(dense(6, 5), x, 0)
    with pytest.raises(ValueError, match="no multiple of the 4"):
        checkpoint_time(torch.nn.Sequential(cuba.TimeDecimation(4)), x, 18)
    with pytest.raises(TypeError, match="leave count_log out"):
        checkpoint_time(cuba.Dense(PULSE, 6, 5, count_log=True), x, 16)


def test_spikes_that_return_late():
    torch.manual_seed(0)
    block = cuba.Recurrent(PULSE, 8, 6, weight_scale=4, recurrent_delay=True)
    block(events(2, 8, 1))
    block.recurrent_delay.delay.data = torch.linspace(0, 25, 6)
    assert check(block, events(2, 8, 70), 16)["recurrent_delay.delay"].any()


def test_what_goes_to_earlier_chunks_keeps_no_chunk_in_memory(monkeypatch):
    handed_on, gradients = [], chunks._gradients

    def observed(outputs, grads, inputs):
        handed_on.extend(g for g in grads[1:] if g is not None)
        return gradients(outputs, grads, inputs)

    monkeypatch.setattr(chunks, "_gradients", observed)
    checkpoint_time(dense(4, 8, 5), events(2, 4, 64), 16).sum().backward()
    assert len(handed_on) > 6
    for each in handed_on:
        assert each.untyped_storage().nbytes() == each.numel() * each.element_size()
