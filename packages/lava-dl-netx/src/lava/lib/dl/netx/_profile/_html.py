"""A profile as a page with bars and rasters, drawn as inline SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from lava.lib.dl.netx._profile._estimate import SOURCES
from lava.lib.dl.netx._profile._result import COLUMNS, Profile, cells

STYLE = """
body { font: 14px system-ui, sans-serif; margin: 2em auto; max-width: 62em;
       color: #222; background: #fff; padding: 0 1em }
table { border-collapse: collapse; font-size: 12px }
th, td { padding: .2em .6em; text-align: right; border-bottom: 1px solid #ddd }
th:first-child, td:first-child { text-align: left }
svg { display: block; margin: .3em 0 1.2em }
.bar { fill: #2a6f97 } .dot { fill: #1b4965 } .frame { fill: #f6f8fa }
.note { color: #666; font-size: 12px }
@media (prefers-color-scheme: dark) {
  body { background: #16191d; color: #ddd } th, td { border-color: #333 }
  .bar { fill: #61a5c2 } .dot { fill: #a9d6e5 } .frame { fill: #20252b } }
"""

WIDTH = 640
BAR = 18
MAX_HEIGHT = 240
MAX_DOTS = 20_000
"""More dots than this are thinned out, evenly."""


def page(profile: Profile) -> str:
    """The whole page."""
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width'>",
        f"<title>Profile</title><style>{STYLE}</style></head><body>",
        f"<h1>Profile</h1><p>{profile.head}</p>",
        _table(profile),
        *(f"<p class='note'>~{n}: {escape(t)}</p>" for n, t in SOURCES.items()),
        *_bars(profile),
        *_rasters(profile),
        "</body></html>",
    ]
    return "\n".join(parts)


def _table(profile: Profile) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title, _, _ in COLUMNS)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells(layer)) + "</tr>"
        for layer in profile.layers
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _bars(profile: Profile) -> Iterator[str]:
    charts = (
        ("Synaptic operations", "synaptic_operations"),
        ("Events", "events"),
        ("Neuron updates", "neuron_updates"),
    )
    for title, name in charts:
        values = [getattr(layer, name) for layer in profile.layers]
        names = [layer.name for layer in profile.layers]
        yield f"<h2>{title}</h2>"
        yield _bar_chart(names, values)


def _bar_chart(names: list[str], values: list[int]) -> str:
    most = max(values, default=0) or 1
    left, span = 120, WIDTH - 240
    rows = []
    for index, (name, value) in enumerate(zip(names, values, strict=True)):
        y, width = index * BAR, span * value / most
        rows.append(
            f"<text x='0' y='{y + 13}' fill='currentColor'>{escape(name)}</text>"
            f"<rect class='bar' x='{left}' y='{y + 3}' width='{width:.1f}' "
            f"height='{BAR - 6}'/><text x='{left + width + 6:.1f}' y='{y + 13}' "
            f"fill='currentColor'>{value:,}</text>"
        )
    return _svg(WIDTH, BAR * len(names), "".join(rows))


def _rasters(profile: Profile) -> Iterator[str]:
    yield "<h2>Rasters of the first sample</h2>"
    yield "<p class='note'>Steps from left to right, neurons from top to bottom.</p>"
    for layer, raster in zip(profile.layers, profile.rasters, strict=True):
        count = int(np.count_nonzero(raster))
        shown = f", every {_stride(count)}th shown" if count > MAX_DOTS else ""
        yield f"<h3>{escape(layer.name)}: {count:,} events{shown}</h3>"
        yield _raster(raster)


def _stride(count: int) -> int:
    return max(1, -(-count // MAX_DOTS))


def _raster(raster: npt.NDArray[Any]) -> str:
    neurons, steps = raster.shape
    height = min(MAX_HEIGHT, max(24, 3 * neurons))
    wide, high = WIDTH / max(steps, 1), height / max(neurons, 1)
    neuron, step = np.nonzero(raster)
    every = _stride(len(neuron))
    dots = "".join(
        f"M{t * wide:.1f} {n * high:.1f}h{max(wide, 1):.1f}v{max(high, 1):.1f}"
        f"h-{max(wide, 1):.1f}z"
        for n, t in zip(neuron[::every], step[::every], strict=True)
    )
    frame = f"<rect class='frame' width='{WIDTH}' height='{height}'/>"
    return _svg(WIDTH, height, f"{frame}<path class='dot' d='{dots}'/>")


def _svg(width: int, height: int, content: str) -> str:
    return (
        f"<svg width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
        f"role='img' font-size='12'>{content}</svg>"
    )
