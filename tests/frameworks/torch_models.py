"""Whole models for test_torch.py, with random weights: shapes as torchvision, timm and
others have them, small where size shows nothing new.

A model is (shape of the input, function that makes it, batches to ask).
"""

import itertools

import torch
import torch.nn.functional as F
from torch import nn


def norm_relu(channels):
    return [nn.BatchNorm2d(channels), nn.ReLU(inplace=True)]


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            *norm_relu(outputs),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.skip = nn.Identity()
        if stride != 1 or inputs != outputs:
            self.skip = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x):
        return F.relu(self.body(x) + self.skip(x), inplace=True)


def resnet18(classes=1000):
    widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
    blocks = [
        BasicBlock(a, b, 2 if a != b else 1) for a, b in itertools.pairwise(widths)
    ]
    return nn.Sequential(
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        *norm_relu(64),
        nn.MaxPool2d(3, 2, 1),
        *blocks,
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(512, classes),
    )


class SqueezeExcite(nn.Module):
    def __init__(self, channels):
        super().__init__()
        inner = max(8, channels // 4)
        self.down = nn.Conv2d(channels, inner, 1)
        self.up = nn.Conv2d(inner, channels, 1)

    def forward(self, x):
        y = F.relu(self.down(F.adaptive_avg_pool2d(x, 1)))
        return x * F.hardsigmoid(self.up(y))


class Inverted(nn.Module):
    def __init__(self, inputs, inner, outputs, kernel, stride, excite, act):
        super().__init__()
        layers = [nn.Conv2d(inputs, inner, 1, bias=False), nn.BatchNorm2d(inner), act()]
        layers += [
            nn.Conv2d(
                inner, inner, kernel, stride, kernel // 2, groups=inner, bias=False
            ),
            nn.BatchNorm2d(inner),
            act(),
        ]
        if excite:
            layers.append(SqueezeExcite(inner))
        layers += [nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.body = nn.Sequential(*layers)
        self.skips = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.body(x) if self.skips else self.body(x)


def mobilenet_v3_small(classes=1000):
    swish, relu = nn.Hardswish, nn.ReLU
    rows = [
        (16, 16, 16, 3, 2, True, relu),
        (16, 72, 24, 3, 2, False, relu),
        (24, 88, 24, 3, 1, False, relu),
        (24, 96, 40, 5, 2, True, swish),
        (40, 240, 40, 5, 1, True, swish),
        (40, 120, 48, 5, 1, True, swish),
        (48, 288, 96, 5, 2, True, swish),
        (96, 576, 96, 5, 1, True, swish),
    ]
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1, bias=False),
        nn.BatchNorm2d(16),
        nn.Hardswish(),
        *[Inverted(*row) for row in rows],
        nn.Conv2d(96, 576, 1, bias=False),
        nn.BatchNorm2d(576),
        nn.Hardswish(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(576, 1024),
        nn.Hardswish(),
        nn.Dropout(0.2),
        nn.Linear(1024, classes),
    )


class ViT(nn.Module):
    def __init__(self, size=32, patch=8, width=64, layers=4, heads=4, classes=10):
        super().__init__()
        self.patch = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.place = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, width))
        options = {"activation": "gelu", "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, **options)
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        return self.head(self.norm(self.body(x))[:, 0])


class UNet(nn.Module):
    def __init__(self):
        super().__init__()

        def pair(a, b):
            return nn.Sequential(
                nn.Conv2d(a, b, 3, padding=1),
                *norm_relu(b),
                nn.Conv2d(b, b, 3, padding=1),
                *norm_relu(b),
            )

        self.down1, self.down2, self.bottom = pair(3, 8), pair(8, 16), pair(16, 32)
        self.up2 = nn.ConvTranspose2d(32, 16, 2, 2)
        self.up1 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.join2, self.join1 = pair(32, 16), pair(24, 8)
        self.out = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(F.max_pool2d(a, 2))
        c = self.bottom(F.max_pool2d(b, 2))
        b = self.join2(torch.cat([b, self.up2(c)], 1))
        a = self.join1(torch.cat([a, self.up1(b)], 1))
        return torch.sigmoid(self.out(a))


class Recurrent(nn.Module):
    """Token numbers, a bidirectional network of two layers, the last step."""

    def __init__(self, kind):
        super().__init__()
        self.embed = nn.Embedding(50, 12)
        self.body = kind(12, 16, 2, batch_first=True, bidirectional=True, dropout=0.1)
        self.head = nn.Sequential(nn.LayerNorm(32), nn.Linear(32, 4))

    def forward(self, x):
        y, _ = self.body(self.embed((x.abs() * 100).long() % 50))
        return self.head(y[:, -1]).log_softmax(-1)


class GPT(nn.Module):
    def __init__(self, width=32, heads=4, length=12, layers=2, words=40):
        super().__init__()
        self.heads = heads
        self.tokens = nn.Embedding(words, width)
        self.places = nn.Embedding(length, width)
        self.blocks = nn.ModuleList(
            [
                nn.ModuleDict(
                    {
                        "n1": nn.LayerNorm(width),
                        "qkv": nn.Linear(width, 3 * width),
                        "out": nn.Linear(width, width),
                        "n2": nn.RMSNorm(width),
                        "up": nn.Linear(width, 4 * width),
                        "down": nn.Linear(4 * width, width),
                    }
                )
                for _ in range(layers)
            ]
        )
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, words, bias=False)
        self.head.weight = self.tokens.weight

    def attend(self, block, x):
        b, t, w = x.shape
        q, k, v = block["qkv"](x).split(w, dim=2)
        q, k, v = (
            y.view(b, t, self.heads, w // self.heads).transpose(1, 2) for y in (q, k, v)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return block["out"](y.transpose(1, 2).reshape(b, t, w))

    def forward(self, x):
        ids = (x.abs() * 1000).long() % 40
        h = self.tokens(ids) + self.places(torch.arange(x.shape[1]))
        for block in self.blocks:
            h = h + self.attend(block, block["n1"](h))
            inner = F.gelu(block["up"](block["n2"](h)), approximate="tanh")
            h = h + block["down"](inner)
        return self.head(self.norm(h))


class Tabular(nn.Module):
    """Three columns of categories and five numbers."""

    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([nn.Embedding(n, 4) for n in (7, 11, 3)])
        self.norm = nn.BatchNorm1d(5)
        self.body = nn.Sequential(
            nn.Linear(17, 32),
            nn.ReLU(),
            nn.BatchNorm1d(32),
            nn.Dropout(),
            nn.Linear(32, 1),
        )

    def forward(self, x):
        codes = (x[:, :3].abs() * 10).long()
        parts = [t(codes[:, i] % t.num_embeddings) for i, t in enumerate(self.tables)]
        return self.body(torch.cat([*parts, self.norm(x[:, 3:])], 1)).squeeze(1)


class ConvNext(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 4, 4)
        self.deep = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.scale = nn.Parameter(torch.full((width,), 0.3))
        self.head = nn.Linear(width, 5)

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.deep(x).permute(0, 2, 3, 1))
        y = self.scale * self.down(F.gelu(self.up(y)))
        x = x + y.permute(0, 3, 1, 2)
        return self.head(x.mean((2, 3)))


def seq2seq():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Transformer(16, 2, 1, 1, 32, batch_first=True)

        def forward(self, x):
            length = x.shape[1]
            mask = nn.Transformer.generate_square_subsequent_mask(length)
            return self.body(x, x * 0.5, tgt_mask=mask, tgt_is_causal=True)

    return Model()


def autoencoder():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(8, 16, 3, 2, 1),
        nn.GroupNorm(4, 16),
        nn.SiLU(),
        nn.ConvTranspose2d(16, 8, 3, 2, 1, output_padding=1),
        nn.ELU(),
        nn.ConvTranspose2d(8, 1, 3, 2, 1, output_padding=1),
        nn.Tanh(),
    )


class EfficientNet(nn.Module):
    """Two blocks of MBConv between stem and head."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8, 1e-3), nn.SiLU()
        )
        self.body = nn.Sequential(
            Inverted(8, 24, 12, 3, 2, True, nn.SiLU),
            Inverted(12, 36, 12, 5, 1, True, nn.SiLU),
        )
        self.head = nn.Linear(12, 7)

    def forward(self, x):
        return self.head(self.body(self.stem(x)).mean([2, 3]))


class Swin(nn.Module):
    """Attention in windows, the second time over a rolled image with its mask."""

    def __init__(self, width=16, heads=2, size=8, window=4):
        super().__init__()
        self.heads, self.size, self.window = heads, size, window
        self.patch = nn.Conv2d(3, width, 2, 2)
        self.norms = nn.ModuleList([nn.LayerNorm(width) for _ in range(2)])
        self.qkv = nn.ModuleList([nn.Linear(width, 3 * width) for _ in range(2)])
        self.bias = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads))
        place = torch.stack(torch.meshgrid([torch.arange(window)] * 2, indexing="ij"))
        place = place.flatten(1)
        apart = (place[:, :, None] - place[:, None]).permute(1, 2, 0) + window - 1
        self.register_buffer("apart", apart[..., 0] * (2 * window - 1) + apart[..., 1])
        regions = torch.zeros(1, size, size, 1)
        parts = (slice(0, -window), slice(-window, -2), slice(-2, None))
        for i, (a, b) in enumerate(itertools.product(parts, parts)):
            regions[:, a, b] = i
        regions = self.windows(regions).squeeze(-1)
        mask = regions[:, None] - regions[:, :, None]
        self.register_buffer("mask", mask.masked_fill(mask != 0, -100.0))
        self.merge = nn.Linear(4 * width, 2 * width, bias=False)

    def windows(self, x):
        b, h, w, c = x.shape
        n = self.window
        x = x.view(b, h // n, n, w // n, n, c).permute(0, 1, 3, 2, 4, 5)
        return x.reshape(-1, n * n, c)

    def attend(self, x, layer, mask):
        b, t, c = x.shape
        qkv = self.qkv[layer](x).reshape(b, t, 3, self.heads, c // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        scores = q * (c // self.heads) ** -0.5 @ k.transpose(-2, -1)
        bias = self.bias[self.apart.view(-1)].view(t, t, -1).permute(2, 0, 1)
        scores = scores + bias.contiguous().unsqueeze(0)
        if mask is not None:
            n = mask.shape[0]
            scores = scores.view(b // n, n, self.heads, t, t) + mask[:, None]
            scores = scores.view(-1, self.heads, t, t)
        return (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, t, c)

    def forward(self, x):
        x = self.patch(x).permute(0, 2, 3, 1)
        b, h, w, c = x.shape
        n = self.window
        for layer, shift in enumerate((0, 2)):
            y = self.norms[layer](x)
            if shift:
                y = torch.roll(y, (-shift, -shift), (1, 2))
            y = self.attend(self.windows(y), layer, self.mask if shift else None)
            y = y.view(b, h // n, w // n, n, n, c).permute(0, 1, 3, 2, 4, 5)
            y = y.reshape(b, h, w, c)
            x = x + (torch.roll(y, (shift, shift), (1, 2)) if shift else y)
        parts = [x[:, i::2, k::2] for k in range(2) for i in range(2)]
        return self.merge(torch.cat(parts, -1)).mean((1, 2))


class DenseNet(nn.Module):
    def __init__(self, width=8, growth=4, layers=3):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.layers = nn.ModuleList(
            [
                nn.Sequential(
                    *norm_relu(width + i * growth),
                    nn.Conv2d(width + i * growth, 16, 1, bias=False),
                    *norm_relu(16),
                    nn.Conv2d(16, growth, 3, padding=1, bias=False),
                )
                for i in range(layers)
            ]
        )
        end = width + layers * growth
        self.transition = nn.Sequential(
            *norm_relu(end), nn.Conv2d(end, 10, 1, bias=False), nn.AvgPool2d(2, 2)
        )
        self.head = nn.Linear(10, 4)

    def forward(self, x):
        parts = [self.stem(x)]
        for layer in self.layers:
            parts.append(layer(torch.cat(parts, 1)))
        x = F.relu(self.transition(torch.cat(parts, 1)), inplace=True)
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, (1, 1)), 1))


def unit(inputs, outputs, kernel, **options):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, bias=False, **options),
        nn.BatchNorm2d(outputs, eps=0.001),
        nn.ReLU(inplace=True),
    )


class Inception(nn.Module):
    """The blocks of GoogLeNet and, with kernels of 1x7 and 7x1, of Inception 3."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            unit(3, 8, 7, stride=2, padding=3),
            nn.MaxPool2d(3, 2, ceil_mode=True),
            nn.LocalResponseNorm(5),
        )
        self.one = unit(8, 4, 1)
        self.three = nn.Sequential(unit(8, 4, 1), unit(4, 6, 3, padding=1))
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), unit(8, 4, 1))
        self.long = nn.Sequential(
            unit(8, 4, 1),
            unit(4, 4, (1, 7), padding=(0, 3)),
            unit(4, 6, (7, 1), padding=(3, 0)),
        )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(28, 5)
        )
        self.average = unit(8, 8, 1)

    def forward(self, x):
        channels = [x[:, i].unsqueeze(1) * 0.5 - 0.1 * i for i in range(3)]
        x = self.stem(torch.cat(channels, 1))
        branches = [self.one(x), self.three(x), self.pool(x), self.long(x)]
        branches.append(self.average(F.avg_pool2d(x, 3, 1, 1)))
        return self.head(torch.cat(branches, 1))


class RegNet(nn.Module):
    def __init__(self, width=16, group=4):
        super().__init__()
        self.stem = unit(3, width, 3, stride=2, padding=1)
        self.a = unit(width, width, 1)
        self.b = unit(width, width, 3, stride=2, padding=1, groups=width // group)
        self.excite = SqueezeExcite(width)
        self.c = nn.Sequential(
            nn.Conv2d(width, width, 1, bias=False), nn.BatchNorm2d(width)
        )
        self.skip = nn.Sequential(
            nn.Conv2d(width, width, 1, 2, bias=False), nn.BatchNorm2d(width)
        )
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        x = self.stem(x)
        x = F.relu(self.skip(x) + self.c(self.excite(self.b(self.a(x)))))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Mixer(nn.Module):
    def __init__(self, width=12, tokens=16):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 4, 4)
        self.n1, self.n2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.across = nn.Sequential(
            nn.Linear(tokens, 24), nn.GELU(), nn.Linear(24, tokens)
        )
        self.within = nn.Sequential(
            nn.Linear(width, 24), nn.GELU(), nn.Linear(24, width)
        )

    def forward(self, x):
        x = self.patch(x).flatten(2).mT
        x = x + self.across(self.n1(x).mT).mT
        return (x + self.within(self.n2(x))).mean(dim=1)


class ShuffleNet(nn.Module):
    def __init__(self, width=16):
        super().__init__()
        half = width // 2
        self.stem = unit(3, width, 3, stride=2, padding=1)
        self.body = nn.Sequential(
            unit(half, half, 1),
            nn.Conv2d(half, half, 3, 1, 1, groups=half, bias=False),
            nn.BatchNorm2d(half),
            unit(half, half, 1),
        )
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        a, b = self.stem(x).chunk(2, dim=1)
        x = torch.cat((a, self.body(b)), dim=1)
        n, c, h, w = x.size()
        x = torch.transpose(x.view(n, 2, c // 2, h, w), 1, 2).contiguous()
        return self.head(x.view(n, c, h, w).mean([2, 3]))


def vgg():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 8, 3, padding=1),
        *norm_relu(8),
        nn.MaxPool2d(2, 2),
        nn.Conv2d(8, 16, 3, padding=1),
        *norm_relu(16),
        nn.MaxPool2d(2, 2),
        nn.AdaptiveAvgPool2d((7, 7)),
        nn.Flatten(),
        nn.Linear(16 * 49, 32),
        nn.ReLU(True),
        nn.Dropout(0.5),
        nn.Linear(32, 5),
    )


def alexnet():
    return nn.Sequential(
        nn.Conv2d(3, 8, 11, 4, 2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2),
        nn.Conv2d(8, 12, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2),
        nn.AdaptiveAvgPool2d((6, 6)),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(12 * 36, 16),
        nn.ReLU(inplace=True),
        nn.Linear(16, 4),
    )


MODELS = {
    "resnet18": ((1, 3, 64, 64), resnet18, (1, 2)),
    "mobilenet_v3_small": ((1, 3, 64, 64), mobilenet_v3_small, (1, 2)),
    "vit": ((1, 3, 32, 32), ViT, (1, 3)),
    "unet": ((1, 3, 16, 24), UNet, (1, 2)),
    "lstm": ((1, 7), lambda: Recurrent(nn.LSTM), (1, 5)),
    "gru": ((1, 7), lambda: Recurrent(nn.GRU), (1, 5)),
    "gpt": ((1, 12), GPT, (1, 3)),
    "tabular": ((1, 8), Tabular, (1, 33)),
    "convnext": ((1, 3, 16, 16), ConvNext, (1, 2)),
    "seq2seq": ((1, 6, 16), seq2seq, (1, 3)),
    "autoencoder": ((1, 1, 16, 16), autoencoder, (1, 3)),
    "mlp": (
        (1, 20),
        lambda: nn.Sequential(
            nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 3)
        ),
        (1, 2, 33, 256),
    ),
    "efficientnet": ((1, 3, 16, 16), EfficientNet, (1, 2)),
    "swin": ((1, 3, 16, 16), Swin, (1, 3)),
    "densenet": ((1, 3, 12, 12), DenseNet, (1, 2)),
    "inception": ((1, 3, 31, 31), Inception, (1, 2)),
    "regnet": ((1, 3, 16, 16), RegNet, (1, 2)),
    "mixer": ((1, 3, 16, 16), Mixer, (1, 3)),
    "shufflenet": ((1, 3, 16, 16), ShuffleNet, (1, 2)),
    "vgg": ((1, 3, 32, 32), vgg, (1, 2)),
    "alexnet": ((1, 3, 63, 63), alexnet, (1, 2)),
}
