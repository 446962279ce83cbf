"""Legal files that a target can't run, or runs otherwise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from damage import Damage, Malformed, mark, nothing, put

NEURON, WEIGHT = "layer/0/neuron", "layer/0/weight"


def unsuited_files() -> Iterator[Malformed]:
    """One file for what a profile reports."""
    yield from other_results()
    yield from beyond_limits()


def other_results() -> Iterator[Malformed]:
    """What Lava lacks, ignores, or does otherwise."""
    ignored: dict[str, tuple[Damage, str]] = {
        "conv-delay": (put("layer/0/delay", [1.0, 2.0]), "conv"),
        "graded": (put(f"{NEURON}/gradedSpike", True), "dense"),
        "exponent": (put(f"{NEURON}/weight_exp", [1.0]), "dense"),
        "bias": (put("layer/0/bias", [2.0] * 4), "dense"),
        "complex-bias": (put("layer/0/bias", [2.0] * 3), "rf"),
        "no-shift": (mark("layer/0", "delay_shift", False), "dense"),
    }
    for name, (damage, base) in ignored.items():
        yield Malformed(
            f"lava-{name}", "lava-ignores", damage, base=base, profile="lava"
        )
    for kind in ("pool", "unpool", "convT", "kwta", "dense_rec_delay", "kwta_delay"):
        yield Malformed(f"lava-{kind}", "lava-kind", nothing, base=kind, profile="lava")
    unlike: dict[str, tuple[str, Damage, str]] = {
        "rec-complex": ("lava-kind", nothing, "rec_rf"),
        "alif": ("lava-kind", nothing, "alif"),
        "adaptation": ("lava-ignores", nothing, "adrf"),
        "own-bias": ("lava-ignores", put(f"{NEURON}/bias", [0.5]), "sdnn"),
        "input": ("lava-ignores", nothing, "input"),
        "never": ("lava-clips", put(f"{NEURON}/vThMant", 140_000), "dense"),
        "refractory": ("refractory", put(f"{NEURON}/refDelay", 3), "dense"),
    }
    for name, (code, damage, base) in unlike.items():
        yield Malformed(f"lava-{name}", code, damage, base=base, profile="lava")


def beyond_limits() -> Iterator[Malformed]:
    """What Lava clips and the chip doesn't hold."""
    imag = put(f"{WEIGHT}/imag", np.full((3, 5), 300.0))
    yield Malformed("loihi2-imag", "loihi2-limit", imag, base="rf", profile="loihi2")
    wide = {
        "weights": put(WEIGHT, np.linspace(-600, 600, 20).reshape(4, 5).astype("i4")),
        "one-sided": put(WEIGHT, np.full((4, 5), 300)),
        "quantum": put(WEIGHT, np.full((4, 5), -64)),
        "delay": put("layer/0/delay", [70.0]),
        "bias16": put("layer/0/bias", [40000.0] * 4),
    }
    for name, damage in wide.items():
        yield Malformed(f"lava-{name}", "lava-clips", damage, profile="lava")
        if name in ("weights", "delay", "bias16"):
            limit = f"loihi2-{name}"
            yield Malformed(limit, "loihi2-limit", damage, profile="loihi2")
    high = put(f"{NEURON}/vThMant", 2**18)
    yield Malformed("loihi2-threshold", "loihi2-limit", high, profile="loihi2")
