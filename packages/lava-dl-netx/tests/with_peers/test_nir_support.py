"""The tables of NIR in the documentation are what running every peer gives."""

import importlib.util
from pathlib import Path

import pytest

for peer in ("norse", "snntorch", "spikingjelly", "sinabs"):
    pytest.importorskip(peer, reason="needs the peers: nox -s ecosystem")
DOCS = Path(__file__).parents[4] / "docs"
EXACT = ("`Affine`, `CubaLIF`", "`Affine`, `LIF`", "recurrent `CubaLIF`", "two layers")


@pytest.fixture(scope="module")
def page():
    place = DOCS / "_nir_support.py"
    found = importlib.util.spec_from_file_location("nir_support", place)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module.render()


def row(page, name):
    (line,) = (x for x in page.splitlines() if x.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.split("|")[2:-1]]


def test_tables_in_the_documentation_are_up_to_date(page):
    assert (DOCS / "guides" / "nir.md").read_text() == page


@pytest.mark.parametrize("name", EXACT)
def test_peers_compute_the_same_spikes(page, name):
    assert row(page, name)[:4] == ["0"] * 4


def test_bias_behind_a_current_is_exact_from_the_same_start(page):
    assert row(page, "the same with `v_leak`")[1] == "0"
    assert row(page, "the same with a bias")[:4] == ["0"] * 4


def test_networks_of_peers_are_read_exactly(page):
    read = page.split("<!-- read -->")[1].split("<!-- end -->")[0]
    rows = [line for line in read.splitlines() if line.endswith(" |")][1:]
    assert len(rows) > 6
    assert all(line.endswith("| 0 |") for line in rows)
