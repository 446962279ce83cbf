"""Modules that plain slayer does without."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def optional(module: str, need: str, extra: str) -> Any:
    """A module, or an error that says what needs it and how to install it.

    Args:
        module: its name.
        need: what needs it, as the beginning of a sentence.
        extra: the extra of slayer that brings it.

    Raises:
        ImportError: if it isn't there.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{need}: pip install 'lava-dl-slayer[{extra}]'") from error
