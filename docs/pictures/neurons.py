"""Pictures of the guides on neurons and on the gradient of a spike."""

from __future__ import annotations

from typing import Any

import torch
from matplotlib.figure import Figure
from style import BLUE, GREY, ORANGE, RED, Picture, panels

import lava.lib.dl.slayer as slayer

STEPS = 100


def _pulses(*steps: int) -> torch.Tensor:
    """Events of one neuron at these steps, shape (1, 1, STEPS)."""
    events = torch.zeros(1, 1, STEPS)
    events[..., list(steps)] = 1
    return events


def _states(axis: Any, title: str, spikes: torch.Tensor, *states: torch.Tensor) -> None:
    """States over time, with the spikes below them."""
    for state, colour in zip(states, (BLUE, ORANGE, GREY), strict=False):
        axis.plot(state[0, 0].detach(), color=colour)
    low, high = axis.get_ylim()
    below = low - 0.05 * (high - low)
    sent = spikes[0, 0].detach().nonzero()[:, 0]
    axis.vlines(sent, below - 0.12 * (high - low), below, color=RED)
    axis.set_title(title)


def _cuba(axis: Any) -> None:
    events = _pulses(*range(10, 40, 5))
    neuron = slayer.neuron.cuba.Neuron(1.25, current_decay=0.25, voltage_decay=0.1)
    title = "cuba: current (blue), voltage (orange)"
    _states(axis, title, neuron(events), *neuron.dynamics(events))
    axis.axhline(1.25, color=GREY, linestyle="--", linewidth=1)


def _alif(axis: Any) -> None:
    events = _pulses(*range(10, 40, 5))
    neuron = slayer.neuron.alif.Neuron(
        1.25,
        threshold_step=0.5,
        current_decay=0.25,
        voltage_decay=0.1,
        threshold_decay=0.03,
        refractory_decay=0.3,
    )
    _, voltage, threshold, refractory = neuron.dynamics(events)
    title = "alif: voltage (blue), its threshold (orange)"
    _states(axis, title, neuron(events), voltage, threshold + refractory)


def _rf(axis: Any) -> None:
    events = _pulses(*range(2, 50, 12), *range(55, 100, 6)) / 4
    neuron = slayer.neuron.rf.Neuron(0.3, period=12, decay=0.05)
    parts = events, torch.zeros_like(events)
    title = "rf, period 12: real part (blue), imaginary (orange)"
    _states(axis, title, neuron(parts), *neuron.dynamics(parts))
    axis.axhline(0.3, color=GREY, linestyle="--", linewidth=1)


def _sigma_delta(axis: Any) -> None:
    t = torch.arange(STEPS)
    value = (0.5 + 0.4 * torch.sin(t / 12))[None, None]
    neuron = slayer.neuron.sigma_delta.Neuron(0.15, torch.relu)
    messages = neuron(value.diff(dim=-1, prepend=torch.zeros(1, 1, 1)))
    title = "sigma_delta: value (blue), receiver's sum (orange)"
    _states(axis, title, messages, value, messages.cumsum(dim=-1))


def neurons() -> Figure:
    """States of four kinds over time, and their spikes below."""
    figure, axes = panels(2, 2, 4.2, sharex=True)
    kinds = _cuba, _alif, _rf, _sigma_delta
    for axis, kind in zip(axes.flat, kinds, strict=True):
        kind(axis)
    for axis in axes[1]:
        axis.set_xlabel("time step")
    return figure


def surrogates() -> Figure:
    """The derivative of each shape over the distance from the threshold."""
    figure, axes = panels(2, 4, 3.2, sharex=True, sharey=True)
    axes[1, 3].set_axis_off()
    for axis, name in zip(axes.flat, slayer.neuron.SURROGATES, strict=False):
        voltage = torch.linspace(-3, 5, 161, requires_grad=True)
        spikes = slayer.spike.Spike.apply(
            voltage.reshape(1, 1, -1), 1.0, 1.0, 1.0, False, 0, 1, name
        )
        (slope,) = torch.autograd.grad(spikes.sum(), voltage)
        axis.plot(voltage.detach() - 1, 2 * slope)
        axis.set(title=name, ylim=(0, 1.1))
    figure.supxlabel("distance from the threshold, in tau", fontsize=9)
    return figure


PICTURES: dict[str, Picture] = {"neurons": neurons, "surrogates": surrogates}
