"""Settings of the documentation."""

from pathlib import Path

from sphinx.application import Sphinx

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


def copy_notebooks(app: Sphinx) -> None:
    """Takes the notebooks in: as executed where they have been, else as written."""
    target = Path(app.srcdir) / "tutorials"
    target.mkdir(exist_ok=True)
    for source in sorted((ROOT / "tutorials").glob("*.ipynb")):
        executed = ROOT / "out" / "tutorials" / source.name
        best = executed if executed.exists() else source
        (target / source.name).write_bytes(best.read_bytes())


def setup(app: Sphinx) -> None:
    """Connects the above to the build."""
    app.connect("builder-inited", copy_notebooks)
