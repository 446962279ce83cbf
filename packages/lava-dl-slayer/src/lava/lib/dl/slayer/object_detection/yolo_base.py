"""YOLO: the base of the networks, their targets and their loss."""

from ._base import YOLOBase
from ._loss import YOLOLoss
from ._target import YOLOtarget

__all__ = ["YOLOBase", "YOLOLoss", "YOLOtarget"]
