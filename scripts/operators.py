#!/usr/bin/env python3
"""operators.py [--check]: writes docs/operators.md from the PyTorch engine's table.

With --check nothing is written: the exit code is 1 when the file is not up to date.
"""

import re
import sys
from pathlib import Path

from layers import publish, wrap

ROOT = Path(__file__).resolve().parent.parent
TABLES = sorted((ROOT / "src/engine/torch").glob("table_*.c"))
PAGE = ROOT / "docs/operators.md"

HEAD = """\
# PyTorch operators

What a `.pt2` archive of `torch.export` may be made of to be run natively, as it was
traced or decomposed into core operators. This page is made from
`src/engine/torch/table_*.c` by `scripts/operators.py`; a test holds it to it.

The model takes one float32 tensor of up to 8 dimensions; it gives tensors, numbers,
tuples, lists and dicts of them. Products, norms and softmax compute in float32 or
float64; for float16 and bfloat16 what goes into them is widened, and the result is
rounded. Convolutions, pools, resizing, attention and recurrent networks compute in
float32 only: float64 is rounded to it, and their result has its precision. What works
element by element takes every type but complex ones.
`torch.no_grad` and `torch.autocast` may stand in a model; `torch.cond` computes both
branches and takes the one. Refused when the file is opened, with a sentence that names
what it is: operators that are not here, dropout in training, models that change their
own buffers (batch norms that keep statistics do), other graphs in graphs, sizes that
depend on data (`x[x > 0]`, `nonzero`, `unique`), pickled tensors, other versions of the
format.

An operator `name: a, b` is known in the overloads a and b.
"""


def page():
    text = "".join(table.read_text(encoding="utf-8") for table in TABLES)
    names = re.findall(r'^    OP(?:_[A-Z]+)?\("([^"]+)"', text, re.M)
    aten, others = {}, []
    for name in names:
        base, _, overload = name.partition(".")
        if base in ("_operator", "torch", "math"):
            others.append(f"`{name}`")
        else:
            aten.setdefault(base, []).append(overload)
    lines = [f"- `{base}`: {', '.join(aten[base])}" for base in sorted(aten)]
    overloads = len(names) - len(others)
    count = f"{overloads} overloads of {len(aten)} operators, {len(others)} of sizes."
    tail = wrap(", ".join(others))
    parts = [HEAD, count, "\n## torch.ops.aten\n", *lines, "\n## Sizes\n", tail, ""]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(publish(PAGE, page()))
