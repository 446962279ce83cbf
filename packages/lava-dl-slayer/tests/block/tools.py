"""What PyTorch and its users do to a block, one function each, tried on every block.

A tool gets a ``Kind`` (see ``conftest``) and fails where the block doesn't bear it.
``refusal`` says where a tool has nothing to work on; the page of the documentation is
made of both.
"""

import copy
import io
import pickle

import torch
from torch.nn.utils import parametrizations, parametrize, prune
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

WITHOUT_SYNAPSE = ("Input", "Flatten", "Average", "TimeDecimation")
WITHOUT_NEURON = ("Flatten", "Average", "TimeDecimation")
WITHOUT_LEARNT_WEIGHT = (*WITHOUT_SYNAPSE, "Pool", "Unpool")
ANY_SHAPE = ("Input", "Conv", "ConvT", "Pool", "Unpool", "Flatten", "TimeDecimation")


def output(block, x):
    y = block(x)
    return y[0] if isinstance(y, tuple) else y


def synapses(block):
    """Real synapses: of complex ones both parts."""
    names = ("synapse", "input_synapse", "recurrent_synapse")
    found = [getattr(block, name) for name in names if hasattr(block, name)]
    return [p for s in found for p in ((s.real, s.imag) if s.complex else (s,))]


def parts(kind, block):
    """The modules inside a block that its forward pass runs through."""
    neuron = getattr(block, "neuron", None)
    if kind.family == "sigma_delta" and neuron is not None:
        inner = {"Input": [neuron.delta], "Output": [neuron.sigma]}
        whole = [neuron, neuron.sigma, neuron.delta]
        neurons = inner.get(kind.layer, whole)
    else:  # A read-out takes the neuron's dynamics, never its spikes.
        neurons = [] if neuron is None or kind.layer == "Affine" else [neuron]
    delay = getattr(block, "delay", None)
    named = (getattr(block, n, None) for n in ("synapse", "input_synapse"))
    whole = [m for m in (*named, getattr(block, "recurrent_synapse", None), delay) if m]
    return [*whole, *synapses(block), *neurons]


def trained(block, x, steps=2):
    """The output of as many steps that learn nothing, each with a backward pass."""
    for _ in range(steps):
        y = output(block, x.clone().requires_grad_())
        y.square().sum().backward()
    return y.detach()


def same(found, wanted):
    assert torch.equal(found.detach(), wanted.detach())


def copied(kind):
    block, x = kind.make(), kind.data()
    y = trained(block, x)
    same(output(copy.deepcopy(block), x), y)


def pickled(kind):
    block, x = kind.make(), kind.data()
    y = trained(block, x)
    same(output(pickle.loads(pickle.dumps(block)), x), y)


class Gain(torch.nn.Module):
    """Something to learn before layers that have nothing."""

    def __init__(self):
        super().__init__()
        self.gain = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.gain * x


def averaged(kind, **options):
    """Averages taken before the first pass and between batches of unlike sizes."""
    block = kind.make().eval()
    if kind.layer in ("Pool", "Unpool"):
        block.materialise(kind.input_shape)
    net = torch.nn.Sequential(Gain(), block)
    average = AveragedModel(net, **options)
    for batch in (2, 3):
        y = output(net, kind.data(batch))
        average.update_parameters(net)
    torch.testing.assert_close(output(average, kind.data(3)), y)


def with_ema(kind):
    averaged(kind, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)


def with_swa(kind):
    averaged(kind)


def reweighted(kind, change, undo=None):
    """Weights that torch computes run, learn and are written as they are."""
    block, x = kind.make(), kind.data()
    for synapse in synapses(block):
        change(synapse)
    y = trained(block, x)
    block.materialise(kind.input_shape)
    plain = kind.make()
    plain.load_state_dict(
        {n: v for n, v in block.state_dict().items() if n in plain.state_dict()},
        strict=False,
    )
    for synapse, changed in zip(synapses(plain), synapses(block), strict=True):
        synapse.weight.data = changed.weight.detach().clone()
    same(output(plain, x), y)
    plain.materialise(kind.input_shape)
    assert block.to_spec() == plain.to_spec()
    if undo is not None:
        for synapse in synapses(block):
            undo(synapse)
        same(output(block, x), y)


def pruned(kind):
    reweighted(
        kind,
        lambda s: prune.l1_unstructured(s, "weight", 0.5),
        lambda s: prune.remove(s, "weight"),
    )


def old_weight_norm(kind):
    reweighted(kind, torch.nn.utils.weight_norm, torch.nn.utils.remove_weight_norm)


def own_weight_norm(kind):
    """``enable_weight_norm``, which torch's own function takes away again."""
    reweighted(
        kind, lambda s: s.enable_weight_norm(), torch.nn.utils.remove_weight_norm
    )


def orthogonal(kind):
    reweighted(kind, parametrizations.orthogonal)


def weight_norm(kind):
    reweighted(kind, parametrizations.weight_norm)


def spectral_norm(kind):
    def change(synapse):
        parametrizations.spectral_norm(synapse).eval()

    reweighted(kind, change)


def old_spectral_norm(kind):
    def change(synapse):
        torch.nn.utils.spectral_norm(synapse).eval()

    reweighted(kind, change)


class Halved(torch.nn.Module):
    def forward(self, weight):
        return weight / 2


def parametrised(kind):
    def change(synapse):
        parametrize.register_parametrization(synapse, "weight", Halved())

    reweighted(kind, change)


def parametrised_direction(kind):
    def change(synapse):
        synapse.enable_weight_norm()
        parametrize.register_parametrization(synapse, "weight_v", Halved())

    reweighted(kind, change)


def hooked(kind):
    """Each hook of each part is called, and changes nothing by being there."""
    block, x = kind.with_delays(kind.make()), kind.data()
    y = trained(block, x)
    calls = {}
    for place, part in enumerate(parts(kind, block)):
        handles = [
            part.register_forward_pre_hook(lambda *_: calls.update(pre=1)),
            part.register_forward_hook(lambda *_: calls.update(forward=1)),
            part.register_full_backward_hook(lambda *_: calls.update(backward=1)),
            part.register_full_backward_pre_hook(lambda *_: calls.update(before=1)),
        ]
        calls.clear()
        same(trained(block, x, 1), y)
        assert len(calls) == 4, (place, type(part).__name__, calls)
        for handle in handles:
            handle.remove()


def watched(kind):
    """A hook on all modules sees every part."""
    block, x = kind.with_delays(kind.make()), kind.data()
    seen = set()
    module = torch.nn.modules.module
    handle = module.register_module_forward_hook(lambda m, *_: seen.add(m))
    try:
        output(block, x)
    finally:
        handle.remove()
    assert seen.issuperset(parts(kind, block))


def counted(function, calls):
    def run(*args, **kwargs):
        calls.append(1)
        return function(*args, **kwargs)

    return run


def derived(kind):
    """The forward pass of a subclass of each part is called."""
    block, x = kind.with_delays(kind.make()), kind.data()
    y = trained(block, x)
    for part in parts(kind, block):
        calls, own = [], type(part)
        names = {"forward": counted(own.forward, calls)}
        part.__class__ = type("Mine", (own,), names)
        same(trained(block, x, 1), y)
        assert calls, own
        part.__class__ = own


def overridden(kind):
    """A function set on an instance of each part is called."""
    block, x = kind.with_delays(kind.make()), kind.data()
    y = trained(block, x)
    for part in parts(kind, block):
        for name in ("forward", "dynamics", "spike"):
            if hasattr(part, name):
                calls = []
                setattr(part, name, counted(getattr(part, name), calls))
                same(trained(block, x, 1), y)
                assert calls, (type(part), name)
                delattr(part, name)


def validated_first(kind):
    """A first pass under ``inference_mode`` or ``no_grad``, then training."""
    for mode in (torch.inference_mode, torch.no_grad):
        for persists in (False, True) if kind.has_neuron else (False,):
            neuron = {"requires_grad": True, "persistent_state": persists}
            block = kind.make(neuron=neuron)
            with mode():
                output(block, kind.data())
            if persists:
                block.reset_state()
            trained(block, kind.data())
            block.reset_state()


def exported(kind):
    """Before a run where all shapes are known, and after it."""
    block = kind.make()
    if kind.layer in ANY_SHAPE:
        try:
            block.to_spec()
        except ValueError as error:
            assert "materialise" in str(error)
        else:
            raise AssertionError("a shape is written that nobody knows")
        output(block, kind.data())
        block.to_spec()
        return
    before = block.to_spec()
    output(block, kind.data())
    assert block.to_spec() == before


def on_meta(kind):
    """Made and run without data, then given room and a checkpoint."""
    with torch.device("meta"):
        block = kind.make()
        y = output(block, kind.data().to("meta"))
    assert y.is_meta
    real = kind.make()
    wanted = output(real, kind.data())
    assert y.shape == wanted.shape
    block.to_empty(device="cpu")
    block.load_state_dict(real.state_dict())
    same(output(block, kind.data()), wanted)


def compiled(kind):
    block, x = kind.with_delays(kind.make()), kind.data()
    torch._dynamo.reset()
    same(
        output(torch.compile(block, fullgraph=True, backend="eager"), x),
        output(block, x),
    )


def exported_program(kind):
    """The program of a block that ran, at another batch size."""
    block = kind.with_delays(kind.make()).eval()
    output(block, kind.data(batch=3))
    batch = {0: torch.export.Dim("batch", min=2, max=64)}
    program = torch.export.export(block, (kind.data(),), dynamic_shapes=(batch,))
    x = kind.data(batch=5)
    same(program.module()(x), output(block, x))


def traced(kind):
    """The trace of a block that ran, at another batch size."""
    block = kind.with_delays(kind.make()).eval()
    output(block, kind.data(batch=3))
    with torch.no_grad():
        program = torch.jit.trace(block, (kind.data(),), check_trace=False)
    x = kind.data(batch=5)
    same(output(program, x), output(block, x))


def mapped(kind):
    block = kind.with_delays(kind.make())
    batches = torch.stack([kind.data(seed=seed) for seed in (5, 6)])
    with torch.no_grad():
        wanted = torch.stack([output(block, x) for x in batches])
        same(torch.vmap(lambda x: output(block, x))(batches), wanted)


def loss(block, x):
    return output(block, x).square().sum()


def differentiated(kind):
    """``torch.func.grad`` and ``vjp`` give what ``backward`` gives."""
    block, x = kind.with_delays(kind.make()), kind.data().requires_grad_()
    loss(block, x).backward()
    torch.testing.assert_close(torch.func.grad(loss, 1)(block, x.detach()), x.grad)
    value, pull = torch.func.vjp(lambda x: loss(block, x), x.detach())
    torch.testing.assert_close(pull(torch.ones_like(value))[0], x.grad)
    learnt = {n: p for n, p in block.named_parameters() if p.grad is not None}

    def of_parameters(values):
        y = torch.func.functional_call(block, values, (x.detach(),))
        return (y[0] if isinstance(y, tuple) else y).square().sum()

    found = torch.func.grad(of_parameters)({n: p.detach() for n, p in learnt.items()})
    for name, parameter in learnt.items():
        torch.testing.assert_close(found[name], parameter.grad)


def pushed_forward(kind):
    """``jvp`` is the derivative that ``backward`` knows, or says that it has none."""
    block, x = kind.with_delays(kind.make()), kind.data().requires_grad_()
    tangent = torch.ones_like(x)
    try:
        _, found = torch.func.jvp(lambda x: output(block, x), (x.detach(),), (tangent,))
    except (RuntimeError, NotImplementedError) as error:
        assert str(error)
        return
    (grad,) = torch.autograd.grad(output(block, x).sum(), x)
    torch.testing.assert_close(found.sum(), grad.sum())


def frozen(kind):
    block, x = kind.make().requires_grad_(False), kind.data()
    same(trained(block, x), output(kind.make(), x))
    assert all(p.grad is None for p in block.parameters())


def shared(kind):
    """Two blocks learn the same weights."""
    blocks, x = [kind.make(seed) for seed in (3, 4)], kind.data()
    for first, second in zip(*map(synapses, blocks), strict=True):
        second.weight = first.weight
    grads = []
    for block in blocks:
        trained(block, x, 1)
        # Of a neuron that steps, the real part alone may have no gradient.
        learnt = [s.weight.grad.flatten() for s in synapses(blocks[0])]
        grads.append(torch.cat(learnt))
    assert not torch.equal(*grads)


def quantised_by_hook(kind):
    """``block.pre_hook_fx = f``, with a function and with a module."""

    class Doubled(torch.nn.Module):
        def forward(self, x, descale=False):
            return 2 * x

    for hook in (Doubled(), Doubled().forward):
        block = kind.make()
        block.pre_hook_fx = hook
        assert block.pre_hook_fx is hook or block.pre_hook_fx == hook
        trained(block, kind.data())


def shown(kind):
    block = kind.make()
    threshold = {"Affine": "threshold=-1"}.get(kind.layer, "threshold=0.")
    assert not kind.has_neuron or threshold in repr(block)


def checkpointed(kind):
    """A checkpoint of a block that ran loads strictly into one that never did."""
    block, x = kind.make(), kind.data()
    y = trained(block, x)
    file = io.BytesIO()
    torch.save(block.state_dict(), file)
    file.seek(0)
    fresh = kind.make(seed=4)
    fresh.load_state_dict(torch.load(file))
    same(output(fresh, x), y)


TOOLS = {
    "copy.deepcopy": copied,
    "pickle": pickled,
    "state_dict, strictly": checkpointed,
    "averaged (EMA)": with_ema,
    "averaged (SWA)": with_swa,
    "torch.nn.utils.prune": pruned,
    "torch.nn.utils.weight_norm": old_weight_norm,
    "enable_weight_norm": own_weight_norm,
    "parametrizations.weight_norm": weight_norm,
    "torch.nn.utils.spectral_norm": old_spectral_norm,
    "parametrizations.spectral_norm": spectral_norm,
    "parametrizations.orthogonal": orthogonal,
    "parametrize the weight": parametrised,
    "parametrize weight_v": parametrised_direction,
    "hooks on every part": hooked,
    "hooks on all modules": watched,
    "subclass of every part": derived,
    "override on every part": overridden,
    "inference_mode, then training": validated_first,
    "file before and after a run": exported,
    "meta device": on_meta,
    "torch.compile": compiled,
    "torch.export": exported_program,
    "torch.jit.trace": traced,
    "torch.vmap": mapped,
    "torch.func.grad, vjp": differentiated,
    "torch.func.jvp": pushed_forward,
    "frozen": frozen,
    "shared weights": shared,
    "pre_hook_fx": quantised_by_hook,
    "repr": shown,
}

OF_WEIGHTS = {
    pruned,
    old_weight_norm,
    own_weight_norm,
    weight_norm,
    old_spectral_norm,
    spectral_norm,
    orthogonal,
    parametrised,
    parametrised_direction,
}
OF_PARTS = {hooked, watched, derived, overridden}
COMPILING = {compiled, exported_program}
"""Slow tools, tried on every layer and on every neuron instead of on every pair."""
ONCE = ("Dense", "Output")


def refusal(kind, tool):
    """Why a tool has nothing to work on in a block, or nothing."""
    if tool in OF_WEIGHTS and kind.layer in WITHOUT_SYNAPSE:
        return "no synapse"
    if tool is shared and kind.layer in WITHOUT_LEARNT_WEIGHT:
        return "no learnt weights"
    if tool in OF_PARTS and kind.layer in WITHOUT_NEURON:
        return "no parts"
    if tool is quantised_by_hook and kind.layer in WITHOUT_NEURON:
        return "no weights"
    if tool in COMPILING and kind.family != "cuba" and kind.layer not in ONCE:
        return "tried with cuba"
    return ""
