"""Runs a NIR graph step by step in 64 bits, from the equations of NIR's primitives.

It shares nothing with the converter: what a file computes is compared with this. Time
goes by Euler's rule in steps of ``dt`` seconds, the current before the voltage, as
norse, snntorch and spikingjelly have it.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def run(graph, data, dt, latency=0):
    """Outputs of a graph.

    Args:
        graph: The graph.
        data: Inputs of shape (*input, steps).
        dt: Seconds per step.
        latency: Steps by which the spikes of each layer appear later, except to the
            layer itself.

    Returns:
        Outputs of shape (*output, steps).
    """
    nodes, edges = flat(graph)
    order = sort(nodes, edges)
    cells = {name: make_cell(node, dt, latency) for name, node in nodes.items()}
    for name, cell in cells.items():
        if isinstance(cell, Neuron):
            cell.loops = [b for a, b in edges if a == name and (b, name) in edges]
    values: dict[str, np.ndarray] = {}
    outputs = []
    for t in range(data.shape[-1]):
        for name in order:
            node = nodes[name]
            if kind(node) == "Input":
                values[name] = data[..., t].astype(np.float64)
                continue
            sources = [begin for begin, end in edges if end == name]
            total = sum(value_of(s, name, nodes, cells, values) for s in sources)
            values[name] = cells[name].step(total)
        (end,) = (n for n in order if kind(nodes[n]) == "Output")
        outputs.append(values[end])
    return np.stack(outputs, -1)


def value_of(source, target, nodes, cells, values):
    """What a node gives another; a loop gets the spikes of now, others later ones."""
    if source not in values:  # A loop before its neurons' first step.
        shape = np.asarray(nodes[source].weight).shape[1:]
        return cells[source].step(np.zeros(shape))
    cell = cells[source]
    if isinstance(cell, Neuron) and target not in cell.loops:
        return cell.delayed
    return values[source]


def kind(node):
    return type(node).__name__


def flat(graph, prefix=""):
    """Nodes and edges with inner graphs opened; their ports become identities."""
    nodes, edges = {}, []
    for name, node in graph.nodes.items():
        if kind(node) == "NIRGraph":
            inner, inside = flat(node, f"{prefix}{name}.")
            nodes |= {
                n: Port(x) if kind(x) in ("Input", "Output") else x
                for n, x in inner.items()
            }
            edges += inside
        else:
            nodes[prefix + name] = node

    def port(name, which):
        node = graph.nodes[name]
        if kind(node) != "NIRGraph":
            return prefix + name
        (inner,) = (n for n, x in node.nodes.items() if kind(x) == which)
        return f"{prefix}{name}.{inner}"

    edges += [(port(a, "Output"), port(b, "Input")) for a, b in graph.edges]
    return nodes, edges


class Port:
    """The input or output of an inner graph."""

    def __init__(self, node):
        self.node = node


def sort(nodes, edges):
    """Order of evaluation; what comes back to neurons is evaluated last."""
    loops = [n for n in nodes if comes_back(n, edges, nodes)]
    order, waiting = [], [n for n in nodes if n not in loops]
    while waiting:
        ready = [
            name
            for name in waiting
            if all(a in (*order, *loops) for a, b in edges if b == name)
        ]
        assert ready, f"no order for {waiting}"
        order += ready
        waiting = [n for n in waiting if n not in ready]
    return order + loops


def comes_back(name, edges, nodes):
    """Whether a node only leads back to the neurons that lead to it."""
    targets = [b for a, b in edges if a == name]
    return (
        bool(targets)
        and all((b, name) in edges for b in targets)
        and (kind(nodes[name]) in ("Linear", "Affine"))
    )


def make_cell(node, dt, latency):
    name = kind(node)
    if name in NEURONS:
        return NEURONS[name](node, dt, latency)
    if name == "Delay":
        return Delay(node, dt)
    return Plain(PLAIN[name], node)


class Plain:
    """A node without a state."""

    def __init__(self, function, node):
        self.function, self.node = function, node

    def step(self, x):
        return self.function(self.node, x)


def affine(node, x):
    bias = getattr(node, "bias", 0)
    return np.asarray(node.weight, np.float64) @ x + np.asarray(bias, np.float64)


def pair(value):
    numbers = np.atleast_1d(value)
    return int(numbers[0]), int(numbers[-1])


def conv2d(node, x):
    w = np.asarray(node.weight, np.float64)
    (sh, sw), (dh, dw) = pair(node.stride), pair(node.dilation)
    ph, pw = {
        "same": (dh * (w.shape[2] - 1) // 2, dw * (w.shape[3] - 1) // 2),
        "valid": (0, 0),
    }.get(node.padding if isinstance(node.padding, str) else "") or pair(node.padding)
    x = np.pad(x, ((0, 0), (ph, ph), (pw, pw)))
    high, wide = dh * (w.shape[2] - 1) + 1, dw * (w.shape[3] - 1) + 1
    windows = sliding_window_view(x, (high, wide), axis=(1, 2))
    windows = windows[:, ::sh, ::sw, ::dh, ::dw]
    into, out = w.shape[1], w.shape[0] // int(node.groups)
    parts = [
        np.einsum(
            "cyxhw,ochw->oyx",
            windows[g * into : (g + 1) * into],
            w[g * out : (g + 1) * out],
        )
        for g in range(int(node.groups))
    ]
    return np.concatenate(parts) + np.asarray(node.bias, np.float64)[:, None, None]


class Image:
    """A Conv1d seen as a Conv2d of height 1."""

    def __init__(self, node):
        self.weight = np.asarray(node.weight)[:, :, None]
        self.bias, self.groups = node.bias, node.groups
        self.stride = (1, int(np.ravel(node.stride)[0]))
        self.dilation = (1, int(np.ravel(node.dilation)[0]))
        self.padding = (0, int(np.ravel(node.padding)[0]))


def conv1d(node, x):
    return conv2d(Image(node), x[:, None])[:, 0]


def sum_pool(node, x):
    (ph, pw), (sh, sw) = pair(node.padding), pair(node.stride)
    x = np.pad(x, ((0, 0), (ph, ph), (pw, pw)))
    windows = sliding_window_view(x, pair(node.kernel_size), axis=(1, 2))
    return windows[:, ::sh, ::sw].sum((-1, -2))


def average_pool(node, x):
    return sum_pool(node, x) / np.prod(pair(node.kernel_size))


PLAIN = {
    "Port": lambda node, x: x,
    "Input": lambda node, x: x,
    "Output": lambda node, x: x,
    "Flatten": lambda node, x: x.reshape(-1),
    "Linear": affine,
    "Affine": affine,
    "Scale": lambda node, x: np.asarray(node.scale) * x,
    "Conv1d": conv1d,
    "Conv2d": conv2d,
    "SumPool2d": sum_pool,
    "AvgPool2d": average_pool,
}


class Delay:
    """``y(t) = x(t - delay)``."""

    def __init__(self, node, dt):
        self.steps = np.rint(np.asarray(node.delay) / dt).astype(int)
        self.past: list[np.ndarray] = []

    def step(self, x):
        self.past.append(x)
        now, result = len(self.past) - 1, np.zeros(np.shape(x))
        for i, steps in np.ndenumerate(np.broadcast_to(self.steps, result.shape)):
            result[i] = self.past[now - steps][i] if steps <= now else 0
        return result


class Neuron:
    """``v`` moves by Euler's rule; spikes reset it, read-outs are the voltage."""

    def __init__(self, node, dt, latency):
        self.node, self.dt = node, dt
        self.loops: list[str] = []
        self.level = getattr(node, "v_threshold", getattr(node, "threshold", None))
        self.latency = 0 if self.level is None else latency
        shape = np.shape(getattr(node, "r", self.level))
        self.reset = np.array(getattr(node, "v_reset", np.zeros(shape)))
        self.v = self.reset.astype(float)
        self.i = np.zeros(shape)
        self.past: list[np.ndarray] = []

    def step(self, x):
        self.move(x)
        z = self.v
        if self.level is not None:
            z = (self.v > self.level).astype(float)
            self.v = np.where(z > 0, self.reset, self.v)
        self.past.append(z)
        return z

    @property
    def delayed(self):
        late = len(self.past) - 1 - self.latency
        return self.past[late] if late >= 0 else np.zeros_like(self.v)

    def leak(self, tau, x):
        node = self.node
        self.v = self.v + self.dt / tau * (node.v_leak - self.v + node.r * x)


class Leaky(Neuron):
    def move(self, x):
        self.leak(self.node.tau, x)


class Integrator(Neuron):
    def move(self, x):
        self.v = self.v + self.dt * self.node.r * x


class Threshold(Neuron):
    def move(self, x):
        self.v = x


class Cuba(Neuron):
    def move(self, x):
        node = self.node
        self.i = self.i + self.dt / node.tau_syn * (node.w_in * x - self.i)
        self.leak(node.tau_mem, self.i)


NEURONS = {
    "LIF": Leaky,
    "LI": Leaky,
    "IF": Integrator,
    "I": Integrator,
    "Threshold": Threshold,
    "CubaLIF": Cuba,
    "CubaLI": Cuba,
}
