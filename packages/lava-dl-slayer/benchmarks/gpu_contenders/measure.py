"""Times by events of the card, contenders taking turns, and memory by its allocator."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

Run = Callable[[], Any]
WARM, LEAST = 3, 5


def milliseconds(contenders: dict[str, Run], rounds: int, limit: float) -> dict:
    """Median of each one's times, in at most so many rounds and about that many s."""
    for run in contenders.values():
        for _ in range(WARM):
            run()
    times: dict[str, list[float]] = {name: [] for name in contenders}
    start = time.monotonic()
    for count in range(rounds):
        if count >= LEAST and time.monotonic() - start > limit:
            break
        for name, run in contenders.items():
            times[name].append(once(run))
    return {name: median(taken) for name, taken in times.items()}


def once(run: Run) -> float:
    """Milliseconds of a run; what it calls itself `repeats` for is for as many."""
    repeats = getattr(run, "repeats", 1)
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    start.record()
    for _ in range(repeats):
        run()
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / repeats


def repeated(run: Run, repeats: int = 10) -> Run:
    """The run, to be timed by so many at once: it is short or has no Python."""

    def same() -> None:
        run()

    same.repeats = repeats  # type: ignore[attr-defined]
    return same


def peak_mib(run: Run, forget: Run) -> float:
    """What a step adds at most to what is there before it, without gradients."""
    forget()
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    torch.cuda.synchronize()
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def captured(run: Run, forget: Run) -> Run:
    """Replays of a CUDA graph of the run."""
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM):
            run()
    torch.cuda.current_stream().wait_stream(aside)
    forget()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return repeated(graph.replay)


def profiled(run: Run) -> str:
    """Which kernels a run spends the card's time in."""
    activities = [torch.profiler.ProfilerActivity.CUDA]
    with torch.profiler.profile(activities=activities) as seen:
        run()
        torch.cuda.synchronize()
    averages = seen.key_averages()
    return averages.table("self_cuda_time_total", 15, max_name_column_width=70)
