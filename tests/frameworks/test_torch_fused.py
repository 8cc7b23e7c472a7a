"""What the engine does with several nodes at once, against the installed PyTorch and
against the same nodes one by one.
"""

import pytest
import torch
import torch.nn.functional as F
from test_torch import Told, Wrapped, check, randomize, rows_of, save
from torch import nn


@pytest.fixture(scope="module")
def engine(engine_of):
    return engine_of("torch")


class Fusing(nn.Module):
    """A block behind a product, once as convolutions and once as linear layers."""

    def __init__(self, *layers, seen=False):
        super().__init__()
        self.layers, self.seen = nn.Sequential(*layers), seen
        randomize(self)

    def forward(self, x):
        first = self.layers[0](x)
        rest = self.layers[1:](first)
        return (rest, first * 2) if self.seen else rest


def conv(groups=1, bias=True, out=6, channels=6):
    return nn.Conv2d(channels, out, 3, padding=1, groups=groups, bias=bias)


def spoilt(layer, value):
    layer.weight.data[2] = value
    return layer


FUSED = {
    "conv norm relu": (2, [conv(), nn.BatchNorm2d(6), nn.ReLU()], {}),
    "no bias": (2, [conv(bias=False), nn.BatchNorm2d(6), nn.ReLU6()], {}),
    "in place": (2, [conv(), nn.BatchNorm2d(6), nn.ReLU(inplace=True)], {}),
    "groups": (2, [conv(groups=2), nn.BatchNorm2d(6), nn.Hardtanh(-0.5, 0.3)], {}),
    "depthwise": (2, [conv(groups=6), nn.BatchNorm2d(6), nn.ReLU()], {}),
    "two norms": (2, [conv(), nn.BatchNorm2d(6), nn.BatchNorm2d(6)], {}),
    "norm without scale": (1, [conv(), nn.BatchNorm2d(6, affine=False)], {}),
    "norm of the batch": (
        0,
        [conv(), nn.BatchNorm2d(6, track_running_stats=False), nn.ReLU()],
        {},
    ),
    "norm behind bounds": (1, [conv(), nn.ReLU(), nn.BatchNorm2d(6)], {}),
    "bounds behind bounds": (1, [conv(), nn.ReLU(), nn.Hardtanh(0, 0.2)], {}),
    "seen by others": (0, [conv(), nn.BatchNorm2d(6), nn.ReLU()], {"seen": True}),
    "huge": (0, [conv(), spoilt(nn.BatchNorm2d(6), 1e20)], {}),
    "no number": (
        2,
        [spoilt(conv(), torch.nan), nn.BatchNorm2d(6), nn.ReLU(), Told()],
        {"core": 7},
    ),
    "transposed": (0, [nn.ConvTranspose2d(6, 6, 3), nn.BatchNorm2d(6)], {}),
    "linear": (2, [nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU()], {}),
    "narrow linear": (0, [nn.Linear(6, 3), nn.BatchNorm1d(3), nn.ReLU()], {}),
    "linear, channels first": (0, [nn.Linear(8, 8), nn.BatchNorm1d(6)], {}),
    "linear relu": (1, [nn.Linear(6, 8), nn.ReLU()], {}),
}
SHAPES = {
    "linear": (1, 6),
    "narrow linear": (1, 6),
    "linear, channels first": (1, 6, 8),
    "linear relu": (1, 6),
}


@pytest.mark.parametrize("decomposed", [False, True], ids=["saved", "core"])
@pytest.mark.parametrize("name", FUSED)
def test_fused(engine, name, decomposed):
    fused, layers, options = FUSED[name]
    shape = SHAPES.get(name, (1, 6, 8, 8))
    module = Fusing(*layers, seen=options.get("seen", False)).eval()
    path = save(engine, module, rows_of(shape, 3), decomposed)
    said = engine.ask(path, "describe", [])["output"]
    assert said["fused_nodes"] == (options.get("core", fused) if decomposed else fused)
    for batch in (1, 2, 33):
        check(engine, path, module, rows_of(shape, batch))


class Sums(nn.Module):
    """Convolutions, and linear layers over the last dimension, to add things to."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.conv, self.other = (
            nn.Sequential(conv(bias=False), nn.BatchNorm2d(6)) for _ in range(2)
        )
        self.deep = conv(groups=6)
        self.wide, self.back = nn.Linear(8, 16), nn.Linear(16, 8)
        self.flat = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))
        self.plain = nn.Linear(8, 8, bias=False)
        self.row = nn.Parameter(torch.linspace(-1, 1, 8))
        randomize(self)

    def forward(self, x):
        return self.function(self, x * 1)


def residual(m, x):
    return F.relu(m.conv(x) + x)


def first_summand(m, x):
    return F.relu6(x + m.deep(x))


def in_place_residual(m, x):
    y = m.conv(x)
    y += x
    y = F.relu_(y)
    z = m.other(y)
    z += y
    return F.relu_(z)


def both_products(m, x):
    y = m.conv(x)
    y += m.other(x)
    return y


def into_the_summand(m, x):
    x += m.conv(x)
    return x


def used_summand(m, x):
    y = x.sin()
    return m.conv(x) + y, y * 2


def late_summand(m, x):
    y = m.conv(x)
    return y + y.mean()


def written_summand(m, x):
    y = x.flip(1)
    z = m.conv(y)
    y.mul_(2)
    return z + y


def row_summand(m, x):
    return m.conv(x) + m.row


def larger_product(m, x):
    return x + m.plain(x.mean((1, 2), keepdim=True))


def scaled_sum(m, x):
    return torch.add(m.conv(x), x, alpha=2)


def twice(m, x):
    y = m.conv(x)
    return y + y


def feed_forward(m, x):
    return x + m.back(F.relu(m.wide(x)))


def without_bias(m, x):
    return F.relu(m.plain(x) + x)


def reshaped(m, x):
    y = m.wide(x.reshape(-1, 8)).view(x.shape[0], -1, 16).relu()
    return (m.back(y).view(x.shape) + x).flatten(1).clamp(-1, 1)


def turned_summand(m, x):
    turned = x.flip(2).transpose(2, 3)
    return turned + m.plain(x)


def norm_before_sum(m, x):
    y = x.mean((1, 2))
    return F.relu(m.flat(y) + y)


def sum_of_others(m, x):
    return m.conv(x).relu() + x


# The nodes that are done by others, of what was saved.
SUMS = {
    residual: 3,
    first_summand: 2,
    in_place_residual: 6,
    both_products: 3,
    into_the_summand: 1,
    used_summand: 2,
    late_summand: 1,
    written_summand: 1,
    row_summand: 1,
    larger_product: 0,
    scaled_sum: 1,
    twice: 1,
    feed_forward: 2,
    without_bias: 2,
    reshaped: 3,
    turned_summand: 1,
    norm_before_sum: 2,
    sum_of_others: 2,
}


@pytest.mark.parametrize("decomposed", [False, True], ids=["saved", "core"])
@pytest.mark.parametrize("function", SUMS)
def test_sums(engine, function, decomposed):
    module = Sums(function).eval()
    path = save(engine, module, rows_of((1, 6, 8, 8), 3), decomposed)
    said = engine.ask(path, "describe", [])["output"]
    assert decomposed or said["fused_nodes"] == SUMS[function], said
    for batch in (1, 2, 33):
        check(engine, path, module, rows_of((1, 6, 8, 8), batch))


def swish(x, show):
    return x * show(torch.sigmoid(x))


def hard_swish(x, show):
    return show(x * show(show(x + 3).clamp(0, 6))) / 6


def tanh_gelu(x, show):
    cube = show(show(torch.pow(x, 3.0)) * 0.044715)
    inner = show(torch.tanh(show(show(x + cube) * 0.7978845608)))
    return show(x * 0.5) * show(inner + 1)


def masks(x, show):
    inside = show(show(x > -0.5) & show(x < 0.5))
    filled = show(x.masked_fill(inside, -1.0))
    return torch.where(inside, show(x * 2), show(filled - 3))


def rows_and_scales(x, show):
    weight = torch.linspace(-1, 1, x.shape[-1])
    return show(show(x * weight) + weight.flip(0)) * 0.25


def columns(x, show):
    far = show(x - x.amax(-1, keepdim=True))
    return show(far * 1.5) + x.mean(-1, keepdim=True)


def other_types(x, show):
    whole = show((x * 8).to(torch.int32))
    half = show(show(x.half() * 3) + 0.1)
    wide = show(show(x.double() * 0.1) + 0.7)
    return show(half.float() * show(whole * 3)) + wide


def uses_of_one(x, show):
    y = show(x * 3)
    return show(y * y) + y


# Nodes that are done by others, and the function: `show` is called with what may stand
# between them.
CHAINS = {
    "swish": (1, swish),
    "hard_swish": (3, hard_swish),
    "tanh_gelu": (7, tanh_gelu),
    "masks": (6, masks),
    "rows_and_scales": (2, rows_and_scales),
    "columns": (2, columns),
    "uses_of_one": (2, uses_of_one),
    "other_types": (5, other_types),
}


class Shown(nn.Module):
    """The function, or with `seen` all that it shows too, which nothing can join."""

    def __init__(self, function, seen):
        super().__init__()
        self.function, self.seen = function, seen

    def forward(self, x):
        shown = []
        result = self.function(x, lambda y: shown.append(y) or y)
        return (result, *[y.sum() for y in shown]) if self.seen else result


@pytest.mark.parametrize("name", CHAINS)
def test_chains(engine, name):
    fused, function = CHAINS[name]
    shape, paths, margin = (1, 7, 67), [], 1e-3 if "types" in name else 1e-5
    for seen in (False, True):
        module = Shown(function, seen)
        paths.append(save(engine, module, rows_of(shape, 3), False))
        said = engine.ask(paths[-1], "describe", [])["output"]
        assert said["fused_nodes"] == (0 if seen else fused), said
    for batch in (1, 2, 33):
        rows = rows_of(shape, batch)
        check(engine, paths[0], Shown(function, False), rows, margin)
        alone, (shown, *_) = [
            engine.ask(path, "predict", rows.tolist())["output"] for path in paths
        ]
        assert alone == shown


def in_place(x):
    return (x * 2).add_(1).mul_(x).sigmoid_()


def written_later(x):
    y = x + 1
    z = y * 2
    y.add_(5)
    return z * y


def read_before_a_write(x):
    y = x * 2
    z = y + 1
    y.mul_(3)
    return z - y.sum(-1, keepdim=True)


def view_is_written(x):
    y = x * 2
    y[:, 1:3].add_(1)
    return y * 3


def view_is_read(x):
    y = x * 2
    part = y[:, :1]
    y.add_(1)
    return part + y.sigmoid()


def writes_into_a_view(x):
    y = (x * 2).view(x.shape[0], -1)
    y.relu_()
    return y.view(x.shape) + x


def input_is_written(x):
    y = x * 2
    x.add_(1)
    return y * x


def both_ways(x):
    y = x * 2
    y.add_(y)
    return y.mul_(x) + 1


def answered_too(x):
    y = x * 2
    z = y + 1
    return y, z, z * 3


def short_spans(x):
    y = x.transpose(1, 2)
    return (y + 1) * x.amax(1).unsqueeze(2)


# The nodes that are done by others, of what was saved.
SEEN = {
    in_place: 3,
    written_later: 0,
    read_before_a_write: 0,
    view_is_written: 0,
    view_is_read: 1,
    writes_into_a_view: 0,
    input_is_written: 0,
    both_ways: 0,
    answered_too: 0,
    short_spans: 0,
}


@pytest.mark.parametrize("decomposed", [False, True], ids=["saved", "core"])
@pytest.mark.parametrize("function", SEEN)
def test_what_others_see(engine, function, decomposed):
    module = Wrapped(lambda x: function(torch.flip(x, [1])))
    path = save(engine, module, rows_of((1, 5, 64), 3), decomposed)
    said = engine.ask(path, "describe", [])["output"]
    assert decomposed or said["fused_nodes"] == SEEN[function], said
    for batch in (1, 2, 33):
        check(engine, path, module, rows_of((1, 5, 64), batch))
