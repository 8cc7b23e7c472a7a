"""onnx_networks.py FOLDER: the time that ONNX Runtime takes for each network that
torch_networks.py left in the folder, on one thread, and OpenBLAS, which numpy brings,
for the products of the wide one: JSON of nanoseconds by name.

Runs in the environment of bench/requirements.txt.
"""

import json
import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import onnxruntime as ort
from networks import rows_of, took


def measure(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    feed = session.get_inputs()[0]
    rows = rows_of(feed.shape)
    return took(lambda: session.run(None, {feed.name: rows}))


def products():
    """Of 256 rows with the three matrices of the network `wide`."""
    x = rows_of((256, 512))
    weights = [rows_of((512, 512)) for _ in range(3)]

    def multiply():
        y = x
        for w in weights:
            y = y @ w
        return y

    return took(multiply)


def main():
    folder = Path(sys.argv[1])
    times = {path.stem: measure(path) for path in sorted(folder.glob("*.onnx"))}
    print(json.dumps(times | {"openblas": products()}))


if __name__ == "__main__":
    main()
