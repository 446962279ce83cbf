"""No module needs itself to be imported, and none brings what isn't used."""

import ast
import sys
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path

import pytest

from lava.lib.dl import spec

SOURCE = Path(__file__).parent.parent / "src"


def imports_of(statement):
    """Names that a statement imports as its module is imported."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
    elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        test = getattr(statement, "test", None)
        if test is None or "TYPE_CHECKING" not in ast.unparse(test):
            for each in ast.iter_child_nodes(statement):
                yield from imports_of(each)


def graph_of(sources):
    """Which modules each of them imports, but for packages that it lies in."""
    graph = {name: set() for name in sources}
    for name, text in sources.items():
        for found in imports_of(ast.parse(text)):
            parts = found.split(".")
            packages = {".".join(parts[: i + 1]) for i in range(len(parts))}
            inside = (p for p in packages if f"{name}.".startswith(f"{p}."))
            graph[name] |= packages.intersection(sources).difference(inside)
    return graph


def test_imports_have_no_circle():
    sources = {}
    for path in SOURCE.rglob("*.py"):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        sources[name.removesuffix(".__init__")] = path.read_text("utf-8")
    assert len(sources) > 1
    TopologicalSorter(graph_of(sources)).prepare()  # names a circle


def test_a_circle_is_found():
    sources = {"a.b": "from a import c", "a.c": "if x:\n    import a.b"}
    assert graph_of(sources) == {"a.b": {"a.c"}, "a.c": {"a.b"}}


def tops(modules):
    """Names of packages that aren't Python's own."""
    return {name.split(".")[0] for name in modules} - sys.stdlib_module_names


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import lava.lib.dl.spec", {"lava"}),
        ("from lava.lib.dl.spec import *", {"lava", "numpy"}),
    ],
)
def test_the_package_imports_only_what_it_uses(statement, allowed, imported):
    """Reading needs no h5py, which takes as long as all the rest."""
    assert tops(imported(statement)) == allowed


def test_what_is_found_on_first_use_is_listed_and_kept():
    for name in (*spec.__all__, "layers", "network", "neurons"):
        assert spec.__getattr__(name) is getattr(spec, name)
        assert name in dir(spec)


def test_the_package_imports_no_metadata(imported):
    """They take half as long as all of the package, and few ask for the version."""
    assert "importlib.metadata" not in imported("from lava.lib.dl.spec import *")
    assert spec.__version__ == version("lava-dl-spec")
    with pytest.raises(AttributeError, match="no attribute 'wings'"):
        _ = spec.wings
