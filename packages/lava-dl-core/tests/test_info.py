"""What is in use is said, and forced choices are honoured or refused."""

import subprocess
import sys

import pytest

from lava.lib.dl import core
from lava.lib.dl.core import _training


def test_info_names_what_is_in_use_and_why():
    found = core.info()
    assert found["simd"] in found["simd_available"]
    assert found["threads"] == core.get_num_threads() > 0
    assert found["cuda"] == (_training.cuda_problem() == "")
    assert found["cuda_reason"]


def test_running_the_package_prints_it():
    command = [sys.executable, "-m", "lava.lib.dl.core"]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "instruction set:" in text
    assert "CUDA:" in text


@pytest.mark.parametrize("simd", _training.levels())
def test_the_environment_forces_an_instruction_set(simd, monkeypatch):
    monkeypatch.setenv("LAVA_DL_SIMD", simd)
    assert core.info()["simd"] == simd
    assert core.info()["simd_reason"] == "LAVA_DL_SIMD"


def test_an_unknown_instruction_set_in_the_environment_is_refused(monkeypatch):
    monkeypatch.setenv("LAVA_DL_SIMD", "mmx")
    with pytest.raises(ValueError, match="LAVA_DL_SIMD is 'mmx' but this machine has"):
        core.info()


def test_the_number_of_threads_can_be_set():
    before = core.get_num_threads()
    core.set_num_threads(3)
    assert core.get_num_threads() == 3
    core.set_num_threads(before)
