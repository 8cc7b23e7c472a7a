"""Cases for test_torch.py, as in torch_ops.py: where elements are taken from or put."""

import torch
import torch.nn.functional as F
from torch import nn
from torch_ops import case


@case(3, 2, 6, 7)
def grids(x):
    sizes = {"indexing": "ij"}
    places = torch.linspace(-1.3, 1.3, 5), torch.linspace(-1.21, 1.07, 4)
    grid = torch.stack(torch.meshgrid(*places, **sizes), -1)
    grid = grid.unsqueeze(0).repeat(x.size(0), 1, 1, 1)
    theta = torch.tensor([[[1.0, 0.2, 0.0], [0.1, 0.9, 0.1]]]).repeat(x.size(0), 1, 1)
    return (
        *(
            F.grid_sample(x, grid, mode, padding, align)
            for mode in ("bilinear", "nearest", "bicubic")
            for padding in ("zeros", "border", "reflection")
            for align in (True, False)
        ),
        *(F.affine_grid(theta, x.shape, align) for align in (True, False)),
    )


@case(3, 2, 8, 7)
def windows(x):
    columns = F.unfold(x, (3, 2), dilation=(1, 2), padding=(1, 0), stride=(2, 1))
    return (
        columns,
        F.unfold(x[0], 3),
        F.fold(columns, (8, 7), (3, 2), (1, 2), (1, 0), (2, 1)),
        F.fold(F.unfold(x[0], 2, stride=2), (8, 7), 2, stride=2),
    )


@case(3, 4, 5)
def turns(x):
    return (
        *(torch.rot90(x, k, [1, 2]) for k in (-1, 0, 1, 2, 3, 4)),
        torch.rot90(x, 1, [-1, 1]),
        torch.diag_embed(x[:, 0]),
        torch.diag_embed(x[:, 0], 1, 0, 2),
        torch.diag_embed(x[:, 0], -2, 2, 1),
        *torch.broadcast_tensors(x, x[:, :1], x[:1, :1, 0], torch.ones(5)),
    )


@case(3, 4, 5)
def distances(x):
    y = x.flip(1)[:, :3] + 0.5
    return tuple(torch.cdist(x, y, p) for p in (0.0, 1.0, 2.0, 3.0, float("inf")))


@case(3, 7)
def buckets(x):
    edges = torch.tensor([-1.0, 0.0, 0.0, 0.5])
    return (
        torch.bucketize(x, edges),
        torch.bucketize(x.round(), edges, right=True),
        torch.bucketize(x, edges, out_int32=True),
    )


@case(4, 3)
def added_up(x):
    places = (torch.tensor([0, 2, 0]),)
    base = torch.zeros(x.size(0), 5, 3)
    values = x.unsqueeze(0).expand(3, -1, -1)
    return base.transpose(0, 1).contiguous().index_put(places, values, accumulate=True)


@case(3, 4, 9)
class Weighted(nn.Module):
    """Weights by their directions and sizes."""

    def __init__(self):
        super().__init__()
        normed = torch.nn.utils.parametrizations.weight_norm
        self.first = normed(nn.Conv1d(4, 6, 3))
        self.second = normed(nn.Linear(7, 2), dim=None)
        self.third = normed(nn.ConvTranspose1d(6, 3, 2), dim=1)

    def forward(self, x):
        y = self.first(x)
        return self.second(y), self.third(y)


@case(3, 5)
class Frozen(nn.Module):
    """Parts without gradients, which are graphs in the graph."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(5, 4), nn.Linear(4, 3)

    def forward(self, x):
        with torch.no_grad():
            y = self.a(x)
            z = y.relu() * x.shape[0]
        return self.b(z).detach(), y
