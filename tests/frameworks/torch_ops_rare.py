"""More cases of test_torch.py: losses, windows, norms of matrices, resizing with a wide
filter, assignments through masks, and what is seldom met."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_ops import case, ids

REDUCTIONS = ("none", "mean", "sum")


@case(3, 4, 6)
def losses(x):
    y = x.roll(1, 1)
    p, q = x.sigmoid(), y.sigmoid()
    w = torch.linspace(0.5, 2, 6)
    shares, logs = x.softmax(1), y.log_softmax(1)
    return [
        [
            F.binary_cross_entropy(p, q, reduction=r),
            F.binary_cross_entropy(p, (y > 0).float(), w, reduction=r),
            F.binary_cross_entropy_with_logits(x, q, reduction=r),
            F.binary_cross_entropy_with_logits(x, q, w, pos_weight=w + 1, reduction=r),
            F.kl_div(logs, shares, reduction=r),
            F.kl_div(logs, x.log_softmax(1), reduction=r, log_target=True),
            F.soft_margin_loss(x, y.sign(), reduction=r),
            F.poisson_nll_loss(x, y.abs(), reduction=r),
            F.poisson_nll_loss(p, q, log_input=False, reduction=r),
            F.huber_loss(x, y, reduction=r, delta=0.4),
            F.smooth_l1_loss(x, y, reduction=r),
        ]
        for r in REDUCTIONS
    ] + [F.kl_div(logs, F.threshold(shares, 0.2, 0.0), reduction="sum")]


@case(3, 5, 4)
def class_losses(x):
    rows, flat = ids(x[:, 0], 5), x.mean(2)
    w = torch.linspace(0.5, 2, 5)
    shares = x.roll(1, 1).softmax(1)
    return [
        [
            F.cross_entropy(x, rows, reduction=r),
            F.cross_entropy(x, rows, w, reduction=r, label_smoothing=0.2),
            F.cross_entropy(x, rows, ignore_index=2, reduction=r),
            F.cross_entropy(x, shares, reduction=r),
            F.cross_entropy(x, shares, w, reduction=r, label_smoothing=0.1),
            F.cross_entropy(flat, rows[:, 0], reduction=r),
            F.nll_loss(x.log_softmax(1), rows, w, reduction=r),
            F.nll_loss(flat.log_softmax(1), rows[:, 1], ignore_index=0, reduction=r),
        ]
        for r in REDUCTIONS
    ]


@case(3, 5)
def windows(x):
    made = [
        make(9, periodic=p)
        for make in (
            torch.hann_window,
            torch.hamming_window,
            torch.blackman_window,
            torch.bartlett_window,
        )
        for p in (True, False)
    ]
    more = (
        torch.hann_window(5),
        torch.hamming_window(6),
        torch.hamming_window(6, True, 0.6),
        torch.hamming_window(6, False, 0.6, 0.3, dtype=torch.float64),
        torch.blackman_window(1),
        torch.bartlett_window(0),
    )
    return *made, *more, x * torch.hann_window(5)


@case(3, 4, 6, batches=(3,))
def matrix_norms(x):
    return (
        torch.linalg.norm(x),
        torch.linalg.norm(x, dim=1),
        torch.linalg.norm(x, 3, dim=-1, keepdim=True),
        torch.linalg.norm(x, float("inf"), dim=2),
        torch.linalg.norm(x, "fro", dim=(1, 2)),
        torch.linalg.matrix_norm(x),
        *[torch.linalg.matrix_norm(x, p) for p in (1, -1, torch.inf, -torch.inf)],
        torch.linalg.matrix_norm(x, 1, keepdim=True),
        torch.linalg.vector_norm(x, 3, 1),
        torch.norm(x, p="fro"),
        torch.norm(x, 1, 1),
        torch.dist(x, x.flip(1)),
        torch.dist(x, x[:, :1], 3),
    )


@case(3, 4, 6, batches=(3,))
def turned_and_stacked(x):
    return (
        x.fliplr(),
        x.flipud(),
        x.msort(),
        torch.dstack([x, x * 2]),
        torch.dstack([x[0], x[0]]),
        torch.dstack([x[0, 0], x[0, 1]]),
        torch.special.softmax(x, 1),
        torch.special.log_softmax(x, 1),
        torch.special.logsumexp(x, 1),
        (x * 3).view(torch.int32),
        ids(x, 5).view(torch.float64) * 0,
    )


@case(3, 4, 6, batches=(3,))
def products_of_kinds(x):
    return (
        torch.kron(x[0], x[0, :2, :3]),
        torch.kron(x, torch.ones(2)),
        torch.kron(ids(x, 5), ids(x[0], 3)),
        torch.tensordot(x, x, dims=([1, 2], [1, 2])),
        torch.tensordot(x, x.transpose(0, 2), dims=1),
        torch.tensordot(x, torch.ones(5, 4, 2), dims=([1], [1])),
        torch.float_power(x.abs() + 0.1, 1.5),
        torch.float_power(2, ids(x, 5)),
        torch.float_power(x.abs() + 0.1, x),
    )


@case(3, 4, 6)
def products_in_place(x):
    square = x.transpose(1, 2) @ x
    return (
        (x[0] * 1).addmm_(x[0, :, :2], x[0, :2]),
        (x[0] * 1).addmm_(x[0, :, :2], x[0, :2], beta=0.3, alpha=-2),
        (x[0] * 1).addmm_(x[0, :, :2], x[0, :2], beta=0),
        (x[0] * 1).addmm_(x[0, :, :2], x[0, :2], alpha=0, beta=2),
        (x * 1).baddbmm_(x, square, beta=0.5),
        (x[0, 0] * 1).addmv_(square[0], x[0, 1]),
    )


class bilinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Bilinear(6, 4, 5), nn.Bilinear(6, 6, 3, bias=False)

    def forward(self, x):
        return self.one(x, x[..., 1:5]), self.other(x, x.flip(1))


case(3, 4, 6)(bilinear)


@case(2, 3, 13, 9)
def wide_filters(x):
    options = ((5, 4), (20, 9), (7, 21), (1, 1))
    resized = [
        F.interpolate(x, size=size, mode=mode, antialias=True, align_corners=align)
        for mode in ("bilinear", "bicubic")
        for size in options
        for align in (False, True)
    ]
    scaled = F.interpolate(x, scale_factor=0.4, mode="bicubic", antialias=True)
    return *resized, scaled


@case(4, 6)
def through_masks(x):
    a, b, c = x * 1, x * 1, x * 1
    a[a > 0] = 0.5
    b[x[:, 0] > 0] = x[0]
    c[ids(x, 3) == 1] = c.new_tensor(7.0)
    return a, b, c, x.masked_scatter(x > 0, x.flip(1)), torch.where(x > 0, x, 0)
