"""Blocks built and run directly, without a file."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl.netx.blocks import models, process
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi1SimCfg, Loihi2SimCfg, RunConfig
from lava.proc import io
from lava.proc.lif.process import LIF
from lava.proc.rf.process import RF
from lava.proc.sdn.process import Delta, Sigma, SigmaDelta

pytestmark = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning"),
]


class FixedPoint(RunConfig):
    """What users write: the first model with the tag."""

    def select(self, proc, models):
        return next(model for model in models if "fixed_pt" in model.tags)


CONFIGS = {
    "loihi2": lambda: Loihi2SimCfg(select_tag="fixed_pt"),
    "loihi1": lambda: Loihi1SimCfg(select_tag="fixed_pt"),
    "own": lambda: FixedPoint(custom_sync_domains=[]),
}


def run(block, data, steps, config="loihi2"):
    source = io.source.RingBuffer(data=data)
    sink = io.sink.RingBuffer(shape=block.out.shape, buffer=steps)
    source.s_out.connect(block.inp)
    block.out.connect(sink.a_in)
    block.run(condition=RunSteps(num_steps=steps), run_cfg=CONFIGS[config]())
    result = sink.data.get().astype(int)
    block.stop()
    return result


def lif(**kwargs):
    return {"neuron_proc": LIF, "vth": 1, "du": 4095, "dv": 4096, **kwargs}


def eye(size, steps, value=1):
    return value * np.eye(size, steps, dtype=int)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("sparse", [False, True])
def test_dense_block_runs_by_itself(config, sparse):
    weight = np.array([[64, 0], [0, 64], [64, 64]])
    block = process.Dense(
        shape=(3,), neuron_params=lif(), weight=weight, sparse_synapse=sparse
    )
    output = run(block, eye(2, 6), 6, config)
    assert output[:, 1:3].tolist() == [[1, 0], [0, 1], [1, 1]]
    assert output.sum() == 4


def test_recurrent_block_keeps_its_spikes_going():
    block = process.RecurrentDense(
        shape=(2,),
        neuron_params=lif(),
        weight=64 * np.eye(2, dtype=int),
        weight_rec=64 * np.eye(2, dtype=int),
    )
    output = run(block, eye(2, 6), 6)
    assert output.tolist() == [[0, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 1]]


def test_delays_add_to_the_latency():
    block = process.Dense(
        shape=(2,),
        neuron_params=lif(),
        weight=64 * np.ones((2, 1), dtype=int),
        delay=np.array([0, 3]),
    )
    assert np.argmax(run(block, eye(1, 8), 8), axis=1).tolist() == [1, 4]


def test_conv_block_correlates_with_the_flipped_kernel():
    kernel = np.arange(4).reshape(1, 2, 2, 1)
    block = process.Conv(
        shape=(2, 2, 1),
        neuron_params={"neuron_proc": Sigma},
        weight=kernel[:, ::-1, ::-1],
        input_shape=(3, 3, 1),
        input_message_bits=8,
    )
    image = np.zeros((3, 3, 1, 3), int)
    image[1, 1, 0, 0] = 1
    assert run(block, image, 3)[..., 0, 1].tolist() == [[3, 2], [1, 0]]


@pytest.mark.parametrize("neuron", [Delta, SigmaDelta])
def test_input_port_reaches_the_neuron(neuron):
    params = {"neuron_proc": neuron, "vth": 1, "num_message_bits": 16}
    block = process.Input(shape=(2,), neuron_params=params)
    assert block.output_message_bits == 16
    assert run(block, eye(2, 4, 8), 4).any()


def test_complex_blocks_feed_both_parts():
    params = {"neuron_proc": RF, "period": 4, "alpha": 0, "vth": 1, "decay_bits": 12}
    dense = process.ComplexDense(
        shape=(2,),
        neuron_params=dict(params),
        weight_real=64 * np.eye(2, dtype=int),
        weight_imag=-64 * np.eye(2, dtype=int),
    )
    assert run(dense, eye(2, 8), 8).any()
    entry = process.ComplexInput(shape=(2,), neuron_params=dict(params))
    assert run(entry, eye(2, 8, -64), 8).any()


def test_channel_bias_is_broadcast_over_space():
    block = process.Conv(
        shape=(2, 2, 3),
        neuron_params={**lif(bias_key="bias_mant")},
        weight=np.zeros((3, 1, 1, 1), int),
        input_shape=(2, 2, 1),
        bias=np.array([1, 2, 3]),
    )
    assert block.neuron.bias_mant.init.shape == (2, 2, 3)
    assert block.neuron.bias_mant.init.dtype == np.int32


def test_neuron_parameters_are_consumed():
    params = lif(num_message_bits=5, bias_key="bias_mant")
    block = process.Dense(shape=(1,), neuron_params=params, weight=np.ones((1, 1), int))
    assert not {"neuron_proc", "num_message_bits", "bias_key"} & set(params)
    assert (block.output_message_bits, block.bias_key) == (5, "bias_mant")
    assert (block.block, block.shape) == ("Dense", (1,))
    assert not hasattr(block, "neuron_params")


def test_extra_keywords_are_accepted():
    block = process.Dense(
        shape=(1,),
        neuron_params=lif(),
        weight=np.ones((1, 1), int),
        sign_mode=1,
        has_graded_input=True,
    )
    assert block.input_message_bits is False


def test_wrong_shapes_are_said():
    weight = np.ones((2, 3), int)
    with pytest.raises(RuntimeError, match=r"Expected synapse output shape to be \(5,"):
        process.Dense(shape=(5,), neuron_params=lif(), weight=weight)
    with pytest.raises(RuntimeError, match=r"Expected synapse output shape to be \(5,"):
        process.ComplexDense(
            shape=(5,),
            neuron_params={"neuron_proc": RF, "period": 4, "alpha": 0},
            weight_real=weight,
            weight_imag=weight,
        )
    with pytest.raises(RuntimeError, match=r"Bias of shape \(2,\) could not be"):
        process.Conv(
            shape=(2, 2, 3),
            neuron_params=lif(bias_key="bias_mant"),
            weight=np.zeros((3, 1, 1, 1), int),
            input_shape=(2, 2, 1),
            bias=np.array([1, 2]),
        )
    with pytest.raises(RuntimeError, match=r"Delay of shape \(7,\) fits neither"):
        process.Dense(
            shape=(2,), neuron_params=lif(), weight=weight, delay=np.zeros(7, int)
        )
    with pytest.raises(ValueError, match="needs neuron_params"):
        process.Dense(shape=(2,), weight=weight)


def test_blocks_are_not_written_to_files():
    block = process.Input(shape=(1,), neuron_params={"neuron_proc": Delta, "vth": 1})
    with pytest.raises(NotImplementedError, match="can't be written"):
        block.export_hdf5(None)


def test_every_block_has_a_model():
    made = {
        model.implements_process for model in map(models.__dict__.get, models.__all__)
    }
    kinds = {getattr(process, name) for name in process.__all__}
    assert kinds - {process.AbstractBlock, process.AbstractJoin} == made - {None}
