"""Steps that train: ours, a peer's, and the copies and products none is without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from block_contenders.bare import bare
from block_contenders.ours import CUBA, network
from block_contenders.peers import Layer
from neuron_contenders.ours import neurons, spikes

from gpu_contenders.cases import Case
from gpu_contenders.measure import Run, repeated
from lava.lib.dl import slayer

VOLTAGE, RATE = 0.03, 1e-6  # the activity stays what it was


class Step:
    """Forward, backward and, where something learns, the optimiser's step."""

    def __init__(self, call: Callable[..., Any], inputs: list[torch.Tensor]) -> None:
        self.call, self.inputs = call, inputs
        learnt = getattr(call, "parameters", list)()
        self.leaves = [t for t in (*inputs, *learnt) if t.requires_grad]
        self.learnt = [p for p in self.leaves if isinstance(p, torch.nn.Parameter)]
        self.optimiser = (
            torch.optim.Adam(self.learnt, RATE, fused=True, capturable=True)
            if self.learnt
            else None
        )
        with torch.no_grad():
            self.gradient = torch.randn_like(call(*inputs))

    def forget(self) -> None:
        for each in self.leaves:
            each.grad = None

    def __call__(self) -> None:
        self.forget()
        self.call(*self.inputs).backward(self.gradient)
        if self.optimiser is not None:
            self.optimiser.step()


def data(case: Case) -> torch.Tensor:
    """Input (N, C, ..., T): currents of a neuron, events of a network, pictures."""
    kind = case.layers[0][0] if case.layers else "neuron"
    image = {"conv": (34, 34), "pilotnet": (33, 100)}.get(kind, ())
    x = torch.rand(case.samples, case.channels, *image, case.steps)
    if kind == "pilotnet":
        return x
    if kind != "neuron":
        alone = len(case.layers) == 1
        return (x < (0.05 if alone else 0.02)).float().requires_grad_(alone)
    x = torch.randn_like(x)
    if case.neuron == "sigma_delta":
        return ((64 * x * (torch.rand_like(x) < 0.1)).round() / 64).requires_grad_()
    return (0.3 * x + 0.02).requires_grad_()


def ours(case: Case, x: torch.Tensor) -> Step:
    if not case.layers:
        module = neurons(case.channels)[case.neuron].cuda()
        if not getattr(module, "complex", False):
            return Step(module, [x])
        return Step(spikes(module), [x, x.detach().clone().requires_grad_()])
    kind, *sizes = case.layers[0]
    if kind == "pilotnet":
        net = pilotnet()
    elif kind == "recurrent":
        net = slayer.block.cuba.Recurrent(CUBA, *sizes, weight_scale=2)
    else:
        net = network(case.layers, case.delay)
    net = net.cuda()
    with torch.no_grad():
        net(x)
    return Step(net, [x])


def pilotnet() -> torch.nn.Module:
    """The sigma-delta network that steers, for a third of its pictures' size."""
    layers = slayer.block.sigma_delta
    params = {"threshold": 0.1, "tau_grad": 0.1, "requires_grad": True}
    params |= {"scale_grad": 1, "shared_param": True, "activation": torch.relu}
    return torch.nn.Sequential(
        layers.Input(params),
        layers.Conv(params, 3, 24, 3, stride=2, weight_scale=2),
        layers.Conv(params, 24, 36, 3, stride=2, weight_scale=2),
        layers.Conv(params, 36, 64, 3, padding=(1, 0), stride=(2, 1), weight_scale=2),
        layers.Conv(params, 64, 64, 3, weight_scale=2),
        layers.Flatten(),
        layers.Dense(params, 64 * 2 * 20, 100, weight_scale=2),
        layers.Dense(params, 100, 50),
        layers.Dense(params, 50, 10),
        layers.Output(params, 10, 1),
    )


def peer(case: Case, x: torch.Tensor) -> Step | None:
    """spikingjelly's step of the same layers, None where it has none such.

    Its neurons have no current of their own, so they do less.
    """
    known = all(layer[0] in ("dense", "conv", "pool") for layer in case.layers)
    if case.neuron != "cuba" or case.delay or not known:
        return None
    try:
        from spikingjelly.activation_based import neuron, surrogate
    except ImportError:
        return None

    def made() -> Callable[[torch.Tensor], torch.Tensor]:
        like_ours = {"tau": 1 / VOLTAGE, "decay_input": False, "step_mode": "m"}
        node = neuron.LIFNode(**like_ours, surrogate_function=surrogate.ATan()).cuda()

        def run(x: torch.Tensor) -> torch.Tensor:
            node.reset()
            return node(x)

        return run

    first = x.detach().movedim(-1, 0).contiguous().requires_grad_(x.requires_grad)
    if not case.layers:
        return Step(made(), [first])
    layers = (Layer(layer, made()) for layer in case.layers)
    return Step(torch.nn.Sequential(*layers).cuda(), [first])


def floor(case: Case, x: torch.Tensor) -> dict[str, Run]:
    """Three copies of a neuron's input, or each product of a network in its layouts."""
    if not case.layers:
        source, to = x.detach(), torch.empty_like(x.detach())

        def copies() -> None:
            for _ in range(3):
                to.copy_(source)

        return {"floor": repeated(copies)}
    if case.layers[0][0] not in ("dense", "conv"):
        return {}
    runs = bare(case.layers, case.samples, case.steps)
    return {f"bare {name}": repeated(in_tf32(run), 3) for name, run in runs.items()}


def in_tf32(run: Run) -> Run:
    """Products are at their fastest there."""
    matmul = torch.backends.cuda.matmul

    def same() -> None:
        before = matmul.allow_tf32
        matmul.allow_tf32 = True
        run()
        matmul.allow_tf32 = before

    return same
