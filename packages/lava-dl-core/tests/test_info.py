"""What is in use is said, and forced choices are honoured or refused."""

import subprocess
import sys

import pytest

from lava.lib.dl import core
from lava.lib.dl.core import _training
from lava.lib.dl.core._info import describe, fit


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
    assert "CUDA driver:" in text


@pytest.mark.parametrize(
    ("card", "answer"),
    [
        ((7, 5), "runs sm_75"),
        ((8, 7), "runs sm_86"),
        ((9, 0), "runs sm_90"),
        ((12, 1), "runs sm_120"),
        ((11, 0), "runs what its driver compiles from PTX"),
        ((13, 0), "runs what its driver compiles from PTX"),
        ((7, 0), "not served, its kernels are missing; there are sm_75, sm_80"),
    ],
)
def test_a_card_runs_the_kernels_of_its_generation(card, answer):
    released = ["sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"]
    assert fit(released, *card).startswith(answer)


def test_without_kernels_no_card_is_served():
    assert fit([], 9, 0).startswith("not served")


def test_a_machine_with_a_card_names_it(monkeypatch):
    monkeypatch.setattr(_training, "cuda_cards", lambda: [("NVIDIA T4", 7, 5)])
    monkeypatch.setattr(_training, "cuda_driver_version", lambda: 12040)
    monkeypatch.setattr(_training, "cuda_architectures", "75 90")
    text = describe()
    assert "card: NVIDIA T4 (sm_75): runs sm_75" in text
    assert "CUDA driver: CUDA 12.4" in text
    assert "CUDA kernels: sm_75, sm_90" in text


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
    core.set_num_threads(None)
    assert core.get_num_threads() == before
