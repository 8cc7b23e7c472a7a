"""The cases of test_torch.py: functions of one float32 tensor, each of many operators.

A case is (shape, function); the first size of the shape is the batch. A function gives
a tuple, so that one exported graph asks for many operators and configurations.
"""

import torch
import torch.nn.functional as F
from torch import nn

CASES = {}


def case(*shape, **options):
    """Registers a function, or a class of modules that is made when it is asked for."""

    def register(function):
        CASES[function.__name__] = (shape, function, options)
        return function

    return register


def ids(x, limit):
    """Integers from 0 to limit out of any numbers."""
    return (x.abs() * 1000).to(torch.int64) % limit


@case(5, 7)
def activations(x):
    return (
        F.relu(x),
        F.relu6(x * 4),
        F.elu(x, 0.7),
        F.selu(x),
        F.celu(x, 1.3),
        F.leaky_relu(x, 0.2),
        F.hardtanh(x, -0.5, 0.8),
        F.hardsigmoid(x * 3),
        F.hardswish(x * 3),
        F.hardshrink(x, 0.4),
        F.softshrink(x, 0.3),
        F.tanhshrink(x),
        F.softsign(x),
        F.softplus(x * 9, 2, 5),
        F.softplus(x),
        F.logsigmoid(x * 20),
        F.mish(x * 5),
        F.silu(x),
        F.gelu(x),
        F.gelu(x, approximate="tanh"),
        F.threshold(x, 0.1, -3),
        F.rrelu(x),
        F.sigmoid(x),
        torch.tanh(x),
        F.prelu(x, torch.tensor([0.3])),
        F.logsigmoid(-x),
    )


@case(6, 8)
def halves(x):
    return F.glu(x), F.glu(x, 1), F.prelu(x, torch.linspace(0.1, 0.9, 8))


@case(4, 9)
def curves(x):
    y = x.clamp(-0.99, 0.99)
    z = x.abs() + 0.01
    return (
        x.abs(),
        y.acos(),
        (z + 1).acosh(),
        y.asin(),
        x.asinh(),
        x.atan(),
        y.atanh(),
        x.ceil(),
        x.cos(),
        x.cosh(),
        x.erf(),
        x.erfc(),
        x.exp(),
        x.exp2(),
        x.expm1(),
        x.floor(),
        z.log(),
        z.log10(),
        z.log1p(),
        z.log2(),
        -x,
        z.reciprocal(),
        (x * 10).round(),
        x.round(decimals=2),
        z.rsqrt(),
        x.sign(),
        x.sgn(),
        x.sin(),
        x.sinh(),
        z.sqrt(),
        x.square(),
        x.tan(),
        x.trunc(),
        z.clamp(0.1, 0.9).logit(),
        x.sigmoid().logit(1e-2),
        torch.nan_to_num(x.log(), 1.5, neginf=-2),
        x.frac(),
    )


@case(3, 4, 5)
def arithmetic(x):
    y = x * 2 + 1
    b = torch.linspace(-1, 2, 5)
    return (
        x + y,
        x + b,
        x.add(y, alpha=3),
        x - b,
        torch.sub(x, b, alpha=0.5),
        1 - x,
        torch.rsub(x, y, alpha=2),
        x * b,
        x / (b.abs() + 1),
        2 / (x.abs() + 1),
        torch.div(x, b + 3, rounding_mode="floor"),
        torch.div(x * 9, b + 3, rounding_mode="trunc"),
        x // 0.3,
        x % 0.7,
        torch.fmod(x, -0.6),
        torch.remainder(x, b + 5),
        x.abs() ** 1.5,
        x**2,
        x**3,
        2**x,
        x.abs() ** b,
        torch.maximum(x, b),
        torch.minimum(x, y),
        torch.fmax(x, b),
        torch.fmin(x, b),
        torch.atan2(x, y),
        torch.hypot(x, y),
        torch.xlogy(x, y.abs() + 1),
        torch.lerp(x, y, 0.3),
        torch.lerp(x, y, b.abs()),
        torch.addcmul(x, y, b, value=0.5),
        torch.addcdiv(x, y, b.abs() + 1, value=2),
        x.clamp(min=0.1),
        x.clamp(max=0.2),
        x.clamp(-0.3, 0.4),
        x.clamp(min=b),
        torch.clamp_min(x, 0.5),
    )


@case(3, 6)
def comparisons(x):
    b = torch.linspace(-1, 1, 6)
    i = ids(x, 7)
    return (
        x > b,
        x >= 0,
        x < 0.5,
        x <= b,
        i == 3,
        i != i[:1],
        (x > 0) & (x < 1),
        (x > 0) | (b > 0),
        (x > 0) ^ (b > 0),
        ~(x > 0),
        torch.logical_and(x, i),
        torch.logical_or(x, i),
        torch.logical_xor(x, i),
        torch.logical_not(i),
        x.log().isnan(),
        (x / 0).isinf(),
        (x / 0).isfinite(),
        torch.where(x > 0, x, b),
        torch.where(x > 0, 1.0, 0.0),
        x.masked_fill(x > 0.2, -7),
        x.masked_fill(b > 0, float("-inf")).exp(),
    )


@case(3, 5)
def integers(x):
    i, k = ids(x, 50) - 25, ids(x, 9) + 1
    return (
        i + k,
        i - 3,
        i * k,
        i // k,
        i % k,
        torch.fmod(i, k),
        i / k,
        torch.div(i, k, rounding_mode="trunc"),
        -i,
        i.abs(),
        i.sign(),
        i & k,
        i | k,
        i ^ k,
        ~i,
        i << 2,
        i >> 1,
        i**2,
        k**k,
        torch.maximum(i, k),
        i.clamp(-5, 5),
        i.to(torch.int32) * 2,
        i.to(torch.uint8),
        i.to(torch.int8) + i.to(torch.uint8),
        i.bool(),
        i.bool() + i,
        i + 0.5,
        i.to(torch.int16) * x,
        i.sum(),
        i.sum(1),
        i.prod(1),
        i.float().mean(),
        i.max(),
        *i.min(1),
        i.cumsum(1),
        x.to(torch.float64) * 3,
        x.to(torch.float64).exp(),
        x.half() * 2,
        x.bfloat16() + 1,
        x.half().float(),
        i.to(torch.float64) / 3,
    )


@case(4, 3, 6)
def shapes(x):
    n = x.shape[0]
    return (
        x.view(n, 18),
        x.reshape(-1, 6),
        x.reshape(n * 3, 2, 3),
        x.flatten(1),
        x.flatten(),
        x.transpose(1, 2).reshape(n, -1),
        x.transpose(1, 2).flatten(1),
        x.unflatten(-1, (2, 3)),
        x.permute(2, 0, 1),
        x.transpose(0, -1),
        x[0].t(),
        x.mT,
        x.movedim(0, 2),
        x.movedim((0, 1), (2, 0)),
        x.unsqueeze(1).expand(n, 4, 3, 6),
        x[:, :1].expand(-1, 5, -1),
        x[:, 0].expand_as(x.transpose(0, 1)),
        x[:, 1:],
        x[..., ::2],
        x[:, -2:, 1:5:3],
        x[:, 1],
        x[..., -1],
        x.narrow(2, 1, 3),
        x.unsqueeze(0),
        x.unsqueeze(-1).squeeze(-1),
        x[:, :1].squeeze(),
        x[:, :1].squeeze(1),
        x[:, :1, :1].squeeze((1, 2)),
        *x.split(2, dim=2),
        *x.split([1, 2], dim=1),
        *x.chunk(4, dim=2),
        *x.unbind(1),
        *x.tensor_split(4, dim=2),
        x.diagonal(dim1=1, dim2=2),
        x.diagonal(1, 1, 2),
        x.diagonal(-1, 1, 2),
        x.unfold(2, 3, 2),
        x.transpose(1, 2).contiguous().view(n, 18),
        x.clone(),
        x.swapaxes(1, 2),
        x.detach(),
        x.numel(),
        x.ravel(),
    )


@case(3, 4, 5)
def joining(x):
    return (
        torch.cat([x, x * 2, x[:, :1]], 1),
        torch.cat([x, x.flip(0)], 0),
        torch.cat([x, ids(x, 5)], -1),
        torch.stack([x, x + 1], 1),
        torch.stack([x[..., 0], x[..., 1]], -1),
        x.repeat(1, 2, 3),
        x.repeat(2, 1, 1, 1),
        x.tile(2),
        x.repeat_interleave(2, 1),
        x.repeat_interleave(3),
        x.flip(1, 2),
        x.flip(-1),
        x.roll(1, 1),
        x.roll((1, -2), (1, 2)),
        x.roll(3),
        x.tril(),
        x.tril(1),
        x.triu(-1),
        torch.hstack([x, x]),
        torch.vstack([x, x]),
        F.pad(x, (1, 2)),
        F.pad(x, (1, 2, 0, 3), value=-1.5),
        F.pad(x, (-1, 1)),
        F.pad(x, (2, 1), mode="reflect"),
        F.pad(x, (2, 1), mode="replicate"),
        F.pad(x, (2, 1), mode="circular"),
        torch.meshgrid(torch.arange(3), torch.arange(2), indexing="ij")[0],
    )


@case(2, 3, 5, 6)
def padding(x):
    return (
        F.pad(x, (1, 2, 3, 0), mode="reflect"),
        F.pad(x, (1, 2, 3, 0), mode="replicate"),
        F.pad(x, (1, 2, 3, 0), mode="circular"),
        nn.ZeroPad2d(2)(x),
        nn.ConstantPad2d((1, 0, 2, 1), 3.5)(x),
        F.pixel_unshuffle(x[..., :4, :], 2),
        F.pixel_shuffle(x.repeat(1, 4, 1, 1), 2),
        F.channel_shuffle(x.repeat(1, 2, 1, 1), 3),
    )


@case(3, 4, 5)
def reductions(x):
    return (
        x.sum(),
        x.sum(1),
        x.sum((0, 2), keepdim=True),
        x.sum(-1, dtype=torch.float64),
        x.mean(),
        x.mean((1, 2)),
        x.mean(0, keepdim=True),
        x.prod(),
        x.prod(1),
        x.std(),
        x.std(1),
        x.std((1, 2), unbiased=False, keepdim=True),
        x.var(-1),
        x.var((0, 1), correction=2),
        *torch.var_mean(x, 1),
        *torch.std_mean(x, (1, 2)),
        x.amax(1),
        x.amin((1, 2), keepdim=True),
        x.max(),
        x.min(),
        *x.max(1),
        *x.min(-1, keepdim=True),
        x.argmax(),
        x.argmax(1),
        x.argmin(2, keepdim=True),
        (x > 0).any(),
        (x > 0).all(1),
        (x > 0).any(2, keepdim=True),
        (x > -9).all(),
        x.logsumexp(1),
        x.logsumexp((1, 2), keepdim=True),
        x.norm(),
        x.norm(dim=1),
        x.norm(p=1, dim=(1, 2)),
        torch.linalg.vector_norm(x, 3, dim=1),
        torch.linalg.vector_norm(x, float("inf"), dim=2),
        torch.linalg.vector_norm(x, float("-inf"), dim=2, keepdim=True),
        torch.linalg.vector_norm(x, 0, dim=1),
        F.normalize(x, dim=1),
        F.cosine_similarity(x, x.flip(1), dim=1),
        F.softmax(x, 1),
        F.softmax(x, -1),
        F.softmin(x, 0),
        F.log_softmax(x, 1),
        F.log_softmax(x, -1),
        F.softmax(x, 2, dtype=torch.float64),
        x.cumsum(1),
        x.cumsum(-1),
        x.cumprod(2),
    )


@case(4, 9)
def sorting(x):
    i = ids(x, 5)
    return (
        *x.sort(),
        *x.sort(1, descending=True),
        *torch.sort(i, dim=1, stable=True),
        x.argsort(),
        *x.topk(3),
        *x.topk(2, dim=1, largest=False),
        i.topk(1, dim=1).values,
        x.sort(0).values,
    )


@case(4, 6)
def indexing(x):
    w = torch.linspace(-3, 5, 44).reshape(11, 4)
    i = ids(x, 11)
    k = torch.tensor([2, 0, 5])
    return (
        F.embedding(i, w),
        F.embedding(i, w.t().contiguous().t(), padding_idx=0),
        x.index_select(1, k),
        x[:, k],
        x[:, torch.tensor([[0, 1], [5, 2]])],
        w[i],
        w[i, ids(x, 4)],
        w[:, ids(x, 4)],
        x.gather(1, ids(x, 6)),
        x.gather(1, ids(x, 6)[:, :2]),
        torch.zeros(x.shape[0], 11).scatter(1, i[:, :1], 1.0),
        torch.zeros(x.shape[0], 11).scatter_add(1, i, x),
        F.one_hot(ids(x, 5), 5),
        x[:, [0, -1]],
        x[..., None, 2:4],
        torch.index_select(w, 0, k),
    )


@case(3, 4)
def created(x):
    n = x.shape[0]
    return (
        torch.zeros(n, 2),
        torch.ones(2, 3),
        torch.full((n, 2), 1.5),
        torch.full((2,), 7),
        torch.zeros_like(x),
        torch.ones_like(x, dtype=torch.int64),
        torch.full_like(x, 2.5),
        x.new_zeros(n, 3),
        x.new_ones(2),
        x.new_full((2, n), 3),
        torch.arange(5),
        torch.arange(2, 9),
        torch.arange(1, 2, 0.25),
        torch.arange(n),
        torch.arange(9, 0, -2),
        torch.linspace(0, 1, 7),
        torch.eye(3),
        torch.eye(2, 4),
        torch.tensor(3.5) + x,
        torch.tensor([1, 2]),
        x + n,
        x * (n / 2),
        x.shape[1] + n * 2 - n // 2,
    )


@case(3, 4, 5)
def in_place(x):
    a = x.clone()
    a.add_(1).mul_(2)
    a[:, 1] = 7
    b = x * 1
    b.relu_()
    c = torch.zeros(x.shape[0], 4, 5)
    c[:, :, 1:3] = x[:, :, :2]
    c[:, 0] += 1
    d = x.clone()
    d[d > 0] = 0
    e = x.clone()
    e.masked_fill_(x > 0, 5).clamp_(max=3)
    f = x.clone().transpose(1, 2)
    f.copy_(x.transpose(1, 2) + 1)
    g = torch.zeros(x.shape[0], 4)
    g.fill_(2.5)
    g.scatter_(1, ids(x[..., :1, 0], 4), 1.5)
    h = x.clone()
    h.zero_()
    return a, b, c, d, e, f, g, h, F.relu(x.clone(), inplace=True)


@case(3, 4, 6)
def products(x):
    w = torch.linspace(-1, 1, 30).reshape(5, 6)
    b = torch.linspace(0, 1, 5)
    m = x.reshape(-1, 6)
    v = torch.linspace(-2, 2, 6)
    return (
        F.linear(x, w),
        F.linear(x, w, b),
        F.linear(x[:, 0], w, b),
        F.linear(x[0, 0], w, b),
        x @ w.t(),
        m.mm(w.t()),
        torch.bmm(x, x.transpose(1, 2)),
        x @ x.mT,
        x.unsqueeze(1) @ x.unsqueeze(0).mT,
        x @ v,
        v @ x.mT,
        v @ v,
        m.mv(v),
        v.dot(v),
        torch.addmm(b, m, w.t()),
        torch.addmm(b, m, w.t(), beta=0.5, alpha=2),
        torch.baddbmm(x[:, :, :4], x, x.mT, alpha=0.3, beta=2),
        torch.outer(v, b),
        torch.matmul(x[:, None], w.t()[None]),
        F.linear(x, w[:1], b[:1]),
        F.linear(x.transpose(0, 1), w, b),
    )


@case(3, 4, 6, core=False)
def bilinear(x):
    w = torch.linspace(-1, 1, 72).reshape(2, 6, 6)
    return F.bilinear(x, x + 1, w), F.bilinear(x, x * 2, w, torch.ones(2))


@case(3, 4, 6)
def einsums(x):
    w = torch.linspace(-1, 1, 30).reshape(5, 6)
    return (
        torch.einsum("bij,kj->bik", x, w),
        torch.einsum("bij,bkj->bik", x, x + 1),
        torch.einsum("bij->bji", x),
        torch.einsum("bij->b", x),
        torch.einsum("bij,bij->b", x, x),
        torch.einsum("...j,kj->...k", x, w),
        torch.einsum("bii->bi", x[:, :, :4]),
        torch.einsum("bij,bkl->bikjl", x, x[:, :2, :2]),
        torch.einsum("ij,kl->ikjl", w, w),
        torch.einsum("b i j, b k j -> b k i", x, x * 2),
    )


@case(2, 4, 9)
class Conv1d(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            [
                nn.Conv1d(4, 6, 3),
                nn.Conv1d(4, 6, 3, stride=2, padding=1),
                nn.Conv1d(4, 8, 3, dilation=2, groups=2, bias=False),
                nn.Conv1d(4, 4, 5, padding="same", groups=4),
                nn.Conv1d(4, 3, 1),
                nn.Conv1d(4, 4, 3, padding=1, padding_mode="reflect"),
                nn.Conv1d(4, 4, 3, padding=2, padding_mode="circular"),
                nn.ConvTranspose1d(4, 5, 3),
                nn.ConvTranspose1d(4, 6, 4, stride=2, padding=1, output_padding=1),
                nn.ConvTranspose1d(4, 4, 3, groups=2, dilation=2, bias=False),
            ]
        )

    def forward(self, x):
        return tuple(m(x) for m in self.all)


@case(2, 4, 9, 11)
class Conv2d(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            [
                nn.Conv2d(4, 6, 3),
                nn.Conv2d(4, 6, (3, 2), stride=(2, 3), padding=(1, 0)),
                nn.Conv2d(4, 8, 3, dilation=(1, 2), groups=2, padding=1),
                nn.Conv2d(4, 4, 3, padding=1, groups=4),
                nn.Conv2d(4, 4, 5, padding=2, stride=2, groups=4, bias=False),
                nn.Conv2d(4, 12, 3, groups=4),
                nn.Conv2d(4, 7, 1),
                nn.Conv2d(4, 7, 1, stride=2),
                nn.Conv2d(4, 5, 3, padding="same", dilation=2),
                nn.Conv2d(4, 5, (1, 7), padding="valid"),
                nn.Conv2d(4, 40, 7, stride=2, padding=3),
                nn.ConvTranspose2d(4, 5, 3),
                nn.ConvTranspose2d(4, 6, 2, stride=2),
                nn.ConvTranspose2d(
                    4, 6, (3, 4), stride=(2, 1), padding=(1, 2), output_padding=(1, 0)
                ),
                nn.ConvTranspose2d(4, 8, 3, groups=2, dilation=(2, 1), bias=False),
            ]
        )

    def forward(self, x):
        return (*(m(x) for m in self.all), self.all[0](x.transpose(2, 3)))


@case(2, 3, 4, 5, 6)
class Conv3d(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            [
                nn.Conv3d(3, 4, 3, padding=1),
                nn.Conv3d(3, 6, (1, 2, 3), stride=(1, 2, 1), groups=3),
                nn.Conv3d(3, 3, 2, dilation=2, groups=3, padding=1),
                nn.ConvTranspose3d(3, 2, 2, stride=2),
                nn.ConvTranspose3d(3, 3, 3, padding=1, groups=3),
            ]
        )

    def forward(self, x):
        return tuple(m(x) for m in self.all)


@case(2, 3, 9, 10)
def pools_2d(x):
    return (
        F.max_pool2d(x, 2),
        F.max_pool2d(x, 3, stride=2, padding=1),
        F.max_pool2d(x, (2, 3), stride=(1, 2), dilation=(2, 1)),
        F.max_pool2d(x, 3, stride=2, ceil_mode=True),
        *F.max_pool2d(x, 2, return_indices=True),
        F.avg_pool2d(x, 2),
        F.avg_pool2d(x, 3, stride=2, padding=1),
        F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
        F.avg_pool2d(x, (3, 2), stride=2, ceil_mode=True, padding=(1, 0)),
        F.avg_pool2d(x, 2, divisor_override=3),
        F.avg_pool2d(x, 20, stride=20, ceil_mode=True),
        F.avg_pool2d(x, 13, stride=9, padding=2, ceil_mode=True),
        F.max_pool2d(x, 20, stride=20, ceil_mode=True),
        F.adaptive_avg_pool2d(x, 1),
        F.adaptive_avg_pool2d(x, (4, 3)),
        F.adaptive_avg_pool2d(x, (None, 5)),
        F.adaptive_max_pool2d(x, (4, 3)),
        F.lp_pool2d(x.abs(), 2, 2),
    )


@case(2, 2, 5, 6, 7)
def pools_3d(x):
    return (
        F.max_pool3d(x, 2),
        F.max_pool3d(x, (1, 2, 3), stride=2, padding=(0, 1, 1)),
        F.avg_pool3d(x, 2, padding=1),
        F.adaptive_avg_pool3d(x, (2, 1, 3)),
        F.adaptive_max_pool3d(x, 2),
    )


@case(3, 6, 5)
class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            [
                nn.BatchNorm1d(6),
                nn.BatchNorm1d(6, affine=False),
                nn.LayerNorm(5),
                nn.LayerNorm((6, 5), eps=1e-3),
                nn.LayerNorm(5, elementwise_affine=False),
                nn.LayerNorm(5, bias=False),
                nn.GroupNorm(3, 6),
                nn.GroupNorm(1, 6, affine=False),
                nn.GroupNorm(6, 6),
                nn.InstanceNorm1d(6),
                nn.InstanceNorm1d(6, affine=True),
                nn.InstanceNorm1d(6, track_running_stats=True),
                nn.RMSNorm(5),
                nn.RMSNorm((6, 5), eps=1e-4, elementwise_affine=False),
                nn.LocalResponseNorm(3),
            ]
        )

    def forward(self, x):
        return (*(m(x) for m in self.all), self.all[0](x[:, :, 0]))


@case(2, 4, 5, 6)
class Norms2d(nn.Module):
    """Also what is joined when a model is loaded."""

    def __init__(self):
        super().__init__()
        conv, norm, row = nn.Conv2d, nn.BatchNorm2d, nn.Sequential
        self.all = nn.ModuleList(
            [
                norm(4),
                nn.GroupNorm(2, 4),
                nn.InstanceNorm2d(4, affine=True),
                row(conv(4, 4, 3, bias=False), norm(4), nn.ReLU()),
                row(conv(4, 4, 3), norm(4), nn.ReLU6(True)),
                row(conv(4, 4, 3, groups=4), norm(4), nn.SiLU()),
                row(conv(4, 6, 3, groups=2), norm(6), nn.ReLU(True)),
                row(conv(4, 4, 1), nn.Hardtanh(-0.2, 0.3)),
                row(norm(4), nn.ReLU(True), conv(4, 3, 3)),
                row(nn.Flatten(), nn.Linear(120, 9), nn.ReLU()),
                row(nn.Flatten(), nn.Linear(120, 9), nn.BatchNorm1d(9), nn.ReLU()),
                row(nn.ConvTranspose2d(4, 3, 2), norm(3), nn.ReLU()),
            ]
        )

    def forward(self, x):
        return tuple(m(x) for m in self.all)


@case(2, 7, 5, core=False)  # unrolled: whole models show it
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.all = nn.ModuleList(
            [
                nn.LSTM(5, 4, batch_first=True),
                nn.LSTM(5, 4, 2, batch_first=True, bidirectional=True),
                nn.LSTM(5, 4, bias=False),
                nn.GRU(5, 4, batch_first=True),
                nn.GRU(5, 3, 2, batch_first=True, bidirectional=True),
                nn.GRU(5, 3, bias=False),
                nn.RNN(5, 4, batch_first=True),
                nn.RNN(5, 4, 2, nonlinearity="relu", bidirectional=True),
            ]
        )
        self.cells = nn.ModuleList(
            [nn.LSTMCell(5, 4), nn.GRUCell(5, 4), nn.RNNCell(5, 4)]
        )

    def forward(self, x):
        out = []
        for m in self.all:
            y, h = m(x if m.batch_first else x.transpose(0, 1))
            out += [y, *(h if isinstance(h, tuple) else [h])]
        for m in self.cells:
            h = m(x[:, 0])
            h = m(x[:, 1], h)
            out += h if isinstance(h, tuple) else [h]
        return tuple(out)


@case(2, 6, 8)
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.MultiheadAttention(8, 2, batch_first=True)
        self.b = nn.MultiheadAttention(8, 4, batch_first=True, bias=False)

    def forward(self, x):
        q = x.unflatten(-1, (2, 4)).transpose(1, 2)
        g = x.unflatten(-1, (4, 2)).transpose(1, 2)
        mask = torch.ones(6, 6, dtype=torch.bool).tril(1)
        bias = torch.linspace(-1, 1, 36).reshape(6, 6)
        at = F.scaled_dot_product_attention
        return (
            at(q, q, q),
            at(q, q + 1, q * 2, is_causal=True),
            at(q, q, q, attn_mask=mask),
            at(q, q, q, attn_mask=bias),
            at(q, q, q, attn_mask=bias[None, None] * x[:, :1, :1, None]),
            at(q, q, q, scale=0.3),
            at(q, q, q).permute(0, 2, 1, 3).view(-1, 6, 8),
            at(g, g[:, :2], g[:, 2:], enable_gqa=True),
            at(q[..., :3, :], q, q),
            at(x, x, x),
            self.a(x, x, x, need_weights=False)[0],
            *self.a(x, x, x),
            self.b(x, x[:, :4], x[:, 1:5])[0],
            self.a(x, x, x, attn_mask=~mask)[0],
        )


@case(2, 3, 5, 6)
def resized(x):
    up = F.interpolate
    return (
        up(x, scale_factor=2),
        up(x, size=(7, 4)),
        up(x, scale_factor=(1.5, 0.7)),
        up(x, size=(8, 9), mode="nearest-exact"),
        up(x, scale_factor=2, mode="bilinear"),
        up(x, size=(7, 11), mode="bilinear", align_corners=True),
        up(x, scale_factor=1.7, mode="bilinear"),
        up(x, size=(3, 2), mode="bilinear"),
        up(x, scale_factor=2, mode="bicubic"),
        up(x, size=(9, 5), mode="bicubic", align_corners=True),
        up(x[:, :, 0], scale_factor=2, mode="linear"),
        up(x[:, :, 0], size=9),
        up(x[:, :, None], size=(2, 7, 5), mode="trilinear"),
        up(x[:, :, None], scale_factor=(1, 2, 2)),
    )


@case(3, 8)
class Answers(nn.Module):
    """Dicts, tuples and numbers as outputs."""

    def __init__(self):
        super().__init__()
        self.l = nn.Linear(8, 3)
        self.register_buffer("k", torch.arange(3.0))
        self.t = torch.tensor([1.0, 2.0])

    def forward(self, x):
        y = self.l(x)
        return {"a": y * self.k, "b": (y.softmax(-1), x.shape[0])}, y.argmax(-1), self.t
