"""Fixtures every package's tests share: where the golden vectors are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

DEFAULT_REFERENCE = Path(__file__).parent.parent / "shared" / "data"


def reference_root() -> Path:
    """The folder of golden vectors, which may not exist."""
    return Path(os.environ.get("LAVA_DL_REFERENCE", DEFAULT_REFERENCE))


@pytest.fixture(scope="session")
def reference() -> Callable[[str], Path]:
    """Path of a golden-vector file, e.g. ``reference("neurons/cuba.npz")``.

    Skips where the vectors are absent, and fails instead where
    ``LAVA_DL_REFERENCE_REQUIRED`` is set, so that CI can't pass without them.
    """

    def locate(name: str) -> Path:
        path = reference_root() / name
        if not path.exists():
            reason = f"golden vectors absent: {name} (set LAVA_DL_REFERENCE)"
            if os.environ.get("LAVA_DL_REFERENCE_REQUIRED"):
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return locate
