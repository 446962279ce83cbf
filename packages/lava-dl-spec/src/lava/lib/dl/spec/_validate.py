"""Listing everything that is wrong with a file."""

from __future__ import annotations

import os

import h5py

from lava.lib.dl.spec._problem import Problem
from lava.lib.dl.spec._read import scan

__all__ = ["validate"]


def validate(
    source: str | os.PathLike[str] | h5py.Group, profile: str = "format"
) -> list[Problem]:
    """List the problems."""
    network, found = scan(source)
    if network is not None:
        found += network.problems()
    return found
