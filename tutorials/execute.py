"""Runs every notebook from the first cell to the last and keeps what it printed.

``python tutorials/execute.py [name ...]`` runs those named, else all. With ``--stale``
it leaves out what has run as it is. ``LAVA_DL_DIGEST`` says on what code it runs.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "tutorials"
TRAINS = (
    "xor_regression",
    "dynamics",
    "spike_train_regression",
    "event_digits",
    "recurrent",
    "bootstrap_digits",
    "pilotnet_sdnn",
    "relu_to_file",
    "object_detection",
    "tonic_to_file",
    "plugin",
    "gpu",
)
"""In the order they are read in; all need PyTorch."""
RUNS = (
    "spike_train_inference",
    "pilotnet_lif_inference",
    "pilotnet_lif_benchmark",
    "pilotnet_sdnn_inference",
    "pilotnet_sdnn_benchmark",
)
"""Those that run files that the others wrote, without PyTorch and on Lava too."""


def execute(path, digest):
    notebook = nbformat.read(path, as_version=4)
    begun = time.perf_counter()
    folder = {"metadata": {"path": OUT}}
    client = NotebookClient(notebook, timeout=600, resources=folder)
    client.execute()
    seconds = time.perf_counter() - begun
    notebook.metadata["lava_dl"] = {"digest": digest, "seconds": seconds}
    nbformat.write(notebook, OUT / path.name)
    print(f"{path.stem}: {seconds:.0f} s", flush=True)


def has_run(path, digest):
    """Whether the notebook has run as it is, on this code."""
    kept = OUT / path.name
    if not kept.exists():
        return False
    before, now = (nbformat.read(p, as_version=4) for p in (kept, path))
    same = [c.source for c in before.cells] == [c.source for c in now.cells]
    ran_on = before.metadata.get("lava_dl", {}).get("digest", "")
    # What ran on Lava, too, ran natively.
    return same and ran_on.removesuffix(" with Lava") == digest


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="name")
    parser.add_argument("--runs", action="store_true", help="those that run files")
    parser.add_argument(
        "--stale", action="store_true", help="those not run as they are"
    )
    return parser.parse_args()


def main():
    options = arguments()
    known = [name for name in TRAINS + RUNS if (HERE / f"{name}.ipynb").exists()]
    lost = {path.stem for path in HERE.glob("*.ipynb")} - set(known)
    if lost:
        sys.exit(f"{', '.join(lost)}: name them in execute.py, in their place")
    names = options.names or (RUNS if options.runs else known)
    if set(names) - set(known):
        sys.exit(f"no notebook {', '.join(set(names) - set(known))}")
    OUT.mkdir(parents=True, exist_ok=True)
    os.environ["PYTHONPATH"] = str(HERE)  # the data sets lie beside the notebooks
    # What tonic says of tqdm's widgets would stand on the site.
    os.environ["PYTHONWARNINGS"] = "ignore:IProgress not found"
    digest = os.environ.get("LAVA_DL_DIGEST", "")
    for path in (HERE / f"{name}.ipynb" for name in names):
        if options.stale and has_run(path, digest):
            print(f"{path.stem}: has run as it is", flush=True)
        else:
            execute(path, digest)


if __name__ == "__main__":
    main()
