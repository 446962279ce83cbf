"""Blocks against the bare matrix products and convolutions of the same case.

Each case runs forward and backward, alternating with the bare products in torch's
best dense layout; printed are the ratios of the fastest runs.
"""

import itertools
import time

import torch
import torch.nn.functional as F

from lava.lib.dl import slayer

CUBA = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}
ROUNDS = 7


def fastest(runs):
    """Milliseconds of the fastest run of each, taken in turns."""
    best = dict.fromkeys(runs, float("inf"))
    for run in runs.values():
        run()
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            best[name] = min(best[name], 1e3 * (time.perf_counter() - start))
    return best


def report(case, runs):
    best = fastest(runs)
    bare = best.pop("bare")
    for name, spent in best.items():
        print(f"{case:28} {name:12} {spent:8.1f} ms  {spent / bare:5.2f} x bare")


def events(*shape, rate=0.02):
    return (torch.rand(shape) < rate).float()


def backward(net, x, optimizer=None):
    def run():
        if optimizer is not None:
            optimizer.zero_grad()
        net(x).sum().backward()
        if optimizer is not None:
            optimizer.step()

    return run


def bare_dense(sizes, rows):
    """The products of a chain of dense layers, over (N T, features)."""
    weights = [
        torch.rand(o, i, requires_grad=True) for i, o in itertools.pairwise(sizes)
    ]
    inputs = [
        torch.rand(rows, i, requires_grad=k > 0) for k, i in enumerate(sizes[:-1])
    ]
    grads = [torch.rand(rows, o) for o in sizes[1:]]

    def run():
        for x, w, g in zip(inputs, weights, grads, strict=True):
            wanted = (x, w) if x.requires_grad else (w,)
            torch.autograd.grad(F.linear(x, w), wanted, g)

    return run


def dense():
    block = slayer.block.cuba.Dense(CUBA, 512, 512, weight_scale=2)
    x = torch.rand(16, 512, 500).requires_grad_()
    rows = torch.rand(8000, 512, requires_grad=True)
    weight, grad = torch.rand(512, 512, requires_grad=True), torch.rand(8000, 512)

    def bare():
        torch.autograd.grad(F.linear(rows, weight), (rows, weight), grad)

    report("Dense 512-512", {"bare": bare, "block": backward(block, x)})


def mlp():
    sizes = (2 * 34 * 34, 512, 512, 10)
    runs = {"bare": bare_dense(sizes, 8 * 300)}
    x = events(8, sizes[0], 300)
    for name, delay in (("delay off", False), ("delay on", True)):
        kind = slayer.block.cuba.Dense
        pairs = itertools.pairwise(sizes)
        layers = [kind(CUBA, i, o, weight_scale=2, delay=delay) for i, o in pairs]
        net = torch.nn.Sequential(*layers)
        net(x)
        runs[name] = backward(net, x, torch.optim.Adam(net.parameters()))
    report("MLP 2312-512-512-10", runs)


def convolutional():
    block = slayer.block.cuba
    net = torch.nn.Sequential(
        block.Conv(CUBA, 2, 16, 5, padding=1, weight_scale=2),
        block.Pool(CUBA, 2, weight_scale=1.1),
        block.Conv(CUBA, 16, 32, 3, padding=1, weight_scale=2),
        block.Pool(CUBA, 2, weight_scale=1.1),
        block.Flatten(),
        block.Dense(CUBA, 32 * 8 * 8, 10, weight_scale=2),
    )
    x = events(4, 2, 34, 34, 100)
    images = [
        torch.rand(400, c, s, s, requires_grad=c > 2) for c, s in ((2, 34), (16, 16))
    ]
    kernels = [
        torch.rand(o, i, k, k, requires_grad=True)
        for o, i, k in ((16, 2, 5), (32, 16, 3))
    ]
    head = bare_dense((32 * 8 * 8, 10), 400)

    def bare():
        for image, kernel in zip(images, kernels, strict=True):
            y = F.conv2d(image, kernel.requires_grad_(), padding=1)
            torch.autograd.grad(
                y.sum(), [t for t in (image, kernel) if t.requires_grad]
            )
        head()

    report("conv 5x5 16, 3x3 32, 10", {"bare": bare, "network": backward(net, x)})


if __name__ == "__main__":
    torch.manual_seed(1)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    dense()
    mlp()
    convolutional()
