"""Every name of lava-dl 0.6 is there, with its arguments in their order."""

import importlib
import inspect

import pytest

TREE = {
    "": "neuron axon dendrite spike synapse block classifier loss io auto utils",
    "neuron": "cuba alif rf rf_iz adrf adrf_iz sigma_delta norm Dropout base dynamics",
    "neuron.norm": "MeanOnlyBatchNorm WgtScaleBatchNorm",
    "neuron.dynamics": "leaky_integrator resonator adaptive_threshold "
    "adaptive_phase_th adaptive_resonator",
    **{
        f"neuron.{name}": "Neuron neuron_params"
        for name in ["cuba", "alif", "rf", "rf_iz", "adrf", "adrf_iz", "sigma_delta"]
    },
    "spike": "Spike complex",
    "spike.complex": "Spike",
    "axon": "delay Delay Delta",
    "axon.delta": "Delta",
    "dendrite": "Sigma",
    "dendrite.sigma": "Sigma",
    "synapse": "Dense Conv Pool ConvTranspose Unpool complex layer",
    "synapse.layer": "Dense Conv Pool ConvTranspose Unpool GenericLayer",
    "synapse.complex": "Dense Conv Pool ConvTranspose Unpool ComplexLayer",
    "block": "cuba rf rf_iz alif adrf adrf_iz sigma_delta base",
    "block.base": "step_delay AbstractInput AbstractFlatten AbstractAverage "
    "AbstractAffine AbstractTimeDecimation AbstractDense AbstractConv AbstractPool "
    "AbstractConvT AbstractUnpool AbstractResidual AbstractKWTA AbstractRecurrent",
    "classifier": "Rate MovingWindow",
    "loss": "SpikeTime SpikeRate SpikeMax SpikeMoid SparsityEnforcer",
    "io": "Event tensor_to_event read_1d_spikes encode_1d_spikes read_2d_spikes "
    "encode_2d_spikes read_np_spikes encode_np_spikes",
    "auto": "get_classes get_neuron_params SequentialNetwork",
    "utils": "filter time staticproperty diagonal_mask event_rate dotdict LearningStat "
    "LearningStats quantize quantize_hook_fx QUANTIZE_MODE Assistant assistant stats "
    "recurrent int_utils utils",
    "utils.assistant": "Assistant",
    "utils.stats": "LearningStat LearningStats",
    "utils.recurrent": "custom_recurrent custom_recurrent_ground_truth_1 "
    "custom_recurrent_ground_truth_2",
    "utils.int_utils": "right_shift_to_zero Q2Zero",
    "utils.filter": "conv corr FIR FIRBank fir",
    "utils.time": "replicate shift",
    "utils.time.shift": "shift",
    "utils.time.replicate": "replicate",
    "jitconfig": "TORCH_CUDA_ARCH_LIST VERBOSE",
}
LAYERS = "Input Flatten Average Dense Conv ConvT Pool Unpool"
SPIKING = f"{LAYERS} TimeDecimation KWTA Recurrent"
BLOCKS = {
    "cuba": f"AbstractCuba Affine {SPIKING}",
    "rf": f"AbstractRF Affine {SPIKING}",
    "rf_iz": f"AbstractRFIz Affine {SPIKING}",
    "alif": f"AbstractALIF {SPIKING}",
    "adrf": f"AbstractADRF {SPIKING}",
    "adrf_iz": f"AbstractADRFIZ {SPIKING}",
    "sigma_delta": f"AbstractSDRelu {LAYERS} Output",
}
TREE |= {f"block.{family}": names for family, names in BLOCKS.items()}

WEIGHTS = "weight_scale=1, weight_norm=False, pre_hook_fx=None"
GRID = "kernel_size, stride=1, padding=0, dilation=1, groups=1"
WINDOW = "kernel_size, stride=None, padding=0, dilation=1"
SYNAPSES = {
    "Dense": f"in_neurons, out_neurons, {WEIGHTS}",
    "Conv": f"in_features, out_features, {GRID}, {WEIGHTS}",
    "Pool": f"{WINDOW}, {WEIGHTS}",
    "ConvTranspose": f"in_features, out_features, {GRID}, {WEIGHTS}",
    "Unpool": f"{WINDOW}, {WEIGHTS}",
}
# A block's pre_hook_fx is by default the neuron's, whatever stands here.
TAIL = "delay=False, delay_shift=True"
OF_BLOCKS = {
    "Input": "neuron_params=None, weight=None, bias=None, delay_shift=True",
    "Flatten": "",
    "Average": "num_outputs",
    "TimeDecimation": "factor",
    "Affine": f"neuron_params, in_neurons, out_neurons, {WEIGHTS}, dynamics=True, "
    "mask=None",
    "Dense": f"neuron_params, in_neurons, out_neurons, {WEIGHTS}, {TAIL}, mask=None",
    "Conv": f"neuron_params, in_features, out_features, {GRID}, {WEIGHTS}, {TAIL}",
    "ConvT": f"neuron_params, in_features, out_features, {GRID}, {WEIGHTS}, {TAIL}",
    "Pool": f"neuron_params, {WINDOW}, {WEIGHTS}, {TAIL}",
    "Unpool": f"neuron_params, {WINDOW}, {WEIGHTS}, {TAIL}",
    "KWTA": "neuron_params, in_neurons, out_neurons, num_winners, self_excitation=0.5, "
    f"{WEIGHTS}, delay_shift=True, requires_grad=True",
    "Recurrent": f"neuron_params, in_neurons, out_neurons, {WEIGHTS}, "
    f"requires_grad=True, {TAIL}",
    "Output": "neuron_params, in_neurons, out_neurons, weight_scale=1, "
    "weight_norm=False",
}
COMMON = (
    "tau_grad=1, scale_grad=1, scale=64, norm=None, dropout=None, shared_param=True, "
    "persistent_state=False, requires_grad=False, graded_spike=False"
)
ADAPTIVE = "threshold_decay, refractory_decay"
SIGNATURES = {
    "neuron.base.Neuron": "threshold, tau_grad=1, scale_grad=1, p_scale=1, w_scale=1, "
    "s_scale=1, norm=None, dropout=None, persistent_state=False, shared_param=True, "
    "requires_grad=True, complex=False",
    "neuron.cuba.Neuron": f"threshold, current_decay, voltage_decay, {COMMON}",
    "neuron.alif.Neuron": "threshold, threshold_step, current_decay, voltage_decay, "
    f"{ADAPTIVE}, {COMMON}",
    "neuron.rf.Neuron": f"threshold, period, decay, {COMMON}, log_init=True",
    "neuron.rf_iz.Neuron": f"threshold, period, decay, {COMMON}, log_init=True",
    "neuron.adrf.Neuron": "threshold, threshold_step, period, decay, "
    f"{ADAPTIVE}, {COMMON}, log_init=True",
    "neuron.adrf_iz.Neuron": "threshold, threshold_step, period, decay, "
    f"{ADAPTIVE}, {COMMON}, log_init=True",
    "neuron.sigma_delta.Neuron": "threshold, activation, tau_grad=1, scale_grad=1, "
    "scale=64, cum_error=False, norm=None, dropout=None, shared_param=True, "
    "persistent_state=False, requires_grad=False",
    "axon.delay": "input, delay_val=1, sampling_time=1",
    "axon.Delay": "sampling_time=1, max_delay=None, grad_scale=1",
    "axon.Delta": "threshold, scale=64, tau_grad=1, scale_grad=1, cum_error=False, "
    "shared_param=True, persistent_state=False, requires_grad=False",
    "dendrite.Sigma": "persistent_state=False",
    "loss.SpikeTime": "time_constant=5, length=100, filter_order=1, reduction='sum'",
    "loss.SpikeRate": "true_rate, false_rate, moving_window=None, reduction='sum'",
    "loss.SpikeMax": "moving_window=None, mode='probability', reduction='sum'",
    "loss.SpikeMoid": "moving_window=None, reduction='sum', alpha=1, theta=0",
    "loss.SparsityEnforcer": "max_rate=0.01, lam=1.0",
    "classifier.Rate": "",
    "classifier.Rate.confidence": "spike, mode='probability', eps=1e-06",
    "classifier.MovingWindow": "time_window, mode='probability', eps=1e-06",
    "utils.Assistant": "net, error, optimizer, stats=None, classifier=None, "
    "count_log=False, lam=None",
    "utils.Assistant.reduce_lr": "self, factor=3.3333333333333335",
    "utils.LearningStats": "loss_str='loss', loss_unit='', accuracy_str='accuracy', "
    "accuracy_unit=''",
    "utils.LearningStats.print": "self, epoch, iter=None, time_elapsed=None, "
    "header=None, dataloader=None",
    "utils.LearningStats.save": "self, path=''",
    "utils.LearningStats.load": "self, path=''",
    "utils.LearningStats.plot": "self, figures=(1, 2), figsize=None, path=None",
    "utils.quantize_hook_fx": "x, scale=64, num_bits=8, descale=False",
    "utils.diagonal_mask": "dim, num_diagonals",
    "utils.time.replicate": "input, num_steps",
    "utils.time.shift": "input, shift_val, sampling_time=1",
    "utils.filter.conv": "input, filter, sampling_time=1",
    "utils.filter.corr": "input, filter, sampling_time=1",
    "utils.filter.FIR": "fir_response=None, time_constant=1, length=20, "
    "sampling_time=1",
    "utils.filter.FIRBank": "num_filter, filter_length, sampling_time=1, scale=1",
    "utils.recurrent.custom_recurrent": "z, neuron, recurrent_synapse",
    "io.Event": "x_event, y_event, c_event, t_event, payload=None",
    "io.Event.fill_tensor": "self, empty_tensor, sampling_time=1, random_shift=False, "
    "binning_mode='OR'",
    "io.Event.to_tensor": "self, sampling_time=1, dim=None",
    "io.Event.show": "self, fig=None, frame_rate=24, pre_compute_frames=True, "
    "repeat=False",
    "io.Event.anim": "self, fig=None, frame_rate=24, pre_compute_frames=True, "
    "repeat=True",
    "io.tensor_to_event": "spike_tensor, sampling_time=1",
    "io.read_np_spikes": "filename, fmt='xypt', time_unit=0.001",
    "io.encode_np_spikes": "filename, td_event, fmt='xypt', time_unit=0.001",
    "auto.SequentialNetwork": "network_config, persistent_state=False, reduction=None, "
    "weight_norm=False, count_log=False",
    **{f"synapse.{name}": text for name, text in SYNAPSES.items()},
    **{f"synapse.complex.{name}": text for name, text in SYNAPSES.items()},
    **{
        f"block.{family}.{name}": f"{OF_BLOCKS[name]}, count_log=False".lstrip(", ")
        for family, names in BLOCKS.items()
        for name in names.split()
        if not name.startswith("Abstract")
    },
}


def found(path):
    """An object by its path, as attribute access from ``slayer`` gives it."""
    value = importlib.import_module("lava.lib.dl.slayer")
    for part in filter(None, path.split(".")):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize("place", TREE)
def test_every_name_is_there(place):
    # Not by attributes: some modules share their name with a function that hides them.
    module = importlib.import_module(f"lava.lib.dl.slayer.{place}".rstrip("."))
    assert [name for name in TREE[place].split() if not hasattr(module, name)] == []


@pytest.mark.parametrize("path", SIGNATURES)
def test_arguments_have_the_names_order_and_defaults(path):
    called = found(path)
    given = inspect.signature(called)
    wanted = eval(f"lambda {SIGNATURES[path]}: None")
    pairs = list(inspect.signature(wanted).parameters.values())
    here = list(given.parameters.values())
    assert [p.name for p in here][: len(pairs)] == [p.name for p in pairs]
    for ours, theirs in zip(here, pairs, strict=False):
        if ours.name == "delay_shift" and "sigma_delta" in path:
            assert ours.default is False
        elif ours.name != "pre_hook_fx":
            assert ours.default == theirs.default, ours.name
    more = [p for p in here[len(pairs) :] if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert all(p.default is not p.empty for p in more)


def test_object_detection_has_two_names():
    slayer = found("")
    assert slayer.obd is slayer.object_detection
    names = "bbox boundingbox dataset models YOLOtarget YOLOLoss YOLOBase yolo_base"
    assert all(hasattr(slayer.obd, name) for name in names.split())


@pytest.mark.parametrize(
    "module",
    [
        "synapse.layer",
        "neuron.cuba",
        "utils.filter",
        "utils.recurrent",
        "utils.time.shift",
        "utils.time.replicate",
        "utils.assistant",
        "utils.stats",
        "utils.int_utils",
        "axon.delta",
        "dendrite.sigma",
        "object_detection",
    ],
)
def test_module_paths_that_scripts_import_exist(module):
    assert importlib.import_module(f"lava.lib.dl.slayer.{module}")
