"""torch_networks.py FOLDER: networks as model files and in ONNX, with the time that
PyTorch takes for each on one thread: JSON of nanoseconds by name.

Runs in the environment of tests/frameworks/torch.txt.
"""

import io
import json
import sys
import warnings
from pathlib import Path

import torch
from networks import leave, rows_of, took
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests/frameworks"))
from torch_models import resnet18


def mlp():
    return nn.Sequential(
        nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 3)
    )


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(1024, 10),
    )


class EncoderLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
        self.norms = nn.ModuleList(nn.LayerNorm(32) for _ in range(2))
        self.feed = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))

    def forward(self, x):
        x = self.norms[0](x + self.attention(x, x, x)[0])
        return self.norms[1](x + self.feed(x))


def transformer():
    return EncoderLayer()


def wide():
    parts = [part for _ in range(3) for part in (nn.Linear(512, 512), nn.ReLU())]
    return nn.Sequential(*parts[:-1])


SHAPES = {
    mlp: (1, 20),
    cnn: (1, 3, 32, 32),
    transformer: (1, 8, 32),
    wide: (256, 512),
    resnet18: (1, 3, 224, 224),
}


def measure(folder, make, shape):
    model, rows = make().eval(), rows_of(shape)
    x, file = torch.from_numpy(rows), io.BytesIO()
    torch.export.save(torch.export.export(model, (x,)), file)
    torch.onnx.export(model, (x,), f"{folder}/{make.__name__}.onnx", dynamo=False)
    with torch.no_grad():
        answer = model(x).numpy()
        leave(folder, make.__name__, file.getvalue(), "torch", torch.__version__, rows,
              answer)  # fmt: skip
        return took(lambda: model(torch.Tensor(rows)).tolist())


def main():
    torch.manual_seed(0)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    times = {m.__name__: measure(sys.argv[1], m, s) for m, s in SHAPES.items()}
    print(json.dumps(times))


if __name__ == "__main__":
    main()
