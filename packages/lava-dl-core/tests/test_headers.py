"""The installed headers compile in a plugin and compute what the kernels do."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lava.lib.dl import core
from lava.lib.dl.core import training

PLUGIN = Path(__file__).parent / "plugin"

needs_compiler = pytest.mark.skipif(
    shutil.which("c++") is None, reason="needs a C++ compiler"
)


def check_voltages(program):
    printed = subprocess.run([program], check=True, capture_output=True, text=True)
    x = np.full((1, 1, 1, 20), 0.25, np.float32)
    zero = np.zeros(1, np.float32)
    result = training.neuron_forward(
        training.CUBA,
        [x],
        [np.float32([1229]), np.float32([410])],
        [zero, zero],
        training.Threshold(1 + 0.01 / 4096, 4096),
        traces=True,
    )
    wanted = result.outputs[2].ravel() * 4096
    assert [int(line) for line in printed.stdout.split()] == wanted.astype(int).tolist()


@needs_compiler
def test_a_plugin_compiles_with_the_include_folder(tmp_path):
    program = tmp_path / "plugin"
    flags = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off"]
    source = str(PLUGIN / "plugin.cpp")
    command = ["c++", *flags, "-I", core.get_include(), source, "-o", str(program)]
    subprocess.run(command, check=True)
    check_voltages(program)


@needs_compiler
@pytest.mark.skipif(shutil.which("cmake") is None, reason="needs CMake")
def test_a_plugin_finds_the_cmake_configuration(tmp_path):
    place = f"-Dlava_dl_core_DIR={core.get_cmake_dir()}"
    configure = ["cmake", "-S", str(PLUGIN), "-B", str(tmp_path), place]
    subprocess.run(configure, check=True, capture_output=True)
    subprocess.run(["cmake", "--build", str(tmp_path)], check=True, capture_output=True)
    check_voltages(tmp_path / "plugin")


@needs_compiler
@pytest.mark.parametrize(
    "header",
    sorted(Path(core.get_include()).rglob("*.hpp")),
    ids=lambda path: path.name,
)
def test_each_header_stands_alone(header, tmp_path):
    source = tmp_path / "alone.cpp"
    source.write_text(f'#include "{header}"\nint main() {{}}\n')
    command = ["c++", "-std=c++17", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    subprocess.run([*command, "-I", core.get_include(), str(source)], check=True)
