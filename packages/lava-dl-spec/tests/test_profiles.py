"""Profiles say what a target can't run, ignores, or clips."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import spec

CUBA = spec.Cuba(4096, 410, 32)
SDNN = spec.SigmaDelta(6)
ONES = np.ones((3, 5), int)
Check = Callable[..., set[tuple[str, str, str]]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Validate a network of some layers; returns code, severity and path."""

    def of(profile: str, *layers: spec.Layer) -> set[tuple[str, str, str]]:
        spec.write(spec.Network(layers), tmp_path / "a.net")
        found = spec.validate(tmp_path / "a.net", profile)
        return {(p.code, p.severity, p.path) for p in found}

    return of


def dense(**fields: object) -> spec.Dense:
    return spec.Dense((3,), **{"weight": ONES, "neuron": CUBA, **fields})


def resonating(neuron: spec.Neuron, **fields: object) -> spec.Dense:
    return dense(neuron=neuron, weight_imag=ONES, **fields)


IGNORED = {
    "gradedSpike": (dense(neuron=spec.Cuba(4096, 1, 2, graded_spike=True)), "neuron/"),
    "weight_exp": (dense(neuron=spec.Cuba(4096, 1, 2, weight_exp=[1])), "neuron/"),
    "activation": (dense(neuron=spec.SigmaDelta(6, activation="tanh")), "neuron/"),
    "bias": (dense(neuron=spec.Cuba(4095, 1, 2), bias=[2] * 3), ""),
    "delay_shift": (dense(delay_shift=False), ""),
    "readout": (dense(readout="voltage"), ""),
    "vThStep": (
        resonating(spec.Adrf(900, 900, 9, 1, 1, threshold_step=1)),
        "neuron/",
    ),
    "delay": (resonating(spec.Rf(900, 900, 9), delay=[1]), ""),
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_lava_ignores_is_a_warning(check: Check, name: str) -> None:
    layer, group = IGNORED[name]
    expected = ("lava-ignores", "warning", f"/layer/0/{group}{name}")
    assert expected in check("lava", layer)
    assert not {f for f in check("format", layer) if f[0].startswith("lava")}


def test_the_own_bias_and_the_accumulated_change_are_ignored(check: Check) -> None:
    neuron = spec.SigmaDelta(6, bias=[0.5], cum_error=True)
    paths = {path for _, _, path in check("lava", dense(neuron=neuron))}
    assert {"/layer/0/neuron/bias", "/layer/0/neuron"} <= paths


def test_delays_of_unlike_inputs_and_outputs_are_an_error(check: Check) -> None:
    layer = spec.Recurrent((3,), ONES, np.ones((3, 3)), neuron=CUBA, delay=[1])
    assert ("lava-kind", "error", "/layer/0/delay") in check("lava", layer)
    square = spec.Recurrent((3,), ONES[:, :3], np.ones((3, 3)), neuron=CUBA, delay=[1])
    assert {code for code, _, _ in check("lava", square)} == {"lava-ignores"}


def test_lava_leaves_an_inputs_transform_to_the_caller(check: Check) -> None:
    layer = spec.Input((5,), neuron=SDNN, weight=40)
    assert check("lava", layer) == {("lava-ignores", "warning", "/layer/0/weight")}
    assert check("lava", spec.Input((5,), neuron=SDNN)) == set()


KERNEL = np.ones((1, 1, 2, 2))
BACK = {"delay_rec": [0, 1, 2], "neuron": CUBA}
LACKED = [
    spec.Kwta((3,), ONES, 1, 32, neuron=CUBA),
    spec.ConvTranspose((1, 4, 4), KERNEL, neuron=CUBA),
    spec.Pool((1, 2, 2), KERNEL, neuron=CUBA),
    spec.Unpool((1, 4, 4), KERNEL, neuron=CUBA),
    spec.RecurrentDelay((3,), ONES, np.ones((3, 3)), **BACK),
    spec.KwtaDelay((3,), ONES, 1, 32, **BACK),
]


@pytest.mark.parametrize("layer", LACKED, ids=lambda layer: layer.type)
def test_what_lava_lacks_is_an_error(check: Check, layer: spec.Layer) -> None:
    assert ("lava-kind", "error", "/layer/0/type") in check("lava", layer)
    assert check("format", layer) == set()


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"neuron": spec.Cuba(4096, 1, 2**17)}, "neuron/vThMant"),
        ({"weight": ONES * 300}, "weight"),
        ({"weight": -64 * ONES}, "weight"),
        ({"delay": [70]}, "delay"),
        ({"bias": [2**15] * 3}, "bias"),
    ],
)
def test_what_lava_clips_is_a_warning(
    check: Check, fields: dict[str, object], path: str
) -> None:
    found = check("lava", dense(**fields))
    clips = {problem for problem in found if problem[0] == "lava-clips"}
    assert clips == {("lava-clips", "warning", f"/layer/0/{path}")}
    assert len(found) == 1 + ("bias" in fields)  # which comes a step early, too


RF = spec.Rf(900, 900, 9)
BEYOND = [
    (dense(weight=ONES * 256), "error", "/layer/0/weight"),
    (resonating(RF, weight=ONES), "", ""),
    (dense(neuron=RF, weight_imag=-257 * ONES), "error", "/layer/0/weight/imag"),
    (
        spec.Recurrent((3,), ONES, np.full((3, 3), 300), neuron=CUBA),
        "error",
        "/layer/0/weight_rec",
    ),
    (spec.Kwta((3,), ONES, 1, 999, neuron=CUBA), "error", "/layer/0/selfExcitation"),
    (dense(delay=[63]), "error", "/layer/0/delay"),
    (
        spec.KwtaDelay((3,), ONES, 1, 9, delay_rec=[0, 63, 0], neuron=CUBA),
        "error",
        "/layer/0/delay_rec",
    ),
    (dense(bias=[4096] * 3), "error", "/layer/0/bias"),
    (resonating(RF, bias_imag=[-4096] * 3), "error", "/layer/0/bias_imag"),
    (dense(neuron=spec.Cuba(1, 2, 2**17)), "warning", "/layer/0/neuron/vThMant"),
    (dense(weight=np.ones((3, 4097))), "warning", "/layer/0/weight"),
    (
        spec.Conv((1, 1, 1), np.ones((1, 4097, 1, 1)), neuron=CUBA),
        "warning",
        "/layer/0/weight",
    ),
    (
        spec.ConvTranspose((1, 3, 3), np.ones((1025, 1, 3, 3)), neuron=CUBA),
        "warning",
        "/layer/0/weight",
    ),
]


@pytest.mark.parametrize(("layer", "severity", "path"), BEYOND)
def test_what_the_chip_lacks_is_named(
    check: Check, layer: spec.Layer, severity: str, path: str
) -> None:
    expected = {("loihi2-limit", severity, path)} if path else set()
    assert check("loihi2", layer) == expected


def test_a_network_larger_than_a_chip_is_named(check: Check) -> None:
    kernel = spec.Conv((64, 128, 129), np.ones((64, 1, 1, 1)), neuron=CUBA)
    assert check("loihi2", kernel) == {("loihi2-limit", "warning", "/layer")}


def test_a_refractory_period_is_named_in_every_profile(check: Check) -> None:
    layer = dense(neuron=spec.Cuba(4096, 1, 2, refractory_delay=2))
    expected = {("refractory", "warning", "/layer/0/neuron/refDelay")}
    for profile in ("format", "lava", "loihi2"):
        assert check(profile, layer) == expected
