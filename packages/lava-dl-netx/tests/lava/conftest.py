"""Runs networks on Lava; everything here needs lava-nc."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest


@pytest.fixture
def run_lava() -> Callable[..., dict[str, np.ndarray]]:
    """Run a network and record its output, its layers' outputs and their end states.

    The result has the keys of the golden vectors: ``output``, ``layer0``,
    ``state0_u`` and so on.
    """
    from lava.lib.dl.netx._conformance_lava import record

    return record
