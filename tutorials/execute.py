"""Runs every notebook from the first cell to the last and keeps what it printed.

``python tutorials/execute.py [name ...]`` runs those named, else all, as many at a time
as there are cores. With ``--stale`` it leaves out what has run as it is.
``LAVA_DL_DIGEST`` says on what code it runs.
"""

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

HERE = Path(__file__).parent
OUT = HERE.parent / "out" / "tutorials"
TRAINS = (
    "pilotnet_sdnn",
    "spike_train_regression",
    "object_detection",
    "event_digits",
    "relu_to_file",
    "tonic_to_file",
    "bootstrap_digits",
    "delays",
    "recurrent",
    "xor_regression",
    "dynamics",
    "plugin",
    "gpu",
)
"""Those that need PyTorch: first what others wait for, then the longest."""
RUNS = (
    "pilotnet_sdnn_inference",
    "spike_train_inference",
    "pilotnet_lif_inference",
    "pilotnet_sdnn_benchmark",
    "pilotnet_lif_benchmark",
)
"""Those that run files that the others wrote, without PyTorch and on Lava too."""
READS = {
    "relu_to_file": "pilotnet_sdnn",  # the images of the drive, which either draws
    "spike_train_inference": "spike_train_regression",
    "pilotnet_lif_inference": "relu_to_file",
    "pilotnet_lif_benchmark": "pilotnet_lif_inference",
    "pilotnet_sdnn_inference": "pilotnet_sdnn",
    "pilotnet_sdnn_benchmark": "pilotnet_sdnn",
}
"""Whose files each reads."""
TIMED = ("gpu", "pilotnet_sdnn_benchmark", "pilotnet_lif_benchmark")
"""Those that show how fast something is: each has the machine for itself, last."""


async def execute_all(paths, jobs, digest):
    """Execute so many notebooks at a time, each after the one whose files it reads."""
    free = asyncio.Semaphore(jobs)
    running = {}

    async def execute_in_turn(path, earlier):
        await asyncio.gather(*earlier)
        async with free:
            await execute(path, digest)

    for path in sorted(paths, key=lambda path: path.stem in TIMED):
        needed = running if path.stem in TIMED else {READS.get(path.stem)}
        earlier = [running[name] for name in needed if name in running]
        running[path.stem] = asyncio.create_task(execute_in_turn(path, earlier))
    await asyncio.gather(*running.values())


async def execute(path, digest):
    notebook = nbformat.read(path, as_version=4)
    begun = time.perf_counter()
    folder = {"metadata": {"path": OUT}}
    # Else Jupyter warns that others on the machine could listen.
    options = Config(KernelManager={"transport_encryption": "auto"})
    client = NotebookClient(notebook, timeout=600, resources=folder, config=options)
    await client.async_execute()
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
    cores = min(4, os.cpu_count() or 1)
    parser.add_argument("--jobs", type=int, default=cores, help="so many at a time")
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
    # What is trained would depend on the number of threads.
    os.environ["OMP_NUM_THREADS"] = "1"
    digest = os.environ.get("LAVA_DL_DIGEST", "")
    paths = [HERE / f"{name}.ipynb" for name in known if name in names]
    have_run = [p for p in paths if options.stale and has_run(p, digest)]
    for path in have_run:
        print(f"{path.stem}: has run as it is", flush=True)
    rest = [path for path in paths if path not in have_run]
    asyncio.run(execute_all(rest, options.jobs, digest))


if __name__ == "__main__":
    main()
