"""Settings of the documentation."""

import base64
import functools
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import toctree
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

ROOT = Path(__file__).parent.parent

project = "lava-dl"
copyright = "2026, the lava-dl developers"
release = (ROOT / "VERSION").read_text().strip()
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    # MathJax within the site: from its CDN a page read offline had no equations.
    # Pictures (imgmath) need LaTeX; KaTeX rendered ahead needs node and a download.
    "sphinx-mathjax-offline",
]
html_theme = "furo"
html_title = f"lava-dl {release}"
nb_execution_mode = "off"  # every notebook is run by a session of its own
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
# Bases whose own members have their reference elsewhere.
FOREIGN = (
    *("object", "tuple", "dict", "int", "Enum", "Protocol", "BaseException"),
    *("Exception", "ValueError", "Module", "Function", "FunctionCtx", "Dataset"),
)
autodoc_typehints = "signature"
autodoc_default_options = {
    "show-inheritance": True,
    "inherited-members": ",".join(FOREIGN),
}
autodoc_member_order = "bysource"
# lava-nc needs Python 3.10; its processes are documented on any.
autodoc_mock_imports = ["lava.magma", "lava.proc", "lava.utils"]
napoleon_google_docstring = True
napoleon_use_ivar = True
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]
suppress_warnings = ["myst.xref_missing", "ref.python"]


OPERATORS = "lava.lib.dl.slayer.ops"


def own_comment(
    app: Sphinx, kind: str, name: str, value: Any, options: Any, lines: list[str]
) -> None:
    """Gives an operator the comment that it has where it is defined.

    Sphinx looks for it in the module that is named, which imports it.
    """
    if kind == "data" and name.startswith(f"{OPERATORS}."):
        found = next(comments(name.rpartition(".")[2]), None)
        if found is None:
            raise ValueError(f"{name} has no comment")
        lines[:] = found


def comments(name: str) -> Iterator[list[str]]:
    """Comments behind assignments of the name in the operators' modules."""
    package = importlib.import_module(OPERATORS)
    for module in pkgutil.iter_modules(package.__path__):
        analyzer = ModuleAnalyzer.for_module(f"{OPERATORS}.{module.name}")
        found = analyzer.find_attr_docs().get(("", name))
        if found is not None:
            yield list(found)


def copy_notebooks(app: Sphinx) -> None:
    """Takes the notebooks in: as executed where they have been, else as written."""
    target = Path(app.srcdir) / "tutorials"
    (target / "pictures").mkdir(parents=True, exist_ok=True)
    for source in sorted((ROOT / "tutorials").glob("*.ipynb")):
        executed = ROOT / "out" / "tutorials" / source.name
        text = (executed if executed.exists() else source).read_text("utf-8")
        (target / source.name).write_text(text, "utf-8")
        picture = target / "pictures" / f"{source.stem}.png"
        picture.write_bytes(largest_picture(json.loads(text)) or BLANK)


BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABpfZFQAAA"
    "AABJRU5ErkJggg=="
)
"""A picture of one pixel, for a notebook that hasn't run."""


def largest_picture(notebook: dict[str, Any]) -> bytes:
    """What its card shows: the output with most to see, or nothing."""
    outputs = (o for cell in notebook["cells"] for o in cell.get("outputs", ()))
    pictures = (
        o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", ())
    )
    return base64.b64decode(max(pictures, key=len, default=""))


def keep_titles(app: Sphinx, *page: Any) -> None:
    """Lets the navigation be made of titles alone, which is all that it shows.

    Sphinx copies the whole contents of all pages for it, on every page, and drops
    what is below the titles afterwards: nine tenths of the time of a build.
    """
    context, whole = page[2], app.env.tocs
    make = context.get("toctree")

    def navigation(**options: Any) -> str:
        app.env.tocs = titles(app)
        try:
            return make(**options)
        finally:
            app.env.tocs = whole

    if make is not None:
        context["toctree"] = navigation


@functools.cache
def titles(app: Sphinx) -> dict[str, nodes.bullet_list]:
    """Each page's contents without what is below its title, but for other pages."""
    found = {name: contents.deepcopy() for name, contents in app.env.tocs.items()}
    for contents in found.values():
        for entry in contents:
            for below in entry[1:]:
                below[:] = list(below.findall(toctree))
    return found


def setup(app: Sphinx) -> None:
    """Connects the above to the build."""
    app.connect("builder-inited", copy_notebooks)
    app.connect("html-page-context", keep_titles, priority=400)  # before the theme's
    app.connect("autodoc-process-docstring", own_comment)
