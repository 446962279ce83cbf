"""Times contenders in turns, and the memory one training step of each takes."""

import ctypes
import gc
import time
from pathlib import Path
from statistics import median

from lava.lib.dl import core

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # of malloc.h


def keep_freed_memory():
    """Lets malloc keep blocks below 32 MiB for the next call, for every contender.

    Else the system takes some back and hands them out again page by page, at moments
    that have nothing to do with who is timed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_THRESHOLD, 32 << 20)
        mallopt(TRIM_THRESHOLD, 1 << 30)


def seconds(contenders, rounds, clock=time.perf_counter):
    """Times of each contender, which take turns; one round before warms up."""
    times = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for _ in range(rounds):
        for name, run in contenders.items():
            start = clock()
            kept = run()
            times[name].append(clock() - start)
            del kept
    return times


def best_and_median(times):
    return {name: (min(taken), median(taken)) for name, taken in times.items()}


def peak_memory(run):
    """Bytes that a call adds at most to what is resident; None where Linux isn't."""
    clear = Path("/proc/self/clear_refs")
    if not clear.exists():
        return None
    run()
    gc.collect()
    give_back_freed_memory()
    clear.write_text("5")  # the peak starts at what is resident now
    before = resident("VmRSS")
    run()
    return resident("VmHWM") - before


def give_back_freed_memory():
    """What is free already would else not show in what a call adds."""
    ctypes.CDLL(None).malloc_trim(0)
    limit = core.get_kept_memory()
    core.set_kept_memory(0)
    core.set_kept_memory(limit)


def resident(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))
