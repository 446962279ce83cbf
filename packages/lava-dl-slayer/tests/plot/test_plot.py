"""Pictures hold the data that they were given."""

import subprocess
import sys

import numpy as np
import pytest
import torch

import lava.lib.dl.slayer as slayer
from lava.lib.dl.slayer import plot

EVENTS = torch.tensor([[0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]])
STATE = torch.tensor([[0.0, 0.5, 1.0], [1.0, 0.5, 0.25]])


def offsets(mark):
    return mark.get_offsets().data.tolist()


def labels(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def stats_of(epochs):
    stats = slayer.utils.LearningStats()
    for loss, correct in epochs:
        stats.training.num_samples = 10
        stats.training.loss_sum, stats.training.correct_samples = loss, correct
        stats.update()
    return stats


CALLS = {
    "raster": lambda axis: plot.raster(EVENTS, axis),
    "activity": lambda axis: plot.activity([EVENTS], axis),
    "trace": lambda axis: plot.trace(STATE, axis, threshold=1),
    "weights": lambda axis: plot.weights(STATE, axis),
    "delays": lambda axis: plot.delays(torch.rand(4), axis),
    "learning_curves": lambda axis: plot.learning_curves(stats_of([(1, 2)]), axis),
    "confusion": lambda axis: plot.confusion(np.r_[0, 1], np.r_[1, 1], axis),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_axis_is_drawn_into_and_returned(name, plt):
    axis = plt.figure().add_subplot()
    assert CALLS[name](axis) is axis
    assert axis.has_data()


@pytest.mark.parametrize("name", CALLS)
def test_without_an_axis_a_new_figure_is_made(name, plt):
    assert CALLS[name](None).figure is not CALLS[name](None).figure


def test_every_picture_is_tested_here():
    assert set(plot.__all__) == {*CALLS, "animation"}


def test_a_raster_has_a_mark_for_each_event_in_milliseconds():
    axis = plot.raster(EVENTS, sampling_time=5)
    (marks,) = axis.collections
    assert offsets(marks) == [[5, 0], [15, 0], [0, 2]]
    assert axis.get_xlim() == (-2.5, 17.5)
    assert axis.get_ylim() == (-0.5, 2.5)
    assert axis.get_legend() is None


def test_layers_of_a_raster_are_stacked_and_labelled():
    axis = plot.raster({"hidden": EVENTS, "output": EVENTS[:1].numpy()})
    hidden, output = axis.collections
    assert offsets(hidden) == offsets(plot.raster(EVENTS).collections[0])
    assert offsets(output) == [[1, 3], [3, 3]]
    assert labels(axis) == ["hidden", "output"]
    assert labels(plot.raster([EVENTS, EVENTS])) == ["layer 0", "layer 1"]


def test_a_raster_without_events_has_its_axes():
    axis = plot.raster(torch.zeros(4, 6))
    assert offsets(axis.collections[0]) == []
    assert axis.get_xlim() == (-0.5, 5.5)


def test_activity_is_the_share_of_steps_with_an_event():
    batch = torch.stack([EVENTS, 0 * EVENTS]).bfloat16().requires_grad_()
    axis = plot.activity({"hidden": EVENTS, "output": 3 * batch})
    assert [bar.get_height() for bar in axis.patches] == [25, 12.5]
    assert [t.get_text() for t in axis.get_xticklabels()] == ["hidden", "output"]


def test_a_trace_has_a_line_for_each_neuron_and_one_threshold():
    axis = plot.trace(STATE, threshold=0.75, name="current", sampling_time=2)
    first, second, level = axis.lines
    assert first.get_xdata().tolist() == [0, 2, 4]
    assert first.get_ydata().tolist() == STATE[0].tolist()
    assert second.get_ydata().tolist() == STATE[1].tolist()
    assert level.get_ydata().tolist() == [0.75] * 3
    assert level.get_linestyle() == "--"
    assert axis.get_ylabel() == "current"


def test_adaptive_thresholds_have_the_colours_of_their_neurons():
    lines = plot.trace(STATE, threshold=STATE + 1).lines
    assert [line.get_color() for line in lines] == ["C0", "C1", "C0", "C1"]
    assert lines[3].get_ydata().tolist() == (STATE[1] + 1).tolist()
    alone = plot.trace(STATE[0], threshold=STATE[1]).lines
    assert alone[1].get_ydata().tolist() == STATE[1].tolist()
    shared = plot.trace(STATE, threshold=torch.ones(1)).lines
    assert len(shared) == 3


def test_weights_are_an_image_with_zero_in_the_middle_of_the_colours():
    kernels = torch.arange(-8.0, 4).reshape(2, 3, 1, 2)
    axis = plot.weights(kernels.requires_grad_())
    (image,) = axis.images
    assert image.get_array().data.tolist() == kernels.reshape(2, 6).tolist()
    assert image.get_clim() == (-8, 8)
    assert plot.weights(torch.zeros(2, 2)).images[0].get_clim() == (-1, 1)


def heights(axis):
    return [[bar.get_height() for bar in bars] for bars in axis.containers]


def test_delays_are_counted_in_whole_steps():
    before, after = torch.tensor([0.2, 0.9]), torch.tensor([-0.5, 2.7])
    axis = plot.delays({"before": before, "after": after})
    assert heights(axis) == [[2, 0, 0], [1, 0, 1]]
    assert labels(axis) == ["before", "after"]
    assert heights(plot.delays(after)) == [[1, 0, 1]]


def test_delays_of_a_network_are_drawn_by_their_names():
    first, second = slayer.axon.Delay(), slayer.axon.Delay(sampling_time=2)
    net = torch.nn.Sequential(first, torch.nn.Identity(), second)
    with pytest.raises(ValueError, match="no delays"):
        plot.delays(net)
    net(torch.zeros(1, 3, 5))
    first.delay.data, second.delay.data = torch.ones(3), torch.full((3,), 4.5)
    axis = plot.delays(net)
    assert heights(axis) == [[0, 3, 0], [0, 0, 3]]
    assert labels(axis) == ["0", "2"]
    assert heights(plot.delays(first)) == [[0, 3]]


def test_learning_curves_have_a_line_for_each_phase_that_ran():
    stats = stats_of([(5, 7), (4, 6)])
    axis = plot.learning_curves(stats)
    (line,) = axis.lines
    assert line.get_ydata().tolist() == [0.5, 0.4]
    assert labels(axis) == ["Training"]
    assert axis.get_yscale() == "log"
    axis = plot.learning_curves(stats, kind="accuracy")
    assert axis.lines[0].get_ydata().tolist() == [0.7, 0.6]
    assert axis.get_yscale() == "linear"


def test_an_epoch_without_samples_is_a_gap():
    stats = stats_of([(5, 7)])
    stats.update()
    (line,) = plot.learning_curves(stats).lines
    assert np.isnan(line.get_ydata()[1])


def test_confusion_counts_true_classes_by_row():
    axis = plot.confusion(torch.tensor([0, 0, 0, 2]), torch.tensor([0, 0, 1, 2]))
    counts = [[2, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert axis.images[0].get_array().data.tolist() == counts
    texts = {text.get_position(): text.get_text() for text in axis.texts}
    assert texts[1, 0] == "1"
    assert texts[0, 1] == "0"
    assert len(texts) == 9


def test_confusion_names_its_classes():
    one = torch.zeros(1, dtype=int)
    axis = plot.confusion(one, one, classes=["cat", "dog"])
    assert [t.get_text() for t in axis.get_yticklabels()] == ["cat", "dog"]
    assert plot.confusion(one, one, classes=4).images[0].get_array().shape == (4, 4)


def test_an_animation_shows_the_events_until_now(plt):
    axis = plt.figure().add_subplot()
    axis.scatter([7], [7])
    shown = plot.animation([EVENTS, EVENTS], axis, frame_rate=10, slow_down=100)
    shown._init_draw()
    counts = []
    for frame in range(4):
        shown._draw_frame(frame)
        counts.append([len(offsets(marks)) for marks in axis.collections])
    assert counts == [[1, 1, 1], [1, 2, 2], [1, 2, 2], [1, 3, 3]]


def test_an_animation_lasts_as_long_as_its_events(plt):
    shown = plot.animation(EVENTS, sampling_time=100, frame_rate=20, slow_down=2)
    assert plt.get_fignums() == []
    frames = list(shown.new_frame_seq())
    assert len(frames) / 20 == pytest.approx(2 * 0.4, abs=0.15)
    shown._init_draw()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plot.raster(torch.zeros(2, 3, 4)), r"\(2, 3, 4\), need \(neurons, T"),
        (lambda: plot.animation(torch.zeros(3)), r"\(3,\), need \(neurons, T\)"),
        (lambda: plot.activity([torch.zeros(3)]), r"\(3,\), need"),
        (lambda: plot.activity([torch.zeros(0, 3)]), r"\(0, 3\), need"),
        (lambda: plot.trace(torch.zeros(1, 2, 3)), r"need \(T\) or \(neurons, T\)"),
        (lambda: plot.trace(STATE, threshold=STATE[:, :2]), "thresholds have shape"),
        (lambda: plot.weights(torch.zeros(3)), r"\(3,\), need \(out, in"),
        (lambda: plot.delays(torch.zeros(0)), "no delays"),
        (lambda: plot.learning_curves(stats_of([]), kind="speed"), "'speed'"),
        (lambda: plot.confusion(STATE, STATE), r"need \(samples\)"),
        (lambda: plot.confusion(np.r_[0, 1], np.r_[0]), r"\(2,\), predictions \(1,\)"),
        (lambda: plot.confusion(np.r_[0], np.r_[3], classes=2), "from 0 to 1"),
        (lambda: plot.confusion(np.r_[-1], np.r_[0]), "from 0 to 0"),
    ],
)
def test_wrong_shapes_are_named_before_a_figure_is_made(draw, message, plt):
    with pytest.raises(ValueError, match=message):
        draw()
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("slayer.plot.raster", ""),
        ("slayer.plot.raster(np.eye(2))", "pip install 'lava-dl-slayer[plot]'"),
    ],
)
def test_matplotlib_is_needed_for_drawing_alone(code, error):
    hidden = "import sys; sys.modules['matplotlib'] = None; import numpy as np\n"
    script = f"{hidden}import lava.lib.dl.slayer as slayer\n{code}"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == bool(error)
    assert error in done.stderr
