"""Graphs in a line, written to files, and a runner of graphs."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

nir = pytest.importorskip("nir", reason="needs the extra lava-dl-netx[nir]")


@pytest.fixture(scope="session")
def run_graph():
    """``run`` of the interpreter beside this file."""
    place = Path(__file__).with_name("interpreter.py")
    found = spec_from_file_location("nir_interpreter", place)
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.run


@pytest.fixture
def write_graph(tmp_path):
    """Writes nodes as a chain between an input and an output; returns the path."""

    def write(given, *nodes, edges=(), loops=(), **options):
        shape = np.atleast_1d(given)
        start, end = nir.Input({"input": shape}), nir.Output({"output": shape})
        named = {"input": start}
        named |= {f"n{i}": node for i, node in enumerate(nodes)}
        named["output"] = end
        chain = list(edges) or list(pairwise(named))
        for name, node in loops:
            named[f"{name}_back"] = node
            chain += [(name, f"{name}_back"), (f"{name}_back", name)]
        graph = nir.NIRGraph(named, chain, type_check=False, **options)
        nir.write(tmp_path / "a.nir", graph)
        return tmp_path / "a.nir"

    return write
