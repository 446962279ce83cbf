"""The order in which a block is validated, trained, written and put on a device."""

import torch

from block_tools._block import output, same, trained

ANY_SHAPE = ("Input", "Conv", "ConvT", "Pool", "Unpool", "Flatten", "TimeDecimation")


def validated_first(kind):
    """A first pass under ``inference_mode`` or ``no_grad``, then training."""
    for mode in (torch.inference_mode, torch.no_grad):
        for persists in (False, True) if kind.has_neuron else (False,):
            neuron = {"requires_grad": True, "persistent_state": persists}
            block = kind.make(neuron=neuron)
            with mode():
                output(block, kind.data())
            if persists:
                block.reset_state()
            trained(block, kind.data())
            block.reset_state()


def exported(kind):
    """Before a run where all shapes are known, and after it."""
    block = kind.make()
    if kind.layer in ANY_SHAPE:
        try:
            block.to_spec()
        except ValueError as error:
            assert "materialise" in str(error)
        else:
            raise AssertionError("a shape is written that nobody knows")
        output(block, kind.data())
        block.to_spec()
        return
    before = block.to_spec()
    output(block, kind.data())
    assert block.to_spec() == before


def on_meta(kind):
    """Made and run without data, then given room and a checkpoint."""
    with torch.device("meta"):
        block = kind.make()
        y = output(block, kind.data().to("meta"))
    assert y.is_meta
    real = kind.make()
    wanted = output(real, kind.data())
    assert y.shape == wanted.shape
    block.to_empty(device="cpu")
    block.load_state_dict(real.state_dict())
    same(output(block, kind.data()), wanted)
