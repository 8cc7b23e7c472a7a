"""Models of sequences and tables for test_torch.py, as those of torch_models.py."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch_models import MODELS, ViT


def words_of(x, count):
    return (x.abs() * 100).long() % count


class Bert(nn.Module):
    """Words, of which number 0 is padding, to a pooled answer and every state."""

    def __init__(self, width=16, words=30, heads=2, length=16):
        super().__init__()
        self.words = nn.Embedding(words, width, padding_idx=0)
        self.places = nn.Embedding(length, width)
        self.kinds = nn.Embedding(2, width)
        self.register_buffer("ids", torch.arange(length).expand(1, -1))
        self.norm = nn.LayerNorm(width, 1e-12)
        layer = nn.TransformerEncoderLayer(
            width, heads, 32, activation="gelu", batch_first=True
        )
        self.body = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.pooler = nn.Linear(width, width)

    def forward(self, x):
        ids = words_of(x, 30)
        places = self.places(self.ids[:, : ids.shape[1]])
        y = self.words(ids) + places + self.kinds(torch.zeros_like(ids))
        padding = (ids == 0) & (torch.arange(ids.shape[1]) > 0)
        y = self.body(self.norm(y), src_key_padding_mask=padding)
        return {"pooled": torch.tanh(self.pooler(y[:, 0])), "states": y}


class T5(nn.Module):
    """Attention with a bias by buckets of distance, norms without a mean."""

    def __init__(self, width=16, heads=2, words=20):
        super().__init__()
        self.heads = heads
        self.words = nn.Embedding(words, width)
        self.bias = nn.Embedding(32, heads)
        self.q, self.k, self.v, self.o = (
            nn.Linear(width, width, bias=False) for _ in range(4)
        )
        self.scale = nn.Parameter(torch.ones(width))
        self.wi, self.gate = (nn.Linear(width, 24, bias=False) for _ in range(2))
        self.wo = nn.Linear(24, width, bias=False)

    def norm(self, x):
        spread = x.to(torch.float32).pow(2).mean(-1, keepdim=True)
        return self.scale * (x * torch.rsqrt(spread + 1e-6))

    def buckets(self, length):
        at = torch.arange(length, dtype=torch.long)
        apart = at[None, :] - at[:, None]
        out = (apart > 0).to(torch.long) * 16
        far = torch.abs(apart)
        large = 8 + (torch.log(far.float() / 8) / math.log(128 / 8) * 8).to(torch.long)
        large = torch.min(large, torch.full_like(large, 15))
        return out + torch.where(far < 8, far, large)

    def forward(self, x):
        x = self.words(words_of(x, 20))
        b, t, w = x.shape
        y = self.norm(x)
        q, k, v = (
            f(y).view(b, -1, self.heads, w // self.heads).transpose(1, 2)
            for f in (self.q, self.k, self.v)
        )
        scores = torch.matmul(q, k.transpose(3, 2))
        scores += self.bias(self.buckets(t)).permute([2, 0, 1]).unsqueeze(0)
        y = F.softmax(scores.float(), dim=-1).type_as(scores) @ v
        x = x + self.o(y.transpose(1, 2).contiguous().view(b, -1, w))
        y = self.norm(x)
        return x + self.wo(F.gelu(self.gate(y), approximate="tanh") * self.wi(y))


class Decoder(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        layer = nn.TransformerDecoderLayer(width, 2, 32, batch_first=True)
        self.body = nn.TransformerDecoder(layer, 2)
        self.memory = nn.Parameter(torch.randn(1, 5, width))

    def forward(self, x):
        length = x.shape[1]
        mask = torch.triu(torch.full((length, length), float("-inf")), diagonal=1)
        memory = self.memory.expand(x.shape[0], -1, -1)
        skip = x[:, :5, 0] > 1.5
        skip = skip & (torch.arange(5) > 0)
        options = {"tgt_is_causal": True, "memory_key_padding_mask": skip}
        return self.body(x, memory, tgt_mask=mask, **options)


class FTTransformer(nn.Module):
    """Each column of a table a token: four numbers, two categories."""

    def __init__(self, width=8):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(4, width))
        self.bias = nn.Parameter(torch.randn(6, width))
        self.table = nn.Embedding(9, width)
        self.register_buffer("starts", torch.tensor([0, 5]))
        self.token = nn.Parameter(torch.randn(width))
        self.attend = nn.MultiheadAttention(width, 2, batch_first=True)
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(3)])
        self.up, self.down = nn.Linear(width, 24), nn.Linear(12, width)
        self.head = nn.Linear(width, 2)

    def forward(self, x):
        numbers = self.weight * x[:, :4, None]
        codes = words_of(x[:, 4:], 4) + self.starts
        x = torch.cat([numbers, self.table(codes)], 1) + self.bias
        x = torch.cat([self.token.expand(x.shape[0], 1, -1), x], 1)
        y = self.norms[0](x)
        y, weights = self.attend(y, y, y)
        x = x + y
        a, b = self.up(self.norms[1](x)).chunk(2, dim=-1)
        x = x + self.down(a * F.relu(b))
        return self.head(F.relu(self.norms[2](x[:, 0]))), weights


class VAE(nn.Module):
    """The answer of the mean, beside mean and logarithm of the variance."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(24, 16), nn.ReLU())
        self.mean, self.spread = nn.Linear(16, 3), nn.Linear(16, 3)
        self.decode = nn.Sequential(
            nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 24), nn.Sigmoid()
        )

    def forward(self, x):
        y = self.encode(x.view(-1, 24))
        mean, spread = self.mean(y), self.spread(y)
        z = mean + torch.exp(0.5 * spread) * torch.zeros_like(spread)
        return self.decode(z).view_as(x), mean, spread


class TCN(nn.Module):
    def __init__(self):
        super().__init__()
        norm = nn.utils.parametrizations.weight_norm
        self.layers = nn.ModuleList(
            [
                norm(nn.Conv1d(a, 6, 3, padding=2 * 2**i, dilation=2**i))
                for i, a in enumerate((2, 6, 6))
            ]
        )
        self.skip = nn.Conv1d(2, 6, 1)
        self.head = nn.Linear(6, 1)

    def forward(self, x):
        skip = self.skip(x)
        for i, layer in enumerate(self.layers):
            x = F.relu(layer(x)[:, :, : -2 * 2**i].contiguous())
        return self.head(F.relu(x + skip)[:, :, -1])


class Layers(nn.Module):
    """Recurrent networks of several layers, time first, their states in the answer."""

    def __init__(self, kind):
        super().__init__()
        self.body = kind(5, 6, 3, bidirectional=True)
        self.end = kind(12, 4, 2, batch_first=True, bias=False)

    def forward(self, x):
        y, states = self.body(x.transpose(0, 1).contiguous())
        y, _ = self.end(y.transpose(0, 1))
        return y[:, -1, :], states


class ConvLSTM(nn.Module):
    def __init__(self, hidden=4):
        super().__init__()
        self.hidden = hidden
        self.gates = nn.Conv2d(2 + hidden, 4 * hidden, 3, padding=1)

    def forward(self, x):
        b, steps, _, rows, columns = x.shape
        h = torch.zeros(b, self.hidden, rows, columns, device=x.device)
        c = torch.zeros_like(h)
        for step in range(steps):
            gates = self.gates(torch.cat([x[:, step], h], dim=1))
            i, f, o, g = torch.split(gates, self.hidden, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        return torch.stack([h, c], dim=1)


class DeiT(ViT):
    """A second token, whose answer counts as much."""

    def __init__(self):
        super().__init__(16, 4, 16, 1, 2)
        self.second = nn.Parameter(torch.randn(1, 1, 16))
        self.place = nn.Parameter(torch.randn(1, 18, 16))
        self.other = nn.Linear(16, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        first = self.token.expand(x.shape[0], -1, -1)
        second = self.second.expand(x.shape[0], -1, -1)
        x = self.norm(self.body(torch.cat((first, second, x), dim=1) + self.place))
        return (self.head(x[:, 0]) + self.other(x[:, 1])) / 2


class Perceiver(nn.Module):
    """A few latent rows ask the many of the input, as einsum writes it."""

    def __init__(self, width=8):
        super().__init__()
        self.latents = nn.Parameter(torch.randn(4, width))
        self.q = nn.Linear(width, width, bias=False)
        self.kv = nn.Linear(6, 2 * width, bias=False)
        self.norm = nn.LayerNorm(6)
        bands = torch.linspace(1.0, 10.0 / 2, 2)
        self.register_buffer("bands", bands)

    def places(self, x):
        at = torch.linspace(-1.0, 1.0, steps=x.shape[1])[:, None]
        waves = at * self.bands * math.pi
        return torch.cat([waves.sin(), waves.cos()], dim=-1).expand(x.shape[0], -1, -1)

    def forward(self, x):
        data = self.norm(torch.cat([x, self.places(x)], dim=-1))
        latents = self.latents.unsqueeze(0).repeat(x.shape[0], 1, 1)
        q = self.q(latents)
        k, v = self.kv(data).chunk(2, dim=-1)
        q, k, v = (
            y.reshape(*y.shape[:2], 2, -1).permute(0, 2, 1, 3) for y in (q, k, v)
        )
        scores = torch.einsum("bhid,bhjd->bhij", q, k) * q.shape[-1] ** -0.5
        scores = scores - scores.amax(dim=-1, keepdim=True).detach()
        y = torch.einsum("bhij,bhjd->bhid", scores.softmax(dim=-1), v)
        y = y.permute(0, 2, 1, 3).flatten(2)
        return (latents + y).mean(dim=-2)


def rearranges(x):
    """What einops makes of "b c (h p) (w q) -> b (h w) (p q c)" and back."""
    b, c = x.shape[0], x.shape[1]
    y = x.reshape(b, c, 2, 3, 3, 2).permute(0, 2, 4, 3, 5, 1).reshape(b, 6, 6 * c)
    back = y.reshape(b, 2, 3, 3, 2, c).permute(0, 5, 1, 3, 2, 4).reshape(b, c, 6, 6)
    return y, back.flip(-1), back.amax((2, 3)), y.unsqueeze(2).expand(-1, -1, 2, -1)


class Rotary(nn.Module):
    """A block as LLaMA has it: rotated queries and keys, fewer keys than queries."""

    def __init__(self, width=16, heads=4, shared=2):
        super().__init__()
        self.heads, self.shared, self.size = heads, shared, width // heads
        self.q = nn.Linear(width, width, bias=False)
        self.kv = nn.Linear(width, 2 * shared * self.size, bias=False)
        powers = torch.arange(0, self.size, 2).float() / self.size
        self.register_buffer("rates", 1.0 / 10000**powers)
        self.norm = nn.RMSNorm(width)
        self.up = nn.Linear(width, 48, bias=False)
        self.down = nn.Linear(24, width, bias=False)

    def turn(self, x):
        angles = torch.outer(torch.arange(x.shape[2]).float(), self.rates)
        angles = torch.cat((angles, angles), dim=-1)
        a, b = x[..., : self.size // 2], x[..., self.size // 2 :]
        return x * angles.cos() + torch.cat((-b, a), dim=-1) * angles.sin()

    def forward(self, x):
        b, t, w = x.shape
        y = self.norm(x)
        q = self.turn(self.q(y).view(b, t, self.heads, self.size).transpose(1, 2))
        k, v = self.kv(y).view(b, t, 2 * self.shared, self.size).split(self.shared, 2)
        k = self.turn(k.transpose(1, 2)).repeat_interleave(2, dim=1)
        v = v.transpose(1, 2).repeat_interleave(2, dim=1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + y.transpose(1, 2).reshape(b, t, w)
        a, b = self.up(x).tensor_split(2, dim=-1)
        return x + self.down(F.silu(a) * b)


MODELS.update(
    {
        "bert": ((1, 9), Bert, (1, 4)),
        "t5": ((1, 11), T5, (1, 3)),
        "decoder": ((1, 6, 16), Decoder, (1, 3)),
        "ft_transformer": ((1, 6), FTTransformer, (1, 33)),
        "vae": ((1, 4, 6), VAE, (1, 3)),
        "tcn": ((1, 2, 20), TCN, (1, 3)),
        "lstm_layers": ((1, 7, 5), lambda: Layers(nn.LSTM), (1, 3)),
        "gru_layers": ((1, 7, 5), lambda: Layers(nn.GRU), (1, 3)),
        "rnn_layers": ((1, 7, 5), lambda: Layers(nn.RNN), (1, 3)),
        "conv_lstm": ((1, 3, 2, 5, 6), ConvLSTM, (1, 2)),
        "deit": ((1, 3, 16, 16), DeiT, (1, 3)),
        "perceiver": ((1, 12, 2), Perceiver, (1, 3)),
        "rearranges": ((1, 2, 6, 6), lambda: rearranges, (1, 3)),
        "rotary": ((1, 5, 16), Rotary, (1, 3)),
    }
)

# Models that take sequences of any length, and lengths to ask for.
LENGTHS = {
    "bert": (2, 9, 16),
    "t5": (3, 11, 40),
    "rotary": (2, 5, 17),
    "decoder": (6, 9, 11),
}
