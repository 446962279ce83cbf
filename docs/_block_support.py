"""Renders the table of blocks: run this file to write ``block-support.md``.

Training, export and the native runtime are tried; Lava's column follows from the kinds
of layers and neurons that it has processes for.
"""

from pathlib import Path

import torch

from lava.lib.dl import netx, slayer, spec

FAMILIES = ("cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz", "sigma_delta")
LAYERS = {
    "Input": ((), (8,)),
    "Dense": ((8, 6), (8,)),
    "Affine": ((8, 6), (8,)),
    "Conv": ((2, 3, 3), (2, 6, 6)),
    "ConvT": ((2, 3, 3), (2, 6, 6)),
    "Pool": ((2,), (2, 6, 6)),
    "Unpool": ((2,), (2, 6, 6)),
    "Recurrent": ((8, 6), (8,)),
    "KWTA": ((8, 6, 2), (8,)),
    "Output": ((8, 6), (8,)),
    "Flatten": (None, (2, 6, 6)),
    "Average": ((4,), (8,)),
    "TimeDecimation": ((2,), (8,)),
}
BARE = ("Flatten", "Average", "TimeDecimation")
PARAMS = {
    "threshold": 0.5,
    "current_decay": 0.25,
    "voltage_decay": 0.1,
    "period": 6,
    "decay": 0.1,
    "threshold_step": 0.2,
    "threshold_decay": 0.2,
    "refractory_decay": 0.3,
    "activation": torch.nn.functional.relu,
}
NEEDS = {
    "cuba": ("current_decay", "voltage_decay"),
    "alif": (
        "current_decay",
        "voltage_decay",
        "threshold_step",
        "threshold_decay",
        "refractory_decay",
    ),
    "rf": ("period", "decay"),
    "rf_iz": ("period", "decay"),
    "adrf": (
        "period", "decay", "threshold_step", "threshold_decay", "refractory_decay"
    ),
    "adrf_iz": (
        "period", "decay", "threshold_step", "threshold_decay", "refractory_decay"
    ),
    "sigma_delta": ("activation",),
}  # fmt: skip
LAVA_LAYERS = (spec.Input, spec.Dense, spec.Conv, spec.Recurrent, spec.Flatten)
LAVA_NEURONS = (spec.Cuba, spec.Rf, spec.RfIz, spec.SigmaDelta, spec.Sigma)


def block(family: str, layer: str) -> slayer.block.base.Block | None:
    """One block, its shapes known; None where there is no such class."""
    kind = getattr(getattr(slayer.block, family), layer, None)
    if kind is None:
        return None
    args, shape = LAYERS[layer]
    params = {name: PARAMS[name] for name in ("threshold", *NEEDS[family])}
    made = kind(*(args or ())) if layer in BARE else kind(params, *args)
    made.materialise(shape)
    return made


def trains(made: torch.nn.Module, shape: tuple[int, ...]) -> bool:
    """Whether gradients reach the input."""
    x = torch.rand(1, *shape, 4).requires_grad_()
    made(x).sum().backward()
    return x.grad is not None


def runs(layer: spec.Layer) -> bool | None:
    """Whether the native runtime takes the layer; None if there is no runtime."""
    if not hasattr(netx, "load"):
        return None
    try:
        netx.load(spec.Network([layer]))
    except NotImplementedError:
        return False
    return True


def lava(layer: spec.Layer) -> bool:
    """Whether Lava has processes for the layer and its neuron."""
    neuron = getattr(layer, "neuron", None)
    complex_kernel = isinstance(layer, spec.Conv) and layer.is_complex
    known = neuron is None or isinstance(neuron, LAVA_NEURONS)
    return type(layer) in LAVA_LAYERS and known and not complex_kernel


def row(family: str, layer: str) -> str | None:
    """One line of the table."""
    made = block(family, layer)
    if made is None:
        return None
    record = made.to_spec()
    marks = (trains(made, LAYERS[layer][1]), True, runs(record), lava(record))
    words = {True: "yes", False: "no", None: "not tried"}
    cells = " | ".join(words[mark] for mark in marks)
    return f"| `{family}.{layer}` | {cells} | `{record.type}` |"


def render() -> str:
    """The page."""
    rows = [row(family, layer) for family in FAMILIES for layer in LAYERS]
    head = (
        "# Which block does what\n\n"
        "Rendered by `docs/_block_support.py`. The native runtime is that of "
        "`netx.load`; Lava means processes of lava-nc.\n\n"
        "| block | train | export | native runtime | Lava | type in the file |\n"
        "|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(line for line in rows if line) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("block-support.md").write_text(render())
