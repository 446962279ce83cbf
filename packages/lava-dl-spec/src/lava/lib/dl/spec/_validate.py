"""Listing everything that is wrong with a file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lava.lib.dl.spec._problem import Problem
from lava.lib.dl.spec._profiles import PROFILES, remarks
from lava.lib.dl.spec._read import scan

if TYPE_CHECKING:
    import h5py


def validate(
    source: str | os.PathLike[str] | h5py.Group, profile: str = "format"
) -> list[Problem]:
    """List the problems of a file, however hostile its content.

    Args:
        source: Path of a ``.net`` file, or an open HDF5 file.
        profile: ``"format"`` asks whether it is a legal file, ``"lava"`` also whether
            lava-nc 0.10 runs it and what it would clip, ``"loihi2"`` also whether it
            keeps the chip's published limits.

    Returns:
        The problems, in the order of the file; empty for a clean file.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The profile is unknown.

    >>> from lava.lib.dl import spec
    >>> layer = spec.Dense((1,), [[64, -32]], neuron=spec.Cuba(4096, 410, 80))
    >>> spec.write(spec.Network([layer]), "small.net")
    >>> spec.validate("small.net", profile="loihi2")
    []
    """
    if profile not in PROFILES:
        raise ValueError(f"unknown profile {profile!r}; one of {', '.join(PROFILES)}")
    network, problems = scan(source)
    if network is None:
        return problems
    problems += [*network.problems(), *remarks(network)]
    return [*problems, *PROFILES[profile](network)]
