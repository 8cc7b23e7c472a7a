"""`flama model`: a model without a server."""

import json
import os
import subprocess

import pytest
from server import FIXTURES, FLAMA
from test_cli import said

MODEL = FIXTURES / "sklearn_model.flm"
ROWS = "[[5.8, 2.8, 5.1, 2.4], [6.0, 2.2, 4.0, 1.0]]"


def about(name):
    want = json.loads((FIXTURES / "golden" / f"{name}.json").read_text())["inspect"]
    return {"meta": want["meta"], "manifest": want["manifest"]}


def printed(done):
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


ENGINE = 'engine: {"engine": "sklearn", "estimator": "MLPClassifier"}\n'


@pytest.mark.parametrize("name", ["sklearn_model", "sklearn_model_v2_artifacts"])
def test_inspect(flama, name):
    done = flama("model", FIXTURES / f"{name}.flm", "inspect")
    assert (done.returncode, done.stderr) == (0, ENGINE)
    assert done.stdout == json.dumps(about(name), ensure_ascii=False) + "\n"


def test_inspect_of_a_file_that_nothing_runs(flama):
    path = FIXTURES / "legacy_pytorch.flm"
    done = flama("model", path, "inspect")
    assert done.returncode == 0
    engine = json.loads(done.stderr.removeprefix("engine: "))
    assert engine["engine"] is None
    assert engine["reason"].startswith(f"{path}: ")
    assert json.loads(done.stdout)["meta"]["framework"]["lib"] == "torch"


@pytest.mark.parametrize("option", ["-p", "--pretty"])
def test_inspect_pretty(flama, option):
    text = flama("model", MODEL, "inspect", option).stdout
    want = json.dumps(
        about("sklearn_model"), indent=4, sort_keys=True, ensure_ascii=False
    )
    assert text == want + "\n"


@pytest.mark.parametrize("command", ["run", "predict"])
def test_run(flama, tmp_path, command):
    rows, output = tmp_path / "in.json", tmp_path / "out.json"
    rows.write_text(ROWS)
    output.write_text("what stood here before, and was longer than the answer")
    assert printed(flama("model", MODEL, command, stdin=ROWS)) == "[2, 1]\n"
    for option in ["-i", "--input", "-f", "--file"]:
        assert printed(flama("model", MODEL, command, option, rows)) == "[2, 1]\n"
    assert printed(flama("model", MODEL, command, f"-i{rows}", "-o", output)) == ""
    assert output.read_text() == "[2, 1]\n"
    text = printed(flama("model", MODEL, command, "-p", stdin=ROWS))
    assert text == "[\n    2,\n    1\n]\n"


def test_strings_come_out(flama):
    model = FIXTURES / "sk_str_logreg.flm"
    text = printed(flama("model", model, "run", stdin=ROWS))
    assert text == '["virginica", "versicolor"]\n'


def test_stream(flama, tmp_path):
    output = tmp_path / "out"
    assert printed(flama("model", MODEL, "stream", stdin=ROWS)) == "[2][1]"
    assert printed(flama("model", MODEL, "stream", "--buffer", stdin=ROWS)) == (
        "[2][1]\n"
    )
    assert printed(flama("model", MODEL, "stream", "-o", output, stdin=ROWS)) == ""
    assert output.read_text() == "[2][1]"
    assert printed(flama("model", MODEL, "stream", stdin="[]")) == ""


def test_stream_keeps_what_came_before_a_mistake(flama):
    done = flama("model", MODEL, "stream", stdin="[[5.8, 2.8, 5.1, 2.4], [1]]")
    assert (done.returncode, done.stdout) == (1, "[2]")
    assert done.stderr.startswith("Error: item 1: ")


def test_the_file_as_a_variable(flama):
    for variable in ["FLAMA_MODEL_PATH", "MODEL_PATH"]:
        done = flama("model", "run", stdin=ROWS, **{variable: str(MODEL)})
        assert printed(done) == "[2, 1]\n"
    done = flama("model", MODEL, "run", stdin=ROWS, FLAMA_MODEL_PATH="nope.flm")
    assert printed(done) == "[2, 1]\n"


def test_options_as_variables(flama, tmp_path):
    rows = tmp_path / "in.json"
    rows.write_text(ROWS)
    done = flama("model", MODEL, "run", FLAMA_INPUT=str(rows), FLAMA_PRETTY="1")
    assert printed(done) == "[\n    2,\n    1\n]\n"


@pytest.mark.parametrize("text", ["[[5.8,", "", "[[NaN]]", "[[1]] x"])
def test_input_that_is_no_json(flama, text):
    message = said(flama("model", MODEL, "run", stdin=text))
    assert message.startswith(
        "Invalid value: Input must be valid JSON for ML models. Malformed JSON. "
    )
    assert "line 1 column" in message


def test_an_object_is_told_how_to_do_better(flama):
    message = said(flama("model", MODEL, "run", stdin=f'{{"input": {ROWS}}}'))
    assert message == (
        "Invalid value: Input must be a list of feature vectors, as in "
        "[[1, 2], [3, 4]], and not of type object; give what stands under "
        '"input" alone.'
    )
    assert said(flama("model", MODEL, "run", stdin="7")).endswith("type integer.")
    assert said(flama("model", MODEL, "run", stdin="null")).endswith("type null.")
    assert said(flama("model", MODEL, "run", stdin='"a"')).endswith("type string.")


def test_rows_the_model_cannot_take(flama):
    message = said(flama("model", MODEL, "run", stdin="[[5.8]]"), 1)
    assert message.startswith("X has 1 features, but MLPClassifier is expecting 4")


def test_missing_input(flama):
    done = flama("model", MODEL, "run", "-i", "nope.json")
    assert said(done) == (
        "Invalid value for '-i' / '--input': 'nope.json': No such file or directory"
    )
    assert "Is a directory" in said(flama("model", MODEL, "run", "-i", "/"))


def test_a_file_that_is_no_model(flama, tmp_path):
    bad = tmp_path / "bad.flm"
    bad.write_bytes(b"no model at all, but long enough to look at")
    assert "bad.flm" in said(flama("model", bad, "inspect"), 1)


@pytest.mark.parametrize("words", [["run"], ["stream"], ["stream", "-b"], ["inspect"]])
def test_output_that_cannot_be_written(flama, words):
    words = [FLAMA, "model", MODEL, *words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            words,
            input=ROWS,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "Error: 'standard output': No space left on device\n"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        words,
        input=ROWS,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == "Error: 'standard output': Broken pipe\n"


def test_an_output_folder_that_is_not_there(flama, tmp_path):
    path = tmp_path / "no" / "out.json"
    message = said(flama("model", MODEL, "run", "-o", path, stdin=ROWS), 1)
    assert message == f"'{path}': No such file or directory"
