"""Renders the table of tools: run this file to write ``block-tools.md``.

What it says is what ``packages/lava-dl-slayer/tests/block/test_tools.py`` tries.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).parents[1] / "packages" / "lava-dl-slayer" / "tests" / "block"
HEAD = """# What PyTorch may do to a block

Rendered by `docs/_block_tools.py`; `tests/block/test_tools.py` tries every cell with
every neuron that has the layer, and `DistributedDataParallel` with batches of unlike
sizes. `torch.compile` and `torch.export` are tried on every layer of `cuba` and on
`Dense` of the others.

"""


def beside(name: str) -> ModuleType:
    """A module of the tests."""
    spec = importlib.util.spec_from_file_location(name, TESTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def render() -> str:
    """The page."""
    conftest, tools = beside("conftest"), beside("tools")
    first = {layer: family for family, layer in reversed(conftest.every_block())}
    kinds = [conftest.Kind(first[layer], layer) for layer in conftest.LAYERS]
    lines = [
        ["tool", *(f"`{kind.layer}`" for kind in kinds)],
        ["---"] * (len(kinds) + 1),
    ]
    for name, tool in tools.TOOLS.items():
        cells = (tools.refusal(kind, tool) or "yes" for kind in kinds)
        lines.append([name, *cells])
    return HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    Path(__file__).with_name("block-tools.md").write_text(render())
