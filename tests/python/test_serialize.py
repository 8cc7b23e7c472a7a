"""flama.dump and flama.load, trust, and models that only their framework runs."""

import json
import subprocess
import sys

import pytest
from test_values import run

FIT = """
import pathlib, sys, flama, numpy as np
from sklearn.linear_model import LogisticRegression
model = LogisticRegression(C=2.0).fit([[0.0], [1.0], [2.0]], [0, 1, 1])
folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else {folder!r})
path = folder / "model.flm"
"""


def script(python_env, folder, text):
    return run(python_env, FIT.format(folder=str(folder)) + text)


@pytest.mark.parametrize("protocol", [1, 2])
@pytest.mark.parametrize("compression", ["bz2", "lzma", "zlib", "zstd", "fast", "high"])
def test_round_trip(python_env, tmp_path, protocol, compression):
    (tmp_path / "notes.txt").write_text("a note")
    out = script(
        python_env,
        tmp_path,
        f"""
import datetime, uuid
stamp = datetime.datetime(2024, 1, 2, 3, 4, 5)
name = uuid.UUID("12345678-1234-5678-1234-567812345678")
flama.dump(model, path, protocol={protocol}, compression={compression!r},
           model_id=name, timestamp=stamp, params={{"p": 1}}, metrics={{"acc": 0.5}},
           extra={{"by": "us"}}, artifacts={{"docs/notes.txt": folder / "notes.txt"}})
back = flama.load(path=path, trust=True)
assert back.model.predict([[0.0], [2.0]]).tolist() == [0, 1]
assert (back.meta.id, back.meta.timestamp) == (name, stamp)
assert back.meta.framework.lib == "sklearn" and back.meta["extra"] == {{"by": "us"}}
assert back.meta.model.info.C == 2.0 and back.meta.model.info.random_state is None
assert back.artifacts["docs/notes.txt"].read_text() == "a note"
there = back.artifacts["docs/notes.txt"]
del back
import gc; gc.collect()
assert not there.exists()
served = flama.models.MLModel(path)
assert served.engine == "sklearn" and served.predict([[0.0], [2.0]]) == [0, 1]
print(flama._core.dumps(served.inspect()).decode())
""",
    )
    about = json.loads(out)
    assert about["manifest"] == ["docs/notes.txt"]
    assert about["meta"]["model"]["params"] == {"p": 1}


def test_streams(python_env, tmp_path):
    script(
        python_env,
        tmp_path,
        """
import io
out = io.BytesIO()
flama.dump(model, out)
out.seek(0)
assert flama.load(out, trust=True).model.predict([[2.0]]).tolist() == [1]
flama.dump(model, path)
assert path.read_bytes()[:8] == out.getvalue()[:8]
""",
    )


def test_numbers_that_json_lacks(python_env, tmp_path):
    script(
        python_env,
        tmp_path,
        """
from sklearn.linear_model import RANSACRegressor, Lars
many = RANSACRegressor(stop_score=np.inf, min_samples=2).fit(np.eye(9), np.arange(9))
flama.dump(many, path, params={"eps": np.float64(2.5), "many": np.int64(3)},
           metrics={"all": np.array([1.5, np.nan])})
meta = flama.load(path, trust=True).meta
assert meta.model.info.stop_score == "inf", meta.model.info
assert meta.model.params == {"eps": 2.5, "many": 3}
assert meta.model.metrics == {"all": [1.5, "nan"]}
flama.dump(Lars(eps=np.finfo(float).eps).fit([[0.0], [1.0]], [0, 1]), path)
assert flama.load(path, trust=True).meta.model.info.eps == np.finfo(float).eps
""",
    )


def test_what_runs_code_asks_for_trust(python_env, tmp_path, fixtures):
    script(
        python_env,
        tmp_path,
        f"""
import os
flama.dump(model, path)
def refused(function, *words):
    try:
        function()
    except NotImplementedError as why:
        assert "trust=True" in str(why) and "FLAMA_TRUST=1" in str(why), why
        return
    raise AssertionError("not refused")
refused(lambda: flama.load(path))
served = flama.models.MLModel(path)
assert served.predict([[2.0]]) == [1]
refused(lambda: served.model)
refused(lambda: flama.models.MLModel({str(fixtures / "legacy_pytorch.flm")!r}))
assert flama.models.MLModel(path, trust=True).model.C == 2.0
os.environ["FLAMA_TRUST"] = "1"
assert flama.load(path).model.C == 2.0
""",
    )


def test_mistakes_leave_the_file_alone(python_env, tmp_path):
    script(
        python_env,
        tmp_path,
        """
path.write_text("what stood here")
def refused(kind, text, *arguments, **options):
    try:
        flama.dump(*arguments, **options)
    except kind as why:
        assert text in str(why), why
        assert path.read_text() == "what stood here"
        assert len(list(folder.iterdir())) == 1
        return
    raise AssertionError(f"not refused: {text}")
refused(TypeError, "path or a stream", model)
refused(TypeError, "is made by none of", object(), path)
refused(ValueError, "no protocol 3", model, path, protocol=3)
refused(ValueError, "no compression 'rar'", model, path, compression="rar")
refused(ValueError, "family 'llm'", model, path, family="llm")
refused(FileNotFoundError, "nope", model, path, artifacts={"a": "nope"})
refused(ValueError, "artifact 1", model, path, artifacts={"../a": __file__ if
        "__file__" in globals() else sys.executable})
try:
    flama.load(path, trust=True)
except ValueError as why:
    assert "model.flm" in str(why), why
else:
    raise AssertionError("loaded")
""",
    )


STRANGER = """
from sklearn.base import BaseEstimator, ClassifierMixin
class Stranger(ClassifierMixin, BaseEstimator):
    def fit(self, x, y):
        self.classes_ = [0, 1]
        return self
    def predict(self, x):
        import numpy as np
        rows = np.asarray(x, dtype=float)
        if rows.shape[1] != 2:
            raise ValueError(f"{rows.shape[1]} features, 2 are known here")
        return np.where(rows.sum(axis=1) > 1, "large", "small")
"""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory, python_env):
    """A folder with a model of a class that the core does not know, and its app."""
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "stranger.py").write_text(STRANGER)
    (folder / "app.py").write_text(
        "import flama\n"
        "app = flama.Flama()\n"
        'app.models.add_model("/own/", "stranger.flm", "own", trust=True)\n'
        "@app.post('/twice/')\n"
        "def twice(data: dict):\n"
        '    return app.models.added[0].model.predict(data["input"])\n'
    )
    made = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); import flama, stranger\n"
        f"flama.dump(stranger.Stranger().fit([[0, 0]], [0]), "
        f"{str(folder / 'stranger.flm')!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", made],
        env={**python_env, "ASAN_OPTIONS": "detect_leaks=0"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_a_model_that_only_its_framework_runs(run_app, stranger):
    server = run_app("app:app", cwd=stranger)
    rows = [[1, 2], [0.25, 0.5]]
    want = {"output": ["large", "small"]}
    for _ in range(3):
        assert server.post("/own/predict/", {"input": rows}).json == want
    assert server.post("/twice/", {"input": rows}).json == want["output"]
    answer = server.post("/own/predict/", {"input": [[1, 2, 3]]})
    assert (answer.status, answer.json["detail"]) == (
        400, "3 features, 2 are known here"
    )  # fmt: skip
    assert server.post("/own/predict/", {"input": "x"}).status == 400
    assert server.get("/own/").json["meta"]["model"]["obj"] == "Stranger"
    assert "/own/predict/" in server.get("/schema/").json["paths"]


def test_it_is_not_run_without_trust(python_env, stranger):
    run(
        python_env,
        f"""
import flama
try:
    flama.models.MLModel({str(stranger / "stranger.flm")!r})
except NotImplementedError as why:
    assert "stranger.Stranger" in str(why) and "trust=True" in str(why), why
else:
    raise AssertionError("opened")
""",
    )


def test_trust_is_an_option(run_app, stranger):
    text = (stranger / "app.py").read_text()
    (stranger / "careful.py").write_text(text.replace(", trust=True", ""))
    server = run_app("careful:app", "--trust", cwd=stranger)
    answer = server.post("/own/predict/", {"input": [[1, 2]]})
    assert answer.json == {"output": ["large"]}
