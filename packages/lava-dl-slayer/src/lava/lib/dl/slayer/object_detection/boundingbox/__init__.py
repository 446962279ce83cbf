"""Boxes: formats, overlap, suppression, average precision and drawing."""

from . import metrics, utils

__all__ = ["metrics", "utils"]
