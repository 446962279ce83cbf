"""Pictures of the guides on delays, recurrence and streams."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from matplotlib.figure import Figure
from style import COLOURS, CUBA, GREY, Picture, panels, raster

import lava.lib.dl.slayer as slayer


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
    block = slayer.block.cuba.Recurrent(CUBA, 20, 64, weight_scale=2, gradient=gradient)
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


PICTURES: dict[str, Picture] = {
    "delays": delays,
    "recurrent": recurrent,
    "streaming": streaming,
}
