"""Everything that decides the next training step, in one file."""

from __future__ import annotations

import random
from collections.abc import Collection
from os import PathLike
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lava.lib.dl.slayer._states import named_states
from lava.lib.dl.spec.files import replacing

State = dict[str, Any]


def write(path: str | PathLike[str], state: State) -> None:
    """Writes a checkpoint whole or not at all."""
    try:
        with replacing(path) as file:
            torch.save(state, file)
    except RuntimeError as error:
        # Where a write failed torch complains of the file's position instead.
        if isinstance(error.__context__, OSError):
            raise error.__context__ from error
        raise


def read(path: str | PathLike[str], parts: Collection[str]) -> State:
    """Reads a checkpoint that has these parts.

    Raises:
        ValueError: It lacks one of them.
    """
    state: State = torch.load(path, map_location="cpu", weights_only=True)
    missing = set(parts) - set(state if isinstance(state, dict) else ())
    if missing:
        raise ValueError(
            f"{path} is no checkpoint of Assistant.save: it lacks "
            f"{', '.join(sorted(missing))}"
        )
    return state


def check_optimizer(optimizer: torch.optim.Optimizer, saved: State) -> None:
    """Refuses an optimizer's state that another kind or other parameters have.

    torch takes a state of another kind, and fails at the next step.

    Raises:
        ValueError: The groups differ in their settings or in their sizes.
    """
    groups = [_shape(group) for group in optimizer.param_groups]
    saved_groups = [_shape(group) for group in saved["param_groups"]]
    if groups != saved_groups:
        raise ValueError(
            f"the checkpoint's optimizer doesn't match {type(optimizer).__name__}: its "
            f"groups have {_told(saved_groups)}, needed are {_told(groups)}"
        )


Group = tuple[int, list[str]]


def _shape(group: State) -> Group:
    """Number of parameters, and names of the settings that decide a step."""
    told = {"params", "initial_lr", "param_names"}  # of schedulers and for people
    return len(group["params"]), sorted(group.keys() - told)


def _told(groups: list[Group]) -> str:
    return "; ".join(f"{n} parameters with {', '.join(names)}" for n, names in groups)


def buffers(net: torch.nn.Module) -> dict[str, Tensor]:
    """Copies of all buffers and states, also of those that ``state_dict`` leaves out.

    The states are those of neurons and delays.
    """
    return {name: value.detach().clone() for name, value in _all_buffers(net).items()}


def _all_buffers(net: torch.nn.Module) -> dict[str, Tensor]:
    return {**dict(net.named_buffers()), **dict(named_states(net))}


def restore_buffers(net: torch.nn.Module, buffers: dict[str, Tensor]) -> None:
    """Puts buffers and states back, whatever shape they have now."""
    here = _all_buffers(net)
    for name, value in buffers.items():
        owner, _, attribute = name.rpartition(".")
        device = here[name].device if name in here else value.device
        module, copy = net.get_submodule(owner), value.clone().to(device)
        if attribute in module._buffers:
            module._buffers[attribute] = copy
        else:
            setattr(module, attribute, copy)


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
