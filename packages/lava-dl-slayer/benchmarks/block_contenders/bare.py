"""Bare products of layers, forward and backward, in each layout torch has for them.

A layer gets the gradients a network needs: that of its input except for the first one.
"""

import torch
import torch.nn.functional as F

LAST, FIRST = torch.channels_last, torch.contiguous_format


def product(compute, x, weights, needs_input):
    """Runs compute(x, *weights) and its gradients, for a fixed output gradient."""
    x = x.requires_grad_(needs_input)
    wanted = (x, *weights) if needs_input else weights
    y = compute(x, *weights)
    grad = torch.rand_like(y)

    def run():
        torch.autograd.grad(compute(x, *weights), wanted, grad)

    return run if wanted else None


def dense(layer, samples, steps, needs_input):
    _, inputs, outputs = layer
    weight = torch.rand(outputs, inputs, requires_grad=True)
    layouts = {
        "rows": (F.linear, torch.rand(samples * steps, inputs)),
        "columns": (lambda x, w: w @ x, torch.rand(inputs, samples * steps)),
        "time last": (
            lambda x, w: F.conv1d(x, w[..., None]),
            torch.rand(samples, inputs, steps),
        ),
    }
    return {k: product(f, x, (weight,), needs_input) for k, (f, x) in layouts.items()}


def conv(layer, samples, steps, needs_input):
    _, inputs, outputs, kernel, size = layer
    weight = torch.rand(outputs, inputs, kernel, kernel, requires_grad=True)

    def flat(x, w):
        return F.conv2d(x, w, padding=1)

    def deep(x, w):
        return F.conv3d(x, w[..., None], padding=(1, 1, 0))

    images = torch.rand(samples * steps, inputs, size, size)
    layouts = {
        "channels first": (flat, images.contiguous(memory_format=FIRST)),
        "channels last": (flat, images.contiguous(memory_format=LAST)),
        "time last": (deep, torch.rand(samples, inputs, size, size, steps)),
    }
    return {k: product(f, x, (weight,), needs_input) for k, (f, x) in layouts.items()}


def pool(layer, samples, steps, needs_input):
    _, channels, kernel, size = layer
    images = torch.rand(samples * steps, channels, size, size)
    layouts = {"channels first": FIRST, "channels last": LAST}
    return {
        name: product(
            lambda x: F.avg_pool2d(x, kernel, divisor_override=1),
            images.contiguous(memory_format=layout),
            (),
            needs_input,
        )
        for name, layout in layouts.items()
    }


KINDS = {"dense": dense, "conv": conv, "pool": pool}


def bare(layers, samples, steps):
    """Runs of each layer by its layouts, ``"<place> <kind> <layout>"``."""
    found = {}
    for place, layer in enumerate(in_a_row(layers)):
        runs = KINDS[layer[0]](layer, samples, steps, place > 0 or len(layers) == 1)
        found |= {f"{place} {layer[0]}, {name}": run for name, run in runs.items()}
    return found


def in_a_row(layers):
    """The layers, those beside a skip connection among them."""
    for layer in layers:
        if layer[0] == "skip":
            yield from in_a_row(layer[1:])
        else:
            yield layer


def best_layouts(times, kinds):
    """Sum over layers of those kinds of the fastest layout's time."""
    fastest = {}
    for name, taken in times.items():
        layer = name.split(",")[0]
        if layer.split()[1] in kinds:
            fastest[layer] = min(fastest.get(layer, taken), taken)
    return sum(fastest.values())
