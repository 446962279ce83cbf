"""A package adds kinds, and the format knows them."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lava.lib.dl import spec
from lava.lib.dl.spec import plugins
from lava.lib.dl.spec.text import printable

SOURCE = '''
from dataclasses import dataclass, field
from typing import ClassVar
from lava.lib.dl.spec import Dense, Neuron
from lava.lib.dl.spec.schema import Integer, dataset

@dataclass(frozen=True, eq=False)
class Leaky(Neuron):
    """A neuron of one parameter."""
    type: ClassVar[str] = "acme.leaky"
    leak: int = field(metadata=dataset("leak", Integer(low=0, high=99), "leak"))

@dataclass(frozen=True, eq=False)
class Gated(Dense):
    """A dense layer with a gate."""
    type: ClassVar[str] = "acme.gated"
    aliases: ClassVar[tuple[str, ...]] = ()
    gate: int = field(metadata=dataset("gate", Integer(low=0, high=1), "gate"))
'''
ENTRIES = """[lava.dl.schema]
acme.leaky = acme_lava:Leaky
acme.gated = acme_lava:Gated
acme.broken = acme_lava_missing:Nothing
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package installed beside us, as pip would leave it."""
    site = tmp_path / "site"
    info = site / "acme_lava-1.2.dist-info"
    info.mkdir(parents=True)
    (site / "acme_lava.py").write_text(SOURCE)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-lava\nVersion: 1.2\n"
    )
    (info / "entry_points.txt").write_text(ENTRIES)
    (info / "RECORD").write_text("")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(plugins._registry, "_objects", {})
    yield
    sys.modules.pop("acme_lava", None)


WRITE = """
import sys, numpy as np
from acme_lava import Gated, Leaky
from lava.lib.dl import spec
layer = Gated((2,), np.ones((2, 3)), gate=1, neuron=Leaky(leak=7))
spec.write(spec.Network([layer]), sys.argv[1])
"""
SAME = """
import sys
from lava.lib.dl import spec
network = spec.read(sys.argv[1])
spec.write(network, sys.argv[2])
assert spec.read(sys.argv[2]) == network
assert type(network[0].neuron).__name__ == "Leaky"
"""


def wheel(folder: Path) -> Path:
    """The package, built."""
    path, info = folder / "acme_lava-1.2-py3-none-any.whl", "acme_lava-1.2.dist-info"
    form = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        "acme_lava.py": SOURCE,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: acme-lava\nVersion: 1.2\n",
        f"{info}/WHEEL": form,
        f"{info}/entry_points.txt": ENTRIES,
    }
    record = [*files, f"{info}/RECORD"]
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in record)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run Python in a new environment that sees our packages, and pip for it."""
    folder = tmp_path / "environment"
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ours = [p for p in sys.path if p.endswith("-packages")]
    site = next(folder.rglob("site-packages"))
    lines = [f"import site; site.addsitedir({path!r})" for path in ours]
    (site / "ours.pth").write_text("\n".join(lines))

    def run(*words: object, pip: bool = False) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "pip", "--python"] if pip else []
        line += [python, *words]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    return run


def test_an_installed_package_adds_its_kinds(
    tmp_path: Path, environment: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    path, command = tmp_path / "a.net", ("-m", "lava.lib.dl.spec")
    options = ("--quiet", "--no-index", "--disable-pip-version-check")
    done = environment("install", *options, wheel(tmp_path), pip=True)
    assert done.returncode == 0, done.stderr
    assert environment("-c", WRITE, path).stderr == ""
    assert environment(*command, "validate", path).stdout == f"{path}: no problems\n"
    assert environment("-c", SAME, path, tmp_path / "b.net").stderr == ""
    shown = environment(*command, "show", path).stdout
    assert "/layer/0: acme.gated" in shown
    assert "  neuron: acme.leaky\n" in shown
    assert "    leak: 7" in shown
    assert environment("uninstall", "--yes", "acme-lava", pip=True).returncode == 0
    lost = environment(*command, "validate", path)
    assert lost.returncode == 1
    assert "comes from 'acme-lava'" in lost.stdout


def gated() -> spec.Network:
    from acme_lava import Gated, Leaky

    return spec.Network([Gated((2,), np.ones((2, 3)), gate=1, neuron=Leaky(leak=7))])


@pytest.mark.usefixtures("acme")
def test_a_plugins_kinds_are_written_read_and_validated(tmp_path: Path) -> None:
    spec.write(gated(), tmp_path / "a.net")
    assert spec.read(tmp_path / "a.net") == gated()
    assert spec.validate(tmp_path / "a.net") == []
    with h5py.File(tmp_path / "a.net", "r+") as file:
        assert file.attrs["extensions"] == b"acme.gated=acme-lava,acme.leaky=acme-lava"
        assert file["layer/0/type"][0] == b"acme.gated"
        file["layer/0/neuron/leak"][()] = 100
    assert [p.code for p in spec.validate(tmp_path / "a.net")] == ["value-range"]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("switch", ["0", "somebody-else"])
def test_a_reader_without_the_plugin_names_its_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    spec.write(gated(), tmp_path / "a.net")
    monkeypatch.setattr(plugins._registry, "_objects", {})
    monkeypatch.setenv("LAVA_DL_PLUGINS", switch)
    with pytest.raises(spec.FormatError, match="comes from 'acme-lava'"):
        spec.read(tmp_path / "a.net")


@pytest.mark.usefixtures("acme")
def test_the_switch_allows_a_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAVA_DL_PLUGINS", "Acme_Lava, other")
    assert plugins.get("lava.dl.schema", "acme.leaky").type == "acme.leaky"


@pytest.mark.usefixtures("acme")
def test_listing_imports_nothing() -> None:
    sys.modules.pop("acme_lava", None)
    found = plugins.available("lava.dl.schema")
    assert found["acme.leaky"] == "acme-lava"
    assert "acme_lava" not in sys.modules


@pytest.mark.usefixtures("acme")
def test_a_broken_plugin_is_a_warning() -> None:
    with pytest.warns(plugins.PluginWarning, match="'acme-lava'.*lava.dl.schema"):
        assert plugins.get("lava.dl.schema", "acme.broken") is None


def test_objects_register_without_packaging(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = plugins.Registry()
    registry.register("lava.dl.blocks", "acme.rate", len)
    assert registry.get("lava.dl.blocks", "acme.rate") is len
    assert registry.available("lava.dl.blocks")["acme.rate"] == ""
    with pytest.raises(ValueError, match="replace=True"):
        registry.register("lava.dl.blocks", "acme.rate", max)
    registry.register("lava.dl.blocks", "acme.rate", max, replace=True)
    assert registry.get("lava.dl.blocks", "acme.rate") is max
    with pytest.raises(ValueError, match="unknown plugin group"):
        registry.get("lava.dl.block", "acme.rate")


@pytest.mark.parametrize(
    "origin", ["evil\n\x1b[2Jall is well", "../here", "git+https://evil", "-r", "a b"]
)
def test_what_is_no_distributions_name_is_not_repeated(
    tmp_path: Path, origin: str
) -> None:
    with h5py.File(tmp_path / "a.net", "w") as file:
        file["layer/0/type"] = "acme.x"
        file.attrs["extensions"] = np.bytes_(f"acme.x={origin}".encode())
    text = str(spec.validate(tmp_path / "a.net")[0])
    assert origin not in text
    assert "no plugin that is installed registers it" in text


@pytest.mark.parametrize("text", ["\x1b[2J", "a\nb", "\u202egnp.exe", "\ud800", "\x07"])
def test_what_problems_repeat_is_printable(text: str) -> None:
    problem = spec.Problem("extension", "1.11", "error", f"/{text}", f"it says {text}")
    assert str(problem).isprintable()
    assert printable("grün, 2 µs") == "grün, 2 µs"
