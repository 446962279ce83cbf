"""Runs every notebook from the first cell to the last and keeps what it printed.

``python tutorials/execute.py [name ...]`` runs those named, else all.
"""

import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "tutorials"


def execute(path):
    notebook = nbformat.read(path, as_version=4)
    begun = time.perf_counter()
    folder = {"metadata": {"path": OUT}}
    client = NotebookClient(notebook, timeout=600, resources=folder)
    client.execute()
    nbformat.write(notebook, OUT / path.name)
    print(f"{path.stem}: {time.perf_counter() - begun:.0f} s", flush=True)


def main(names):
    OUT.mkdir(parents=True, exist_ok=True)
    os.environ["PYTHONPATH"] = str(HERE)  # the data sets lie beside the notebooks
    paths = sorted(HERE.glob("*.ipynb"))
    if names:
        paths = [path for path in paths if path.stem in names]
    if not paths:
        sys.exit("no notebook of that name")
    for path in paths:
        execute(path)


if __name__ == "__main__":
    main(sys.argv[1:])
