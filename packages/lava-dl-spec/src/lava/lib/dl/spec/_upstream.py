"""The other distribution whose files lie where these packages' files do."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

PACKAGES = "lava-dl-bootstrap lava-dl-core lava-dl-netx lava-dl-slayer lava-dl-spec"


def warn_of_upstream() -> None:
    """Say what to do where upstream's ``lava-dl`` is installed beside these packages.

    Both own ``lava/lib/dl/slayer``, ``netx`` and ``bootstrap``: whichever is installed
    last overwrites the other's files, and whichever is removed takes them away.
    """
    if not any(name.startswith("lava_dl-") for name in on_the_path()):
        return
    from importlib.metadata import version  # half as slow to import as all of spec

    upstream = version("lava-dl")
    warnings.warn(
        f"lava-dl {upstream} is installed, too, and shares its files with "
        "lava-dl-slayer, -netx and -bootstrap; run 'pip uninstall lava-dl', then 'pip "
        f"install --force-reinstall --no-deps' with those you use of: {PACKAGES}",
        stacklevel=3,
    )


def on_the_path() -> Iterator[str]:
    """Names of what lies in the folders that Python imports from."""
    for folder in sys.path:
        try:
            yield from (path.name for path in Path(folder or ".").iterdir())
        except OSError:  # a folder that is missing, or an archive
            continue
