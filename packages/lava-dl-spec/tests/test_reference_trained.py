"""The reference computes what the trainer's quantised forward pass computes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec import reference as reference_package
from lava.lib.dl.spec.reference import float32, run

FAMILIES = ("cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz", "sigma_delta")
COMPLEX_NORMS = ("Dense_norm", "Dense_scalenorm")
Reference = Callable[[str], Path]
Arrays = Callable[[str], dict[str, np.ndarray]]


def recorded_variants(reference: Reference, family: str) -> dict[str, dict[str, Any]]:
    blocks = json.loads(reference("slayer/blocks.json").read_text())[family]
    return {
        name: block
        for name, block in blocks.items()
        if block["status"] == "ok" and "export" not in block and name != "KWTA"
    }


def even(value: Any, scale: int = 64) -> list[int]:
    return np.clip(np.round(np.atleast_1d(value) * scale / 2) * 2, -256, 254).tolist()


def with_complex_norm(layer: Any, arrays: Any, name: str) -> Any:
    keys = {p: f"{name}.sd.neuron.{p}_norm.running_" for p in ("real", "imag")}
    biases = [even(-arrays[keys[p] + "mean"]) for p in ("real", "imag")]
    layer = replace(layer, bias=biases[0], bias_imag=biases[1])
    if name != "Dense_scalenorm":
        return layer
    exps = [np.ceil(np.log2(np.sqrt(arrays[k + "var"] + 1e-5))) for k in keys.values()]
    neuron = replace(layer.neuron, weight_exp=exps[0], weight_exp_imag=exps[1])
    return replace(layer, neuron=neuron)


def computed(layer: Any, x: Any) -> Any:
    rows = x.reshape(-1, x.shape[-1]).T.tolist()
    data = [[Fraction(v) for v in row] for row in rows]
    output = run(spec.Network([layer]), data, x.shape[:-1])[0].output
    return np.array([[float(v) for v in row] for row in output]).T


@pytest.mark.parametrize("family", FAMILIES)
def test_recorded_blocks_are_reproduced(
    reference: Reference, arrays_of: Arrays, family: str
) -> None:
    arrays = arrays_of(f"slayer/blocks_{family}.npz")
    with h5py.File(reference(f"slayer/export_{family}.net")) as file:
        for name, block in recorded_variants(reference, family).items():
            layer = spec.read_layer(file[f"layer/{block['layer']}"])
            if "delay_shift" in block["kwargs"]:
                layer = replace(layer, delay_shift=block["kwargs"]["delay_shift"])
            if getattr(layer, "is_complex", False) and name in COMPLEX_NORMS:
                layer = with_complex_norm(layer, arrays, name)
            for x, y in zip(arrays[f"{name}.x"], arrays[f"{name}.y"], strict=True):
                output = computed(layer, x)
                assert np.array_equal(output, y.reshape(output.shape)), name


@pytest.mark.parametrize("family", ["cuba", "alif"])
def test_recorded_winners_are_reproduced(
    reference: Reference, arrays_of: Arrays, family: str
) -> None:
    arrays = arrays_of(f"slayer/blocks_{family}.npz")
    block = json.loads(reference("slayer/blocks.json").read_text())[family]["KWTA"]
    _, outputs, winners = block["args"]
    with h5py.File(reference(f"slayer/export_{family}.net")) as file:
        neuron = spec.read_layer(file["layer/1"]).neuron
    weight = np.array(arrays["KWTA.sd.synapse.weight"])[..., 0, 0, 0]
    threshold = neuron.threshold / 64
    layer = spec.Kwta(
        (outputs,),
        np.reshape(even(weight), weight.shape),
        winners,
        even(arrays["KWTA.sd.self_excitation"])[0],
        drive=even(threshold * (outputs - 2 * winners) / outputs / 64)[0],
        neuron=neuron,
        delay_shift=False,
    )
    for x, y in zip(arrays["KWTA.x"], arrays["KWTA.y"], strict=True):
        assert np.array_equal(computed(layer, x), y)


def test_the_reference_needs_no_arrays() -> None:
    folder = Path(reference_package.__file__).parent
    assert not [p.stem for p in folder.glob("*.py") if "np." in p.read_text()]


def test_floats_round_as_32_bit_floats_do() -> None:
    rng = np.random.default_rng(0)
    values = rng.standard_normal(3000) * 10.0 ** rng.integers(-40, 38, 3000)
    expected = values.astype(np.float32)
    assert [float(float32(Fraction(v))) for v in values] == expected.tolist()


def test_halves_round_to_even() -> None:
    assert float32(2**24 + 1) == 2**24
    assert float32(2**24 + 3) == 2**24 + 4
    assert float32(-(2**24) - 1) == -(2**24)
