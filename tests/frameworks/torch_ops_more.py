"""More cases of test_torch.py: order statistics, special functions, in-place forms,
indices, and what is rarer."""

import torch
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
class same_padding(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            [
                nn.Conv2d(4, 6, (2, 4), padding="same"),
                nn.Conv2d(4, 4, 4, padding="same", groups=4, dilation=(1, 3)),
                nn.Conv2d(4, 2, 2, padding="same", groups=2),
            ]
        )
        self.one = nn.Conv1d(4, 3, 6, padding="same")

    def forward(self, x):
        return (
            *[conv(x) for conv in self.all],
            self.one(x[..., 0]),
            self.one(x[..., :1, 0]),
        )
