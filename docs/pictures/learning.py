"""Pictures of the guides on data, training and what is trained."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from style import BLUE, COLOURS, GREY, ORANGE, Picture, panels, raster

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


def delays() -> Figure:
    """Events at different times whose delays learn to have them arrive together."""
    events = torch.zeros(1, 6, 60)
    events[0, range(6), [4, 11, 17, 25, 30, 38]] = 1
    target = torch.zeros_like(events)
    target[..., 48] = 1
    axon = slayer.axon.Delay()
    before = axon(events)[0].detach()
    loss = slayer.loss.SpikeTime(time_constant=10, length=60, filter_order=2)
    optimizer = torch.optim.Adam(axon.parameters(), lr=0.5)
    course = []
    for _ in range(120):
        course.append(axon.delay.detach().clone())
        optimizer.zero_grad()
        loss(axon(events), target).backward()
        optimizer.step()
    figure, axes = panels(1, 3, 2.6)
    rasters = {"arrivals before": before, "after": axon(events)[0].detach()}
    for axis, (name, arrivals) in zip(axes[::2], rasters.items(), strict=True):
        raster(axis, arrivals)
        axis.axvline(48, color=GREY, linestyle="--", linewidth=1)
        axis.set(title=name, xlabel="time step", xlim=(0, 60))
    axes[1].plot(torch.stack(course))
    axes[1].set(title="delays while they learn [steps]", xlabel="optimizer step")
    return figure


def _reach(gradient: str) -> torch.Tensor:
    """Size of the last step's gradient by the input of each step, shape (100,)."""
    torch.manual_seed(0)
    neuron = {**CUBA, "voltage_decay": 0.03}
    block = slayer.block.cuba.Recurrent(
        neuron, 20, 64, weight_scale=2, gradient=gradient
    )
    events = (torch.rand(32, 20, 100) < 0.1).float().requires_grad_()
    block(events)[..., -1].sum().backward()
    return events.grad.square().mean(dim=(0, 1)).sqrt()


def recurrent() -> Figure:
    """How far a gradient reaches back in a recurrent layer."""
    figure, axis = panels(height=2.8)
    for gradient in ("exact", "time", "step"):
        size = _reach(gradient).flip(0)
        axis.semilogy(size / size.max(), label=f'gradient="{gradient}"')
    axis.set(ylim=(1e-5, 2), xlabel="steps back from the one that the loss reads")
    axis.set_title("gradient by the input of a step, over its largest")
    axis.legend()
    return figure


def _network(**options: bool) -> torch.nn.Sequential:
    """Two layers with the same weights each time."""
    torch.manual_seed(0)
    dense = slayer.block.cuba.Dense({**CUBA, **options}, 16, 32, weight_scale=3)
    back = slayer.block.cuba.Recurrent({**CUBA, **options}, 32, 8, weight_scale=3)
    return torch.nn.Sequential(dense, back)


class _Saved:
    """A tensor saved for the gradient, counted for as long as it is held."""

    now = peak = 0

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor
        _Saved.now += tensor.nbytes
        _Saved.peak = max(_Saved.peak, _Saved.now)

    def __del__(self) -> None:
        _Saved.now -= self.tensor.nbytes


def _peak(call: Callable[[torch.Tensor], torch.Tensor], steps: int) -> float:
    """The most that is saved at a time for the gradient of a call, in MB."""
    _Saved.peak = _Saved.now
    events = (torch.rand(2, 16, steps) < 0.1).float()
    with torch.autograd.graph.saved_tensors_hooks(_Saved, lambda saved: saved.tensor):
        call(events).mean().backward()
    return _Saved.peak / 1e6


def streaming() -> Figure:
    """Pieces that give what the whole gives, and memory over the length of samples."""
    stream = (torch.rand(1, 16, 90) < 0.2).float()
    whole, live = _network()(stream)[0].detach(), _network(persistent_state=True)
    cuts = [0, 7, 50, 90]
    figure, axes = panels(1, 2, 2.8, width_ratios=[3, 2])
    for start, end, colour in zip(cuts, cuts[1:], COLOURS, strict=False):
        piece = torch.zeros(17, 90)
        piece[:8, start:end] = live(stream[..., start:end])[0].detach()
        raster(axes[0], piece, colour)
        axes[0].axvline(end - 0.5, color=GREY, linestyle=":", linewidth=1)
    raster(axes[0], torch.cat([torch.zeros(9, 90), whole]), GREY)
    axes[0].set(title="three pieces, and above them the whole", xlabel="time step")
    lengths = [250, 500, 1000, 2000, 4000]
    net = _network()
    calls = {
        "net(x)": net,
        "checkpoint_time(net, x)": partial(slayer.utils.checkpoint_time, net),
    }
    for name, call in calls.items():
        peaks = [_peak(call, steps) for steps in lengths]
        axes[1].plot(lengths, peaks, "o-", markersize=3, label=name)
    axes[1].set(title="saved for the gradient [MB]", xlabel="time steps")
    axes[1].legend()
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
    "delays": delays,
    "recurrent": recurrent,
    "streaming": streaming,
    "norms": norms,
}
