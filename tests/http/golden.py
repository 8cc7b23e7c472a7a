"""What served model files are held to: they answer what was recorded of the original.

Integers, booleans and strings must be equal, numbers within 1e-9 of the largest
magnitude of the answer (1e-5 for networks in float32). GET must give the recorded meta
and manifest as text, byte for byte.
"""

import json
import math

from server import FIXTURES

NAMES = sorted(path.stem for path in FIXTURES.glob("*.flm"))


def golden(name):
    return json.loads((FIXTURES / "golden" / f"{name}.json").read_text())


def numbers(value):
    if isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float) and math.isfinite(value):
        yield abs(value)


def same(got, want, margin):
    if isinstance(want, list):
        return (
            isinstance(got, list)
            and len(got) == len(want)
            and all(same(g, w, margin) for g, w in zip(got, want, strict=True))
        )
    if isinstance(want, float):
        return isinstance(got, float) and abs(got - want) <= margin
    return type(got) is type(want) and got == want


def has_floats(value):
    return any(True for _ in numbers(value))


def check_predict(server, name):
    """POST /NAME/predict/ with the recorded input."""
    gold = golden(name)
    answer = server.post(f"/{name}/predict/", {"input": gold["input"]})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    got, want = answer.json["output"], gold["output"]
    sklearn = gold["inspect"]["meta"]["framework"]["lib"] == "sklearn"
    scale = max(numbers(want), default=0.0) or 1.0
    assert same(got, want, scale * (1e-9 if sklearn else 1e-5)), (got, want)
    if not has_floats(want):
        assert answer.text == gold["raw_body"]


def check_inspect(server, name):
    """GET /NAME/."""
    answer = server.get(f"/{name}/")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    want = golden(name)["inspect"]
    manifest = list(want.get("manifest") or want.get("artifacts") or [])
    about = {"meta": want["meta"], "manifest": manifest}
    assert answer.text == json.dumps(about, separators=(",", ":"), ensure_ascii=False)
