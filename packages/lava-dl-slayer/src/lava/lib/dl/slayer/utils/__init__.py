"""Helpers for training: statistics, quantisation, filters, time."""

from lava.lib.dl.slayer.utils import filter, int_utils, recurrent, time
from lava.lib.dl.slayer.utils.assistant import Assistant
from lava.lib.dl.slayer.utils.chunks import checkpoint_time
from lava.lib.dl.slayer.utils.diagnose import diagnose
from lava.lib.dl.slayer.utils.parameters import parameter_groups
from lava.lib.dl.slayer.utils.quantize import MODE as QUANTIZE_MODE
from lava.lib.dl.slayer.utils.quantize import quantize, quantize_hook_fx
from lava.lib.dl.slayer.utils.report import export_report
from lava.lib.dl.slayer.utils.stats import LearningStat, LearningStats
from lava.lib.dl.slayer.utils.utils import (
    diagonal_mask,
    dotdict,
    event_rate,
    staticproperty,
)

__all__ = [
    "QUANTIZE_MODE",
    "Assistant",
    "LearningStat",
    "LearningStats",
    "checkpoint_time",
    "diagnose",
    "diagonal_mask",
    "dotdict",
    "event_rate",
    "export_report",
    "filter",
    "int_utils",
    "parameter_groups",
    "quantize",
    "quantize_hook_fx",
    "recurrent",
    "staticproperty",
    "time",
]
