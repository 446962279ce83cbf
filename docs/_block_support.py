"""Renders the table of blocks: run this file to write ``block-support.md``.

Every mark is tried: a step of training, a file written and validated, the native
runtime's output beside the trainer's, the native runtime in Lava's arithmetic.
"""

import tempfile
from pathlib import Path

import h5py
import torch

from lava.lib.dl import netx, slayer, spec

INTEGRATING = {"threshold": 0.5, "current_decay": 0.25, "voltage_decay": 0.1}
RESONATING = {"threshold": 0.3, "period": 6, "decay": 0.1}
ADAPTING = {"threshold_step": 0.2, "threshold_decay": 0.2, "refractory_decay": 0.3}
PARAMS = {
    "cuba": INTEGRATING,
    "alif": {**INTEGRATING, **ADAPTING},
    "rf": RESONATING,
    "rf_iz": RESONATING,
    "adrf": {**RESONATING, **ADAPTING},
    "adrf_iz": {**RESONATING, **ADAPTING},
    "sigma_delta": {"threshold": 0.1, "activation": torch.nn.functional.relu},
}
IMAGE = (2, 6, 6)
SCALE = {"weight_scale": 4}
LAYERS = {
    "Input": ((), {}, (8,)),
    "Dense": ((8, 6), SCALE, (8,)),
    "Affine": ((8, 6), SCALE, (8,)),
    "Conv": ((2, 3, 3), SCALE, IMAGE),
    "ConvT": ((2, 3, 3), SCALE, IMAGE),
    "Pool": ((2,), {}, IMAGE),
    "Unpool": ((2,), {}, IMAGE),
    "Recurrent": ((8, 6), SCALE, (8,)),
    "KWTA": ((8, 6, 2), SCALE, (8,)),
    "Output": ((8, 6), SCALE, (8,)),
    "Flatten": ((), {}, IMAGE),
    "Average": ((4,), {}, (8,)),
    "TimeDecimation": ((2,), {}, (8,)),
}
WITHOUT_NEURON = ("Flatten", "Average", "TimeDecimation")
STEPS = 40
HEAD = """# Which block does what

Rendered by `docs/_block_support.py`, which tries each block: *train* is a step of
training whose gradient reaches the input, *export* a file that validates and reads back
as the block's record. *Native runtime* compares `netx.load` with the trainer's output
over 40 steps. *Lava* says whether lava-nc has processes for the layer and its neuron.

| block | train | export | native runtime | Lava | type in the file |
|---|---|---|---|---|---|
"""


def block(family: str, layer: str) -> slayer.block.base.Block | None:
    """One block, its shapes known; None where there is no such class."""
    kind = getattr(getattr(slayer.block, family), layer, None)
    if kind is None:
        return None
    args, options, shape = LAYERS[layer]
    torch.manual_seed(1)
    params = () if layer in WITHOUT_NEURON else (PARAMS[family],)
    made = kind(*params, *args, **options)
    made.materialise(shape)
    return made


def data(shape: tuple[int, ...]) -> torch.Tensor:
    """Random spikes."""
    generator = torch.Generator().manual_seed(2)
    return (torch.rand(3, *shape, STEPS, generator=generator) < 0.4).float()


def trains(made: torch.nn.Module, x: torch.Tensor) -> bool:
    """Whether a step of training works and its gradient reaches the input."""
    x = x.clone().requires_grad_()
    made(x).square().sum().backward()
    learnt = [p for p in made.parameters() if p.grad is not None]
    if learnt:
        torch.optim.SGD(learnt, lr=0).step()
    return x.grad is not None and bool(x.grad.any())


def exports(made: slayer.block.base.Block) -> bool:
    """Whether its file is legal and holds the block's record."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.net"
        with h5py.File(path, "w") as file:
            made.export_hdf5(file.create_group("layer/0"))
        (layer,) = spec.read(path)
        return not spec.validate(path) and layer == made.to_spec()


def network(layer: spec.Layer, x: torch.Tensor) -> spec.Network:
    """The layer behind an input that passes data of this shape on."""
    first = spec.Input(tuple(x.shape[1:-1]), delay_shift=False)
    alone = isinstance(layer, spec.Input)
    return spec.Network([layer] if alone else [first, layer])


def runs(made: slayer.block.base.Block, x: torch.Tensor) -> str:
    """How the native runtime's output compares with the trainer's."""
    net = netx.load(network(made.to_spec(), x))
    with torch.no_grad():
        wanted = made.eval()(x).numpy()
    found = net(x.numpy(), layout="chw")
    return "equal" if found.shape == wanted.shape and (found == wanted).all() else "no"


def lava(layer: spec.Layer) -> str:
    """Whether lava-nc has processes for the layer, and what they leave out."""
    if spec.missing(layer):
        return "no"
    adapts = any("adaptation" in d.name for d in spec.deviations(layer))
    return "without adaptation" if adapts else "yes"


def row(family: str, layer: str) -> str | None:
    """One line of the table."""
    made = block(family, layer)
    if made is None:
        return None
    x, record = data(LAYERS[layer][2]), made.to_spec()
    yes = {True: "yes", False: "no"}
    tried = yes[trains(made, x)], yes[exports(made)]
    cells = " | ".join((*tried, runs(made, x), lava(record)))
    return f"| `{family}.{layer}` | {cells} | `{record.type}` |"


def render() -> str:
    """The page."""
    rows = [row(family, layer) for family in PARAMS for layer in LAYERS]
    return HEAD + "\n".join(line for line in rows if line) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("block-support.md").write_text(render())
