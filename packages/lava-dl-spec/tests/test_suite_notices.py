"""Breaking a clause of the arithmetic changes what a case that covers it computes."""

from __future__ import annotations

import inspect
import json
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec.conformance import _expected
from lava.lib.dl.spec.conformance._archive import read_manifest
from lava.lib.dl.spec.reference import (
    lava,
    lava_neurons,
    lava_synapses,
    network,
    neurons,
    synapses,
)

BREAKS: list[tuple[str, Any, str, str, str]] = [
    ("A1.2", neurons.Cell, "to_float", "single(single(state)", "(Fraction(state)"),
    ("A1.3", neurons.AdaptiveCell, "rest", "self.base, 0", "0, 0"),
    ("A2.1", network, "run_synapses", "float32(value * unit)", "value * unit"),
    ("A2.2", synapses, "kernel", "w[c][i][ky]", "w[c][i][-1 - ky]"),
    ("A2.3", synapses, "kernel", "w[k][o][ky]", "w[k][o][-1 - ky]"),
    ("A2.4", synapses, "kernel", "w[0][0][ky]", "w[0][0][-1 - ky]"),
    ("A2.5", network, "table", "layer.weight_imag if imaginary else", ""),
    ("A2.6", network, "run_synapses", "w * last[j]", "0 * last[j]"),
    ("A2.7", network, "run_synapses", "layer.drive if", "0 if"),
    ("A2.8", network, "input_delays", "int(layer.delay[source])", "0"),
    ("A2.8", network, "input_delays", "int(layer.delay[target, source])", "0"),
    ("A3.1", neurons.Cell, "norm", "if self.bias", "if not self.bias"),
    ("A3.1", neurons.Cell, "norm", "-most, most)", "-64, 64)"),
    ("A3.1", neurons.Cell, "norm", "single(self.bias[part] /", "(self.bias[part] /"),
    ("A3.2", neurons.CubaCell, "step", "self.norm(", "("),
    ("A4.1", neurons.CubaCell, "reset", " + EPSILON", ""),
    ("A4.1", neurons.CubaCell, "step", "if fired and", "if False and"),
    ("A4.2", neurons.CubaCell, "step", "self.reads_voltage", "False"),
    ("A4.3", neurons.AdaptiveCell, "adapt", "2 * self.threshold", "self.threshold"),
    ("A4.3", neurons.AdaptiveCell, "relax", "above + self.base", "self.base"),
    ("A4.4", neurons.AlifCell, "step", "self.norm(real)", "real"),
    ("A4.5", neurons.RfCell, "rotate", "(cosine * x) -", "(cosine * x - 1) -"),
    ("A4.6", neurons.RfCell, "step", "before < 0 <=", "0 <="),
    ("A4.7", neurons.RfIzCell, "step", "self.level - 1", "self.level"),
    ("A4.8", neurons.AdrfCell, "step", "before < 0 <=", "0 <="),
    ("A4.9", neurons.AdrfIzCell, "step", "above(self.imag)", "above(self.real)"),
    ("A4.10", neurons.RfCell, "step", "self.reads_voltage", "False"),
    ("A4.11", neurons.SigmaCell, "step", "self.sigma +=", "self.sigma ="),
    ("A4.12", neurons.DeltaCell, "step", "math.floor(", "math.ceil("),
    ("A4.12", neurons.DeltaCell, "step", "single(change - sent)", "0.0"),
    ("A4.13", neurons.DeltaCell, "step", "self.error if self.adds_up else", ""),
    ("A4.14", neurons.SigmaDeltaCell, "step", "(value) + self.offset", "(value)"),
    ("A5.1", network, "run_input", "-256), 254", "-512), 508"),
    (
        "A5.1",
        network,
        "run_input",
        "float32(layer.weight * unit)",
        "layer.weight * unit",
    ),
    ("A5.2", network, "run_layer", "if layer.delay_shift", "if False"),
    ("A5.3", network, "run_layer", "if delays", "if False"),
    ("A5.4", network, "run_cells", "last = imag or real", "last = [0] * count"),
    ("A5.4", network, "run_cells", "imag or real", "real"),
    ("A5.5", network, "run_layer", "Trace(train)", "Trace([r[::-1] for r in train])"),
    ("A5.6", network, "mean", "/ count", "/ len(values)"),
    ("A5.7", network, "run_layer", "in layer.sources]", "in layer.sources[::-1]]"),
    ("L1.1", lava_synapses.LavaDense, "step", "return sent", "return self.line[0]"),
    ("L1.2", lava_synapses.LavaDense, "step", "if graded else", "if True else"),
    ("L1.4", lava.Block, "reset_if_due", " + self.rank", ""),
    ("L1.6", lava.Block, "step", "[messages] * 2", "[messages]"),
    ("L1.7", lava.Join, "step", "wrap(sum(column), 32)", "column[0]"),
    (
        "L1.7",
        lava,
        "build_blocks",
        "max(bits, int(isinstance(layer, kinds.Add)))",
        "bits",
    ),
    ("L2.1", lava_synapses, "squeeze", "clip(w, -256, 254)", "w"),
    ("L2.2", lava_synapses, "squeeze", "if bits >= 0 else 0", "if bits >= 0 else w"),
    ("L2.3", lava_synapses, "cut", "-(-w >> lost << lost)", "w"),
    ("L2.4", lava_synapses.LavaDense, "step", "wrap(total, 32)", "total"),
    ("L2.5", lava, "stack", "MAX_DELAY)", "MAX_DELAY - 1)"),
    ("L2.6", lava_synapses.LavaConv, "step", "24)", "32)"),
    ("L2.7", lava, "build", "0 if delays else bits_up", "bits_up"),
    ("L2.8", lava, "build", "[layer.weight_imag]", "[layer.weight]"),
    ("L3.1", lava_neurons.Lif, "step", "wrap(self.bias, 16)", "self.bias"),
    ("L3.1", lava_neurons.Lif, "step", "clip(v, 1 - LIMIT, LIMIT - 1)", "v"),
    ("L3.2", spec.lava, "recomputed", "np.trunc(", "np.ceil("),
    ("L3.3", lava_neurons.LavaRf, "rotate", "clip(x, 1 - LIMIT, LIMIT - 1)", "x"),
    ("L3.4", lava_neurons.LavaRfIz, "step", "self.theta - 1", "self.theta"),
    ("L3.5", lava_neurons.LavaDelta, "fire", "sent >> X", "-(-sent >> X)"),
    ("L3.6", lava_neurons.LavaSigmaDelta, "step", "max(0, wrap", "max(-(2**40), wrap"),
    ("L3.7", lava_neurons.LavaSigma, "step", "self.sigma + real", "real"),
    ("L3.8", _expected, "run_lava", "cell.bias = bias", "cell.bias = 0"),
]


def broken(owner: Any, name: str, old: str, new: str) -> Any:
    """A function of the reference with one piece of its text replaced."""
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    assert old in source
    if inspect.isclass(owner):
        source = source.replace("super()", f"super({owner.__name__}, self)")
    made: dict[str, Any] = {}
    exec(source.replace(old, new), function.__globals__, made)
    return made[name]


def differs(folder: Path, name: str) -> bool:
    """Whether the reference, as it is now, gives something else than the case says."""
    with np.load(folder / f"{name}.npz") as case:
        found = _expected.run_reference(
            spec.read(folder / f"{name}.net"),
            case["input"],
            int(case["steps"]),
            str(case["arithmetic"]),
            json.loads(str(case["options"])),
        )
        return any(not np.array_equal(found[k], case[f"expected_{k}"]) for k in found)


@pytest.mark.parametrize(
    ("clause", "owner", "name", "old", "new"),
    BREAKS,
    ids=[f"{b[0]}-{b[2]}-{i}" for i, b in enumerate(BREAKS)],
)
def test_a_broken_clause_fails_a_case_that_covers_it(
    suite: Path,
    spec_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    clause: str,
    owner: Any,
    name: str,
    old: str,
    new: str,
) -> None:
    manifest = read_manifest(spec_folder / "conformance")
    covering = [c["name"] for c in manifest["valid"] if clause in c["clauses"]]
    # Those made for a corner are the likeliest to notice.
    covering.sort(key=lambda name: not name.startswith(("corner", "lava-wrap")))
    monkeypatch.setattr(owner, name, broken(owner, name, old, new))
    assert any(differs(suite / "valid", case) for case in covering)
