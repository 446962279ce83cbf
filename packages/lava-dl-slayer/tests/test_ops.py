"""The operators: torch's own checks, compilation, autocast, kernel equal to plain."""

import pytest
import torch

from lava.lib.dl.core import training
from lava.lib.dl.slayer import ops
from lava.lib.dl.slayer._settings import (
    DeltaSettings,
    Settings,
    ShiftSettings,
    schema_of,
)
from lava.lib.dl.slayer.neuron import cuba
from lava.lib.dl.slayer.ops import _convolve, _events, _fused, _windows
from lava.lib.dl.slayer.ops._piecewise import PIECEWISE
from lava.lib.dl.slayer.ops._recurrent import RECURRENT, RecurrentSettings
from lava.lib.dl.slayer.ops._weights import StepSettings

NEURONS = ("CUBA", "ALIF", "RF", "RF_IZ", "ADRF", "ADRF_IZ")
PARTS = (
    "LEAKY_INTEGRATOR",
    "RESONATOR",
    "ADAPTIVE_THRESHOLD",
    "ADAPTIVE_PHASE_THRESHOLD",
    "ADAPTIVE_RESONATOR",
)
ON_A_DEVICE = ("_launch", "_kernel", "_time", "_weights", "_windows", "_recurrent")
KERNELS = (*NEURONS, *PARTS, "SIGMA", "DELTA", "SIGMA_DELTA", "DELAY")
SHAPE = (2, 3, 2, 9)
IMAGE = [5, 4, 2, 2, 3, 2, 2, 2, 1, 0, 1, 1]  # windows over an image of 5 x 4
VALUES = {
    "current_decay": 1200.0,
    "sin_decay": 2500.0,
    "cos_decay": 2900.0,
    "threshold_state": 0.5,
    "threshold": 0.3,
    "bias": 0.1,
    "delay": 2.5,
}


def numbers(kind):
    if kind is Settings:
        return Settings(4096.0, 0.5, 0.3, 0.2, 2.0, latency=2)
    return DeltaSettings(4096.0, 0.5, 2.0) if kind is DeltaSettings else kind()


def decays(kernel, channels):
    values = [
        torch.full((channels,), VALUES.get(name, 400.0)) for name in kernel.parameters
    ]
    return [v.requires_grad_(i < kernel.learned) for i, v in enumerate(values)]


def states(kernel, shape):
    return [torch.full(shape, VALUES.get(name, 0.0)) for name in kernel.states]


def kernel_case(name, channels):
    kernel = getattr(ops, name)
    inputs = [torch.randn(SHAPE, requires_grad=True) for _ in kernel.inputs]
    given = (*inputs, *decays(kernel, channels), *states(kernel, SHAPE[:-1]))
    return kernel, given, numbers(kernel.numbers)


def learnt(*shape):
    return torch.randn(shape, requires_grad=True)


def spikes(*shape):
    return (torch.rand(shape) < 0.3).float()


def spike_case(name, channels):
    parts = [learnt(*SHAPE) for _ in range(1 + (name == "COMPLEX_SPIKE"))]
    level = torch.rand(SHAPE if channels > 1 else ())
    before = [torch.zeros(SHAPE[:-1])] * (len(parts) - 1)
    return getattr(ops, name), (*parts, level, *before), numbers(ops.SPIKE.numbers)


def product_case(name, channels):
    groups = 1 + (channels > 1)
    both = {
        "_CONVOLVE": (learnt(2, 4, 5, 4, 9), learnt(6, 4 // groups, 3, 2)),
        "_TRANSPOSED": (learnt(2, 6, 2, 2, 9), learnt(6, 4 // groups, 3, 2)),
        "_WEIGHT": (learnt(2, 4, 5, 4, 9), learnt(2, 6, 2, 2, 9)),
    }
    return getattr(_convolve, name), both[name], _convolve._Numbers(IMAGE, groups)


def window_case(name, channels):
    size = (5, 4) if name == "_SUM" else (2, 2)
    tensors = learnt(2, channels, *size, 9), torch.rand(3, 2)
    return getattr(_windows, name), tensors, _windows.Geometry(IMAGE)


def event_case(name, channels):
    graded = channels > 1
    if name == "_DENSE":
        x, weight, given = spikes(2, 7, 9), learnt(5, 7), _events._Layout(graded)
    else:
        x, weight = spikes(2, 4, 5, 4, 9), learnt(6, 4, 3, 2)
        given = _windows.Geometry(IMAGE)
    x = (0.5 * x if graded else x).requires_grad_()
    return getattr(_events, name), (x, weight, *listed(x)), given


def listed(x):
    array = x.detach().numpy()
    return _events.as_tensors(_events.training.find_events(array, array.size))


def fused_case(name, channels):
    kind, kernel = name
    kernel = getattr(ops, kernel)
    x, size = spikes(2, 3, 5, 4, 9).requires_grad_(), (2, 3, 2, 2, 9)
    before = {"conv": (x, *listed(x)), "windows": (x,), "sums": ()}[kind]
    weights = {
        "conv": lambda: learnt(3, 3, 3, 2),
        "windows": lambda: torch.rand(3, 2),
        "sums": lambda: learnt(*size),
    }[kind]
    delay = torch.rand(3).mul(3).requires_grad_() if channels > 1 else None
    given = (
        *before,
        *(weights() for _ in kernel.inputs),
        *decays(kernel, channels),
        *states(kernel, size[:-1]),
        delay,
    )
    settings = _fused.FusedSettings(*numbers(Settings), [] if kind == "sums" else IMAGE)
    return _fused.fused_operator(kind, kernel.name), given, settings


def recurrent_case(name, channels):
    kernel, shape = getattr(ops, name), (2, 3, 9)
    delay = torch.rand(3).mul(3).requires_grad_() if channels > 1 else None
    given = (
        *(learnt(*shape) for _ in kernel.inputs),
        *(learnt(3, 3) for _ in kernel.inputs),
        *decays(kernel, channels),
        *states(kernel, shape[:-1]),
        delay,
    )
    settings = Settings(4096.0, 0.5, 0.3, 0.2, 2.0)
    return (
        RECURRENT[kernel.name].forward,
        given,
        RecurrentSettings(*settings, False, True, 2, False, False),
    )


def piecewise_case(name, channels):
    pieces = ops.Pieces(
        ((-0.5, -0.5, 2.0, 0.0), (0.5, 0.5, 0.25, 2.0)), ((-1.0, 0.125), (0.5, 1.0))
    )
    return PIECEWISE, (learnt(*SHAPE),), pieces.numbers


def quantise_case(name, channels):
    return ops.QUANTISE, (learnt(4, 3),), StepSettings(0.25, -1.0, 1.0)


def fir_case(name, channels):
    return ops.FIR, (learnt(*SHAPE), torch.rand(4)), ShiftSettings(0.5)


CASES = {
    kernel_case: KERNELS,
    spike_case: ("SPIKE", "COMPLEX_SPIKE"),
    product_case: ("_CONVOLVE", "_TRANSPOSED", "_WEIGHT"),
    window_case: ("_SUM", "_SPREAD"),
    event_case: ("_DENSE", "_CONV"),
    fused_case: [(kind, name) for kind in _fused._OF_INPUT for name in NEURONS],
    recurrent_case: NEURONS,
    piecewise_case: ("PIECEWISE",),
    quantise_case: ("QUANTISE",),
    fir_case: ("FIR",),
}
EVERY = [
    pytest.param(case, name, id="_".join(name) if isinstance(name, tuple) else name)
    for case, names in CASES.items()
    for name in names
]


@pytest.mark.parametrize(("case", "name"), EVERY)
@pytest.mark.parametrize("channels", [1, 3])
def test_torch_finds_nothing_wrong(case, name, channels):
    operator, tensors, settings = case(name, channels)
    report = torch.library.opcheck(operator.handle, (*tensors, *settings))
    assert set(report.values()) == {"SUCCESS"}


def of_operator(run, operator, tensors, settings):
    """Results, and gradients of all that learns."""
    found = run(operator, tensors, settings)
    outputs = found[: operator.differentiable]
    loss = sum((o * torch.arange(o.numel()).reshape(o.shape)).sum() for o in outputs)
    learned = [t for t in tensors if t is not None and t.requires_grad]
    return found, torch.autograd.grad(loss, learned)


def dispatched(operator, tensors, settings):
    found = operator.handle(*tensors, *settings)
    return [found] if isinstance(found, torch.Tensor) else found


@pytest.mark.parametrize(("case", "name"), EVERY)
def test_the_short_cut_gives_what_the_dispatcher_does(case, name):
    given = case(name, 3)
    eager = of_operator(lambda operator, *rest: operator(*rest), *given)
    others = of_operator(dispatched, *given)
    for found, wanted in zip(eager, others, strict=True):
        for a, b in zip(found, wanted, strict=True):
            assert torch.equal(a, b)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.func itself
@pytest.mark.parametrize(("case", "name"), EVERY)
def test_forward_mode_is_refused_instead_of_0(case, name):
    operator, tensors, settings = case(name, 1)
    first, *rest = tensors

    def run(x):
        return operator((x, *rest), settings)[0]

    with pytest.raises(NotImplementedError, match="forward mode"):
        torch.func.jvp(run, (first.detach(),), (torch.ones_like(first),))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch.func itself
@pytest.mark.parametrize(("case", "name"), EVERY)
def test_functions_of_torch_func_have_the_gradient(case, name):
    operator, tensors, settings = case(name, 1)
    first, *rest = [t if t is None else t.detach() for t in tensors]
    if not tensors[0].requires_grad:
        pytest.skip("nothing learns")

    def loss(x):
        return operator((x, *rest), settings)[0].square().sum()

    found = torch.func.grad(loss)(first)
    copy = first.clone().requires_grad_()
    (wanted,) = torch.autograd.grad(loss(copy), copy)
    assert torch.equal(found, wanted)
    mapped = torch.func.vmap(lambda x: operator((x, *rest), settings)[0])
    for one in mapped(torch.stack([first, first])):
        assert torch.equal(one, operator((first, *rest), settings)[0])


def use(monkeypatch, path):
    """Sends operators to plain torch, or to what stands in for a GPU."""
    if path == "kernel":
        return
    place = "lava.lib.dl.slayer.ops"
    monkeypatch.setattr(f"{place}._spikes.compiled", lambda x: False)
    for name in ("run", "window_sum", "window_spread"):
        monkeypatch.delattr(training, name)  # no kernel of the CPU may step in
    where = "cuda" if path == "gpu" else ""
    for module in ON_A_DEVICE:
        monkeypatch.setattr(f"{place}.{module}.runs_on", lambda x: where)
    monkeypatch.setattr(f"{place}._launch._stream", lambda x: 0)


def call(operator, tensors, settings):
    return operator(tensors, settings)


DEVICES = [*KERNELS, "SPIKE", "COMPLEX_SPIKE", "FIR", "QUANTISE"]
WINDOWS = ("_SUM", "_SPREAD")


def case_of(name, channels):
    if name in KERNELS:
        return kernel_case(name, channels)
    if name == "QUANTISE":
        return quantise_case(name, channels)
    return fir_case(name, 1) if name == "FIR" else spike_case(name, channels)


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("path", ["plain", "gpu"])
@pytest.mark.usefixtures("emulated_gpu")
def test_every_path_agrees_with_the_kernel(name, channels, path, monkeypatch):
    """Forward to the bit, gradients up to the order of sums."""
    given = case_of(name, channels)
    kernel = of_operator(call, *given)
    use(monkeypatch, path)
    other = of_operator(call, *given)
    for a, b in zip(kernel[0], other[0], strict=True):
        assert torch.equal(a, b)
    for a, b in zip(kernel[1], other[1], strict=True):
        limit = 1e-5 * float(b.abs().max())
        torch.testing.assert_close(a, b, rtol=1e-4, atol=limit)


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.usefixtures("emulated_gpu")
def test_a_gpu_sums_windows(name, monkeypatch):
    """To the bit, forwards and backwards, whatever the order in memory."""
    operator, (x, taps), geometry = window_case(name, 3)
    apart = torch.stack([x.detach()] * 2, dim=-1)[..., 0].requires_grad_()
    here = of_operator(call, operator, (x, taps), geometry)
    use(monkeypatch, "gpu")
    there = of_operator(call, operator, (apart, taps), geometry)
    for found, wanted in zip(there, here, strict=True):
        assert torch.equal(found[0], wanted[0])


@pytest.mark.parametrize("name", NEURONS + PARTS)
@pytest.mark.parametrize("path", ["plain", "gpu"])
@pytest.mark.parametrize("size", [1e4, 1e7, 1e30, float("inf")])
@pytest.mark.usefixtures("emulated_gpu")
def test_every_path_agrees_beyond_32_bits(name, size, path, monkeypatch):
    """On NaN as well."""
    kernel, tensors, settings = kernel_case(name, 3)
    count = len(kernel.inputs)
    loud = [size * x.detach() for x in tensors[:count]]
    loud[-1][0, 1, 1, 3] = float("nan")
    given = (*loud, *tensors[count:])
    here = kernel(given, settings)
    use(monkeypatch, path)
    for a, b in zip(here, kernel(given, settings), strict=True):
        assert torch.isfinite(a).all()
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", NEURONS)
@pytest.mark.parametrize("path", ["plain", "gpu"])
@pytest.mark.usefixtures("emulated_gpu")
def test_every_path_has_the_exact_gradient(name, path, monkeypatch):
    """Of inputs and all decays, from states that are not at rest."""
    kernel, tensors, _ = kernel_case(name, 3)
    inputs, parameters, starts, _ = kernel.arguments(tensors, None)
    learned = [*inputs, *(d.requires_grad_() for d in parameters)]
    starts = [s + 0.25 for s in starts]
    settings = Settings(4096.0, 0.5, 0.3, 0.2, 2.0, exact=True)

    def gradients():
        found = ops.apply(kernel, inputs, parameters, starts, settings)[0]
        return torch.autograd.grad((found * grad).sum(), learned)

    grad = torch.randn(inputs[0].shape)
    here = gradients()
    use(monkeypatch, path)
    for a, b in zip(here, gradients(), strict=True):
        limit = 1e-5 * float(b.abs().max())
        torch.testing.assert_close(a, b, rtol=1e-4, atol=limit)


@pytest.mark.parametrize("name", NEURONS)
@pytest.mark.parametrize("how", ["time", "stepwise", "exact", "graded"])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.usefixtures("emulated_gpu")
def test_a_gpu_steps_through_recurrent_neurons(name, how, late, monkeypatch):
    """To the bit, and shapes are what tracing was told."""
    operator, (*without_delays, delays), settings = recurrent_case(name, 3)
    tensors = (*without_delays, delays if late else None)
    given = (
        operator,
        tensors,
        settings._replace(**({} if how == "time" else {how: True})),
    )
    here = of_operator(call, *given)
    use(monkeypatch, "gpu")
    there = of_operator(call, *given)
    results = 1 + len(getattr(ops, name).states)
    for a, b in zip(here[0][:results], there[0][:results], strict=True):
        assert torch.equal(a, b)
    for a, b in zip(here[1], there[1], strict=True):
        limit = 1e-5 * float(b.abs().max())
        torch.testing.assert_close(a, b, rtol=1e-4, atol=limit)
    report = torch.library.opcheck(operator.handle, (*tensors, *given[2]))
    assert set(report.values()) == {"SUCCESS"}


@pytest.mark.parametrize("rank", [2, 3, 5])
@pytest.mark.usefixtures("emulated_gpu")
def test_any_rank_and_stride_goes_to_the_gpu(rank, monkeypatch):
    x = torch.randn(*range(2, rank + 1), 70).transpose(0, -1)
    leaks, starts = [torch.full((1,), 400.0)] * 2, [torch.zeros(1)] * 2
    settings = Settings(4096.0, 0.5)
    here = ops.apply(ops.CUBA, [x], leaks, starts, settings)
    use(monkeypatch, "gpu")
    there = ops.apply(ops.CUBA, [x], leaks, starts, settings)
    for a, b in zip(there, here, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("wrong", [{"dtype": torch.float64}, {"device": "meta"}])
@pytest.mark.parametrize("place", range(5))
@pytest.mark.usefixtures("emulated_gpu")
def test_a_gpu_reads_no_tensor_of_another_kind(place, wrong, monkeypatch):
    """By its address it would be numbers from nowhere."""
    leaks, starts = [torch.full((1,), 400.0)] * 2, [torch.zeros(2, 3)] * 2
    tensors = [torch.zeros(2, 3, 5), *leaks, *starts]
    tensors[place] = tensors[place].to(**wrong)
    use(monkeypatch, "gpu")
    with pytest.raises(ValueError, match="needs float32 on"):
        ops.CUBA(tensors, Settings(4096.0, 0.5))


@pytest.mark.parametrize("name", NEURONS)
def test_a_gradient_has_no_gradient_where_no_kernel_has_one(name):
    """Instead of a wrong one."""
    kernel, tensors, settings = kernel_case(name, 1)
    spikes, *_ = kernel(tensors, settings)
    (grad,) = torch.autograd.grad(spikes.square().sum(), tensors[0], create_graph=True)
    with pytest.raises(NotImplementedError, match="has no gradient"):
        grad.sum().backward()


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
    schema = str(ops.CUBA.handle._opoverload._schema)
    for argument in schema_of(Settings):
        assert argument in schema


@pytest.mark.gpu
@pytest.mark.parametrize("name", DEVICES)
def test_gpu_gives_the_bits_of_the_cpu(name):
    operator, tensors, settings = case_of(name, 3)
    here = operator(tensors, settings)
    there = operator([t.detach().cuda() for t in tensors], settings)
    for a, b in zip(here, there, strict=True):
        assert torch.equal(a, b.cpu())


def test_shift_settings_have_a_default():
    assert ShiftSettings() == (1.0, False)
