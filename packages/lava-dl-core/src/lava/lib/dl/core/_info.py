"""What the kernels run on here, and why."""

from __future__ import annotations

import os
from typing import TypedDict

from lava.lib.dl.core import _training


class Info(TypedDict):
    """What `info` tells."""

    version: str
    simd: str
    simd_reason: str
    simd_available: list[str]
    threads: int
    cuda: bool
    cuda_reason: str


def info() -> Info:
    """The instruction set, thread count and CUDA state in use, with the reasons."""
    forced = os.environ.get("LAVA_DL_SIMD")
    available = _training.levels()
    cuda, reason = _cuda()
    return {
        "version": _training.version,
        "simd": _training.default_level(),
        "simd_reason": "LAVA_DL_SIMD" if forced else "the best this processor has",
        "simd_available": available,
        "threads": _training.thread_count(),
        "cuda": cuda,
        "cuda_reason": reason,
    }


def _cuda() -> tuple[bool, str]:
    problem = _training.cuda_problem()
    return not problem, problem or "kernels embedded, a driver and a GPU found"


def describe() -> str:
    """`info` as lines of text."""
    found = info()
    others = ", ".join(found["simd_available"])
    return "\n".join(
        [
            f"lava-dl-core {found['version']}",
            f"instruction set: {found['simd']} ({found['simd_reason']}; has {others})",
            f"threads: {found['threads']}",
            f"CUDA: {'in use' if found['cuda'] else 'not in use'} "
            f"({found['cuda_reason']})",
        ]
    )
