"""Trains one of the networks on arrays: ``python -m lava.lib.dl.slayer.models``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from lava.lib.dl.slayer.models import RECIPES, train


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, and write the network to a ``.net`` file."""
    args = parser().parse_args(arguments)
    recipe = RECIPES[args.network]
    with np.load(args.data) as file:
        input, target = (torch.from_numpy(file[name]) for name in ("input", "target"))
    recipe = replace(recipe, batch=args.batch or recipe.batch, lr=args.lr or recipe.lr)
    torch.manual_seed(args.seed)
    data = torch.utils.data.TensorDataset(input.float(), target)
    loader = torch.utils.data.DataLoader(data, recipe.batch, shuffle=True)
    net, _ = train(recipe, loader, epochs=args.epochs)
    net.export_hdf5(args.out)  # type: ignore[operator]
    print(f"wrote {args.out}")


def parser() -> argparse.ArgumentParser:
    """The options; what is left out is the recipe's."""
    argument_parser = argparse.ArgumentParser(
        prog="python -m lava.lib.dl.slayer.models", description=__doc__
    )
    argument_parser.add_argument("network", choices=sorted(RECIPES))
    argument_parser.add_argument(
        "data", help="npz of input (samples, channels, ..., steps) and target"
    )
    argument_parser.add_argument("--out", default="network.net", help="file to write")
    argument_parser.add_argument("--epochs", type=int)
    argument_parser.add_argument("--batch", type=int)
    argument_parser.add_argument("--lr", type=float)
    argument_parser.add_argument("--seed", type=int, default=0)
    return argument_parser


if __name__ == "__main__":
    main()
