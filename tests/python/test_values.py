"""Python objects as values of the core, and back."""

import json
import subprocess
import sys


def run(python_env, text):
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        timeout=120,
        env=python_env,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_dumps_is_json_dumps(python_env):
    out = run(
        python_env,
        """
import json, random, flama
from flama import _core

random.seed(7)

def make(depth):
    kind = random.randrange(11 if depth < 4 else 8)
    if kind == 0: return None
    if kind == 1: return random.choice([True, False])
    if kind == 2: return random.randrange(-9, 9)
    if kind == 3: return random.choice([2**63, -(2**63), 2**64, -(10**30), 2**53 + 1])
    if kind in (4, 5): return random.choice([0.5, -0.0, 1e16, 1e-7, 123.456, 1e300])
    if kind in (6, 7): return random.choice(["", "a", "ü😀", '"\\\\\\n\\x00'])
    if kind == 8: return {make_key(): make(depth + 1) for _ in range(depth % 4)}
    if kind == 9: return tuple(make(depth + 1) for _ in range(random.randrange(4)))
    return [make(depth + 1) for _ in range(random.randrange(5))]

def make_key():
    return random.choice(["k", "ü", 5, None, True, 2.5])

for _ in range(3000):
    data = make(0)
    want = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    got = _core.dumps(data).decode()
    assert json.loads(got) == json.loads(want) and repr(json.loads(got)) == repr(
        json.loads(want)), (data, got, want)
print("same")
""",
    )
    assert out == "same\n"


def test_arrays_cross_by_the_buffer_protocol(python_env):
    out = run(
        python_env,
        """
import numpy as np, flama
from flama import _core

for array in (
    np.arange(6).reshape(2, 3), np.arange(6.0).reshape(2, 3).T, np.float32([1.5, 2.25]),
    np.array([True, False]), np.uint8([1, 255]), np.int16([-1, 300])[::-1],
    np.array(["a", "b"]), np.array([1, None], dtype=object), np.zeros((2, 0)),
    np.float16([1.5]), np.uint64([2**63]), np.float64(2.5), np.int32(3), np.bool_(True),
    np.arange(24).reshape(2, 3, 4)[:, ::2, ::-1], np.array(7), np.uint32([2**32 - 1]),
):
    print(_core.dumps({"x": array}).decode()[5:-1])
""",
    )
    assert out.splitlines() == [
        "[[0,1,2],[3,4,5]]",
        "[[0.0,3.0],[1.0,4.0],[2.0,5.0]]",
        "[1.5,2.25]",
        "[true,false]",
        "[1,255]",
        "[300,-1]",
        '["a","b"]',
        "[1,null]",
        "[[],[]]",
        "[1.5]",
        "[9223372036854775808]",
        "2.5",
        "3",
        "true",
        json.dumps(
            [[[3, 2, 1, 0], [11, 10, 9, 8]], [[15, 14, 13, 12], [23, 22, 21, 20]]],
            separators=(",", ":"),
        ),
        "7",
        "[4294967295]",
    ]


def test_lists_that_change_while_they_are_read(python_env):
    out = run(
        python_env,
        """
import flama
from flama import _core

data = ["x" * 100, None, "y" * 100]

class Evil:
    def __init__(self): self.left = 3
    def tolist(self):
        data.clear()
        return ["z" * 50]

data[1] = Evil()
print(len(_core.dumps(data)))
row = {"a": Evil(), "b": "q" * 40}

class Wicked:
    def tolist(self):
        row.clear()
        return 1

row["a"] = Wicked()
print(_core.dumps(row).decode())
""",
    )
    assert out.splitlines() == ["262", '{"a":1,"b":"' + "q" * 40 + '"}']


def test_models(python_env, fixtures):
    out = run(
        python_env,
        f"""
import threading
import numpy as np, flama
from flama import _core
from flama.models import Model

model = Model({str(fixtures / "sklearn_model.flm")!r})
rows = [[5.8, 2.8, 5.1, 2.4], [6, 2.2, 4, 1]]
for given in (rows, tuple(map(tuple, rows)), np.array(rows), np.float32(rows),
              np.array(rows)[::-1]):
    print(model.predict(given))
for wrong in ([[1, 2, 3]], [], "x", [[1, None, 3, 4]], [["a"] * 4], None):
    try:
        model.predict(wrong)
    except ValueError as why:
        print(type(why).__name__, why.status_code)
print(model.inspect()["meta"]["framework"]["lib"], type(model.engine).__name__)
try:
    model._native.run("nothing", rows)
except LookupError as why:
    print(why)
results = []
threads = [threading.Thread(
    target=lambda: results.extend(model.predict(rows) for _ in range(200)))
    for _ in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(results), all(r == [2, 1] for r in results))
""",
    )
    lines = out.splitlines()
    assert lines[:5] == ["[2, 1]"] * 4 + ["[1, 2]"]
    assert lines[5:11] == ["EINPUT 400"] * 6
    assert lines[11] == "sklearn str"
    assert "nothing" in lines[12]
    assert lines[13] == "800 True"
