"""More cases of test_torch.py: order statistics, special functions, in-place forms,
indices, and what is rarer."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_ops import case, ids


def seen(x):
    """What is not finite has no place in JSON: where it stands, and the rest."""
    return torch.where(x.isfinite(), x, 0), x.isnan(), x.isposinf(), x.isneginf()


@case(4, 5, 6)
def order_statistics(x):
    holes = torch.where(x > 0.8, float("nan"), x)
    q = torch.tensor([0.0, 0.25, 0.6, 1.0])
    i = ids(x, 9)
    return (
        x.median(),
        *x.median(1),
        *x.median(-1, keepdim=True),
        *seen(holes.median()),
        *seen(holes.median(2).values),
        holes.nanmedian(),
        *seen(holes.nanmedian(1).values),
        i.median(1).values,
        *x.kthvalue(2, 1),
        *x.kthvalue(3, -1, keepdim=True),
        *i.mode(2),
        i.mode(1, keepdim=True).values,
        x.quantile(0.3),
        x.quantile(0.3, 1),
        x.quantile(q, -1, keepdim=True),
        x.quantile(q, 1, interpolation="lower"),
        x.quantile(q, 1, interpolation="higher"),
        x.quantile(q, 1, interpolation="midpoint"),
        x.quantile(q, 1, interpolation="nearest"),
        *seen(holes.quantile(0.5, 2)),
        *seen(holes.nanquantile(q, 2)),
        holes.nansum(),
        holes.nansum(1),
        *seen(holes.nanmean((1, 2), keepdim=True)),
        i.count_nonzero(),
        i.count_nonzero(1),
        i.count_nonzero((0, 2)),
        *x.aminmax(),
        *x.aminmax(dim=1, keepdim=True),
        *x.cummax(1),
        *x.cummin(-1),
        *seen(holes.cummax(2).values),
        holes.cummax(2).indices,
        *i.cummin(1),
        x.logcumsumexp(1),
        (x * 300).logcumsumexp(2),
        torch.argsort(x, dim=1, stable=True),
    )


@case(4, 7)
def special_functions(x):
    z = x.abs() + 0.05
    y = x.tanh()
    return (
        *seen(x.lgamma()),
        (z * 40).lgamma(),
        *seen(x.digamma()),
        (z * 40).digamma(),
        y.erfinv(),
        (y * 0.01).erfinv(),
        torch.special.i0(x * 9),
        torch.special.i0e(x * 30),
        torch.special.i1(x * 9),
        torch.special.i1e(x * 30),
        torch.sinc(x),
        torch.sinc(x - x),
        torch.special.ndtr(x * 3),
        *seen(torch.special.ndtri(x.sigmoid())),
        torch.special.log_ndtr(x * 9),
        *seen(torch.special.entr(x)),
        *seen(torch.special.erfcx(x * 9)),
        x.deg2rad(),
        x.rad2deg(),
        torch.logaddexp(x * 90, x.flip(1) * 90),
        torch.logaddexp2(x * 90, x.flip(1) * 90),
        *seen(torch.logaddexp(x.log(), x.log())),
        torch.copysign(z, x),
        torch.copysign(z, -2.0),
        torch.heaviside(x.round(), z),
        torch.heaviside(ids(x, 3) - 1, ids(x, 5)),
        torch.ldexp(x, ids(x, 7)),
        *seen(torch.special.xlog1py(x, z)),
        torch.xlogy(x, 2.0),
        torch.xlogy(2.0, z),
        torch.gcd(ids(x, 60) - 30, ids(x, 7)),
        torch.lcm(ids(x, 60) - 30, ids(x, 7)),
        torch.isclose(x, x + 1e-6),
        torch.isclose(x.log(), x.log(), equal_nan=True),
        (x / 0).isposinf(),
        (x / 0).isneginf(),
        x.signbit(),
        1 << ids(x, 5),
        x.double().lgamma(),
        x.half().sinc(),
        torch.arctan2(x, z),
    )


@case(4, 5, 5)
def more_in_place(x):
    a, b = x.clone(), x.clone()
    return (
        x.clone().tril_(),
        x.clone().transpose(1, 2).triu_(1),
        x.clone().cumsum_(1),
        x.clone().cumprod_(-1),
        x.clone().lerp_(b * 2, 0.3),
        x.clone().atan2_(b),
        x.clone().hypot_(b),
        x.clone().eq_(x[:1]),
        x.clone().gt_(0),
        (x > 0).logical_and_(x < 1),
        (x > 0).logical_xor_(x < 1),
        x.round().logical_not_(),
        ids(x, 7).bitwise_and_(3),
        ids(x, 7).bitwise_or_(ids(x, 5)),
        x.clone().floor_divide_(torch.tensor(0.3)),
        x.clone().xlogy_(x.abs()),
        x.clone().lgamma_(),
        x.clone().transpose_(0, 1),
        x[0].clone().t_(),
        x.clone().swapaxes_(1, 2),
        x[:, :1].clone().squeeze_(1),
        a.copysign_(b),
    )


@case(4, 5, 6)
def masks(x):
    a, b, c = x.clone(), x.clone(), x.clone()
    a[a > 0.5] = 0.5
    b[x[..., 0] > 0] = -1.0
    c[x[:, 0, 0] > 0] = torch.linspace(0, 1, 6)
    rows = x.index_put((x[..., 0] > 0,), torch.linspace(0, 1, 6)[None])
    k = ids(x, 9)
    k[k > 4] = 0
    return a, b, c, rows, k


class OwnStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.BatchNorm2d(3, track_running_stats=False)
        self.b = nn.BatchNorm1d(3, affine=False, track_running_stats=False)
        self.c = nn.InstanceNorm2d(3, affine=True)

    def forward(self, x):
        return self.a(x), self.b(x.flatten(2)), self.b(x.mean((2, 3))), self.c(x)


@case(3, 3, 4, 5, batches=(2, 33))
class own_statistics(OwnStatistics):
    pass


@case(2, 4, 7, 6)
class uncommon_windows(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            [
                nn.Conv2d(4, 6, (2, 4), padding="same"),
                nn.Conv2d(4, 4, 4, padding="same", groups=4, dilation=(1, 3)),
                nn.Conv2d(4, 2, 2, padding="same", groups=2),
                nn.Conv2d(4, 4, 3, (2, 3), 2, (2, 1), groups=4),
                nn.Conv2d(4, 4, (1, 5), (3, 2), (0, 4), groups=4, bias=False),
                nn.Conv2d(4, 4, 3, 1, 40, 20, groups=4),
            ]
        )
        self.one = nn.Conv1d(4, 3, 6, padding="same")

    def forward(self, x):
        return (
            *[conv(x) for conv in self.all],
            self.one(x[..., 0]),
            self.one(x[..., :1, 0]),
        )


@case(4, 5, 6)
def by_index(x):
    i = torch.tensor([0, 2, -1])
    rows, k = ids(x, 5), ids(x, 9)
    part = x[:, :3] * 2
    return (
        x.index_add(1, i.abs(), part),
        x.index_add(1, torch.tensor([0, 2, 2]), part, alpha=0.5),
        k.index_add(1, torch.tensor([0, 2, 2]), k[:, :3]),
        x.index_copy(-2, i.abs(), part),
        x.index_fill(1, torch.tensor([0, 2]), 7.0),
        x.index_fill(2, torch.tensor([1]), torch.tensor(-2.0)),
        x.clone().index_add_(1, torch.tensor([0, 2, 4]), part),
        x.clone().index_fill_(1, torch.tensor([0, 2]), 7.0),
        x.scatter_reduce(1, rows, x * 2, "sum"),
        x.scatter_reduce(1, rows, x * 2, "prod"),
        x.scatter_reduce(1, rows, x * 2, "mean"),
        x.scatter_reduce(1, rows, x * 2, "amax"),
        x.scatter_reduce(1, rows, x * 2, "amin", include_self=False),
        x.scatter_reduce(1, rows, x * 2, "mean", include_self=False),
        x.take(torch.tensor([[0, 5], [-1, 2]])),
        x.masked_scatter(x > 0, x.flip(2)),
        x.masked_scatter(x[:1, :1] > 0, x.flip(2)),
        torch.searchsorted(torch.tensor([-1.0, 0.0, 0.5, 2.0]), x),
        torch.searchsorted(torch.tensor([-1.0, 0.0, 2.0]), x, right=True),
        torch.searchsorted(torch.tensor([-1.0, 0.0, 2.0]), x, side="right"),
    )


@case(4, 6, core=False)
def memberships(x):
    k = ids(x, 9)
    return (
        torch.isin(k, torch.tensor([1, 4])),
        torch.isin(k, torch.tensor([1, 4]), invert=True),
    )


@case(4, 6)
class bags(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            nn.EmbeddingBag(7, 5, mode=mode) for mode in ("sum", "mean", "max")
        )
        self.padded = nn.EmbeddingBag(7, 5, mode="mean", padding_idx=2)

    def forward(self, x):
        k, w = ids(x, 7), self.all[0]
        offsets = torch.tensor([0, 2, 2])
        return (
            *[bag(k) for bag in [*self.all, self.padded]],
            *[bag(k.flatten(), offsets) for bag in [*self.all, self.padded]],
            w(k, per_sample_weights=x),
        )


@case(4, 3, 6)
def matrices(x):
    y = x.flip(2)
    return (
        x[0, 0].diag(),
        x[0, 0].diag(-2),
        x[0].diag(),
        x[0].diag(1),
        x[0].diag(-1),
        x[0].trace(),
        ids(x, 5)[0].trace(),
        torch.tril_indices(3, 5, 1),
        torch.triu_indices(4, 3, -1),
        torch.cross(x, y, dim=1),
        torch.linalg.cross(x.mT, y.mT),
        x.diff(),
        x.diff(dim=1),
        ids(x, 9).diff(dim=1),
        x.diff(dim=0, prepend=x[:1] * 2, append=x),
        ids(x, 9).diff(dim=1, prepend=ids(x, 9)[:, :1] - 1),
        ids(x, 9).diff(dim=1, append=x),
        (x > 0).diff(dim=1, append=x > 1),
        torch.inner(x[0], y[0]),
        torch.inner(x[0, 0], y[0, 1]),
        torch.inner(x, y[0]),
        torch.ger(x[0, 0], y[0, 1]),
        torch.vdot(x[0, 0], y[0, 1]),
        *x.tensor_split([1, 4], 2),
        *x.tensor_split([2, 1, -1, 9], 2),
        *torch.hsplit(x, 3),
        *torch.hsplit(x, [1]),
        *torch.dsplit(x, 2),
        torch.column_stack([x[:, 0, 0], x[:, 0], x[:, 1, 1]]),
        nn.functional.pairwise_distance(x, y),
        nn.functional.pairwise_distance(x, y, p=1, keepdim=True),
        nn.functional.mse_loss(x, y),
        nn.functional.mse_loss(x, y, reduction="none"),
        nn.functional.l1_loss(x, y, reduction="sum"),
        nn.functional.smooth_l1_loss(x, y, beta=0.7),
        nn.functional.huber_loss(x, y, reduction="none", delta=0.7),
    )


@case(3, 2, 6, 7)
class unpooled(nn.Module):
    def forward(self, x):
        pooled, places = nn.functional.max_pool2d(x, 2, return_indices=True)
        return nn.functional.max_unpool2d(pooled, places, 2, output_size=(6, 7))


@case(2, 3, 11)
def pools_1d(x):
    return (
        F.max_pool1d(x, 2),
        F.max_pool1d(x, 3, 2, padding=1, dilation=2),
        F.avg_pool1d(x, 3, 2, padding=1),
        F.avg_pool1d(x, 4, ceil_mode=True),
        F.adaptive_avg_pool1d(x, 4),
        F.adaptive_max_pool1d(x, 3),
    )


@case(4, 5)
def powers(x):
    y = x.abs() + 0.1
    whole = ids(x, 5)
    numbers = (2, 3, 0.5, -0.5, -1, -2, 1.7, 0, 1)
    return *[y**p for p in numbers], x**3, x**2, whole**2, whole**1.5, y.clone().pow_(3)
