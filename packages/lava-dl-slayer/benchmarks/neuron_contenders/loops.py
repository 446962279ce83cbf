"""CUBA step by step in float32: no integers, and a surrogate that autograd uses."""

import torch

from neuron_contenders.ours import CURRENT, VOLTAGE


class Spike(torch.autograd.Function):
    """[voltage >= 1] with the surrogate derivative of CUBA."""

    @staticmethod
    def forward(ctx, voltage):
        ctx.save_for_backward(voltage)
        return (voltage >= 1).to(voltage.dtype)

    @staticmethod
    def backward(ctx, grad):
        (voltage,) = ctx.saved_tensors
        return grad * 0.0005 * torch.exp(-(voltage - 1).abs() / 100)


def step(x, current, voltage):
    current = (1 - CURRENT) * current + x
    voltage = (1 - VOLTAGE) * voltage + current
    spike = Spike.apply(voltage)
    return spike, current, voltage * (1 - spike.detach())


def over_time(step):
    def run(x):
        current = voltage = torch.zeros_like(x[0])
        spikes = []
        for now in x:
            spike, current, voltage = step(now, current, voltage)
            spikes.append(spike)
        return torch.stack(spikes)

    return run


def loops(whole):
    """The loop, with its step compiled, and, if `whole`, compiled as one graph."""
    found = {
        "loop": over_time(step),
        "loop of a compiled step": over_time(torch.compile(step)),
    }
    if whole:
        found["compiled loop"] = torch.compile(over_time(step))
    return found
