"""What is done to the rows of a large body; each must be as with a list."""

import copy
import gc
import json
import pickle

import numpy as np
import typesystem as ts
from flama import Flama
from flama.models import Model

app = Flama()
model = Model("sk_logreg_binary.flm")
X = ts.Schema(fields={"input": ts.fields.Array()})
app.schema.register_schema("X", X)


def mutate(rows):
    rows[0][0] = 5
    rows.append([1])
    del rows[1]
    rows += [[2]]
    rows.insert(0, "x")
    return rows


def sort(rows):
    rows.sort(reverse=True)
    return rows


def clear(rows):
    rows.clear()
    return rows


DONE = {
    "echo": lambda r: r,
    "len": len,
    "bool": bool,
    "isinstance": lambda r: isinstance(r, list),
    "first": lambda r: r[0],
    "last": lambda r: r[-1][-1],
    "slice": lambda r: r[1:5:2],
    "types": lambda r: sorted({type(v).__name__ for row in r for v in row}),
    "row-types": lambda r: sorted({type(row).__name__ for row in r}),
    "list": list,
    "tuple": tuple,
    "star": lambda r: [*r],
    "sum": lambda r: sum(map(sum, r)),
    "sorted": sorted,
    "reversed": lambda r: list(reversed(r)),
    "add": lambda r: r + [[1]],  # noqa: RUF005
    "radd": lambda r: [[1]] + r,  # noqa: RUF005
    "radd-wrong": lambda r: str(type(_raised(lambda: (1,) + r))),  # noqa: RUF005
    "extend": lambda r: _extended(r),
    "mul": lambda r: len(r * 2) + len(2 * r),
    "eq": lambda r: [r == list(r), list(r) == r, r == copy.deepcopy(r), r != r[:1]],
    "in": lambda r: [r[3] in r, [1] in r],
    "index": lambda r: r.index(r[2]),
    "count": lambda r: r.count(r[0]),
    "copy": lambda r: r.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda r: pickle.loads(pickle.dumps(r)),
    "json": lambda r: json.loads(json.dumps({"r": r}))["r"],
    "json-indent": lambda r: json.loads(json.dumps(r, indent=1)),
    "repr": lambda r: repr(r) == repr(list(r)),
    "format": lambda r: f"{r}" == f"{list(r)}",
    "match": lambda r: _matched(r),
    "unpack": lambda r: _unpacked(*r),
    "zip": lambda r: next(zip(*r, strict=True)),
    "enumerate": lambda r: [i for i, _ in enumerate(r)][-1],
    "mutate": mutate,
    "sort": sort,
    "clear": clear,
    "pop": lambda r: [r.pop(), r.pop(0), len(r)],
    "setitem": lambda r: r.__setitem__(0, 1) or r,
    "remove": lambda r: r.remove(r[0]) or len(r),
    "hash": lambda r: str(type(_raised(lambda: hash(r)))),
    "array": lambda r: [str(np.array(r).dtype), np.array(r).shape, np.array(r)],
    "asarray": lambda r: np.asarray(r, dtype="float32"),
    "array-kept": lambda r: _kept(r),
    "gc": lambda r: (gc.collect() and r) or r,
    "row-array": lambda r: np.array(r[1]),
    "row-held": lambda r: _held(r),
    "bytes": lambda r: str(_raised(lambda: bytes(r)).__class__),
}


def _raised(function):
    try:
        return function()
    except Exception as error:
        return error


def _extended(rows):
    out = [1]
    out.extend(rows)
    return out


def _matched(rows):
    match rows:
        case [first, *_, last]:
            return [first, last]
    return None


def _unpacked(first, *rest):
    return [first, len(rest)]


def _kept(rows):
    array = np.array(rows)
    array -= 1
    return rows


def _held(rows):
    """The array of the list read behind its back, as C code may do."""
    import operator

    inside = [operator.getitem(row, 0) for row in list.__iter__(rows)]
    first = next(list.__iter__(rows))
    return [inside[:3], len(first), first == rows[0], isinstance(first, list), first]


def answer(name, rows):
    try:
        return {"result": DONE[name](rows)}
    except Exception as error:
        return {"error": repr(error)}


@app.post("/do/{name}/")
def do(name: str, data: X):
    return answer(name, data["input"])


@app.post("/plain/{name}/")
def plain(name: str, data: X):
    """The same, with the rows as a list from the start."""
    rows = data["input"]
    return answer(name, [list(row) for row in rows])


@app.get("/names/")
def names():
    return list(DONE)


@app.post("/kind/")
def kind(data: X):
    return type(data["input"]).__name__


@app.post("/predict/")
def predict(data: X):
    rows = data["input"]
    before = model.predict(rows)
    kind = rows._cells() is not None
    rows[0] = rows[1]
    return [before, kind, model.predict(rows)]


@app.post("/keep/")
async def keep(data: X):
    keep.rows = data["input"]


@app.get("/kept/")
def kept():
    return keep.rows[-1]
