"""The table of neurons that C++ declares is the one Python and the kernels go by."""

import numpy as np
import pytest

from lava.lib.dl.core import _training, training

NEURONS = _training.neurons()
PYTHON = {neuron.name: neuron for neuron in training.NEURONS}


def test_python_knows_every_neuron_that_spikes():
    assert list(PYTHON) == [name for name, each in NEURONS.items() if each["spikes"]]


@pytest.mark.parametrize("name", PYTHON)
def test_python_takes_what_the_table_says(name):
    declared, neuron = NEURONS[name], PYTHON[name]
    assert neuron.outputs == tuple(declared["outputs"])
    assert neuron.states == tuple(declared["states"])
    assert len(neuron.inputs) == len(declared["inputs"])
    assert [f"{n}_decay" for n in neuron.decays] == list(declared["parameters"])


@pytest.mark.parametrize("name", NEURONS)
def test_levels_are_those_declared_and_known_settings(name):
    levels = _training.neuron_levels(name, 1.0, 0.5, 64.0)
    assert set(levels) == set(NEURONS[name]["levels"]) <= set(_training.settings)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.0, 0.7, float("inf")])
def test_levels_are_the_first_integers_that_reach_the_threshold(threshold):
    cuba = _training.neuron_levels("cuba", threshold, 0.0, 64.0)
    rf_iz = _training.neuron_levels("rf_iz", threshold, 0.0, 64.0)
    for levels, resets in ((cuba, threshold > 0), (rf_iz, threshold >= 0)):
        spike, reset = levels["spike_level"], levels["reset_level"]
        if threshold < float("inf"):
            reached = [
                np.float32(y) / np.float32(64) >= np.float32(threshold)
                for y in (spike - 1, spike)
            ]
            assert reached == [False, True]
        assert reset == spike if resets else reset > 2**48


def test_settings_take_known_names_only():
    assert _training.Settings(tau=0.5, latency=2, graded=True).tau == 0.5
    with pytest.raises(TypeError, match="no setting 'speed'"):
        _training.Settings(speed=1)


@pytest.mark.parametrize("name", NEURONS)
def test_every_neuron_has_its_kernels_and_a_meaning_for_each_name(name):
    assert {name, f"{name}_backward"} <= set(_training.kernel_names())
    for field in ("inputs", "outputs", "states", "lava_states", "parameters", "levels"):
        assert all(NEURONS[name][field].values())
