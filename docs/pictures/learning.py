"""Pictures of the guides on data, losses and norms."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from style import BLUE, COLOURS, CUBA, GREY, ORANGE, Picture, panels, raster

import lava.lib.dl.slayer as slayer


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


def _classes() -> tuple[torch.Tensor, torch.Tensor]:
    """Events of 30 inputs over 100 steps, of three classes, and their labels."""
    labels = torch.arange(48) % 3
    groups = torch.nn.functional.one_hot(labels).float().repeat_interleave(10, dim=1)
    rates = 0.04 + 0.1 * groups
    return (torch.rand(48, 30, 100) < rates[..., None]).float(), labels


def _fit(net: torch.nn.Module, loss: torch.nn.Module, epochs: int) -> torch.Tensor:
    """Trains on the three classes and returns the output for the first sample."""
    events, labels = _classes()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss(net(events), labels).backward()
        optimizer.step()
    return net(events[:1])[0].detach()


def losses() -> Figure:
    """Rates in a moving window beside their targets, and membranes' maxima."""
    dense = slayer.block.cuba.Dense(CUBA, 30, 3, weight_scale=2)
    rate_loss = slayer.loss.SpikeRate(0.2, 0.02, moving_window=20, reduction="mean")
    spikes = _fit(dense, rate_loss, 60)
    affine = slayer.block.cuba.Affine(CUBA, 30, 3)
    voltage = _fit(affine, slayer.loss.Membrane(reduction="mean"), 25)
    rates = slayer.classifier.MovingWindow(20).rate(spikes[None])[0]
    figure, axes = panels(4, 1, 6, sharex=True, height_ratios=[0.7, 2, 2, 2])
    axes[0].set_title("spikes of three classes; blue is the right one")
    axes[1].set_title("SpikeRate: rate of the last 20 steps, and its targets")
    for number in range(3):
        row = torch.zeros_like(spikes)
        row[number] = spikes[number]
        raster(axes[0], row, COLOURS[number])
        axes[1].plot(rates[number])
        axes[3].plot(voltage[number])
        step = int(voltage[number].argmax())
        axes[3].plot(step, voltage[number, step], "o", color=COLOURS[number])
    axes[1].axhline(0.2, color=BLUE, linestyle="--", linewidth=1)
    axes[1].axhline(0.02, color=GREY, linestyle="--", linewidth=1)
    title = "Membrane: voltages that never spike; their maxima are the logits"
    axes[3].set(title=title, xlabel="time step")
    desired = torch.zeros(100)
    desired[10::20] = 1
    low_pass = slayer.loss.SpikeTime(time_constant=5).filter
    axes[2].plot(low_pass(spikes[:1])[0])
    axes[2].plot(low_pass(desired[None])[0], color=BLUE, linestyle="--", linewidth=1)
    axes[2].set_title("SpikeTime: the blue spikes after its filter, and wanted ones")
    return figure


def _rates(neuron: dict[str, Any], **options: float) -> list[float]:
    """Share of the steps with an event in each of five fresh layers, in per cent."""
    torch.manual_seed(0)
    layers = [slayer.block.cuba.Dense(neuron, 100, 100, **options) for _ in range(5)]
    net = torch.nn.Sequential(*layers)
    events = (torch.rand(16, 100, 60) < 0.05).float()
    net(events)
    return [
        100 * layer.event_rate for layer in slayer.utils.diagnose(net, events).layers
    ]


def norms() -> Figure:
    """Activity of five fresh layers, without and with what sees to it."""
    norm = slayer.neuron.norm
    batch = partial(norm.BatchNorm, gain=1.25)
    rates = {
        "plain": _rates(CUBA),
        "weight_scale=3": _rates(CUBA, weight_scale=3),
        "and MeanOnlyBatchNorm": _rates(
            {**CUBA, "norm": norm.MeanOnlyBatchNorm}, weight_scale=3
        ),
        "BatchNorm": _rates({**CUBA, "norm": batch}),
    }
    figure, axis = panels(height=2.8)
    for number, (name, shares) in enumerate(rates.items()):
        places = np.arange(5) + 0.2 * number - 0.3
        axis.bar(places, shares, 0.18, label=name)
    axis.set(xlabel="layer", title="steps with an event [%]")
    axis.set_xticks(range(5), range(1, 6))
    axis.legend()
    return figure


PICTURES: dict[str, Picture] = {
    "encoding": encoding,
    "losses": losses,
    "norms": norms,
}
