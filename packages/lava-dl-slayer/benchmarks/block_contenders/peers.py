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


def networks(layers):
    """By library, a network from (T, N, ...) to spikes."""
    each = [neurons() for _ in layers]
    return {
        name: torch.nn.Sequential(
            *(
                Layer(layer, found[name])
                for layer, found in zip(layers, each, strict=True)
            )
        )
        for name in each[0]
    }
