"""Times neurons against the copies they can't avoid, and against other libraries.

Contenders run interleaved in one process; best, median and ratios are printed. The
floor is one clone of x for each tensor newly written: one forward, three forward and
backward. Where torch is there, all memory comes from it.

    python benchmarks/neurons.py [--threads 1 2] [--steps 1000 100] [--rounds 7]
"""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable
from statistics import median

import numpy as np

from lava.lib.dl import core
from lava.lib.dl.core import training

SHAPE = (32, 512, 1)
Contender = Callable[[], object]


def optional(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def empty(shape):
    torch = optional("torch")
    return np.empty(shape, np.float32) if torch is None else torch.empty(shape).numpy()


def clone(x):
    torch = optional("torch")
    return x.copy() if torch is None else torch.from_numpy(x).clone()


def arrays(steps):
    rng = np.random.default_rng(0)
    x = rng.normal(0, 0.3, (*SHAPE, steps)).astype(np.float32)
    return x, rng.normal(size=x.shape).astype(np.float32)


def neuron_contenders(neuron, x, grad):
    """Forward, and forward with backward, of one of the fused neurons."""
    values = [600, 3900, 300, 300] if len(neuron.inputs) > 1 else [1229, 410, 300, 300]
    decays = [np.float32([v]) for v in values[: len(neuron.decays)]]
    states = [np.zeros(1, np.float32)] * len(neuron.states)
    inputs = [x] * len(neuron.inputs)
    threshold = training.Threshold(1.0, 4096.0, 0.5)
    surrogate = training.Surrogate(100.0, 0.1)

    def forward():
        out = [empty(x.shape)] + [None] * (len(neuron.outputs) - 1)
        return training.neuron_forward(
            neuron, inputs, decays, states, threshold, out=out
        )

    def both():
        grads = [grad, None, None]
        result = forward()
        back = training.neuron_backward(
            neuron,
            inputs,
            decays,
            states,
            grads,
            threshold,
            surrogate,
            out=[empty(x.shape) for _ in inputs],
        )
        return result, back

    return {neuron.name: forward, f"{neuron.name} + backward": both}


def own_contenders(x, grad):
    found: dict[str, Contender] = {
        "floor, forward": lambda: clone(x),
        "floor, + backward": lambda: (clone(x), clone(x), clone(x)),
    }
    for name in ("CUBA", "ALIF", "RF", "RF_IZ", "ADRF", "ADRF_IZ"):
        found |= neuron_contenders(getattr(training, name), x, grad)
    zero = np.zeros(1, np.float32)
    rule = training.DeltaRule(np.float32([0.2]), 4096.0)
    delays = np.random.default_rng(1).uniform(0, 30, SHAPE[1]).astype(np.float32)
    states = [zero] * 4

    def forward():
        return training.sigma_delta(x, zero, states, rule, out=[empty(x.shape)])

    def backward():
        out = [empty(x.shape)]
        return training.sigma_delta_backward(x, zero, states, grad, rule, out=out)

    found["sigma_delta"] = forward
    found["sigma_delta + backward"] = lambda: (forward(), backward())
    found["delay"] = lambda: training.delay(x, delays, out=[empty(x.shape)])
    return found


def torch_contenders(x, grad, compiled):
    """A plain loop of CUBA in torch, compiled if asked for; nothing without torch."""
    torch = optional("torch")
    if torch is None:
        return {}
    tensor, weight = torch.from_numpy(x), torch.from_numpy(grad)

    class Spike(torch.autograd.Function):
        @staticmethod
        def forward(ctx, voltage):
            ctx.save_for_backward(voltage)
            return (voltage >= 1).to(voltage.dtype)

        @staticmethod
        def backward(ctx, g):
            (voltage,) = ctx.saved_tensors
            return g * 0.0005 * torch.exp(-(voltage - 1).abs() / 100)

    def loop(z):
        current = voltage = torch.zeros_like(z[..., 0])
        out = []
        for t in range(z.shape[-1]):
            current = 0.7 * current + z[..., t]
            voltage = 0.9 * voltage + current
            out.append(Spike.apply(voltage))
            voltage = voltage * (1 - out[-1].detach())
        return torch.stack(out, dim=-1)

    def train(run):
        def both():
            z = tensor.clone().requires_grad_()
            (run(z) * weight).sum().backward()
            return z.grad

        return both

    found = {"torch loop + backward": train(loop)}
    if compiled:
        found["torch.compile + backward"] = train(torch.compile(loop))
    return found | library_contenders(torch, tensor, weight)


def library_contenders(torch, tensor, weight):
    """The closest neuron of each library that is installed, stepped over time."""
    found = {}
    steps_first = tensor.squeeze(2).permute(2, 0, 1).contiguous()
    weight = weight.squeeze(2).permute(2, 0, 1)

    def train(run):
        def both():
            z = steps_first.clone().requires_grad_()
            (run(z) * weight).sum().backward()
            return z.grad

        return both

    def snntorch(library):
        neuron = library.Synaptic(alpha=0.7, beta=0.9)

        def run(z):
            current, voltage = neuron.init_synaptic()
            out = []
            for step in z:
                spike, current, voltage = neuron(step, current, voltage)
                out.append(spike)
            return torch.stack(out)

        return run

    def spikingjelly(library):
        base = importlib.import_module("spikingjelly.activation_based.functional")
        node = library.LIFNode(tau=2.0, step_mode="m")

        def run(z):
            base.reset_net(node)
            return node(z)

        return run

    def norse(library):
        cell = library.LIF()
        return lambda z: cell(z)[0]

    def sinabs(library):
        def run(z):
            layer = library.LIF(tau_mem=10.0)
            return layer(z.transpose(0, 1)).transpose(0, 1)

        return run

    modules = {
        "snntorch": snntorch,
        "spikingjelly.activation_based.neuron": spikingjelly,
        "norse.torch": norse,
        "sinabs.layers": sinabs,
    }
    for module, build in modules.items():
        library = optional(module)
        if library is None:
            continue
        found[f"{module.split('.')[0]} + backward"] = train(build(library))
    return found


def measure(contenders, rounds):
    times = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for _ in range(rounds):
        for name, run in contenders.items():
            start = time.perf_counter()
            kept = run()
            times[name].append(time.perf_counter() - start)
            del kept
    return times


def report(times):
    for name, taken in times.items():
        floor = "floor, + backward" if "+ backward" in name else "floor, forward"
        best, middle = min(taken), median(taken)
        ratios = best / min(times[floor]), middle / median(times[floor])
        print(
            f"{name:28s} best {best * 1e3:9.2f} ms  median {middle * 1e3:9.2f} ms  "
            f"x floor {ratios[0]:7.2f} {ratios[1]:7.2f}"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--steps", type=int, nargs="+", default=[1000, 100])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--kernels-only", action="store_true")
    # The compiler unrolls the loop over time, which takes minutes.
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    print(f"{core.info()}\n")
    for threads in options.threads:
        core.set_num_threads(threads)
        if optional("torch"):
            optional("torch").set_num_threads(threads)
        for steps in options.steps:
            print(f"N=32 C=512 T={steps}, {threads} threads")
            x, grad = arrays(steps)
            contenders = own_contenders(x, grad)
            if not options.kernels_only:
                contenders |= torch_contenders(x, grad, options.compile)
            report(measure(contenders, options.rounds))
            print()


if __name__ == "__main__":
    main()
