"""What PyTorch and its users do to a block, one function each, tried on every block.

A tool gets a ``Kind`` (see ``conftest``) and fails where the block doesn't bear it.
``refusal`` says where a tool has nothing to work on; the page of the documentation is
made of both.
"""

from block_tools._copies import (
    checkpointed,
    copied,
    pickled,
    with_ema,
    with_swa,
)
from block_tools._parts import (
    derived,
    hooked,
    overridden,
    quantised_by_hook,
    shown,
    watched,
)
from block_tools._programs import (
    compiled,
    differentiated,
    exported_program,
    mapped,
    pushed_forward,
    traced,
)
from block_tools._runs import exported, on_meta, validated_first
from block_tools._weights import (
    frozen,
    old_spectral_norm,
    old_weight_norm,
    orthogonal,
    own_weight_norm,
    parametrised,
    parametrised_direction,
    pruned,
    shared,
    spectral_norm,
    weight_norm,
)

WITHOUT_SYNAPSE = ("Input", "Flatten", "Average", "TimeDecimation")
WITHOUT_NEURON = ("Flatten", "Average", "TimeDecimation")
WITHOUT_LEARNT_WEIGHT = (*WITHOUT_SYNAPSE, "Pool", "Unpool")

TOOLS = {
    "copy.deepcopy": copied,
    "pickle": pickled,
    "state_dict, strictly": checkpointed,
    "averaged (EMA)": with_ema,
    "averaged (SWA)": with_swa,
    "torch.nn.utils.prune": pruned,
    "torch.nn.utils.weight_norm": old_weight_norm,
    "enable_weight_norm": own_weight_norm,
    "parametrizations.weight_norm": weight_norm,
    "torch.nn.utils.spectral_norm": old_spectral_norm,
    "parametrizations.spectral_norm": spectral_norm,
    "parametrizations.orthogonal": orthogonal,
    "parametrize the weight": parametrised,
    "parametrize weight_v": parametrised_direction,
    "hooks on every part": hooked,
    "hooks on all modules": watched,
    "subclass of every part": derived,
    "override on every part": overridden,
    "inference_mode, then training": validated_first,
    "file before and after a run": exported,
    "meta device": on_meta,
    "torch.compile": compiled,
    "torch.export": exported_program,
    "torch.jit.trace": traced,
    "torch.vmap": mapped,
    "torch.func.grad, vjp": differentiated,
    "torch.func.jvp": pushed_forward,
    "frozen": frozen,
    "shared weights": shared,
    "pre_hook_fx": quantised_by_hook,
    "repr": shown,
}

OF_WEIGHTS = {
    pruned,
    old_weight_norm,
    own_weight_norm,
    weight_norm,
    old_spectral_norm,
    spectral_norm,
    orthogonal,
    parametrised,
    parametrised_direction,
}
OF_PARTS = {hooked, watched, derived, overridden}
COMPILING = {compiled, exported_program}
"""Slow tools, tried on every layer and on every neuron instead of on every pair."""
ONCE = ("Dense", "Output")
BESIDES = (("rf", "Recurrent"), ("sigma_delta", "Input"))


def refusal(kind, tool):
    """Why a tool has nothing to work on in a block, or nothing."""
    if tool in OF_WEIGHTS and kind.layer in WITHOUT_SYNAPSE:
        return "no synapse"
    if tool is shared and kind.layer in WITHOUT_LEARNT_WEIGHT:
        return "no learnt weights"
    if tool in OF_PARTS and kind.layer in WITHOUT_NEURON:
        return "no parts"
    if tool is quantised_by_hook and kind.layer in WITHOUT_NEURON:
        return "no weights"
    once = kind.layer in ONCE or (kind.family, kind.layer) in BESIDES
    if tool in COMPILING and kind.family != "cuba" and not once:
        return "tried with cuba"
    return ""
