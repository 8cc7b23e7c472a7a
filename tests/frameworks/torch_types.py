"""More cases of test_torch.py: float16 and bfloat16, torch.autocast, torch.cond.

Results of 16 bits are held to two units in the last place of the largest magnitude
(`margin`): torch sums in float32 too, but not always in the same order.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch_ops import case

HALF, BFLOAT = 2 * 2.0**-10, 2 * 2.0**-7


class Cast(nn.Module):
    """A module in another type, between casts."""

    def __init__(self, module, dtype):
        super().__init__()
        self.module, self.dtype = module.to(dtype), dtype

    def forward(self, x):
        return self.module(x.to(self.dtype)).float()


def image():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 8, 3, groups=8),
        nn.GroupNorm(2, 8),
        nn.AvgPool2d(2, ceil_mode=True),
        nn.ConvTranspose2d(8, 4, 2, stride=2),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(16, 5),
        nn.Softmax(-1),
    )


@case(2, 3, 12, 12, margin=8 * HALF)
class image_half(Cast):
    def __init__(self):
        super().__init__(image(), torch.float16)


@case(2, 3, 12, 12, margin=8 * BFLOAT)
class image_bfloat(Cast):
    def __init__(self):
        super().__init__(image(), torch.bfloat16)


def products(x, dtype):
    y = x.to(dtype)
    w = torch.linspace(-1, 1, 35).reshape(5, 7).to(dtype)
    b = torch.linspace(0, 1, 5).to(dtype)
    return (
        F.linear(y, w, b),
        F.linear(y, w),
        y @ w.T,
        torch.addmm(b, y, w.T),
        torch.einsum("bi,oi->bo", y, w),
        torch.bmm(y[:, None], y[:, :, None]),
        F.layer_norm(y, (7,), b.new_ones(7)),
        F.softmax(y, 1),
        F.log_softmax(y, 1),
        F.softmax(y, 1, dtype=torch.float32),
        F.conv1d(y[:, None], w[:2, None, :3], b[:2], padding=1),
        F.avg_pool1d(y[:, None], 2),
        F.max_pool1d(y[:, None], 3, 2),
        F.scaled_dot_product_attention(y[:, None], y[:, None], y[:, None]),
        F.gelu(y),
        y.sum(1),
        y.mean(),
        y * 2 + y.sigmoid(),
    )


@case(4, 7, margin=HALF)
def half_products(x):
    return products(x, torch.float16)


@case(4, 7, margin=BFLOAT)
def bfloat_products(x):
    return products(x, torch.bfloat16)


class Encoder(nn.Module):
    def __init__(self, dtype):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0)
        self.inner = Cast(layer, dtype)

    def forward(self, x):
        return self.inner(x)


@case(2, 5, 8, margin=8 * HALF)
class encoder_half(Encoder):
    def __init__(self):
        super().__init__(torch.float16)


@case(2, 5, 8, margin=8 * BFLOAT)
class encoder_bfloat(Encoder):
    def __init__(self):
        super().__init__(torch.bfloat16)


@case(3, 6, margin=4 * BFLOAT)
class recurrent_bfloat(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(2, 3, batch_first=True).bfloat16()

    def forward(self, x):
        return self.gru(x.bfloat16().unflatten(1, (3, 2)))


@case(3, 6, margin=2 * BFLOAT)
class autocast(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Linear(6, 9), nn.LayerNorm(9)
        self.second = nn.Linear(9, 4)
        self.conv = nn.Conv1d(1, 2, 3)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.norm(F.relu(self.first(x)))
            z = self.conv(x[:, None])
            with torch.autocast("cpu", enabled=False):
                full = self.second(y.float())
            low = self.second(y)
            both = torch.cat([low, x], 1)
        with torch.autocast("cuda", dtype=torch.float16):
            other = self.first(x)
        return full, low.float(), z, both, other, y @ y.T.bfloat16()


@case(3, 6)
class choice(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x):
        pair = torch.cond(
            x.sum() > 0,
            lambda x: (self.a(x), x + 1),
            lambda x: (self.b(x) * 2, x.clone()),
            (x,),
        )
        inner = torch.cond(
            x[0, 0] > 0,
            lambda x: torch.cond(x[0, 1] > 0, lambda x: x * 2, lambda x: x - 1, (x,)),
            lambda x: x.log().nan_to_num(),
            (x,),
        )
        return *pair, inner


@case(3, 6, margin=1e-14)
class doubles(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [
            nn.Linear(6, 9),
            nn.GELU(),
            nn.Linear(9, 4, bias=False),
            nn.Softmax(1),
        ]
        self.all = nn.Sequential(*layers).double()

    def forward(self, x):
        y = x.double()
        w = torch.linspace(-1, 1, 30, dtype=torch.float64).reshape(6, 5)
        return (
            self.all(y),
            y @ w,
            torch.addmm(w[0], y, w, beta=0.3, alpha=1.7),
            torch.addmm(w[0], y, w),
            torch.bmm(y[:, None], y[:, :, None]),
            torch.mv(y, w[:, 0]),
            y[0] @ y[0],
        )


@case(3, 6, 8, margin=1e-9)
class double_norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.batch = nn.BatchNorm1d(6).double()
        self.layer, self.group = nn.LayerNorm(8).double(), nn.GroupNorm(2, 6).double()
        self.own = nn.BatchNorm1d(6, track_running_stats=False).double()
        self.each = nn.InstanceNorm1d(6, affine=True).double()
        self.root = nn.RMSNorm(8).double()

    def forward(self, x):
        y = x.double() + 1e6  # lost in float32
        norms = (self.batch, self.layer, self.group, self.own, self.each, self.root)
        return *[norm(y) for norm in norms], F.log_softmax(y, 2)


@case(2, 3, 12, 12)
class image_double(Cast):
    def __init__(self):
        super().__init__(image(), torch.float64)

    def forward(self, x):
        y = x.double()
        parts = (
            F.max_pool2d(y, 3, return_indices=True),
            F.avg_pool2d(y, 3, 2),
            F.adaptive_avg_pool2d(y, 5),
            F.interpolate(y, scale_factor=1.5, mode="bilinear"),
        )
        return self.module(y), parts, F.glu(y, 3), F.normalize(y), F.unfold(y, 3)


@case(3, 5, 8)
class sequence_double(nn.Module):
    def __init__(self):
        super().__init__()
        options = {"batch_first": True}
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, **options).double()
        kinds = (nn.LSTM, nn.GRU, nn.RNN)
        self.nets = nn.ModuleList(kind(8, 6, **options).double() for kind in kinds)

    def forward(self, x):
        y = self.layer(x.double())
        return y, *[net(y)[0] for net in self.nets], torch.cdist(y, y.flip(1))
