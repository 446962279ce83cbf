"""Everything that decides the next training step, in one file."""

from __future__ import annotations

import os
import random
import tempfile
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch

State = dict[str, Any]


def write(path: str | PathLike[str], state: State) -> None:
    """Writes a checkpoint whole or not at all."""
    target = Path(path)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def buffers(net: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Copies of all buffers, also of those that ``state_dict`` leaves out.

    Those are the states of neurons and delays.
    """
    return {name: value.detach().clone() for name, value in net.named_buffers()}


def restore_buffers(net: torch.nn.Module, buffers: dict[str, torch.Tensor]) -> None:
    """Puts buffers back, whatever shape they have now."""
    here = dict(net.named_buffers())
    for name, value in buffers.items():
        owner, _, attribute = name.rpartition(".")
        device = here[name].device if name in here else value.device
        net.get_submodule(owner)._buffers[attribute] = value.clone().to(device)


def random_state() -> State:
    """States of the generators of torch, numpy and Python."""
    of_numpy: Any = np.random.get_state(legacy=True)
    kind, keys, *rest = of_numpy
    version, internal, gauss = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [kind, torch.from_numpy(keys.astype(np.int64)), *rest],
        "python": [version, list(internal), gauss],
    }


def restore_random_state(state: State) -> None:
    """Sets the generators of torch, numpy and Python."""
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
