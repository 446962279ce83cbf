"""A sequence in pieces gives what it gives whole, wherever it is cut."""

from itertools import pairwise

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lava.lib.dl.slayer._states import named_states
from lava.lib.dl.slayer.neuron import cuba, norm, sigma_delta

SHAPE = (2, 3, 2)
STEPS = 24
cuts = st.lists(st.integers(0, STEPS), max_size=5).map(sorted)
relaxed = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def pieces(inputs, places):
    edges = [0, *places, STEPS]
    for start, end in pairwise(edges):
        yield [x[..., start:end] for x in inputs]


@pytest.mark.parametrize("graded", [False, True])
@pytest.mark.parametrize("scale", [64, 100])
@pytest.mark.parametrize("shared", [True, False])
@relaxed
@given(places=cuts, seed=st.integers(0, 999), parts=st.booleans())
def test_pieces_equal_whole(kind, graded, scale, shared, places, seed, parts):
    options = {"graded_spike": graded, "scale": scale, "shared_param": shared}
    torch.manual_seed(seed)
    whole = kind(**options)
    inputs = kind.input(*SHAPE, STEPS, seed=seed)
    wanted = whole(kind.argument(inputs))
    torch.manual_seed(seed)
    neuron = kind(**options, persistent_state=True)
    found = [
        kind.by_parts(neuron, x) if parts else neuron(kind.argument(x))
        for x in pieces(inputs, places)
    ]
    assert torch.equal(torch.cat(found, -1), wanted)


@relaxed
@given(places=cuts)
def test_cuba_with_a_norm_keeps_the_integrated_current(places):
    x = torch.randn(*SHAPE, STEPS)
    whole = cuba.Neuron(1.0, 0.3, 0.1, norm=norm.WgtScaleBatchNorm)
    whole(x)
    neuron = cuba.Neuron(
        1.0, 0.3, 0.1, norm=norm.WgtScaleBatchNorm, persistent_state=True
    )
    neuron.load_state_dict(whole.state_dict())
    whole.eval()
    neuron.eval()
    found = [neuron(piece) for (piece,) in pieces([x], places)]
    assert torch.equal(torch.cat(found, -1), whole(x))


@pytest.mark.parametrize("cumulative", [False, True])
@relaxed
@given(places=cuts, fused=st.booleans(), seed=st.integers(0, 999))
def test_sigma_delta_pieces_equal_whole(cumulative, places, fused, seed):
    torch.manual_seed(seed)
    # Whole numbers, since sums are rounded to float32 where a piece ends.
    x = torch.randint(-4096, 4096, (*SHAPE, STEPS)) / 4096
    activation = torch.relu if fused else lambda x: x.relu()
    options = {"threshold": 0.3, "activation": activation, "cum_error": cumulative}
    wanted = sigma_delta.Neuron(**options)(x)
    neuron = sigma_delta.Neuron(**options, persistent_state=True)
    found = [neuron(piece) for (piece,) in pieces([x], places)]
    assert torch.equal(torch.cat(found, -1), wanted)


@pytest.mark.parametrize("gradient", ["slayer", "exact"])
def test_each_piece_has_its_own_gradient(kind, gradient):
    """Gradients stop at a cut: those of a piece come from that piece alone."""
    neuron = kind(persistent_state=True, requires_grad=True, gradient=gradient)
    first = kind.input(*SHAPE, 10, requires_grad=True)
    second = kind.input(*SHAPE, 10, seed=1, requires_grad=True)
    neuron(kind.argument(first))
    states = [s.clone() for s in kind.states(neuron)]
    spikes = neuron(kind.argument(second))
    spikes.sum().backward()
    assert all(x.grad is None for x in first)
    alone = kind(requires_grad=True, gradient=gradient)
    alone(kind.argument(first))
    names = [name for name, _ in named_states(neuron)]
    for name, state in zip(names, states, strict=True):
        setattr(alone, name, state)
    again = kind.input(*SHAPE, 10, seed=1, requires_grad=True)
    alone(kind.argument(again)).sum().backward()
    learned, others = list(neuron.parameters()), list(alone.parameters())
    for x, y in zip([*second, *learned], [*again, *others], strict=True):
        torch.testing.assert_close(x.grad, y.grad)
