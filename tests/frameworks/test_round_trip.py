"""Model files that the original reads of ours, and we of its: equal predictions.

The original is the package `flama` of PyPI, which this environment has; ours is the
build's, which a Python of its own finds first.
"""

import json
import os
import subprocess
import sys

import pytest

ROWS = [[5.1, 3.5, 1.4, 0.2], [6.0, 2.2, 4.0, 1.0], [5.8, 2.8, 5.1, 2.4]]

WRITE = """
import sys, flama
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
path, protocol, compression = sys.argv[1:]
model = RandomForestClassifier(5, random_state=0).fit(*load_iris(return_X_y=True))
flama.dump(model, path=path, family="ml", protocol=int(protocol),
           compression=compression, params={"trees": 5}, metrics={"loss": 0.5},
           extra={"by": "a test"}, artifacts={"notes.txt": __file__})
"""
READ = """
import json, sys, flama
path, rows = sys.argv[1], json.loads(sys.argv[2])
back = flama.load(path=path%s)
print(json.dumps([back.model.predict(rows).tolist(), back.meta.framework.lib,
                  back.meta.model.params, back.meta.model.metrics, back.meta.extra,
                  back.artifacts["notes.txt"].read_text()]))
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """A folder with the scripts, by who runs them."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "write.py").write_text(WRITE)
    (folder / "read_ours.py").write_text(READ % ", trust=True")
    (folder / "read_theirs.py").write_text(READ % "")
    return folder


def run(environment, *words):
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1:]


@pytest.mark.parametrize("protocol", [1, 2])
@pytest.mark.parametrize("compression", ["bz2", "lzma", "zlib", "zstd"])
@pytest.mark.parametrize("writer", ["ours", "theirs"])
def test_both_read_it(scripts, ours, tmp_path, writer, protocol, compression):
    path = tmp_path / "model.flm"
    theirs = dict(os.environ)
    run(
        ours if writer == "ours" else theirs,
        *(scripts / "write.py", path, protocol, compression),
    )
    rows = json.dumps(ROWS)
    read = [
        json.loads(run(environment, scripts / script, path, rows)[0])
        for environment, script in (
            (ours, "read_ours.py"), (theirs, "read_theirs.py")
        )
    ]  # fmt: skip
    assert read[0] == read[1]
    assert read[0][0] == [0, 1, 2]
    assert read[0][1:5] == ["sklearn", {"trees": 5}, {"loss": 0.5}, {"by": "a test"}]
