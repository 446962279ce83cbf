"""No module of the package needs itself to be imported."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "src"


def imported(statement):
    """Names that a statement imports as its module is imported."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        yield from (f"{statement.module}.{alias.name}" for alias in statement.names)
    elif not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        test = getattr(statement, "test", None)
        if test is None or "TYPE_CHECKING" not in ast.unparse(test):
            for each in ast.iter_child_nodes(statement):
                yield from imported(each)


def graph_of(sources):
    """Which modules each of them imports, but for packages that it lies in."""
    graph = {name: set() for name in sources}
    for name, text in sources.items():
        for found in imported(ast.parse(text)):
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


def test_nothing_of_the_compiler_is_imported():
    """It takes a second, and most programs never need it."""
    code = "import sys, lava.lib.dl.slayer; print('torch._dynamo' in sys.modules)"
    run = [sys.executable, "-c", code]
    found = subprocess.run(run, check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "False"
