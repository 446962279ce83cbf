"""No module needs itself to be imported, and none brings what isn't used."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from lava.lib.dl import netx

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


def test_no_function_has_the_name_of_a_module():
    # Importing the module would put it where the function is found the first time.
    modules = {path.stem for path in Path(netx.__file__).parent.iterdir()}
    functions = {name for name, place in netx._PLACES.items() if place[1] is not None}
    assert {"load", "profile", "verify"} <= functions
    assert not functions & modules


HELP = "import lava.lib.dl.netx.cli as c; c.main(['-h'], standalone_mode=False)"


def tops(modules):
    """Names of packages that aren't Python's own."""
    return {name.split(".")[0] for name in modules} - sys.stdlib_module_names


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import lava.lib.dl.netx", {"lava"}),
        ("from lava.lib.dl.netx import load", {"lava", "numpy"}),
        ("from lava.lib.dl.netx import convert", {"lava", "numpy"}),
        ("import lava.lib.dl.netx.cli", {"lava", "click"}),
        (HELP, {"lava", "click"}),
    ],
)
def test_only_what_is_used_is_imported(statement, allowed, imported):
    assert tops(imported(statement)) == allowed
