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
}
