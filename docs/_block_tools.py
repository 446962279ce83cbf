"""Renders the table of tools: run this file to write ``block-tools.md``.

What it says is what ``packages/lava-dl-slayer/tests/block/test_tools.py`` tries.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).parents[1] / "packages" / "lava-dl-slayer" / "tests" / "block"
HEAD = """# What PyTorch may do to a block

Rendered by `docs/_block_tools.py`; `tests/block/test_tools.py` tries every cell with
every neuron that has the layer, and `DistributedDataParallel` with batches of unlike
sizes. `torch.compile` and `torch.export` are tried on every layer of `cuba` and on
`Dense` of the others.

"""


def conftest() -> ModuleType:
    """What the tests share; its name is that of every folder's own."""
    spec = importlib.util.spec_from_file_location("kinds", TESTS / "conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def render() -> str:
    """The page."""
    sys.path.insert(0, str(TESTS))
    import block_tools as tools

    blocks = conftest()
    first = {layer: family for family, layer in reversed(blocks.every_block())}
    kinds = [blocks.Kind(first[layer], layer) for layer in blocks.LAYERS]
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
