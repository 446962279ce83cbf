"""The familiar inference scripts, as users wrote them for upstream."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("lava.magma.core", reason="needs lava-nc (Python 3.10)")

from lava.lib.dl import spec
from lava.lib.dl.netx import hdf5
from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi1SimCfg, Loihi2SimCfg, RunConfig
from lava.proc import io
from lava.proc.io.reset import Reset

pytestmark = [
    pytest.mark.lava,
    pytest.mark.filterwarnings("ignore::ImportWarning"),
    pytest.mark.filterwarnings("ignore::lava.lib.dl.netx.DeviationWarning"),
]


class CustomRunConfig(RunConfig):
    def __init__(self):
        super().__init__(custom_sync_domains=None)

    def select(self, proc, models):
        for model in models:
            if "fixed_pt" in model.tags:
                return model
        raise AssertionError("no fixed-point model")


CONFIGS = {
    "Loihi1SimCfg": lambda: Loihi1SimCfg(select_tag="fixed_pt"),
    "Loihi2SimCfg": lambda: Loihi2SimCfg(select_tag="fixed_pt"),
    "own": CustomRunConfig,
}


@pytest.fixture
def recorded(arrays_of):
    return arrays_of("netx/cuba_dense.npz")


@pytest.fixture
def net(reference):
    return hdf5.Network(net_config=str(reference("netx/cuba_dense.net")))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("pieces", [[50], [10] * 5])
def test_ring_buffers_around_a_network_that_runs_itself(net, recorded, config, pieces):
    padded = np.pad(recorded["input"], ((0, 0), (0, 2)))
    source = io.source.RingBuffer(data=padded)
    sink = io.sink.RingBuffer(shape=net.out.shape, buffer=50)
    source.s_out.connect(net.inp)
    net.out.connect(sink.a_in)
    net._log_config.level = 40
    run_config = CONFIGS[config]()
    for steps in pieces:
        net.run(condition=RunSteps(num_steps=steps), run_cfg=run_config)
    result = sink.data.get()
    net.stop()
    np.testing.assert_array_equal(result, recorded["output"])


def test_first_layers_input_and_last_layers_output_can_be_used(net, recorded):
    source = io.source.RingBuffer(data=np.pad(recorded["input"], ((0, 0), (0, 2))))
    sink = io.sink.RingBuffer(shape=net.out_layer.out.shape, buffer=50)
    source.s_out.connect(net.in_layer.inp)
    net.out_layer.out.connect(sink.a_in)
    source.run(
        condition=RunSteps(num_steps=50),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    result = sink.data.get()
    source.stop()
    np.testing.assert_array_equal(result, recorded["output"])


class Samples:
    """Two samples of spikes with labels, time last."""

    def __init__(self, spikes):
        self.spikes = spikes

    def __len__(self):
        return len(self.spikes)

    def __getitem__(self, index):
        return self.spikes[index], index + 1


def test_data_loader_feeds_samples_and_reset_separates_them(reference):
    """Each sample gives what it gives in a fresh network."""
    path = str(reference("netx/cuba_dense.net"))
    interval, samples = 16, 3
    rng = np.random.default_rng(3)
    spikes = (rng.random((samples, 20, interval - 3)) < 0.4).astype(int)
    net = hdf5.Network(net_config=path, reset_interval=interval, reset_offset=1)
    loader = io.dataloader.SpikeDataloader(dataset=Samples(spikes), interval=interval)
    steps = samples * interval + 2
    sink = io.sink.RingBuffer(shape=net.out.shape, buffer=steps)
    labels = io.sink.RingBuffer(shape=(1,), buffer=steps)
    loader.s_out.connect(net.inp)
    loader.ground_truth.connect(labels.a_in)
    net.out.connect(sink.a_in)
    net.run(
        condition=RunSteps(num_steps=steps),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    got, label = sink.data.get(), labels.data.get()[0]
    net.stop()
    assert label[1::interval][:samples].tolist() == [1, 2, 3]
    for index in range(1, samples):
        alone = run_alone(path, spikes[index], interval)
        begin = 1 + index * interval
        window = got[:, begin + 2 : begin + interval]
        np.testing.assert_array_equal(window, alone[:, 2:interval])
        assert window.any()


def run_alone(path, spikes, steps):
    net = hdf5.Network(net_config=path)
    padded = np.pad(spikes, ((0, 0), (0, steps - spikes.shape[1])))
    source = io.source.RingBuffer(data=padded)
    sink = io.sink.RingBuffer(shape=net.out.shape, buffer=steps)
    source.s_out.connect(net.inp)
    net.out.connect(sink.a_in)
    net.run(
        condition=RunSteps(num_steps=steps),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    result = sink.data.get()
    net.stop()
    return result


def test_reset_processes_act_on_current_and_voltage(net):
    interval = 5
    resets = []
    for layer in net.layers:
        for var in (layer.neuron.u, layer.neuron.v):
            resets.append(Reset(interval=interval, offset=interval - 1))
            resets[-1].connect_var(var)
    source = io.source.RingBuffer(data=np.ones((20, 5), int))
    source.s_out.connect(net.inp)
    source.run(
        condition=RunSteps(num_steps=interval),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    states = [
        var.get() for layer in net.layers for var in (layer.neuron.u, layer.neuron.v)
    ]
    source.stop()
    assert not any(state.any() for state in states)


def test_images_are_written_into_the_bias_of_the_first_layer(reference):
    net = hdf5.Network(net_config=str(reference("netx/cuba_input.net")))
    shape = net.in_layer.neuron.bias_mant.shape
    images = np.random.default_rng(0).integers(20, 90, (*shape, 2))
    dataset = [(images[..., index], index) for index in range(2)]
    loader = io.dataloader.StateDataloader(dataset=dataset, interval=8)
    loader.connect_var(net.in_layer.neuron.bias_mant)
    net.run(
        condition=RunSteps(num_steps=9),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    bias = net.in_layer.neuron.bias_mant.get()
    net.stop()
    np.testing.assert_array_equal(bias, images[..., 1])


def test_exponent_and_threshold_can_be_changed_after_construction(reference, arrays_of):
    """2^10 more weight against 2^10 more threshold leaves the spikes as they are."""
    recorded = arrays_of("netx/cuba_recurrent.npz")
    path = str(reference("netx/cuba_recurrent.net"))
    net = hdf5.Network(net_config=path, num_layers=1)
    layer = net.layers[0]
    for synapse in (layer.synapse, layer.synapse_rec):
        synapse.proc_params._parameters["weight_exp"] += 3
    layer.neuron.vth.init = layer.neuron.vth.init << 3
    source = io.source.RingBuffer(data=np.pad(recorded["input"], ((0, 0), (0, 2))))
    sink = io.sink.RingBuffer(shape=net.out.shape, buffer=50)
    source.s_out.connect(net.inp)
    net.out.connect(sink.a_in)
    net.run(
        condition=RunSteps(num_steps=50),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    got = sink.data.get()
    net.stop()
    agree = (got == recorded["layer0"]).mean()
    assert agree > 0.99


def test_data_sent_to_the_port_of_an_input_layer_arrive(reference, arrays_of):
    recorded = arrays_of("netx/sdnn_dense.npz")
    net = hdf5.Network(net_config=str(reference("netx/sdnn_dense.net")))
    steps = recorded["output"].shape[-1]
    short = steps - recorded["input"].shape[-1]
    source = io.source.RingBuffer(data=np.pad(recorded["input"], ((0, 0), (0, short))))
    sink = io.sink.RingBuffer(shape=net.out.shape, buffer=steps)
    source.s_out.connect(net.inp)
    net.out.connect(sink.a_in)
    net.run(
        condition=RunSteps(num_steps=steps),
        run_cfg=Loihi2SimCfg(select_tag="fixed_pt"),
    )
    got = sink.data.get()
    net.stop()
    np.testing.assert_array_equal(got, recorded["output"])


def test_network_and_its_layers_keep_what_they_are_given(tmp_path):
    layer = spec.Dense((1,), [[64]], neuron=spec.Cuba(4096, 4096, 10))
    spec.write(spec.Network([layer]), tmp_path / "one.net")
    net = hdf5.Network(net_config=str(tmp_path / "one.net"))
    net.layers[0].neuron.vth.init = 1 << 20
    source = io.source.RingBuffer(data=np.ones((1, 4), int))
    sink = io.sink.RingBuffer(shape=(1,), buffer=4)
    source.s_out.connect(net.inp)
    net.out.connect(sink.a_in)
    net.run(
        condition=RunSteps(num_steps=4), run_cfg=Loihi2SimCfg(select_tag="fixed_pt")
    )
    voltage = net.layers[0].neuron.v.get()
    net.stop()
    assert voltage.tolist() == [64 << 6]
