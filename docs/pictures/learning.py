"""Pictures of the guides on data, training and what is trained."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure
from style import BLUE, GREY, ORANGE, Picture, panels, raster

import lava.lib.dl.slayer as slayer

CUBA = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}


def _wave(steps: int) -> torch.Tensor:
    """A slow signal in multiples of 1/64 between 0 and 1, shape (steps,)."""
    t = torch.arange(steps) / steps
    wave = 0.3 * torch.sin(4 * torch.pi * t) + 0.15 * torch.sin(10 * torch.pi * t)
    return (64 * (0.5 + wave)).round() / 64


def encoding() -> Figure:
    """One signal as a rate, as latencies, as spikes of a neuron and as changes."""
    signal = _wave(120)
    rate = (torch.rand(8, 120) < 0.5 * signal).float()
    latency = torch.zeros(1, 120)
    latency[0, torch.arange(0, 120, 12) + ((1 - signal[::12]) * 11).long()] = 1
    neuron = {"threshold": 1.0, "current_decay": 1, "voltage_decay": 0.1}
    current = slayer.block.cuba.Input(neuron, weight=0.5, bias=0)(signal[None, None])[0]
    messages = slayer.axon.Delta(threshold=0.1)(signal[None, None])
    received = slayer.dendrite.Sigma()(messages)[0, 0]
    figure, axes = panels(5, 1, 5.2, sharex=True, height_ratios=[2, 2, 0.7, 0.7, 2])
    axes[0].plot(signal)
    axes[0].set(title="signal", ylim=(0, 1))
    names = ["rate, 8 neurons", "latency, windows of 12 steps", "current into a neuron"]
    for axis, events, name in zip(
        axes[1:], [rate, latency, current], names, strict=False
    ):
        raster(axis, events.detach())
        axis.set_title(name)
    for edge in range(0, 121, 12):
        axes[2].axvline(edge - 0.5, color=GREY, linewidth=0.5, linestyle=":")
    axes[4].plot(signal, color=GREY, linewidth=1)
    axes[4].step(np.arange(120), received, where="post", color=BLUE)
    sent = messages[0, 0].nonzero()[:, 0]
    axes[4].vlines(sent, 0, messages[0, 0, sent].detach(), color=ORANGE)
    title = "delta: messages (orange), their sum at the receiver (blue)"
    axes[4].set(title=title, xlabel="time step")
    return figure


PICTURES: dict[str, Picture] = {"encoding": encoding}
