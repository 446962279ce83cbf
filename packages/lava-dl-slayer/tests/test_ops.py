"""The operators: torch's own checks, compilation, autocast, kernel equal to plain."""

import dataclasses
from contextlib import nullcontext

import pytest
import torch

from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._settings import DeltaSettings, Settings, ShiftSettings
from lava.lib.dl.slayer.neuron import cuba

NEURONS = ("CUBA", "ALIF", "RF", "RF_IZ", "ADRF", "ADRF_IZ")
PARTS = (
    "LEAKY_INTEGRATOR",
    "RESONATOR",
    "ADAPTIVE_THRESHOLD",
    "ADAPTIVE_PHASE_THRESHOLD",
    "ADAPTIVE_RESONATOR",
)
OTHERS = (
    *("SIGMA", "DELTA", "SIGMA_DELTA", "DELAY", "FIR"),
    *("SPIKE", "COMPLEX_SPIKE", "QUANTISE"),
)
VALUES = {
    "current_decay": 1200.0,
    "sin_decay": 2500.0,
    "cos_decay": 2900.0,
    "threshold_state": 0.5,
    "threshold": 0.3,
    "bias": 0.1,
    "delay": 2.5,
}


def operator(name):
    found = getattr(ops, name)
    return found.operator if isinstance(found, ops.Dynamics) else found


def numbers(kind):
    if kind is Settings:
        return Settings(4096.0, 0.5, 0.3, 0.2, 2.0, latency=2)
    if kind is DeltaSettings:
        return DeltaSettings(4096.0, 0.5, 2.0)
    return kind()


def tensors(described, channels=None):
    shape = (2, 3, 2, 9)
    inputs = [torch.randn(shape, requires_grad=True) for _ in described.inputs]
    count = channels or 1
    parameters = []
    for i, name in enumerate(described.parameters):
        value = torch.full((count,), VALUES.get(name, 400.0))
        parameters.append(value.requires_grad_(i < described.learned))
    states = [torch.full(shape[:-1], VALUES.get(s, 0.0)) for s in described.states]
    if "threshold" in described.states:  # of one value or one for each step
        states[0] = torch.rand(shape if count > 1 else ())
    return inputs, parameters, states


@pytest.mark.parametrize("name", NEURONS + PARTS + OTHERS)
@pytest.mark.parametrize("channels", [1, 3])
def test_torch_finds_nothing_wrong(name, channels):
    described = operator(name)
    inputs, parameters, states = tensors(described, channels)
    arguments = (*inputs, *parameters, *states, *numbers(described.settings).values())
    report = torch.library.opcheck(described.handle, arguments)
    assert set(report.values()) == {"SUCCESS"}


MODULES = ("_dynamics", "_parts", "_neurons", "_sigma_delta", "_time")


def use(monkeypatch, path):
    """Sends operators to the plain recurrences, or to what stands in for a GPU."""
    if path == "kernel":
        return
    monkeypatch.setattr("lava.lib.dl.slayer.ops._spikes.compiled", lambda x: False)
    for module in MODULES:
        place = f"lava.lib.dl.slayer.ops.{module}"
        monkeypatch.setattr(f"{place}.compiled", lambda x: False)
        monkeypatch.setattr(f"{place}.on_gpu", lambda x: path == "gpu")
    stream = "lava.lib.dl.slayer.ops._gpu._stream_of"
    monkeypatch.setattr(stream, lambda x: nullcontext(0))


def outputs_and_gradients(described, given, settings):
    inputs, parameters, states = given
    found = described(inputs, parameters, states, settings)
    outputs = found[: len(described.outputs)]
    loss = sum((o * torch.arange(o.numel()).reshape(o.shape)).sum() for o in outputs)
    learned = [*inputs, *parameters[: described.learned]]
    return found, torch.autograd.grad(loss, learned, allow_unused=True)


@pytest.mark.parametrize("name", NEURONS + PARTS + OTHERS)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("path", ["plain", "gpu"])
@pytest.mark.usefixtures("emulated_gpu")
def test_every_path_agrees_with_the_kernel(name, channels, path, monkeypatch):
    """Forward to the bit, gradients up to the order of sums."""
    described = operator(name)
    given, settings = tensors(described, channels), numbers(described.settings)
    kernel = outputs_and_gradients(described, given, settings)
    use(monkeypatch, path)
    other = outputs_and_gradients(described, given, settings)
    for a, b in zip(kernel[0], other[0], strict=True):
        assert torch.equal(a, b)
    for a, b in zip(kernel[1], other[1], strict=True):
        limit = 1e-5 * float(b.abs().max())
        torch.testing.assert_close(a, b, rtol=1e-4, atol=limit)


@pytest.mark.parametrize("name", NEURONS + PARTS)
@pytest.mark.parametrize("path", ["plain", "gpu"])
@pytest.mark.parametrize("size", [1e4, 1e7, 1e30, float("inf")])
@pytest.mark.usefixtures("emulated_gpu")
def test_every_path_agrees_beyond_32_bits(name, size, path, monkeypatch):
    """On NaN as well."""
    described = operator(name)
    inputs, parameters, states = tensors(described, 3)
    loud = [size * x.detach() for x in inputs]
    loud[-1][0, 1, 1, 3] = float("nan")
    given = loud, parameters, states, numbers(Settings)
    kernel = described(*given)
    use(monkeypatch, path)
    for a, b in zip(kernel, described(*given), strict=True):
        assert torch.isfinite(a).all()
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", NEURONS)
@pytest.mark.parametrize("path", ["plain", "gpu"])
@pytest.mark.usefixtures("emulated_gpu")
def test_every_path_has_the_exact_gradient(name, path, monkeypatch):
    """Of inputs and all decays, from states that are not at rest."""
    neuron, described = getattr(ops, name), operator(name)
    inputs, decays, states = tensors(described, 3)
    learned = [*inputs, *(d.requires_grad_() for d in decays)]
    states = [s + 0.25 for s in states]
    settings = Settings(4096.0, 0.5, 0.3, 0.2, 2.0, exact=True)

    def gradients():
        spikes = ops.apply(neuron, inputs, decays, states, settings)[0]
        return torch.autograd.grad((spikes * grad).sum(), learned)

    grad = torch.randn(inputs[0].shape)
    kernel = gradients()
    use(monkeypatch, path)
    for a, b in zip(kernel, gradients(), strict=True):
        limit = 1e-5 * float(b.abs().max())
        torch.testing.assert_close(a, b, rtol=1e-4, atol=limit)


@pytest.mark.parametrize("rank", [2, 3, 5])
@pytest.mark.usefixtures("emulated_gpu")
def test_any_rank_and_stride_goes_to_the_gpu(rank, monkeypatch):
    x = torch.randn(*range(2, rank + 1), 70).transpose(0, -1)
    decays, states = [torch.full((1,), 400.0)] * 2, [torch.zeros(1)] * 2
    settings = Settings(4096.0, 0.5)
    here = ops.apply(ops.CUBA, [x], decays, states, settings)
    use(monkeypatch, "gpu")
    there = ops.apply(ops.CUBA, [x], decays, states, settings)
    for a, b in zip(there, here, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_cuba_compiles_whole(dtype, persistent):
    torch._dynamo.reset()
    eager = cuba.Neuron(1.0, 0.3, 0.1, requires_grad=True, persistent_state=persistent)
    neuron = cuba.Neuron(1.0, 0.3, 0.1, requires_grad=True, persistent_state=persistent)
    compiled = torch.compile(neuron, fullgraph=True, backend="aot_eager")
    for seed in range(2):
        x = torch.randn(2, 3, 20, generator=torch.Generator().manual_seed(seed))
        x = x.to(dtype).requires_grad_()
        y = x.detach().clone().requires_grad_()
        spikes, wanted = compiled(x), eager(y)
        assert torch.equal(spikes, wanted)
        spikes.sum().backward()
        wanted.sum().backward()
        assert torch.equal(x.grad, y.grad)
    torch.testing.assert_close(neuron.current_decay.grad, eager.current_decay.grad)


def test_autocast_leaves_integers_exact():
    synapse = torch.nn.Linear(4, 3)
    neuron = cuba.Neuron(0.2, 0.3, 0.1)
    x = torch.randn(2, 4)
    with torch.autocast("cpu", torch.bfloat16):
        z = synapse(x)[..., None].expand(2, 3, 10)
        spikes = neuron(z)
    assert z.dtype == torch.bfloat16
    assert torch.equal(spikes.float(), cuba.Neuron(0.2, 0.3, 0.1)(z.float()))


def test_gradients_are_skipped_where_none_is_wanted():
    x = torch.randn(2, 3, 9, requires_grad=True)
    neuron = cuba.Neuron(1.0, 0.3, 0.1)
    neuron(x).sum().backward()
    assert neuron.current_decay.grad is None
    assert x.grad.any()


def test_settings_are_the_arguments_of_the_schema():
    schema = str(ops.CUBA.operator.handle._opoverload._schema)
    for field in dataclasses.fields(Settings):
        assert f"{field.type} {field.name}" in schema


@pytest.mark.gpu
@pytest.mark.parametrize("name", NEURONS + PARTS + OTHERS)
def test_gpu_gives_the_bits_of_the_cpu(name):
    described = operator(name)
    inputs, parameters, states = tensors(described, 3)
    settings = numbers(described.settings)
    here = described(inputs, parameters, states, settings)
    there = [[t.detach().cuda() for t in g] for g in (inputs, parameters, states)]
    for a, b in zip(here, described(*there, settings), strict=True):
        assert torch.equal(a, b.cpu())


def test_shift_settings_have_a_default():
    assert ShiftSettings().values() == (1.0, False)
