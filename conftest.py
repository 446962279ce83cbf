"""What every package's tests share: golden vectors, and a GPU or its stand-in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parent
DEFAULT_REFERENCE = ROOT.parent / "shared" / "data"


def reference_root() -> Path:
    """The folder of golden vectors, which may not exist."""
    return Path(os.environ.get("LAVA_DL_REFERENCE", DEFAULT_REFERENCE))


@cache
def gpu_problem() -> str:
    """Why tests marked ``gpu`` can't run here, empty where they can."""
    if find_spec("torch") is None:
        return "PyTorch, which holds the data on the GPU, isn't installed"
    import torch

    if torch.version.cuda is None:
        return f"PyTorch {torch.__version__} is built without CUDA"
    return "" if torch.cuda.is_available() else "PyTorch finds no CUDA device"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips a test marked ``gpu`` where there is none, and says why."""
    if item.get_closest_marker("gpu") and gpu_problem():
        pytest.skip(gpu_problem())


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


@pytest.fixture(scope="session")
def arrays_of(
    reference: Callable[[str], Path],
) -> Callable[[str], dict[str, np.ndarray]]:
    """Arrays of a golden archive, e.g. ``arrays_of("neurons/cuba.npz")``.

    They are read whole and the archive is closed: one left open warns when it is
    collected, which fails whichever test runs then.
    """

    def read(name: str) -> dict[str, np.ndarray]:
        with np.load(reference(name)) as archive:
            return dict(archive)

    return read


@pytest.fixture(scope="session")
def emulation(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The CUDA kernels compiled for the CPU."""
    if shutil.which("c++") is None:
        pytest.skip("needs a C++ compiler")
    place = ROOT / "packages/lava-dl-core/tests/emulation/emulated.py"
    found = spec_from_file_location("emulated", place)
    assert found is not None and found.loader is not None
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module.Emulated(tmp_path_factory.mktemp("emulated"))


@pytest.fixture
def emulated_gpu(emulation: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs what is meant for a GPU on arrays in this machine's memory."""
    from lava.lib.dl.core import _training

    monkeypatch.setattr(_training, "run_cuda", emulation.run_cuda)
    return emulation
