"""Convolutions of 3x3 over a grid of channels, sizes and densities of events.

Each cell is the time of our synapse over that of the bare product in the layout that is
fastest for torch, both forward and with the gradients of input and weights. Contenders
take turns on one thread; printed are the ratios of the least processor times, and the
goal. ``--picture`` draws them as a heat map where matplotlib is installed.

    python benchmarks/conv_grid.py [--channels 2-16 16-32 64-64 64-128] [--sizes 8 16]
        [--densities 0.02 0.1 0.4 1] [--steps 50] [--rounds 5] [--picture grid.png]
"""

import argparse
import itertools
import time

import torch
from block_contenders.bare import conv as bare_layouts
from neuron_contenders.measure import best_and_median, keep_freed_memory, seconds

from lava.lib.dl import core, slayer

GOAL, KERNEL, SAMPLES = 1.3, 3, 2


def ours(channels, size, density, steps):
    """Forward and backward pass of the synapse, for a fixed output gradient."""
    synapse = slayer.synapse.Conv(*channels, KERNEL, padding=1)
    x = torch.rand(SAMPLES, channels[0], size, size, steps)
    x = (x < density).float().requires_grad_()
    grad = torch.rand_like(synapse(x))
    leaves = (x, synapse.weight)
    return lambda: torch.autograd.grad(synapse(x), leaves, grad)


def ratios(channels, size, densities, steps, rounds):
    """Our time over the bare product's, by density."""
    layer = ("conv", *channels, KERNEL, size)
    bare = bare_layouts(layer, SAMPLES, steps, needs_input=True)
    own = {d: ours(channels, size, d, steps) for d in densities}
    times = best_and_median(seconds(bare | own, rounds, time.process_time))
    least = min(times[name][0] for name in bare)
    return [times[density][0] / least for density in densities]


def report(grid, densities):
    print("channels  size  " + "".join(f"{d:8.0%}" for d in densities))
    for (channels, size), row in grid.items():
        name = "-".join(map(str, channels))
        print(f"{name:8} {size:5}  " + "".join(f"{each:8.2f}" for each in row))
    every = [each for row in grid.values() for each in row]
    met = sum(each <= GOAL for each in every)
    print(
        f"slowest {max(every):.2f} x bare; goal at most {GOAL}: {met} of {len(every)} "
        f"met, {'met' if met == len(every) else 'MISSED'}"
    )


def draw(grid, densities, path):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(layout="constrained")
    image = axes.imshow(list(grid.values()), cmap="RdYlGn_r", vmin=0, vmax=2 * GOAL)
    axes.set_xticks(range(len(densities)), [f"{d:.0%}" for d in densities])
    names = [f"{a}-{b}, {size}x{size}" for (a, b), size in grid]
    axes.set_yticks(range(len(grid)), names)
    axes.set_xlabel("share of inputs that are events")
    for place, row in enumerate(grid.values()):
        for column, each in enumerate(row):
            axes.text(column, place, f"{each:.2f}", ha="center", va="center")
    figure.colorbar(image, label="time over the bare product's")
    figure.savefig(path)


def pair(text):
    inputs, outputs = map(int, text.split("-"))
    return inputs, outputs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    channels = [(2, 16), (16, 32), (64, 64), (64, 128)]
    parser.add_argument("--channels", type=pair, nargs="+", default=channels)
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 16])
    densities = [0.02, 0.1, 0.4, 1.0]
    parser.add_argument("--densities", type=float, nargs="+", default=densities)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--picture", help="file that the heat map is drawn to")
    options = parser.parse_args()
    torch.manual_seed(1)
    keep_freed_memory()
    torch.set_num_threads(1)
    core.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread")
    densities, steps, rounds = options.densities, options.steps, options.rounds
    grid = {
        case: ratios(*case, densities, steps, rounds)
        for case in itertools.product(options.channels, options.sizes)
    }
    report(grid, densities)
    if options.picture:
        draw(grid, densities, options.picture)


if __name__ == "__main__":
    main()
