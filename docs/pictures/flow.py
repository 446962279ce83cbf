"""Diagrams of boxes and arrows."""

from __future__ import annotations

from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from style import GREY

WIDTH = 800  # of a diagram, in its own units: a hundredth of an inch
LINE = 16  # height of a line of text
LETTER = 6.9  # width of a letter, on average
SIZE = 8  # of the letters, in points


@dataclass(frozen=True)
class Box:
    """Lines of text in a frame, centred at x and y from the upper left corner."""

    x: float
    y: float
    text: str
    colour: str = GREY

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the frame."""
        lines = self.text.split("\n")
        return LETTER * max(map(len, lines)) + 14, LINE * len(lines) + 12

    def edge(self, x: float, y: float) -> tuple[float, float]:
        """Where the line from the centre to x and y leaves the frame."""
        wide, high = self.size
        away, down = x - self.x, y - self.y
        reach = max(abs(away) / (wide / 2 + 4), abs(down) / (high / 2 + 4))
        return self.x + away / reach, self.y + down / reach

    def draw(self, axis: Axes) -> None:
        """Draws the frame and its text, whose first line is bold."""
        wide, high = self.size
        left, top = self.x - wide / 2, self.y - high / 2
        for alpha, filled in ((0.13, True), (1, False)):
            style = "round,pad=0,rounding_size=6"
            frame = FancyBboxPatch((left, top), wide, high, style, alpha=alpha)
            frame.set(fill=filled, color=self.colour, linewidth=1)
            axis.add_patch(frame)
        for row, line in enumerate(self.text.split("\n")):
            weight = "normal" if row else "bold"
            y = top + 6 + LINE * (row + 0.5)
            axis.text(self.x, y, line, ha="center", va="center", weight=weight)


@dataclass(frozen=True)
class Arrow:
    """An arrow between two boxes, by their names, and what is said beside it."""

    start: str
    end: str
    label: str = ""
    dashed: bool = False

    def draw(self, axis: Axes, boxes: dict[str, Box]) -> None:
        """Draws the arrow and its label."""
        first, last = boxes[self.start], boxes[self.end]
        tail, tip = first.edge(last.x, last.y), last.edge(first.x, first.y)
        line = {"arrowstyle": "->", "color": GREY, "shrinkA": 0, "shrinkB": 0}
        line["linestyle"] = "--" if self.dashed else "-"
        axis.annotate("", tip, tail, arrowprops=line)
        x, y = (tail[0] + tip[0]) / 2, (tail[1] + tip[1]) / 2
        if abs(tip[1] - tail[1]) > abs(tip[0] - tail[0]):  # beside a line down
            axis.text(x + 6, y, self.label, ha="left", va="center")
        else:
            axis.text(x, y - 5, self.label, ha="center", va="bottom")


def flow(height: float, boxes: dict[str, Box], arrows: list[Arrow]) -> Figure:
    """Draws a diagram.

    Args:
        height: of the diagram; its width is 800.
        boxes: the boxes, by name.
        arrows: the arrows between them.

    Returns:
        The figure.
    """
    with plt.rc_context({"font.size": SIZE}):
        figure = plt.figure(figsize=(WIDTH / 100, height / 100))
        axis = figure.add_axes((0, 0, 1, 1))
        axis.set(xlim=(0, WIDTH), ylim=(height, 0))
        axis.set_axis_off()
        for box in boxes.values():
            box.draw(axis)
        for arrow in arrows:
            arrow.draw(axis, boxes)
    return figure
