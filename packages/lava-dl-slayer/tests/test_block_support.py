"""The table of blocks in the documentation is what the code says."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_table_in_the_documentation_is_up_to_date():
    pytest.importorskip("lava.lib.dl.netx")
    place = ROOT / "docs" / "_block_support.py"
    spec = importlib.util.spec_from_file_location("block_support", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "block-support.md").read_text() == module.render()
