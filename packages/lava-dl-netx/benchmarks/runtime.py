"""Steps per second of the native runtime, and kernel rates beside a memory stream.

Prints JSON; ``lava_speed.py`` does the same with Lava's processes on Python 3.10.
"""

import itertools
import json
import time

import numpy as np

from lava.lib.dl import netx, spec
from lava.lib.dl.core.runtime import Kernel

RNG = np.random.default_rng(0)
CUBA = spec.Cuba(1024, 256, 80)
RATE = 0.1
DENSE = {"784-128-64-10": (784, 128, 64, 10), "200-256-200": (200, 256, 200)}


def weights(*shape):
    return RNG.integers(-20, 21, shape) * 2


def dense(*sizes, delays=False):
    pairs = itertools.pairwise(sizes)
    options = [
        {"delay": RNG.integers(0, 30, out)} if delays else {} for out in sizes[1:]
    ]
    return spec.Network(
        [
            spec.Dense((out,), weights(out, into), neuron=CUBA, **option)
            for (into, out), option in zip(pairs, options, strict=True)
        ]
    )


def pilotnet(neuron):
    """100 x 33 x 3 input, four convolutions, four dense layers."""
    layers, given = [], (3, 33, 100)
    for channels, padding in ((24, 0), (36, 0), (64, 0), (64, 1)):
        high, wide = ((n + 2 * padding - 3) // 2 + 1 for n in given[1:])
        shape, weight = (channels, high, wide), weights(channels, given[0], 3, 3)
        pair = (padding, padding)
        layers.append(
            spec.Conv(shape, weight, stride=(2, 2), padding=pair, neuron=neuron)
        )
        given = shape
    flat = int(np.prod(given))
    layers.append(spec.Flatten((flat,)))
    for out, into in ((100, flat), (50, 100), (10, 50), (1, 10)):
        layers.append(spec.Dense((out,), weights(out, into), neuron=neuron))
    return spec.Network(layers)


def rate_of(run, work):
    run()
    best = min(timed(run) for _ in range(3))
    return work / best


def timed(run):
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def options_of(network, arithmetic, shape):
    """Options under which both runtimes hear what `events_of` gives."""
    bits = 16 if is_graded(network, arithmetic) else 0
    return {"input_shape": shape, "input_message_bits": bits}


def is_graded(network, arithmetic):
    return isinstance(network[0].neuron, spec.SigmaDelta) and arithmetic == "lava"


def events_of(network, arithmetic, shape, steps):
    """Random events of 1, which Lava's sigma-delta units count as 4096."""
    events = RNG.random((*shape, steps)) < RATE
    return events * np.int32(4096 if is_graded(network, arithmetic) else 1)


def steps_per_second(network, arithmetic, steps, shape=None):
    options = options_of(network, arithmetic, shape)
    net = netx.load(network, arithmetic=arithmetic, **options)
    events = events_of(network, arithmetic, net.input_shape, steps)
    return rate_of(lambda: net.run(events), steps)


def kernel_rates():
    """Neuron updates and synaptic operations per second of one core."""
    count, steps = 4096, 500
    decays = {
        "current_decay": np.full(count, 1096),
        "voltage_decay": np.full(count, 296),
    }
    kernel = Kernel(
        {"kind": "cuba", "inputs": count, "neurons": count, "threshold": 5120, **decays}
    )
    sums, memory = RNG.random((1, steps, count), np.float32), kernel.memory(1)
    busy = netx.load(spec.Network([spec.Dense((1024,), weights(1024, 1024))]))
    all_on = np.ones((1024, steps))
    return {
        "neuron updates": rate_of(lambda: kernel.run(sums, memory), count * steps),
        "synaptic operations": rate_of(lambda: busy.run(all_on), 1024**2 * steps),
        "bytes streamed": stream(),
    }


def stream():
    source = np.ones(1 << 24, np.float32)
    target = np.empty_like(source)
    return rate_of(lambda: np.copyto(target, source), 2 * source.nbytes)


def batch_speedup():
    network = dense(784, 128, 64, 10)
    batch = RNG.random((200, 784, 100)) < RATE
    one, two = (netx.load(network, threads=n) for n in (1, 2))
    one(batch), two(batch)
    pairs = [(timed(lambda: one(batch)), timed(lambda: two(batch))) for _ in range(9)]
    alone, shared = zip(*pairs, strict=True)
    return min(alone) / min(shared)


def main():
    shape = (100, 33, 3)
    figures = {}
    for arithmetic in ("trained", "lava"):
        steps = {
            n: steps_per_second(dense(*s), arithmetic, 5000) for n, s in DENSE.items()
        }
        delayed = dense(64, 256, 10, delays=True)
        steps["64-256-10 delayed"] = steps_per_second(delayed, arithmetic, 5000)
        for name, neuron in (("CUBA", CUBA), ("sigma-delta", spec.SigmaDelta(16))):
            key = f"PilotNet {name}"
            steps[key] = steps_per_second(pilotnet(neuron), arithmetic, 100, shape)
        figures[arithmetic] = steps
    figures["kernels"] = kernel_rates()
    figures["batch on two threads, times one"] = batch_speedup()
    print(json.dumps(figures, indent=2, default=float))


if __name__ == "__main__":
    main()
