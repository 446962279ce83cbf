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
    cuda_architectures: list[str]
    cuda_driver: str
    cards: list[str]


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
        "cuda_architectures": architectures(),
        "cuda_driver": _version_text(_training.cuda_driver_version()),
        "cards": [_card(*card) for card in _training.cuda_cards()],
    }


def _cuda() -> tuple[bool, str]:
    problem = _training.cuda_problem()
    return not problem, problem or "kernels embedded, a driver and a GPU found"


def architectures() -> list[str]:
    """Those for which kernels are embedded, such as ``sm_90``; none without them."""
    return [f"sm_{each}" for each in _training.cuda_architectures.split()]


def _version_text(number: int) -> str:
    return f"CUDA {number // 1000}.{number % 1000 // 10}" if number else ""


def _card(name: str, major: int, minor: int) -> str:
    return f"{name} (sm_{major}{minor}): {fit(architectures(), major, minor)}"


def fit(embedded: list[str], major: int, minor: int) -> str:
    """Which of the embedded kernels a card of this compute capability runs.

    Code for sm_86 runs on every later card of the same major version; one that no code
    is for gets what its driver makes from the PTX of the oldest.
    """
    known = [divmod(int(each.removeprefix("sm_")), 10) for each in embedded]
    same = [each for each in known if each[0] == major and each[1] <= minor]
    if same:
        return f"runs sm_{major}{max(same)[1]}"
    if known and (major, minor) > min(known):
        return "runs what its driver compiles from PTX"
    return f"not served, its kernels are missing; there are {', '.join(embedded)}"


def describe() -> str:
    """`info` as lines of text."""
    setup = info()
    others = ", ".join(setup["simd_available"])
    lines = [
        f"lava-dl-core {setup['version']}",
        f"instruction set: {setup['simd']} ({setup['simd_reason']}; has {others})",
        f"threads: {setup['threads']}",
        f"CUDA: {'in use' if setup['cuda'] else 'not in use'} ({setup['cuda_reason']})",
        f"CUDA kernels: {', '.join(setup['cuda_architectures']) or 'none'}",
        f"CUDA driver: {setup['cuda_driver'] or 'none'}",
    ]
    return "\n".join([*lines, *(f"card: {card}" for card in setup["cards"])])
