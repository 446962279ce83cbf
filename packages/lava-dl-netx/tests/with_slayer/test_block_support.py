"""The table of blocks in the documentation is what trying every block gives."""

import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("lava.lib.dl.slayer", reason="needs the trainer: lava-dl-slayer")
DOCS = Path(__file__).parents[4] / "docs"


def test_table_in_the_documentation_is_up_to_date():
    place = DOCS / "_block_support.py"
    spec = importlib.util.spec_from_file_location("block_support", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (DOCS / "block-support.md").read_text() == module.render()
