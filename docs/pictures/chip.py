"""Pictures of the guides on integers, messages and rates."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure
from style import BLUE, GREY, ORANGE, Picture, panels

import lava.lib.dl.slayer as slayer
from lava.lib.dl import bootstrap


def _video(pixels: int, frames: int) -> torch.Tensor:
    """Slow waves between -1 and 1, shape (1, pixels, frames)."""
    t = torch.arange(frames) / frames
    rhythm = 2 + torch.arange(pixels)[:, None] % 3
    phase = 6 * torch.rand(pixels, 1)
    return torch.sin(torch.pi * rhythm * t + phase)[None]


def _sent(threshold: float, total: torch.Tensor) -> torch.Tensor:
    """Messages of a sigma-delta neuron whose inputs add up to ``total``."""
    neuron = slayer.neuron.sigma_delta.Neuron(threshold, torch.relu)
    changes = total.diff(dim=-1, prepend=torch.zeros_like(total[..., :1]))
    return neuron(changes).detach()


def sigma_delta() -> Figure:
    """Activation, messages and the receiver's sum; what a threshold costs and saves."""
    figure, axes = panels(2, 2, 3.6, width_ratios=[3, 2], sharex="col")
    total = _video(1, 100)
    messages = _sent(0.15, total)[0, 0]
    axes[0, 0].plot(torch.relu(total)[0, 0], color=GREY, linewidth=1)
    axes[0, 0].step(range(100), messages.cumsum(0), where="post")
    axes[0, 0].set_title("activation (grey) and the receiver's sum (blue)")
    axes[1, 0].vlines(messages.nonzero(), 0, messages[messages != 0], color=ORANGE)
    axes[1, 0].set(title="messages, threshold 0.15", xlabel="frame")
    video = _video(16, 100)
    thresholds = torch.linspace(0.01, 0.5, 25)
    sent = [_sent(float(threshold), video) for threshold in thresholds]
    share = [100 * float((each != 0).float().mean()) for each in sent]
    off = [float((each.cumsum(-1) - video.relu()).abs().mean()) for each in sent]
    axes[0, 1].plot(thresholds, share, color=ORANGE)
    axes[0, 1].set_title("frames with a message [%]")
    axes[1, 1].plot(thresholds, off)
    axes[1, 1].set(title="mean error of the activation", xlabel="threshold")
    return figure


def _course(steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A weight while it learns and what the layer computes with, shape (steps,)."""
    neuron = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}
    block = slayer.block.cuba.Dense(neuron, 20, 4, weight_scale=3)
    events, labels = (torch.rand(8, 20, 50) < 0.1).float(), torch.arange(8) % 4
    optimizer = torch.optim.Adam(block.parameters(), lr=0.003)
    loss = slayer.loss.SpikeRate(true_rate=0.3, false_rate=0.02)
    learnt, used = [], []
    for _ in range(steps):
        learnt.append(block.synapse.weight.detach().flatten()[0].clone())
        used.append(block.synapse.effective_weight().detach().flatten()[0].clone())
        optimizer.zero_grad()
        loss(block(events), labels).backward()
        optimizer.step()
    return torch.stack(learnt), torch.stack(used)


def quantisation() -> Figure:
    """Weights on their grid, one that learns, and a voltage in integers."""
    figure, axes = panels(1, 3, 2.8)
    weight = torch.linspace(-0.11, 0.11, 401)
    axes[0].plot(weight, weight, color=GREY, linewidth=1)
    axes[0].plot(
        weight, slayer.neuron.cuba.Neuron(1.25, 0.25, 0.03).quantize_8bit(weight)
    )
    axes[0].set(title="weight used over weight learnt")
    learnt, used = _course(80)
    axes[1].plot(learnt, color=GREY, linewidth=1)
    axes[1].step(range(80), used, where="post")
    axes[1].set(title="a weight, learnt and used", xlabel="optimizer step")
    event = torch.zeros(1, 1, 100)
    event[..., 5] = 2 / 64
    voltage = 4096 * slayer.neuron.leaky.Neuron(0.03)(event)[0, 0].detach()
    axes[2].plot(128 * 0.97 ** np.arange(95), color=GREY, linewidth=1)
    axes[2].step(range(95), voltage[5:], where="post")
    axes[2].set(title="voltage [1/4096]", xlabel="time step")
    return figure


def _bootstrapped() -> tuple[bootstrap.Network, torch.Tensor]:
    """A network whose activations are fitted, and new images."""
    cuba = bootstrap.block.cuba
    neuron = {"threshold": 1.25, "current_decay": 1, "voltage_decay": 0.03}
    sender = {"threshold": 0.05, "current_decay": 1, "voltage_decay": 1}
    layers = [
        cuba.Input({**sender, "graded_spike": True}, weight=1, bias=0),
        cuba.Dense(neuron, 16, 32, weight_norm=True, weight_scale=2, delay_shift=False),
    ]
    net = bootstrap.Network(layers, steps=16)
    net(torch.rand(64, 16), bootstrap.Mode.SAMPLE)
    return net, torch.rand(3, 16)


def bootstrapping() -> Figure:
    """The activation fitted to a layer's rates, and what it tells of new images."""
    net, images = _bootstrapped()
    fit = net.blocks[1].f
    drive, rate = fit.z, fit.a
    net(images, bootstrap.Mode.FIT)
    some = np.random.default_rng(0).choice(drive.size, 90, replace=False)
    line = torch.linspace(float(drive.min()), float(drive.max()), 200)
    figure, axes = panels(1, 2, 3)
    axes[0].plot(drive[some], rate[some], ".", markersize=3, color=GREY)
    axes[0].plot(line, fit(line.double()), color=BLUE)
    axes[0].plot(*fit.centers.T, "o", color=ORANGE, markersize=4)
    axes[0].set(xlabel="mean drive", ylabel="rate", title="sampled, and the fit")
    with torch.no_grad():
        told, ran = (net(images, m) for m in (bootstrap.Mode.ANN, bootstrap.Mode.SNN))
    axes[1].plot([0, 1], [0, 1], color=GREY, linewidth=1)
    axes[1].plot(told.flatten(), ran.flatten(), ".", markersize=3)
    axes[1].set(xlabel="rate as ANN", ylabel="rate as SNN", title="new images")
    return figure


PICTURES: dict[str, Picture] = {
    "sigma-delta": sigma_delta,
    "quantisation": quantisation,
    "bootstrap": bootstrapping,
}
