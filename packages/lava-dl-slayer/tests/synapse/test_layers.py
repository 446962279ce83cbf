"""Synapses weigh as torch's own layers do, and keep their state's names."""

import copy
import warnings

import pytest
import torch
import torch.nn.functional as F

from lava.lib.dl import slayer

KINDS = {
    "Dense": (6, 4),
    "Conv": (2, 4, 3),
    "ConvTranspose": (2, 4, 3),
    "Pool": (2,),
    "Unpool": (2,),
}


def make(kind, **options):
    torch.manual_seed(2)
    return getattr(slayer.synapse, kind)(*KINDS[kind], **options)


def data(kind):
    return torch.rand(2, 6, 5) if kind == "Dense" else torch.rand(2, 2, 7, 6, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_weight_norm_keeps_the_weights_and_the_names(kind):
    plain, normed = (
        make(kind, weight_scale=2),
        make(kind, weight_scale=2, weight_norm=True),
    )
    assert list(normed.state_dict()) == ["weight_g", "weight_v"]
    torch.testing.assert_close(normed.weight, plain.weight)
    frozen = kind in ("Pool", "Unpool")
    assert all(p.requires_grad is not frozen for p in normed.parameters())
    normed.disable_weight_norm()
    assert list(normed.state_dict()) == ["weight"]
    x = data(kind)
    torch.testing.assert_close(normed(x), plain(x))


GEOMETRIES = [{}, {"stride": (2, 1), "padding": (1, 2)}, {"dilation": 2, "groups": 2}]


@pytest.mark.parametrize(
    ("kind", "options"), [("Dense", {}), *(("Conv", each) for each in GEOMETRIES)]
)
def test_one_step_alone_is_weighed_as_among_others(kind, options):
    synapse, x = make(kind, **options), data(kind).requires_grad_()
    whole = synapse(x)
    steps = torch.cat([synapse(step) for step in x.split(1, dim=-1)], dim=-1)
    torch.testing.assert_close(steps, whole)
    pull, wanted = torch.rand_like(whole), [x, synapse.weight]
    gradients = [torch.autograd.grad(y, wanted, pull) for y in (steps, whole)]
    torch.testing.assert_close(*gradients)


@pytest.mark.parametrize("kind", ["Dense", "Conv", "ConvTranspose"])
@pytest.mark.parametrize("api", ["old", "new"])
def test_checkpoints_of_both_weight_norms_load(kind, api):
    theirs = make(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if api == "old":
            torch.nn.utils.weight_norm(theirs)
        else:
            torch.nn.utils.parametrizations.weight_norm(theirs)
    ours = make(kind, weight_norm=True)
    torch.nn.init.ones_(ours.weight_v)
    ours.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(ours.weight, theirs.weight)


@pytest.mark.parametrize("kind", KINDS)
def test_copies_of_normalised_synapses_compute_the_same(kind):
    layer = make(kind, weight_norm=True)
    x = data(kind)
    torch.testing.assert_close(copy.deepcopy(layer)(x), layer(x))


@pytest.mark.parametrize("stride", [None, 1, (2, 3)])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("kernel", [2, 3, (1, 2)])
def test_pool_is_a_convolution_of_each_channel(kernel, stride, padding, dilation):
    layer = slayer.synapse.Pool(kernel, stride, padding, dilation, weight_scale=0.5)
    x = torch.rand(2, 3, 8, 9, 4, dtype=torch.float64).requires_grad_()
    high, wide = layer.kernel_size[:2]
    filled = F.pad(x, (0, 0, 0, -9 % wide, 0, -8 % high))
    layer.double()
    weight = layer.weight.expand(3, *layer.weight.shape[1:])
    geometry = (layer.stride, layer.padding, layer.dilation)
    wanted = F.conv3d(filled, weight, None, *geometry, groups=3)
    torch.testing.assert_close(layer(x), wanted)
    g = torch.rand_like(wanted)
    (found,) = torch.autograd.grad(layer(x), x, g)
    torch.testing.assert_close(found, torch.autograd.grad(wanted, x, g)[0])


@pytest.mark.parametrize("stride", [None, 1, (2, 3)])
@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("dilation", [1, 2])
def test_unpool_is_a_transposed_convolution_of_each_channel(stride, padding, dilation):
    layer = slayer.synapse.Unpool(3, stride, padding, dilation, 0.5).double()
    x = torch.rand(2, 3, 4, 5, 4, dtype=torch.float64).requires_grad_()
    weight = layer.weight.expand(3, *layer.weight.shape[1:])
    wanted = F.conv_transpose3d(
        x, weight, None, layer.stride, layer.padding, 0, 3, layer.dilation
    )
    torch.testing.assert_close(layer(x), wanted)
    g = torch.rand_like(wanted)
    (found,) = torch.autograd.grad(layer(x), x, g)
    torch.testing.assert_close(found, torch.autograd.grad(wanted, x, g)[0])


def test_pool_can_learn_its_weights_if_told_to():
    layer = slayer.synapse.Pool(2).double()
    layer.weight.requires_grad_()
    x = torch.rand(1, 2, 4, 4, 3, dtype=torch.float64)
    weight = layer.weight[0, 0, :, :, 0]
    from lava.lib.dl.slayer.synapse._windows import gather, scatter

    assert torch.autograd.gradcheck(lambda w: gather(x, w, layer._windows), weight)
    assert torch.autograd.gradcheck(lambda w: scatter(x, w, layer._windows), weight)


@pytest.mark.parametrize("kind", KINDS)
def test_complex_synapse_is_two_real_ones(kind):
    torch.manual_seed(3)
    layer = getattr(slayer.synapse.complex, kind)(*KINDS[kind], weight_norm=True)
    x = data(kind)
    real, imag = layer(x)
    assert torch.equal(real, layer.real(x)) and torch.equal(imag, layer.imag(x))
    assert layer.in_channels == layer.real.in_channels
    assert layer.kernel_size == layer.real.kernel_size
    assert layer.weight_norm_enabled
    layer.disable_weight_norm()
    assert not layer.weight_norm_enabled
    assert list(layer.state_dict()) == ["real.weight", "imag.weight"]


def test_complex_hook_is_the_shared_one():
    layer = slayer.synapse.complex.Dense(3, 2)
    layer.pre_hook_fx = torch.round
    assert layer.pre_hook_fx is torch.round
    layer.imag.pre_hook_fx = torch.floor
    with pytest.raises(ValueError, match="different pre_hook_fx"):
        layer.pre_hook_fx  # noqa: B018


def test_gradient_norms_add_up():
    layer = slayer.synapse.complex.Dense(3, 2)
    assert layer.grad_norm == 0
    real, imag = layer(torch.rand(1, 3, 4))
    (real.sum() + 2 * imag.sum()).backward()
    assert layer.grad_norm**2 == pytest.approx(
        layer.real.grad_norm**2 + layer.imag.grad_norm**2
    )


@pytest.mark.parametrize(
    ("size", "shape"), [((5, 7), (4, 1, 7, 5, 1)), ((5, 7, 2), (4, 2, 7, 5, 1))]
)
def test_dense_takes_an_image_width_first(size, shape):
    layer = slayer.synapse.Dense(size, 4)
    assert layer.shape == shape
    x = torch.rand(2, *shape[1:4], 6)
    torch.testing.assert_close(layer(x), F.conv3d(x, layer.weight))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda s: s.Dense((1, 2, 3, 4), 3), r"in_neurons is \(1, 2, 3, 4\)"),
        (lambda s: s.Dense(3, (2, 2)), "out_neurons is"),
        (lambda s: s.Conv(1, 2, (3, 3, 3)), r"kernel_size is \(3, 3, 3\)"),
        (lambda s: s.Pool("22"), "kernel_size is '22'"),
        (lambda s: s.Dense(3, 2)(torch.rand(1, 4, 5)), "input has 4 channels"),
        (lambda s: s.Pool(5, dilation=3)(torch.rand(1, 1, 4, 4, 2)), "smaller than"),
    ],
)
def test_wrong_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make(slayer.synapse)


TAKEN = {
    "Dense": ((2 * 8 * 8, 3), (2, 2 * 8 * 8, 5)),
    "Conv": ((2, 4, 3), (2, 2, 8, 8, 5)),
    "ConvTranspose": ((2, 4, 3), (2, 2, 8, 8, 5)),
    "Pool": ((2,), (2, 2, 8, 8, 5)),
    "Unpool": ((2,), (2, 2, 8, 8, 5)),
}


@pytest.mark.parametrize("family", [slayer.synapse, slayer.synapse.complex])
@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int16, torch.int64])
def test_events_of_every_number_type_are_taken(family, kind, dtype):
    sizes, shape = TAKEN[kind]
    layer = getattr(family, kind)(*sizes)
    events = torch.rand(shape) < 0.3
    expected, found = layer(events.float()), layer(events.to(dtype))
    pending = layer.pending_sum(events.to(dtype))
    parts = (expected, found) if layer.complex else ((expected,), (found,))
    for one, other in zip(*parts, strict=True):
        assert torch.equal(one, other)
    assert pending is not None


@pytest.mark.parametrize("family", [slayer.synapse, slayer.synapse.complex])
@pytest.mark.parametrize("kind", [k for k in TAKEN if k != "Dense"])
@pytest.mark.parametrize(
    ("shape", "mend"),
    [((1, 128, 10), "unflatten"), ((1, 2, 8, 8), "unsqueeze"), ((128,), "reshape")],
)
@pytest.mark.parametrize("method", ["forward", "pending_sum"])
def test_images_without_their_axes_are_refused_with_what_mends_them(
    family, kind, shape, mend, method
):
    layer = getattr(family, kind)(*TAKEN[kind][0])
    with pytest.raises(ValueError, match=f"samples, channels, height.*{mend}"):
        getattr(layer, method)(torch.zeros(shape))


def test_dense_inputs_without_time_or_not_flat_are_refused_with_what_mends_them():
    layer = slayer.synapse.Dense(128, 3)
    with pytest.raises(ValueError, match=r"samples, neurons, steps.*unsqueeze"):
        layer(torch.zeros(2, 128))
    with pytest.raises(ValueError, match="put a Flatten before a dense layer"):
        layer(torch.zeros(2, 2, 8, 8, 5))
