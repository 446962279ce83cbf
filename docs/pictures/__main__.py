"""Draws the pictures that are named, or all: ``python docs/pictures [NAME ...]``."""

import argparse

import chip
import extending
import learning
import neurons
import over_time
import running
import style
import torch
import using

MODULES = (neurons, learning, over_time, chip, running, using, extending)
PICTURES = {name: draw for m in MODULES for name, draw in m.PICTURES.items()}


def main() -> None:
    """Draws each picture and prints its file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="by default all")
    names = parser.parse_args().names or list(PICTURES)
    if unknown := set(names) - set(PICTURES):
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    style.use()
    for name in names:
        torch.manual_seed(0)
        print(style.save(name, PICTURES[name]()))


if __name__ == "__main__":
    main()
