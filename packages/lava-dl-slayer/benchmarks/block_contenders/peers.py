"""The same layers in other libraries: torch's layers over all steps, then neurons."""

import torch
from neuron_contenders.peers import peers as neurons


class Layer(torch.nn.Module):
    """torch's layer over all steps at once, then the library's neurons step by step."""

    def __init__(self, layer, neuron):
        super().__init__()
        kind, *sizes = layer
        self.neuron = neuron
        self.flat = kind == "dense"
        if kind == "dense":
            self.product = torch.nn.Linear(*sizes, bias=False)
        elif kind == "conv":
            self.product = torch.nn.Conv2d(*sizes[:3], padding=1, bias=False)
        else:
            self.product = torch.nn.AvgPool2d(sizes[1], divisor_override=1)

    def forward(self, x):
        """Spikes of an input (T, N, ...)."""
        rows = x.flatten(0, 1)
        z = self.product(rows.flatten(1) if self.flat else rows)
        return self.neuron(z.unflatten(0, x.shape[:2]))


class Skip(torch.nn.Sequential):
    """What its layers give, added to what they get."""

    def forward(self, x):
        """Sums of spikes of an input (T, N, ...)."""
        return x + super().forward(x)


def made(layer, neurons):
    """The layer, with the next of the library's neurons, or several in a row."""
    if layer[0] == "skip":
        return Skip(*(made(each, neurons) for each in layer[1:]))
    return Layer(layer, next(neurons))


def networks(layers):
    """By library, a network from (T, N, ...) to spikes."""
    return {name: network(layers, name) for name in neurons()}


def network(layers, name):
    own = iter(lambda: neurons()[name], None)
    return torch.nn.Sequential(*(made(layer, own) for layer in layers))
