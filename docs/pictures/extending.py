"""Diagrams of the guides on installing, exchanging and extending."""

from __future__ import annotations

from flow import Arrow, Box, flow
from matplotlib.figure import Figure
from style import BLUE, GREEN, ORANGE, RED, Picture


def install() -> Figure:
    """Which package needs which."""
    boxes = {
        "bootstrap": Box(120, 40, "lava-dl-bootstrap\nrate-coded training", BLUE),
        "slayer": Box(345, 40, "lava-dl-slayer\ndirect training", BLUE),
        "netx": Box(620, 40, "lava-dl-netx\nruns .net files", GREEN),
        "torch": Box(170, 160, "PyTorch"),
        "core": Box(400, 160, "lava-dl-core\ncompiled kernels", ORANGE),
        "spec": Box(620, 160, "lava-dl-spec\nthe format", ORANGE),
        "lava": Box(745, 100, "lava-nc\nif installed"),
    }
    arrows = [
        Arrow("bootstrap", "slayer"),
        Arrow("slayer", "torch"),
        Arrow("slayer", "core"),
        Arrow("slayer", "spec"),
        Arrow("netx", "core"),
        Arrow("netx", "spec"),
        Arrow("netx", "lava", dashed=True),
    ]
    return flow(200, boxes, arrows)


def extend() -> Figure:
    """What a plugin brings, and who asks for it."""
    boxes = {
        "record": Box(130, 50, "record.py\nfields of the neuron", ORANGE),
        "neuron": Box(130, 125, "neuron.py\nthe step in PyTorch", BLUE),
        "block": Box(320, 125, "block.py\none family, every layer", BLUE),
        "runtime": Box(130, 200, "runtime.py\nthe step in numpy", GREEN),
        "file": Box(690, 50, "network.net\nread, written, validated", ORANGE),
        "train": Box(565, 125, "training\nnet.export_hdf5"),
        "run": Box(690, 200, "netx.load(path)\non our synapses", GREEN),
    }
    arrows = [
        Arrow("record", "file", "lava.dl.schema"),
        Arrow("neuron", "block"),
        Arrow("block", "train", "lava.dl.blocks"),
        Arrow("runtime", "run", "lava.dl.runtime"),
        Arrow("train", "file"),
        Arrow("file", "run", dashed=True),
    ]
    return flow(240, boxes, arrows)


def nir() -> Figure:
    """Both ways between a graph and a file."""
    boxes = {
        "peers": Box(110, 70, "norse, snntorch,\nspikingjelly, sinabs"),
        "graph": Box(330, 70, "NIR graph\nfloats, time in s", BLUE),
        "file": Box(560, 70, "network.net\nintegers, steps", ORANGE),
        "told": Box(445, 160, "what rounds, and by how much;\nan error if more", RED),
        "run": Box(730, 70, "netx.load\nLava", GREEN),
    }
    arrows = [
        Arrow("peers", "graph"),
        Arrow("graph", "file", "both ways"),
        Arrow("graph", "told", dashed=True),
        Arrow("file", "told", dashed=True),
        Arrow("file", "run"),
    ]
    return flow(195, boxes, arrows)


def gpu() -> Figure:
    """Where the states of a neuron are during its two passes."""
    boxes = {
        "input": Box(110, 50, "input\nin the card's memory"),
        "forward": Box(390, 50, "forward\nstates in registers, 32 bits", BLUE),
        "spikes": Box(680, 50, "spikes\nin the card's memory"),
        "again": Box(
            390, 140, "forward once more\nstates put aside each 32 steps", BLUE
        ),
        "back": Box(
            390, 230, "backward, 32 steps at a time\nstates stepped from there", ORANGE
        ),
        "gradient": Box(680, 185, "gradient of the input\nholds what was put aside"),
    }
    arrows = [
        Arrow("input", "forward"),
        Arrow("forward", "spikes"),
        Arrow("input", "again", dashed=True),
        Arrow("again", "back"),
        Arrow("again", "gradient", dashed=True),
        Arrow("gradient", "back"),
    ]
    return flow(270, boxes, arrows)


PICTURES: dict[str, Picture] = {
    "install": install,
    "extend": extend,
    "nir": nir,
    "gpu": gpu,
}
