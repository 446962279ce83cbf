"""A training step of every block and network runs in a CUDA graph, bit for bit."""

import copy
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lava.lib.dl.slayer")

sys.path.insert(0, str(Path(__file__).parent))
from gpu_networks import (  # noqa: E402
    BLOCKS,
    LAYERS,
    NETWORKS,
    events,
    made,
    steps_of,
)

pytestmark = pytest.mark.gpu


class Training:
    """Steps of a network on one input, which a graph can capture."""

    def __init__(self, net, x):
        self.net, self.x = net, x.detach().clone().requires_grad_()
        learnt = [p for p in net.parameters() if p.requires_grad]
        self.leaves = [self.x, *learnt]
        self.optimiser = torch.optim.Adam(learnt, capturable=True) if learnt else None
        self.forget()

    def forget(self):
        for each in self.leaves:
            each.grad = None

    def gradients(self):
        """The output, and the gradients that this leaves."""
        y = self.net(self.x)
        (y - 0.3).square().sum().backward()
        return y

    def step(self):
        y = self.gradients()
        if self.optimiser is not None:
            self.optimiser.step()
        return y


def captured(training):
    """A graph of one step, and the output that each replay leaves."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):
            training.forget()
            training.step()
    torch.cuda.current_stream().wait_stream(aside)
    training.forget()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        y = training.step()
    return graph, y


def assert_near(graphed, eager):
    """Equal gradients but for sums whose order the library leaves open."""
    for a, b in zip(graphed.leaves, eager.leaves, strict=True):
        assert (a.grad is None) == (b.grad is None)
        if a.grad is not None:
            distance = (a.grad - b.grad).norm()
            assert float(distance) <= 1e-4 * float(b.grad.norm()) + 1e-6


def assert_captured(net, x):
    """Two replays each give the outputs and gradients of the parameters they meet."""
    net = net.cuda()
    with torch.no_grad():
        net(x.cuda())
    training = Training(net, x.cuda())
    graph, y = captured(training)
    for _ in range(2):
        eager = Training(copy.deepcopy(net), training.x)
        graph.replay()
        assert torch.equal(eager.gradients(), y)
        assert_near(training, eager)


@pytest.mark.parametrize(("family", "layer"), BLOCKS)
def test_a_step_of_a_block_is_captured(family, layer):
    net = torch.nn.Sequential(made(family, layer))
    assert_captured(net, events(family, LAYERS[layer][1], steps_of(layer)))


@pytest.mark.parametrize("network", NETWORKS)
def test_a_step_of_a_network_is_captured(network):
    torch.manual_seed(1)
    layers, x = network()
    assert_captured(torch.nn.Sequential(*layers), x)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_becomes_a_graphed_callable(network):
    torch.manual_seed(1)
    layers, x = network()
    net, x = torch.nn.Sequential(*layers).cuda(), x.cuda()
    with torch.no_grad():
        net(x)
    eager = Training(copy.deepcopy(net), x)
    sample = x.clone().requires_grad_()
    call = torch.cuda.make_graphed_callables(net, (sample,), allow_unused_input=True)
    graphed = Training(call, x)
    for _ in range(2):
        assert torch.equal(eager.gradients(), graphed.gradients())
    assert_near(graphed, eager)
