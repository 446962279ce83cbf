"""What holds for every block: pieces, copies, counts, files."""

import copy
import inspect
import io
import itertools
import pickle
from unittest import mock

import h5py
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lava.lib.dl import core, slayer, spec

STEPS = 12


def output(block, x):
    y = block(x)
    return y[0] if isinstance(y, tuple) else y


def test_class_is_found_where_it_says(each_block):
    kind = each_block.kind
    module = inspect.getmodule(kind)
    assert module.__name__ == f"lava.lib.dl.slayer.block.{each_block.family}"
    assert getattr(module, kind.__qualname__) is kind
    assert kind.__doc__
    assert "count_log" in inspect.signature(kind).parameters


def test_block_is_one_of_its_layer_and_its_neuron(each_block):
    bases = slayer.block.base, inspect.getmodule(each_block.kind)
    layer = "Dense" if each_block.layer == "Output" else each_block.layer
    assert issubclass(each_block.kind, getattr(bases[0], f"Abstract{layer}"))
    family = next(n for n in bases[1].__all__ if n.startswith("Abstract"))
    is_one = issubclass(each_block.kind, getattr(bases[1], family))
    assert is_one is each_block.has_neuron


def test_gradients_reach_input_and_weights(each_block):
    block = each_block.make()
    x = each_block.data().requires_grad_()
    output(block, x).square().sum().backward()
    assert x.grad is not None and x.grad.isfinite().all()
    for name, parameter in block.named_parameters():
        if parameter.requires_grad and name != "delay.delay":
            assert parameter.grad is not None, name


def test_weights_learn_in_a_second_step(each_block):
    block = each_block.make()
    learnt = [p for p in block.parameters() if p.requires_grad]
    if not learnt:
        assert each_block.layer in (
            "Flatten",
            "Average",
            "TimeDecimation",
            "Pool",
            "Unpool",
        )
        return
    optimizer = torch.optim.SGD(learnt, lr=1e-3)
    for _ in range(2):
        optimizer.zero_grad()
        output(block, each_block.data()).square().sum().backward()
        optimizer.step()


@settings(max_examples=8, deadline=None)
@given(cuts=st.sets(st.integers(1, STEPS - 1), max_size=4))
def check_pieces(kind, grad, cuts):
    whole, pieces = (
        kind.with_delays(kind.make(neuron={"persistent_state": True})).eval()
        for _ in range(2)
    )
    x = kind.data(steps=STEPS)
    edges = [0, *sorted(cuts), STEPS]
    with torch.set_grad_enabled(grad):
        parts = [output(pieces, x[..., a:b]) for a, b in itertools.pairwise(edges)]
        joined = torch.cat(parts, dim=-1)
        if kind.family == "sigma_delta":
            torch.testing.assert_close(joined, output(whole, x))
        else:
            assert torch.equal(joined, output(whole, x))
        if grad and joined.requires_grad:
            joined.sum().backward()


@pytest.mark.parametrize("grad", [True, False])
def test_pieces_equal_whole(each_block, grad):
    if not each_block.has_neuron:
        pytest.skip("has no state")
    check_pieces(each_block, grad)


def test_last_piece_has_the_gradient_that_the_whole_gives_it(each_block):
    if not each_block.has_neuron:
        pytest.skip("has no state")
    whole, pieces = (
        each_block.with_delays(each_block.make(neuron={"persistent_state": True}))
        for _ in range(2)
    )
    data, cut = each_block.data(steps=STEPS), 5
    x, last = data.clone().requires_grad_(), data[..., cut:].clone().requires_grad_()
    output(whole.eval(), x)[..., cut:].square().sum().backward()
    output(pieces.eval(), data[..., :cut])
    output(pieces, last).square().sum().backward()
    assert last.grad.any()
    torch.testing.assert_close(last.grad, x.grad[..., cut:])


def test_calls_are_independent_without_persistent_state(each_block):
    block = each_block.make().eval()
    x = each_block.data()
    assert torch.equal(output(block, x), output(block, x))


def test_reset_brings_a_persistent_block_to_rest(each_block):
    if not each_block.has_neuron:
        pytest.skip("has no state")
    block = each_block.make(neuron={"persistent_state": True}).eval()
    x = each_block.data()
    first = output(block, x).clone()
    block.reset_state()
    assert torch.equal(output(block, x), first)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda b: pickle.loads(pickle.dumps(b))]
)
def test_copy_computes_the_same(each_block, copied):
    block = each_block.make().eval()
    x = each_block.data()
    y = output(block, x)
    other = copied(block)
    assert torch.equal(output(other, x), y)
    if each_block.has_neuron and hasattr(other, "synapse"):
        assert other.synapse.pre_hook_fx.__self__ is other.neuron


def test_trained_state_loads_into_a_fresh_block(each_block):
    neuron = {} if each_block.family == "sigma_delta" else {"shared_param": False}
    block = each_block.make(neuron=neuron).eval()
    x = each_block.data()
    y = output(block, x)
    file = io.BytesIO()
    torch.save(block.state_dict(), file)
    file.seek(0)
    fresh = each_block.make(seed=4, neuron=neuron).eval()
    fresh.load_state_dict(torch.load(file))
    assert torch.equal(output(fresh, x), y)


def test_moving_keeps_the_numbers(each_block):
    block = each_block.make().eval()
    x = each_block.data()
    y = output(block, x)
    assert torch.equal(output(block.to("cpu", torch.float32), x), y)


@pytest.mark.gpu
def test_gpu_gives_the_same_spikes(each_block):
    block = each_block.with_delays(each_block.make()).eval()
    x = each_block.data()
    y = output(block, x)
    moved = output(block.to("cuda"), x.to("cuda")).cpu()
    if each_block.family == "sigma_delta":
        torch.testing.assert_close(moved, y)
    else:
        assert torch.equal(moved, y)


def outcome(block, x, threads):
    """Output and gradients with so many threads."""
    before = torch.get_num_threads()
    x = x.clone().requires_grad_()
    learnt = [p for p in block.parameters() if p.requires_grad]
    try:
        torch.set_num_threads(threads)
        core.set_num_threads(threads)
        y = output(block, x)
        grads = torch.autograd.grad(y.square().sum(), [x, *learnt], allow_unused=True)
    finally:
        torch.set_num_threads(before)
        core.set_num_threads(None)
    return [y, *(g for g in grads if g is not None)]


def test_number_of_threads_changes_no_output(each_block):
    """Nor a gradient, but for the rounding of torch's own sums over batch and time."""
    block = each_block.with_delays(each_block.make()).eval()
    x = each_block.data(batch=8, steps=160)  # Enough to be worth threads.
    (alone, *grads), (shared, *others) = (outcome(block, x, n) for n in (1, 3))
    assert torch.equal(alone, shared)
    for grad, other in zip(grads, others, strict=True):
        limit = 1e-5 * float(grad.abs().max())
        torch.testing.assert_close(other, grad, rtol=1e-5, atol=limit)


def test_event_rate_is_logged(each_block):
    block = each_block.make(count_log=True).eval()
    y, rate = block(each_block.data())
    if each_block.layer in ("Flatten", "Average", "Affine", "TimeDecimation"):
        assert rate is None
    else:
        assert rate.ndim == 0
        assert rate == (y > 0).float().mean()


def test_neuron_params_stay_as_they_were(each_block):
    if not each_block.has_neuron:
        pytest.skip("has no neuron")
    norm = slayer.neuron.norm.MeanOnlyBatchNorm
    params = {"norm": norm, "persistent_state": False}
    with mock.patch.object(each_block, "kind", wraps=each_block.kind) as kind:
        each_block.make(neuron=params)
        (given, *_), _ = kind.call_args
    assert given["norm"] is norm
    assert given["persistent_state"] is False


def test_empty_time_passes(each_block):
    block = each_block.make().eval()
    x = each_block.data()
    y = output(block, x)
    assert output(block, x[..., :0]).shape == (*y.shape[:-1], 0)


def test_file_round_trips(each_block, tmp_path):
    block = each_block.with_delays(each_block.make())
    path = tmp_path / "network.net"
    with h5py.File(path, "w") as file:
        block.export_hdf5(file.create_group("layer/0"))
    assert spec.validate(path) == []
    (layer,) = spec.read(path)
    assert layer == block.to_spec()


def test_file_makes_the_same_block_again(each_block, tmp_path):
    block = each_block.with_delays(each_block.make()).eval()
    path = tmp_path / "network.net"
    spec.write(spec.Network([block.to_spec()]), path)
    network = slayer.auto.SequentialNetwork(path).eval()
    x = each_block.data()
    assert torch.equal(network(x), output(block, x))


def test_export_leaves_the_block_as_it_is(each_block, tmp_path):
    options = {} if "weight_scale" not in each_block.kwargs else {"weight_norm": True}
    block = each_block.with_delays(each_block.make(**options))
    before = {name: value.clone() for name, value in block.state_dict().items()}
    for name in "ab":
        with h5py.File(tmp_path / name, "w") as file:
            block.export_hdf5(file)
    after = block.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], value) for name, value in before.items())


def test_export_follows_a_checkpoint_without_forward(each_block):
    trained = each_block.with_delays(each_block.make())
    fresh = each_block.make(seed=4)
    fresh.load_state_dict(trained.state_dict())
    known = ("Dense", "Affine", "Recurrent", "KWTA", "Output", "Average")
    if each_block.layer in known:
        assert fresh.to_spec() == trained.to_spec()
    else:
        with pytest.raises(ValueError, match="materialise"):
            fresh.to_spec()
