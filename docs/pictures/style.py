"""What all pictures of the guides share: size, colours and the file they go to."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

GUIDES = Path(__file__).resolve().parent.parent / "guides"
LARGEST = 40_000  # bytes of a picture

# Each has a contrast of 3 or more both to white and to the dark theme's ground.
GREY = "#7b7b7b"
BLUE, ORANGE, GREEN, RED, PURPLE = "#3d85c6", "#d9730d", "#2c9960", "#d64550", "#9b6bc4"
COLOURS = [BLUE, ORANGE, GREEN, RED, PURPLE]

# The neuron of most pictures, with the parameters that the guides give it.
CUBA = {"threshold": 1.25, "current_decay": 0.25, "voltage_decay": 0.03}

Picture = Callable[[], Figure]

_SETTINGS: dict[str, Any] = {
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": GREY,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "legend.frameon": False,
    "legend.labelcolor": GREY,
    "lines.linewidth": 1.5,
    "savefig.transparent": True,
    # Text stays text, and the same picture the same file.
    "svg.fonttype": "none",
    "svg.hashsalt": "lava-dl",
    "text.color": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
}


def use() -> None:
    """Makes matplotlib draw in this style, without a screen."""
    matplotlib.use("Agg")
    plt.rcParams.update(_SETTINGS)


def panels(
    rows: int = 1, columns: int = 1, height: float = 3.0, **options: Any
) -> tuple[Figure, Any]:
    """A figure as wide as a page and its axes, as ``plt.subplots`` gives them.

    Args:
        rows: of axes.
        columns: of axes.
        height: of the figure, in inches.
        options: further ones of ``plt.subplots``.

    Returns:
        The figure and its axes.
    """
    return plt.subplots(
        rows, columns, figsize=(8, height), layout="constrained", **options
    )


def raster(axis: Any, events: Any, colour: str = BLUE) -> None:
    """Draws events (neurons, T) as one path, which takes little of a file."""
    neuron, step = np.nonzero(np.asarray(events))
    gap = np.full(len(step), np.nan)
    x = np.stack([step, step, gap], axis=1).ravel()
    y = np.stack([neuron - 0.4, neuron + 0.4, gap], axis=1).ravel()
    axis.plot(x, y, color=colour, linewidth=1.2)
    axis.set(yticks=[], ylim=(-0.6, len(events) - 0.4))


def save(name: str, figure: Figure) -> Path:
    """Writes a figure beside the guides, as SVG with a transparent ground.

    Args:
        name: of the file, without its ending.
        figure: what is written; closed afterwards.

    Returns:
        Path of the file.

    Raises:
        ValueError: if it is larger than pages should have to load.
    """
    path = GUIDES / f"{name}.svg"
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = re.sub(r"(\d\.\d\d)\d+", r"\1", path.read_text())
    path.write_text(re.sub(r"^[ \t]+|[ \t]+$", "", text, flags=re.MULTILINE))
    size = path.stat().st_size
    if size > LARGEST:
        raise ValueError(f"{path.name} has {size} bytes; draw fewer points")
    return path
