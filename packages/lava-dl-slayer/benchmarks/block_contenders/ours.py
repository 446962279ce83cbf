"""The networks as blocks."""

import torch

from lava.lib.dl import slayer

CUBA = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}
block = slayer.block.cuba


def made(layer, delay):
    kind, *sizes = layer
    if kind == "skip":
        return slayer.block.Residual([made(each, delay) for each in sizes])
    if kind == "dense":
        return block.Dense(CUBA, *sizes, weight_scale=2, delay=delay)
    if kind == "conv":
        inputs, outputs, kernel, _ = sizes
        options = {"padding": 1, "weight_scale": 2, "delay": delay}
        return block.Conv(CUBA, inputs, outputs, kernel, **options)
    return block.Pool(CUBA, sizes[1], weight_scale=1.1, delay=delay)


def network(layers, delay=False):
    """Blocks in a row, flat before a dense layer that follows images."""
    blocks = []
    for before, layer in zip([layers[0], *layers], layers, strict=False):
        if layer[0] == "dense" and before[0] != "dense":
            blocks.append(block.Flatten())
        blocks.append(made(layer, delay))
    return torch.nn.Sequential(*blocks)
