"""Good files, and what can be done to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import h5py

import pieces as make
from lava.lib.dl.spec._write import write_network
from lava.lib.dl.spec.layers import Flatten, Input
from lava.lib.dl.spec.network import Network
from special import dense

Damage = Callable[[h5py.File], None]


@dataclass(frozen=True)
class Malformed:
    """A file that breaks the format.

    Attributes:
        name: Its name.
        code: The code a checker must report.
        damage: What is done to a good file.
        cut: Share of the file's bytes that is kept.
        base: Which good file it starts from.
        also: Clauses covered beside the code's own.
        profile: The profile it is checked against.
        newest: Whether it is made of HDF5's newest structures.
        patch: What is done to the bytes in the end.
    """

    name: str
    code: str
    damage: Damage
    cut: float = 1.0
    base: str = "dense"
    profile: str = "format"
    also: tuple[str, ...] = ()
    newest: bool = False
    patch: Callable[[bytes], bytes] | None = None

    def write(self, path: Path) -> None:
        """Write the file."""
        with h5py.File(path, "w", libver="latest" if self.newest else None) as file:
            write_network(file, base_network(self.base))
            self.damage(file)
        content = path.read_bytes()
        if self.patch is not None:
            content = self.patch(content)
        path.write_bytes(content[: int(len(content) * self.cut)])


def base_network(kind: str) -> Network:
    """The good network a malformed file starts from."""
    rng = Random(f"malformed {kind}")
    if kind == "dense":
        return Network([dense(rng, "cuba", 5, 4), dense(rng, "cuba", 4, 3)])
    if kind in make.NEURONS:
        return Network([dense(rng, kind, 5, 3)])
    if kind == "rec_rf":
        return Network([make.layer("dense_rec", "rf", rng)])
    if kind == "input":
        return Network([Input((5,), neuron=make.neuron("cuba", rng), weight=36)])
    if kind == "flatten":
        return Network([make.layer("conv", "cuba", rng), Flatten((18,))])
    return Network([make.layer(kind, "cuba", rng)])


def put(path: str, value: Any) -> Damage:
    """Store another value."""

    def damage(file: h5py.File) -> None:
        if path in file:
            del file[path]
        file[path] = value

    return damage


def drop(path: str) -> Damage:
    """Remove something."""

    def damage(file: h5py.File) -> None:
        del file[path]

    return damage


def store(name: str, **how: Any) -> Damage:
    """Store a data set of the first layer anew, as h5py's arguments say."""

    def damage(file: h5py.File) -> None:
        layer = file["layer/0"]
        del layer[name]
        layer.create_dataset(name, **how)

    return damage


def mark(path: str, name: str, value: Any) -> Damage:
    """Set an attribute."""

    def damage(file: h5py.File) -> None:
        file[path].attrs[name] = value

    return damage


def creation_list() -> h5py.h5p.PropDCID:
    """How a data set is created: without the time, so that its bytes stay the same."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_obj_track_times(False)
    return creation


def map_weight(rows: int) -> Damage:
    """Replace the weights of layer 0 by those of another file, which isn't there."""

    def damage(file: h5py.File) -> None:
        layer = file["layer/0"]
        del layer["weight"]
        space = h5py.h5s.create_simple((4, 5), (rows, 5))
        space.select_hyperslab((0, 0), (1, 1), block=(rows, 5))
        creation = creation_list()
        creation.set_virtual(space, b"/etc/hostname", b"x", space)
        h5py.h5d.create(layer.id, b"weight", h5py.h5t.IEEE_F32LE, space, creation)

    return damage


def nothing(file: h5py.File) -> None:
    """Leave the file as it is."""
