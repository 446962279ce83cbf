"""Blocks against the bare products of their case and against other libraries.

Each case runs forward and backward, all contenders taking turns. The bare products are
those of the case's dense layers and convolutions, forward and with the gradients the
network needs, each layer in the layout that is fastest for torch, outside any network;
the pools' sums are timed beside. Other libraries run the same layers. Printed are the
best times, their ratios and the goals. Libraries that are not installed are left out.

    python benchmarks/blocks.py [--case dense mlp conv vgg resnet] [--rounds 7]
        [--only ours]
"""

import argparse

import torch
from block_contenders.bare import bare, best_layouts
from block_contenders.ours import network
from block_contenders.peers import networks
from neuron_contenders.measure import best_and_median, keep_freed_memory, seconds

PIXELS = 2 * 34 * 34
CASES = {
    "dense": ([("dense", 512, 512)], (16, 512, 500), 1.3),
    "mlp": (
        [("dense", PIXELS, 512), ("dense", 512, 512), ("dense", 512, 10)],
        (8, PIXELS, 300),
        0.8,
    ),
    "conv": (
        [
            ("conv", 2, 16, 5, 34),
            ("pool", 16, 2, 32),
            ("conv", 16, 32, 3, 16),
            ("pool", 32, 2, 16),
            ("dense", 32 * 8 * 8, 10),
        ],
        (4, 2, 34, 34, 100),
        2.0,
    ),
    # As VGG: pairs of convolutions, each pair on half as large an image.
    "vgg": (
        [
            *[("conv", 2, 32, 3, 32), ("conv", 32, 32, 3, 32), ("pool", 32, 2, 32)],
            *[("conv", 32, 64, 3, 16), ("conv", 64, 64, 3, 16), ("pool", 64, 2, 16)],
            *[("dense", 64 * 8 * 8, 128), ("dense", 128, 10)],
        ],
        (2, 2, 32, 32, 50),
        2.0,
    ),
    # As ResNet: what two convolutions give is added to what they get.
    "resnet": (
        [
            *[("conv", 2, 32, 3, 32), ("pool", 32, 2, 32)],
            *[("skip", ("conv", 32, 32, 3, 16), ("conv", 32, 32, 3, 16))] * 2,
            *[("pool", 32, 2, 16), ("dense", 32 * 8 * 8, 10)],
        ],
        (2, 2, 32, 32, 50),
        2.0,
    ),
}
LEAST_OF_PEERS = 2.0
RATE = 1e-6  # a step takes the same at any rate, and the activity stays what it was


def training_step(net, x, learns):
    """Forward, backward and, where it learns, Adam's step."""
    optimizer = torch.optim.Adam(net.parameters(), RATE, fused=True) if learns else None

    def run():
        net.zero_grad()
        net(x).sum().backward()
        if optimizer is not None:
            optimizer.step()

    return run


def ours(layers, x, learns):
    found = {}
    for name, delay in (("blocks", False), ("blocks, delays", True)):
        net = network(layers, delay)
        with torch.no_grad():
            net(x)
        found[name] = training_step(net, x, learns)
    return found


def rivals(layers, x, learns):
    first = x.movedim(-1, 0).contiguous().detach().requires_grad_(x.requires_grad)
    return {
        name: training_step(net, first, learns)
        for name, net in networks(layers).items()
    }


def inputs(case, shape):
    """Dense numbers that want a gradient for one layer alone, else 2 % events."""
    if case == "dense":
        return torch.rand(shape).requires_grad_()
    return (torch.rand(shape) < 0.02).float()


def report(own, products, peers, goal):
    total = best_layouts(products, ("dense", "conv"))
    for name, taken in products.items():
        print(f"    bare {name:26} {taken * 1e3:8.1f} ms")
    print(f"  bare products, best layouts {total * 1e3:10.1f} ms")
    pools = best_layouts(products, ("pool",))
    if pools:
        print(f"  pools' sums, best layouts   {pools * 1e3:10.1f} ms")
    for name, taken in own.items():
        met = "met" if taken <= goal * total else "MISSED"
        print(
            f"  {name:16} {taken * 1e3:10.1f} ms  {taken / total:5.2f} x bare; "
            f"goal at most {goal}: {met}"
        )
    for name, taken in peers.items():
        print(f"  {name:16} {taken * 1e3:10.1f} ms  {taken / total:5.2f} x bare")
    if peers:
        ratio = min(peers.values()) / max(own.values())
        met = "met" if ratio >= LEAST_OF_PEERS else "MISSED"
        goal = f"goal at least {LEAST_OF_PEERS}"
        print(f"  fastest peer / slowest of ours: {ratio:.2f}; {goal}: {met}")


def run_case(case, rounds, only):
    layers, shape, goal = CASES[case]
    x, learns = inputs(case, shape), case == "mlp"
    own, products = ours(layers, x, learns), bare(layers, shape[0], shape[-1])
    peers = {} if only == "ours" else rivals(layers, x, learns)
    times = best_and_median(seconds(own | products | peers, rounds))
    print(f"{case}: {layers}, N={shape[0]}, T={shape[-1]}")
    parts = [{n: times[n][0] for n in group} for group in (own, products, peers)]
    report(*parts, goal)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["ours"])
    options = parser.parse_args()
    torch.manual_seed(1)
    keep_freed_memory()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    for case in options.case:
        run_case(case, options.rounds, options.only)


if __name__ == "__main__":
    main()
