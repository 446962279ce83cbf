"""Files that break one clause each, and the code that must be reported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np

from damage import (
    Damage,
    Malformed,
    drop,
    map_weight,
    mark,
    nothing,
    put,
    store,
)
from hostile import hostile_structures
from special import replace
from unsuited import unsuited_files


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
    huge = store("weight", shape=(2**30, 2**28), dtype="f4")
    yield Malformed("huge-shape", "size", huge)
    # A chunk far larger than what is stored, then zeros that deflate a thousandfold.
    chunk: dict[str, Any] = {"chunks": (2**12, 2**12), "compression": 9}
    huge = store("weight", shape=(2**14, 2**14), dtype="f4", **chunk)
    yield Malformed("huge-chunk", "size", huge)
    zeros = np.zeros((2048, 512), "f4")
    for name in ("weight", "type"):
        bomb = store(name, data=zeros, chunks=zeros.shape, compression=9)
        yield Malformed(f"bomb-{name}", "size", bomb)
    yield Malformed("null-space", "size", put("layer/0/weight", h5py.Empty("f4")))
    elsewhere = [("/etc/hostname", 0, 80)]
    external = store("weight", shape=(4, 5), dtype="f4", external=elsewhere)
    yield Malformed("external-storage", "storage", external)
    yield Malformed("virtual", "storage", map_weight(4))
    yield Malformed("filter", "storage", unusual_filter)
    yield Malformed("many-axes", "limit", put("layer/0/weight", np.zeros((1,) * 9)))
    many = np.zeros(3000, dtype="f4")
    yield Malformed("big-attribute", "size", mark("layer/0", "delay_shift", many))


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
        yield Malformed(f"value-{name}", code, put(f"layer/0/{path}", value))
    yield Malformed(
        "value-pair", "shape", put("layer/0/stride", [1, 2, 3]), base="conv"
    )
    reference = lambda f: put("layer/0/weight", np.array(f.ref, h5py.ref_dtype))(f)  # noqa: E731
    yield Malformed("value-reference", "not-numeric", reference)


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
        damage = put(f"layer/0/{path}", value)
        if name == "family":
            damage = resonator_as_cuba
        if name == "input-count":
            damage = put("layer/1/shape", [3, 1, 1])
        also = ("E1.2",) if code.startswith("unknown") else ()
        yield Malformed(f"layer-{name}", code, damage, base=base, also=also)
    yield Malformed("layer-empty", "unwritten", empty_layer)
    yield Malformed("layer-chain", "chain", swap_layers)
    yield Malformed("layer-late-input", "chain", add_layer(1, "input", [4]))
    early = add_layer(1, "concat", [8], [0, 1])
    yield Malformed("layer-sources", "sources", early)
    yield Malformed("layer-rates", "sources", unlike_rates)
    sums = {"late": (1, [4], [0, 1]), "unlike": (2, [4], [0, 1])}
    for name, added in {**sums, "shape": (2, [8], [0, 0])}.items():
        index, shape, sources = added
        damage = add_layer(index, "add", shape, sources)
        yield Malformed(f"layer-add-{name}", "sources", damage, also=("6.3",))


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


def add_layer(
    index: int, kind: str, shape: list[int], sources: Any = None, **marks: int
) -> Damage:
    """Store a layer, in the place of the one there if there is one."""

    def damage(file: h5py.File) -> None:
        path = f"layer/{index}"
        file.pop(path, None)
        file[f"{path}/type"] = np.array([kind.encode()], "S10")
        file[f"{path}/shape"] = shape
        if sources is not None:
            file[f"{path}/sources"] = sources
        file[path].attrs.update(marks)

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
    no_time = add_layer(1, "average", [2, 1, 1], time_factor=0)
    yield Malformed("attribute-time", "value-range", no_time)
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
