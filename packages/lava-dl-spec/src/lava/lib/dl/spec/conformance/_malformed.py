"""Files that break one clause each, and the code that must be reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from lava.lib.dl.spec.conformance._damage import (
    Damage,
    Malformed,
    drop,
    map_weight,
    mark,
    nothing,
    put,
)
from lava.lib.dl.spec.conformance._hostile import hostile_structures
from lava.lib.dl.spec.conformance._special import replace
from lava.lib.dl.spec.conformance._unsuited import unsuited_files

__all__ = ["malformed_files"]


def malformed_files() -> Iterator[Malformed]:
    """All malformed files."""
    yield from damaged()
    yield from structure()
    yield from hostile()
    yield from hostile_structures()
    yield from values()
    yield from layers()
    yield from optional()
    yield from misspelt()
    yield from unsuited_files()


def damaged() -> Iterator[Malformed]:
    """Files cut short."""
    for share, code in ((0.0, "not-hdf5"), (0.0003, "not-hdf5"), (0.01, "damaged")):
        yield Malformed(f"cut-{share}", code, nothing, share)
    for share in (0.3, 0.6, 0.9, 0.99):
        yield Malformed(f"cut-{share}", "damaged", nothing, share)


def structure() -> Iterator[Malformed]:
    """The groups are wrong."""
    yield Malformed("no-layer-group", "no-layers", drop("layer"))
    yield Malformed("no-members", "no-layers", empty_layers)
    yield Malformed("layer-is-data", "object-kind", layers_as_data)
    yield Malformed("index-gap", "layer-index", lambda f: f.move("layer/1", "layer/2"))
    yield Malformed(
        "index-padded", "layer-index", lambda f: f.move("layer/1", "layer/01")
    )
    yield Malformed(
        "index-word", "layer-index", lambda f: f.move("layer/1", "layer/one")
    )
    yield Malformed("member-is-data", "object-kind", put("layer/1", 3))
    yield Malformed(
        "version-2",
        "version",
        mark("/", "format_version", np.bytes_(b"2.0")),
        also=("E1.3",),
    )
    yield Malformed(
        "version-text", "version", mark("/", "format_version", np.bytes_(b"x"))
    )
    for name, path in {"layer": "type", "neuron": "neuron/type"}.items():
        damage = put(f"layer/0/{path}", f"acme.{name}")
        yield Malformed(f"plugin-{name}", "extension", damage, also=("E2.1",))
    yield Malformed("simulation-is-data", "object-kind", put("simulation", 1))


def empty_layers(file: h5py.File) -> None:
    """No layer at all."""
    del file["layer"]
    file.create_group("layer")


def layers_as_data(file: h5py.File) -> None:
    """A data set in place of the group."""
    del file["layer"]
    file["layer"] = 1


def hostile() -> Iterator[Malformed]:
    """Files made to harm the reader."""
    outside = h5py.ExternalLink("/etc/hostname", "/weight")
    yield Malformed("link-external", "link", put("layer/0/weight", outside))
    yield Malformed("link-soft", "link", put("layer/0/weight", h5py.SoftLink("/x")))
    yield Malformed(
        "link-self", "link", put("layer/0/type", h5py.SoftLink("/layer/0/type"))
    )
    yield Malformed("link-layer", "link", put("layer/1", h5py.SoftLink("/layer/0")))
    yield Malformed("cycle-root", "cycle", lambda f: put("layer/1", f["/"])(f))
    yield Malformed("cycle-layers", "cycle", lambda f: put("layer/1", f["layer"])(f))
    yield Malformed("cycle-twice", "cycle", lambda f: put("layer/1", f["layer/0"])(f))
    yield Malformed("huge-shape", "size", huge)
    yield Malformed("huge-chunk", "size", huge_chunk)
    yield Malformed("bomb-weight", "size", lambda f: bomb(f, "weight"))
    yield Malformed("bomb-type", "size", lambda f: bomb(f, "type"))
    yield Malformed("null-space", "size", put("layer/0/weight", h5py.Empty("f4")))
    yield Malformed("external-storage", "storage", external)
    yield Malformed("virtual", "storage", virtual)
    yield Malformed("filter", "storage", unusual_filter)
    yield Malformed("many-axes", "limit", put("layer/0/weight", np.zeros((1,) * 9)))
    many = np.zeros(3000, dtype="f4")
    yield Malformed("big-attribute", "size", mark("layer/0", "delay_shift", many))


def huge(file: h5py.File) -> None:
    """A shape of exabytes, nothing stored."""
    del file["layer/0/weight"]
    file["layer/0"].create_dataset("weight", (2**30, 2**28), "f4")


def huge_chunk(file: h5py.File) -> None:
    """A chunk far larger than what is stored."""
    del file["layer/0/weight"]
    file["layer/0"].create_dataset(
        "weight", (2**14, 2**14), "f4", chunks=(2**12, 2**12), compression=9
    )


def bomb(file: h5py.File, name: str) -> None:
    """Zeros that deflate a thousandfold."""
    del file[f"layer/0/{name}"]
    file["layer/0"].create_dataset(
        name, data=np.zeros((2048, 512), "f4"), chunks=(2048, 512), compression=9
    )


def external(file: h5py.File) -> None:
    """Weights in another file."""
    del file["layer/0/weight"]
    file["layer/0"].create_dataset(
        "weight", (4, 5), "f4", external=[("/etc/hostname", 0, 80)]
    )


def virtual(file: h5py.File) -> None:
    """Weights mapped from another file."""
    map_weight(file, 4)


def unusual_filter(file: h5py.File) -> None:
    """A filter that the format doesn't name."""
    weight = file["layer/0/weight"][()]
    replace(
        file["layer/0"], "weight", weight.astype("i4"), chunks=(4, 5), scaleoffset=0
    )


def values() -> Iterator[Malformed]:
    """Single values that no data set may hold."""
    weight = np.ones((4, 5), "f4")
    wrong: dict[str, tuple[str, str, Any]] = {
        "nan": ("not-finite", "weight", weight * np.nan),
        "infinity": ("not-finite", "bias", [np.inf] * 4),
        "weight-range": ("value-range", "weight", weight * 1e9),
        "delay-negative": ("value-range", "delay", [-1.0, 0, 0, 0]),
        "decay-range": ("value-range", "neuron/iDecay", 5000),
        "decay-negative": ("value-range", "neuron/vDecay", -1),
        "weight-text": ("not-numeric", "weight", "many"),
        "weight-complex": ("not-numeric", "weight", weight.astype("c8")),
        "weight-compound": ("not-numeric", "weight", np.zeros(4, [("a", "f4")])),
        "bias-group": ("object-kind", "bias/x", 1),
        "neuron-data": ("object-kind", "neuron", 1),
        "threshold-row": ("not-scalar", "neuron/vThMant", [1, 2]),
        "flag-row": ("not-scalar", "neuron/gradedSpike", [True, False]),
        "type-number": ("text", "type", 7),
        "type-rows": ("text", "type", np.array([b"dense", b"conv"])),
        "type-long": ("text", "type", "d" * 300),
        "type-bytes": ("text", "type", np.array([b"\xff\xfe"])),
        "shape-empty": ("shape", "shape", np.zeros(0, "i8")),
        "shape-long": ("shape", "shape", [1, 2, 3, 4]),
        "shape-zero": ("value-range", "shape", [0]),
        "weight-cube": ("shape", "weight", np.zeros((4, 5, 2))),
    }
    for name, (code, path, value) in wrong.items():
        yield Malformed(f"value-{name}", code, put_in_layer(path, value))
    yield Malformed(
        "value-pair", "shape", put("layer/0/stride", [1, 2, 3]), base="conv"
    )
    reference = lambda f: put("layer/0/weight", np.array(f.ref, h5py.ref_dtype))(f)  # noqa: E731
    yield Malformed("value-reference", "not-numeric", reference)


def put_in_layer(path: str, value: Any) -> Damage:
    """Store another value below the first layer."""

    def damage(file: h5py.File) -> None:
        layer = file["layer/0"]
        top = path.split("/")[0]
        if path in layer:
            del layer[path]
        elif top in layer and "/" in path and not isinstance(layer[top], h5py.Group):
            del layer[top]
        layer[path] = value

    return damage


def layers() -> Iterator[Malformed]:
    """Layers that lack something or contradict themselves."""
    for name in ("type", "shape", "weight"):
        yield Malformed(f"missing-{name}", "missing", drop(f"layer/0/{name}"))
    for name in ("type", "iDecay", "vDecay", "vThMant"):
        yield Malformed(
            f"missing-neuron-{name}", "missing", drop(f"layer/0/neuron/{name}")
        )
    rec = drop("layer/0/weight_rec")
    yield Malformed("missing-weight_rec", "missing", rec, base="dense_rec")
    late = drop("layer/0/delay_rec")
    yield Malformed("missing-delay_rec", "missing", late, base="dense_rec_delay")
    half = drop("layer/0/weight/imag")
    yield Malformed("missing-imag", "neuron-family", half, base="rf")
    other: dict[str, tuple[str, str, Any, str]] = {
        "layer-type": ("unknown-layer", "type", "dens", "dense"),
        "neuron-type": ("unknown-neuron", "neuron/type", "LIF", "dense"),
        "complex-pair": ("complex-pair", "weight/imag", np.ones((2, 5)), "rf"),
        "family": ("neuron-family", "neuron/type", "CUBA", "rf"),
        "rows": ("features", "shape", [7], "dense"),
        "in-features": ("features", "inFeatures", 9, "dense"),
        "rec-square": ("features", "weight_rec", np.ones((2, 3)), "dense_rec"),
        "kernel": ("features", "kernelSize", [9, 9], "conv"),
        "groups": ("features", "groups", 3, "conv"),
        "channels": ("features", "shape", [5, 3, 3], "conv"),
        "pool-kernel": ("features", "weight", np.ones((2, 1, 2, 2)), "pool"),
        "flat-conv": ("shape", "shape", [2], "conv"),
        "bias-count": ("bias", "bias", [1.0, 2.0], "dense"),
        "delay-count": ("delay", "delay", np.ones(9), "dense"),
        "rec-delay": ("delay", "delay_rec", np.ones(2), "dense_rec_delay"),
        "kwta-delay": ("delay", "delay_rec", np.ones(4), "kwta_delay"),
        "decay-count": ("neuron-channels", "neuron/iDecay", [1, 2, 3], "dense"),
        "input-count": ("chain", "shape", [3], "flatten"),
    }
    for name, (code, path, value, base) in other.items():
        damage = put_in_layer(path, value)
        if name == "family":
            damage = resonator_as_cuba
        if name == "input-count":
            damage = put("layer/1/shape", [3, 1, 1])
        also = ("E1.2",) if code.startswith("unknown") else ()
        yield Malformed(f"layer-{name}", code, damage, base=base, also=also)
    yield Malformed("layer-empty", "unwritten", empty_layer)
    yield Malformed("layer-chain", "chain", swap_layers)
    yield Malformed("layer-late-input", "chain", late_input)
    yield Malformed("layer-sources", "sources", bad_sources)
    yield Malformed("layer-rates", "sources", unlike_rates)
    for name, sources in (("late", [0, 1]), ("unlike", [0, 1]), ("shape", [0, 0])):
        added = add_layer(sources, name)
        yield Malformed(f"layer-add-{name}", "sources", added, also=("6.3",))


def resonator_as_cuba(file: h5py.File) -> None:
    """A real neuron behind complex weights."""
    neuron = file["layer/0/neuron"]
    replace(neuron, "type", "CUBA")
    neuron["iDecay"], neuron["vDecay"] = 1, 2


def empty_layer(file: h5py.File) -> None:
    """A group that an older writer left empty."""
    del file["layer/1"]
    file.create_group("layer/1")


def swap_layers(file: h5py.File) -> None:
    """Two layers in the wrong order."""
    file.move("layer/0", "other")
    file.move("layer/1", "layer/0")
    file.move("other", "layer/1")


def late_input(file: h5py.File) -> None:
    """An input layer behind another."""
    del file["layer/1"]
    file["layer/1/type"] = np.array([b"input"], "S10")
    file["layer/1/shape"] = [4]


def bad_sources(file: h5py.File) -> None:
    """A concat of layers to come."""
    del file["layer/1"]
    file["layer/1/type"] = np.array([b"concat"], "S10")
    file["layer/1/shape"] = [8]
    file["layer/1/sources"] = [0, 1]


def add_layer(sources: list[int], wrong: str) -> Damage:
    """A sum of a layer to come, of layers of other shapes, or of another shape."""

    def damage(file: h5py.File) -> None:
        index = 1 if wrong == "late" else len(file["layer"])
        file.pop(f"layer/{index}", None)
        file[f"layer/{index}/type"] = np.array([b"add"], "S10")
        file[f"layer/{index}/shape"] = [8] if wrong == "shape" else [4]
        file[f"layer/{index}/sources"] = sources

    return damage


def unlike_rates(file: h5py.File) -> None:
    """A concat of a layer with one whose steps are longer."""
    for index, name in ((1, "average"), (2, "concat")):
        file.pop(f"layer/{index}", None)
        file[f"layer/{index}/type"] = np.array([name.encode()], "S10")
    file["layer/1/shape"] = [4, 1, 1]
    file["layer/1"].attrs["time_factor"] = 3
    file["layer/2/shape"] = [8]
    file["layer/2/sources"] = [0, 1]


def optional() -> Iterator[Malformed]:
    """Attributes with values they may not have."""
    wrong: dict[str, tuple[str, Any]] = {
        "weight_scale": ("value-range", 0),
        "delay_shift": ("not-scalar", [1, 0]),
        "readout": ("text", np.bytes_(b"everything")),
    }
    for name, (code, value) in wrong.items():
        yield Malformed(f"attribute-{name}", code, mark("layer/0", name, value))
    state = mark("layer/0", "readout", np.bytes_(b"voltage"))
    for family in ("alif", "sdnn"):
        yield Malformed(f"attribute-voltage-{family}", "readout", state, base=family)
    fraction = mark("layer/0", "weight_scale", 64.5)
    yield Malformed("attribute-fraction", "fraction", fraction)
    mean = "layer/1"
    yield Malformed("attribute-time", "value-range", lambda f: average(f, mean))
    words = mark("layer/0", "weight_scale", "sixty-four")
    yield Malformed("attribute-text", "not-numeric", words)
    bare = drop("layer/0/neuron")
    yield Malformed(
        "attribute-no-neuron",
        "neuron-missing",
        lambda f: (bare(f), mark("layer/0", "readout", np.bytes_(b"voltage"))(f))[-1],
    )


def misspelt() -> Iterator[Malformed]:
    """Legal files whose names mean nothing, though their writer may think so."""
    wrong: dict[str, Damage] = {
        "field": put("layer/0/dealy", np.full(4, 3.0)),
        "neuron": put("layer/0/neuron/vThMent", 80),
        "attribute": mark("layer/0", "weight-scale", 128),
        "neuron-attribute": mark("layer/0/neuron", "cum_eror", True),
        "group": put("layer/0/synapse/weight", 3),
    }
    for name, damage in wrong.items():
        yield Malformed(f"misspelt-{name}", "unknown-field", damage)
    told = mark("layer/0", "input_shape", [2, 9, 9])
    yield Malformed("input_shape-misfit", "shape", told, base="conv", also=("5.7",))


def average(file: h5py.File, path: str) -> None:
    """Bins of no time."""
    del file[path]
    file[f"{path}/type"] = np.array([b"average"], "S10")
    file[f"{path}/shape"] = [2, 1, 1]
    file[path].attrs["time_factor"] = 0
