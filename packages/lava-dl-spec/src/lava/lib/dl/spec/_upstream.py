"""The other distribution whose files lie where these packages' files do."""

from __future__ import annotations

import warnings
from importlib.metadata import PackageNotFoundError, version

__all__ = ["warn_of_upstream"]

PACKAGES = "lava-dl-bootstrap lava-dl-core lava-dl-netx lava-dl-slayer lava-dl-spec"


def warn_of_upstream() -> None:
    """Say what to do where upstream's ``lava-dl`` is installed beside these packages.

    Both own ``lava/lib/dl/slayer``, ``netx`` and ``bootstrap``: whichever is installed
    last overwrites the other's files, and whichever is removed takes them away.
    """
    try:
        found = version("lava-dl")
    except PackageNotFoundError:
        return
    warnings.warn(
        f"lava-dl {found} is installed, too, and shares its files with lava-dl-slayer, "
        "-netx and -bootstrap; run 'pip uninstall lava-dl', then 'pip install "
        f"--force-reinstall --no-deps' with those you use of: {PACKAGES}",
        stacklevel=3,
    )
