"""Diagrams of the guides on training, files and running."""

from __future__ import annotations

from flow import Arrow, Box, flow
from matplotlib.figure import Figure
from style import BLUE, GREEN, ORANGE, RED, Picture


def train() -> Figure:
    """What a block does forward and backward."""
    boxes = {
        "in": Box(75, 50, "events\n[batch, neuron,\ntime]"),
        "synapse": Box(235, 50, "synapse\nweights rounded\nto 8 bits", BLUE),
        "neuron": Box(405, 50, "neuron\ninteger states,\n12-bit decays", BLUE),
        "delay": Box(570, 50, "delay\nwhole steps", BLUE),
        "loss": Box(710, 50, "loss\nof rates, times"),
        "d_synapse": Box(
            235, 165, "straight through\nthe rounding, 0 where\nclipped", ORANGE
        ),
        "d_neuron": Box(405, 165, "surrogate\nin place of the\nspike's step", ORANGE),
        "d_delay": Box(
            570, 165, "difference\nof two steps in\nplace of the slope", ORANGE
        ),
        "optimizer": Box(75, 165, "optimizer\nfloat32 weights"),
    }
    arrows = [
        Arrow("in", "synapse"),
        Arrow("synapse", "neuron"),
        Arrow("neuron", "delay"),
        Arrow("delay", "loss"),
        Arrow("loss", "d_delay", dashed=True),
        Arrow("d_delay", "d_neuron", dashed=True),
        Arrow("d_neuron", "d_synapse", dashed=True),
        Arrow("d_synapse", "optimizer", dashed=True),
    ]
    return flow(215, boxes, arrows)


def deploy() -> Figure:
    """From the network to the file, to those who run it, and what verify compares."""
    boxes = {
        "net": Box(85, 120, "slayer network\nPyTorch"),
        "file": Box(265, 120, "network.net\nintegers", ORANGE),
        "native": Box(
            475, 40, 'netx.load(path)\n"trained": the trainer\'s bits', GREEN
        ),
        "lava": Box(475, 120, 'netx.load(path,\narithmetic="lava")', BLUE),
        "process": Box(475, 200, "netx.hdf5.Network\nprocesses of lava-nc", BLUE),
        "verify": Box(700, 120, "netx.verify\nfirst difference,\nand why", RED),
    }
    arrows = [
        Arrow("net", "file", "export"),
        Arrow("file", "native"),
        Arrow("file", "lava"),
        Arrow("file", "process"),
        Arrow("native", "verify", dashed=True),
        Arrow("lava", "verify", dashed=True),
        Arrow("process", "verify", dashed=True),
    ]
    return flow(240, boxes, arrows)


def saving() -> Figure:
    """What a checkpoint holds, and what else keeps a network."""
    parts = (
        "Assistant.save\nnet: weights, decays, delays\nbuffers: states, statistics of "
        "norms\noptimizer: moments, rates\nstats: losses, accuracies\nrandom: torch, "
        "CUDA, numpy, Python\nextra: what you add"
    )
    boxes = {
        "training": Box(85, 175, "training\nafter epoch k"),
        "checkpoint": Box(345, 75, parts, BLUE),
        "weights": Box(345, 175, "torch.save(net.state_dict())\nweights only"),
        "file": Box(345, 235, "slayer.io.export\nintegers only", ORANGE),
        "resume": Box(
            660, 75, "Assistant.load\nthe next step has the same bits", GREEN
        ),
        "fine": Box(660, 175, "load_state_dict\nevaluate, begin another training"),
        "run": Box(660, 235, "netx.load, Lava, chip\nauto.SequentialNetwork"),
    }
    arrows = [
        Arrow("training", "checkpoint"),
        Arrow("training", "weights"),
        Arrow("training", "file"),
        Arrow("checkpoint", "resume"),
        Arrow("weights", "fine"),
        Arrow("file", "run"),
    ]
    return flow(265, boxes, arrows)


def from_06() -> Figure:
    """One distribution became five."""
    boxes = {
        "old": Box(90, 125, "lava-dl 0.6\nPython 3.10\nwith lava-nc, torch"),
        "slayer": Box(330, 35, "lava-dl-slayer\nlava.lib.dl.slayer\nneeds torch", BLUE),
        "bootstrap": Box(
            330, 125, "lava-dl-bootstrap\nlava.lib.dl.bootstrap\nneeds slayer", BLUE
        ),
        "netx": Box(
            330, 215, "lava-dl-netx\nlava.lib.dl.netx\nlava-nc only for Lava", BLUE
        ),
        "core": Box(620, 80, "lava-dl-core\nkernels, compiled beforehand", GREEN),
        "spec": Box(620, 170, "lava-dl-spec\nthe format, its validator", GREEN),
    }
    arrows = [
        Arrow("old", "slayer"),
        Arrow("old", "bootstrap"),
        Arrow("old", "netx"),
        Arrow("slayer", "core"),
        Arrow("slayer", "spec"),
        Arrow("netx", "core"),
        Arrow("netx", "spec"),
        Arrow("bootstrap", "slayer"),
    ]
    return flow(250, boxes, arrows)


def troubleshooting() -> Figure:
    """Which question to ask first."""
    steps = [
        (
            "an error?",
            "read its last line: it names the fix\nNaN, shape, memory: below",
        ),
        (
            "exported differs\nfrom trained?",
            "net.eval(); netx.verify(net, path, sample)",
        ),
        (
            "a layer silent?",
            "weight_scale up, threshold down,\ndecays smaller, weight_norm=True",
        ),
        ("a layer saturated?", "weight_scale down, threshold up, a norm"),
        (
            "gradient 0 or\nfalling tenfold?",
            "scale_grad up, tau_grad up;\nrequires_grad?",
        ),
        ("ten samples not\nlearnt by heart?", "rates of the loss, learning rate"),
    ]
    boxes = {"start": Box(110, 25, "diagnose(net, batch)", BLUE)}
    arrows, last = [], "start"
    for row, (question, answer) in enumerate(steps):
        y = 85 + 68 * row
        boxes[f"q{row}"] = Box(110, y, question, ORANGE)
        boxes[f"a{row}"] = Box(440, y, answer, GREEN)
        arrows.append(Arrow(last, f"q{row}", "no" if row else ""))
        arrows.append(Arrow(f"q{row}", f"a{row}", "yes"))
        last = f"q{row}"
    boxes["end"] = Box(110, 495, "more data, a larger network,\nmore epochs")
    arrows.append(Arrow(last, "end", "no"))
    return flow(525, boxes, arrows)


def command_line() -> Figure:
    """Which command answers what about a file."""
    boxes = {
        "file": Box(375, 130, "network.net", ORANGE),
        "validate": Box(105, 35, "lava-dl validate\nis it legal, does it fit?", BLUE),
        "inspect": Box(375, 35, "lava-dl inspect\nwhat does it hold?", BLUE),
        "convert": Box(640, 35, "lava-dl convert\nto NIR and back", BLUE),
        "compare": Box(105, 225, "lava-dl compare\nwhat differs from another?", BLUE),
        "run": Box(375, 225, "lava-dl run\nwhat does it answer?", BLUE),
        "profile": Box(640, 225, "lava-dl profile\nwhat does that cost?", BLUE),
        "input": Box(508, 305, "events.npy, recording.bs2, ..."),
    }
    arrows = [
        Arrow("file", name)
        for name in ("validate", "inspect", "convert", "compare", "run", "profile")
    ]
    arrows += [Arrow("input", "run"), Arrow("input", "profile")]
    return flow(330, boxes, arrows)


PICTURES: dict[str, Picture] = {
    "train": train,
    "deploy": deploy,
    "saving": saving,
    "from-06": from_06,
    "troubleshooting": troubleshooting,
    "command-line": command_line,
}
