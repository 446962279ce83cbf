"""Pictures of the guides on training, files and running that runs give."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, Picture, panels, raster

import lava.lib.dl.slayer as slayer
from lava.lib.dl import netx

CUBA = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}


def _dense(*sizes: int, **options: Any) -> torch.nn.Sequential:
    """Dense blocks of CUBA neurons with weight norm."""
    options = {"weight_norm": True, "weight_scale": 2, **options}
    pairs = pairwise(sizes)
    blocks = (slayer.block.cuba.Dense(CUBA, *pair, **options) for pair in pairs)
    return torch.nn.Sequential(*blocks)


def start() -> Figure:
    """The network of the guide: its loss, and its layers once it is trained."""
    net = _dense(64, 32, 10)
    events = (torch.rand(20, 64, 50) < 0.2).float()
    labels = torch.arange(20) % 10
    error = slayer.loss.SpikeRate(true_rate=0.3, false_rate=0.03)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    losses = []
    before = net(events)[3]
    for _ in range(100):
        optimizer.zero_grad()
        loss = error(net(events), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    figure, axes = panels(1, 4, 2.4, width_ratios=[1.3, 1, 1, 1])
    axes[0].semilogy(losses)
    axes[0].set(title="loss", xlabel="training step")
    layers = {
        "input, a quarter": events[3, ::4],
        "output before": before,
        "output after": net(events)[3],
    }
    for axis, (name, layer) in zip(axes[1:], layers.items(), strict=True):
        raster(axis, layer.detach())
        axis.set(title=name, xlabel="time step", xlim=(0, 50))
    for axis in axes[2:]:
        axis.set(yticks=range(10), ylabel="class")
        axis.axhspan(2.5, 3.5, color=ORANGE, alpha=0.25)
    return figure


def profile() -> Figure:
    """Events and synaptic operations of three layers, by how busy the input is."""
    net = _dense(256, 128, 64, 10)
    shares = (0.02, 0.05, 0.2)
    inputs = [(torch.rand(4, 256, 100) < share).float() for share in shares]
    with tempfile.TemporaryDirectory() as folder:
        slayer.io.export(net, f"{folder}/network.net")
        profiles = [netx.profile(f"{folder}/network.net", x.numpy()) for x in inputs]
    figure, axes = panels(1, 2, 2.8)
    places = np.arange(3)
    for number, (share, one) in enumerate(zip(shares, profiles, strict=True)):
        label, x = f"{share:.0%} of the inputs", places + 0.2 * number
        events = [layer.events for layer in one.layers]
        operations = [layer.synaptic_operations for layer in one.layers]
        axes[0].bar(x, np.maximum(events, 0.5), 0.2, label=label)
        axes[1].bar(x, np.maximum(operations, 0.5), 0.2, label=label)
    dense = [layer.dense_operations for layer in profiles[0].layers]
    axes[1].bar(places + 0.6, dense, 0.2, color=GREY, label="if dense")
    for axis, title in zip(axes, ("events out", "synaptic operations"), strict=True):
        axis.set(title=title, yscale="log", xlabel="layer")
        axis.set_xticks(places + 0.25, ["0: 128", "1: 64", "2: 10"])
    axes[1].legend(loc="upper right", fontsize=7)
    axes[1].set_ylim(top=5e8)
    return figure


def _best(work: Callable[[], Any], rounds: int = 5) -> tuple[float, Any]:
    """Milliseconds of the fastest of some rounds, and what the last gave."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begin)
    return 1e3 * min(times), result


def speed() -> Figure:
    """Parts of a training step on N-MNIST's shapes, by how busy the input is."""
    torch.set_num_threads(1)
    net = _dense(2 * 34 * 34, 512, 512, 10)
    error = slayer.loss.SpikeRate(true_rate=0.2, false_rate=0.03)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    labels = torch.arange(8)
    shares, times = (0.005, 0.02, 0.1, 0.5), []
    for share in shares:
        events = (torch.rand(8, 2 * 34 * 34, 300) < share).float()
        forward, output = _best(lambda x=events: net(x))  # type: ignore[misc]
        loss, value = _best(lambda y=output: error(y, labels))  # type: ignore[misc]
        optimizer.zero_grad()
        back, _ = _best(lambda v=value: v.backward(retain_graph=True))  # type: ignore[misc]
        update, _ = _best(optimizer.step)
        times.append((forward, loss, back, update))
        print(share, [f"{one:.2f} ms" for one in times[-1]])
    figure, axis = panels(1, 1, 2.6)
    left = np.zeros(len(shares))
    parts = ("forward", "loss", "backward", "optimizer")
    for part, values in zip(parts, np.array(times).T, strict=True):
        axis.barh(range(len(shares)), values, left=left, label=part)
        left = left + values
    axis.set_yticks(range(len(shares)), [f"{share:.1%}" for share in shares])
    axis.set(xlabel="milliseconds of one thread", ylabel="inputs with an event")
    axis.legend(ncols=4, loc="upper right")
    axis.set_ylim(top=4.4)
    return figure


def from_others() -> Figure:
    """The voltage after a spike: from zero, or less by the threshold."""
    current = torch.zeros(1, 1, 80)
    current[..., 5:70:3] = 0.8
    neuron = slayer.neuron.cuba.Neuron(1.0, current_decay=1.0, voltage_decay=0.1)
    ours = neuron.dynamics(current)[1][0, 0].detach()
    subtracted, voltage = [], 0.0
    for step in current[0, 0].tolist():
        voltage = 0.9 * voltage - (voltage > 1) + step
        subtracted.append(voltage)
    figure, axes = panels(2, 1, 3.2, sharex=True, sharey=True)
    named = {
        "here, and by default in spikingjelly and norse: from 0": ours,
        "snntorch's default: less by the threshold": torch.tensor(subtracted),
    }
    for axis, (name, trace) in zip(axes, named.items(), strict=True):
        axis.plot(trace)
        spikes = (trace > 1).nonzero()[:, 0]
        axis.plot(spikes, trace[spikes], "o", color=ORANGE, markersize=4)
        axis.axhline(1, color=GREY, linestyle="--", linewidth=1)
        axis.set(title=f"{name}, {len(spikes)} spikes", ylabel="voltage")
    axes[1].set_xlabel("time step")
    return figure


def _frame_boxes(axis: Any, boxes: torch.Tensor, size: int, cells: int) -> None:
    """Draws boxes, as fractions of a frame, their centres and the grid."""
    edges = np.arange(0, size + 1, size // cells)
    axis.set(xticks=edges, yticks=edges, xlim=(0, size), ylim=(size, 0), aspect=1)
    axis.grid(color=GREY, linewidth=0.6)
    for x, y, wide, high in size * boxes[:, :4]:
        corner = (x - wide / 2, y - high / 2)
        axis.add_patch(Rectangle(corner, wide, high, fill=False, color=RED))
        axis.plot(x, y, "+", color=RED)


def object_detection() -> Figure:
    """A frame, who answers for its boxes, and what a sigma-delta layer is sent."""
    size, cells = 64, 2
    data = slayer.obd.dataset.SyntheticShapes(10, (size, size), seq_len=2)
    images, annotations = data[9]
    boxes = slayer.obd.bbox.utils.tensor_from_annotation(annotations[0])
    target = slayer.obd.YOLOtarget([[[0.4, 0.4]]], [(cells, cells)], len(data.classes))
    answers = target.forward(boxes)[0][0, ..., 4] == 1
    change = (images[..., 1] - images[..., 0]).abs().amax(0) > 0.1
    figure, axes = panels(1, 3, 2.9)
    coarse = (6 * images[..., 0]).round() / 6  # takes less of a file
    axes[0].imshow(coarse.permute(1, 2, 0), interpolation="none")
    for axis in axes[:2]:
        _frame_boxes(axis, boxes, size, cells)
    for row, column in answers.nonzero().tolist():
        side = size / cells
        corner = (side * column, side * row)
        cell = Rectangle(corner, side, side, color=ORANGE, alpha=0.3)
        axes[1].add_patch(cell)
    y, x = change.nonzero(as_tuple=True)
    axes[2].plot(x, y, "s", color=BLUE, markersize=1.6)
    axes[2].set(xticks=[], yticks=[], xlim=(0, size), ylim=(size, 0), aspect=1)
    changed = f"changed by frame 1: {change.float().mean():.1%}"
    titles = ["frame 0, its boxes", "cells that answer", changed]
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title)
    return figure


def _rows(group: h5py.Group, depth: int = 0) -> list[tuple[int, str, str]]:
    """Depth, name and content of all that a group holds, sorted by name."""
    rows = []
    for name, item in group.items():
        if isinstance(item, h5py.Group):
            rows += [(depth, f"{name}/", ""), *_rows(item, depth + 1)]
        else:
            value = np.asarray(item[()]).item() if item.size == 1 else item.dtype.name
            told = value.decode() if isinstance(value, bytes) else str(value)
            shape = "" if item.size == 1 else f" {item.shape}"
            rows.append((depth, name, told + shape))
    return rows


def file_format() -> Figure:
    """Groups and data sets of an exported file of two layers."""
    net = torch.nn.Sequential(
        slayer.block.cuba.Dense(CUBA, 64, 32, weight_scale=3, delay=True),
        slayer.block.cuba.Recurrent(CUBA, 32, 10, weight_scale=3),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "network.net")
        slayer.io.export(net, str(path))
        with h5py.File(path) as file:
            rows = [(0, "@format_version", file.attrs["format_version"].decode())]
            rows += _rows(file)
    half = next(i for i, row in enumerate(rows) if row[1] == "1/")
    figure, axes = panels(1, 2, 3.3)
    for axis, part in zip(axes, (rows[:half], rows[half:]), strict=True):
        axis.set(xlim=(0, 10), ylim=(half, -1))
        axis.set_axis_off()
        for row, (depth, name, content) in enumerate(part):
            group = name.endswith("/")
            colour = ORANGE if group else PURPLE if name[0] == "@" else BLUE
            weight = "bold" if group else "normal"
            axis.text(0.9 * depth, row, name, color=colour, weight=weight)
            axis.text(5.5, row, content, color=GREEN if content else GREY)
    return figure


PICTURES: dict[str, Picture] = {
    "start": start,
    "profile": profile,
    "speed": speed,
    "from-others": from_others,
    "object-detection": object_detection,
    "format": file_format,
}
