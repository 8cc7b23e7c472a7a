#!/usr/bin/env python3
"""layers.py [--check]: writes docs/layers.md from the tables in the Keras engine.

With --check nothing is written: the exit code is 1 when the file is not up to date.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "src/engine/keras/layers.c"
PAGE = ROOT / "docs/layers.md"

HEAD = """\
# Keras layers

What a `.keras` file may be made of to be run natively. This page is made from the
tables in `src/engine/keras/layers.c` by `scripts/layers.py`; a test holds it to them.

Sequential and Functional models of Keras 3, models in models, `Pipeline`s, layers that
are called several times, one input, any number of outputs in lists and dictionaries.
The dtype policies `float32`, `float16`, `bfloat16`, `mixed_float16` and
`mixed_bfloat16`: halves are computed in float32, with weights and the results of
operations rounded to the half type as TensorFlow does on a CPU. Of a model of one layer
nearly all answers are within two units in their last place of Keras's, all within four;
but three-dimensional convolutions, which TensorFlow sums in float16, within ten.
Refused when the file is opened, with a sentence that names the layer: Lambda and custom
classes (their code is not run), several inputs, other policies (`float64`, quantized
ones), stateful recurrent layers, and what is not in these lists.
"""


def page():
    text = TABLES.read_text(encoding="utf-8")
    out = [HEAD]
    heading, names = None, []

    def flush():
        if names:
            items = ", ".join(f"`{name}`" for name in names)
            out.append(f"## {heading}\n\n{wrap(items)}\n")
            names.clear()

    for comment, name in re.findall(r'^    (?:/\* (.+?) \*/$|\{"(\w+)",)', text, re.M):
        if comment:
            flush()
            heading = comment
        else:
            names.append(name)
    flush()
    return "\n".join(out)


def wrap(text, width=88):
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def publish(path, wanted):
    """Writes the page, or with --check only compares it; the exit code."""
    if "--check" not in sys.argv:
        path.write_text(wanted, encoding="utf-8")
        return 0
    return int(not path.exists() or path.read_text(encoding="utf-8") != wanted)


if __name__ == "__main__":
    sys.exit(publish(PAGE, page()))
