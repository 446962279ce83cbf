"""What every package's tests share: golden vectors, and a GPU or its stand-in.

Each package holds a copy, so that its source distribution can be tested alone; ``nox -s
version`` compares them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
GOLDEN = HERE / "tests" / "golden.tar.xz"
REQUIRED = "LAVA_DL_REFERENCE_REQUIRED"
_read: set[str] = set()
_states: dict[str, Any] = {}


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


@pytest.fixture(autouse=True)
def same_numbers(request: pytest.FixtureRequest) -> None:
    """Each test draws from its module's RNG as if it were the first, in any order."""
    drawn = getattr(request.module, "RNG", None)
    if isinstance(drawn, np.random.Generator):
        state = _states.setdefault(request.module.__name__, drawn.bit_generator.state)
        drawn.bit_generator.state = state


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fails a run that read no golden vectors where the environment asks for them."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["golden"] = sorted(_read)
        return
    if os.environ.get(REQUIRED) and exitstatus == 0 and not _read:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\n{REQUIRED} is set, but no test read golden vectors")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Takes down what golden vectors a worker of several has read."""
    _read.update(getattr(node, "workeroutput", {}).get("golden", ()))


@pytest.fixture(scope="session")
def reference_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder ``LAVA_DL_REFERENCE``, else the package's own vectors, unpacked."""
    if "LAVA_DL_REFERENCE" in os.environ:
        return Path(os.environ["LAVA_DL_REFERENCE"])
    folder = tmp_path_factory.mktemp("golden")
    with tarfile.open(GOLDEN) as archive:
        for member in archive:
            target, data = folder / member.name, archive.extractfile(member)
            assert data is not None
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data.read())
    return folder


@pytest.fixture(scope="session")
def reference(reference_root: Path) -> Callable[[str], Path]:
    """Path of a golden-vector file, e.g. ``reference("neurons/cuba.npz")``.

    Skips a file that the package's own vectors leave out; one that is missing in
    ``LAVA_DL_REFERENCE`` fails where ``LAVA_DL_REFERENCE_REQUIRED`` is set.
    """

    def locate(name: str) -> Path:
        path = reference_root / name
        if not path.exists():
            reason = f"golden vectors absent: {name} (set LAVA_DL_REFERENCE)"
            if os.environ.get(REQUIRED) and "LAVA_DL_REFERENCE" in os.environ:
                pytest.fail(reason)
            pytest.skip(reason)
        _read.add(name)
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
def imported() -> Callable[[str], set[str]]:
    """Names of the modules that a statement imports in a fresh interpreter."""

    def run(statement: str) -> set[str]:
        code = f"import sys; a = {{*sys.modules}}; {statement}; b = {{*sys.modules}}"
        command = [sys.executable, "-c", f"{code}; print(*b - a)"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return set(done.stdout.splitlines()[-1].split())

    return run


@pytest.fixture(scope="session")
def emulation(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The CUDA kernels compiled for the CPU."""
    if shutil.which("c++") is None:
        pytest.skip("needs a C++ compiler")
    place = HERE.parent / "lava-dl-core" / "tests" / "emulation" / "emulated.py"
    if not place.exists():
        pytest.skip("needs the sources of lava-dl-core beside this package")
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
