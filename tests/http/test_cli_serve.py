"""`flama serve`: what it prints, and the ways to say what is served."""

import functools
import json
import re

import pytest
from server import FIXTURES, keep, start
from test_cli import said

IRIS = FIXTURES / "sklearn_model.flm"
ROW = {"input": [[5.8, 2.8, 5.1, 2.4]]}
ANSWER = {"output": [2]}


@pytest.fixture
def served():
    """A function that starts a server, stopped when the test is done."""
    yield from keep(functools.partial(start, "serve"))


def test_the_first_line_says_where(served):
    server = served(IRIS)
    url = server.url
    assert server.output[0] == (
        f"INFO:     Flama 0.1.0 serving sklearn_model.flm at {url}/ "
        f"(docs: {url}/docs/)\n"
    )
    assert server.post("/predict/", ROW).json == ANSWER


def test_the_access_log(served):
    server = served(IRIS)
    server.post("/predict/", ROW)
    printed = server.stop()
    line = r'^INFO:     127\.0\.0\.1:\d+ - "POST /predict/ HTTP/1\.1" 200( OK)?$'
    assert re.search(line, printed, re.M), printed
    assert "\033" not in printed


def test_colours_when_asked_for(served):
    printed = served(IRIS, "--server-use-colors").stop()
    assert printed.startswith("\033[32mINFO\033[0m:     Flama 0.1.0 serving ")


def test_a_second_signal_changes_nothing(served):
    server = served(IRIS)
    while server.process.poll() is None:
        server.process.terminate()
    assert server.process.returncode == 0


def test_url_and_name(served):
    server = served(IRIS, "--model-url", "/x/", "--model-name", "xx")
    assert server.post("/x/predict/", ROW).json == ANSWER
    assert server.get("/").status == 404
    assert f"{server.url}/x/ " in server.output[0]


def test_the_file_and_its_place_as_variables(served):
    server = served(MODEL_PATH=str(IRIS), MODEL_URL="/v/", FLAMA_MODEL_NAME="v")
    assert server.post("/v/predict/", ROW).json == ANSWER
    server = served(FLAMA_MODEL=f"file={IRIS},url=/a/\nfile={IRIS},url=/b/")
    assert server.post("/a/predict/", ROW).json == ANSWER
    assert server.post("/b/predict/", ROW).json == ANSWER


def test_a_spec_file(served, tmp_path):
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(json.dumps({"file": str(IRIS), "url": "/one/", "params": None}))
    two.write_text(
        json.dumps(
            [
                {"file": str(IRIS), "url": "/two/", "name": "two"},
                {"file": str(IRIS), "url": "/three/", "name": None},
            ]
        )
    )
    server = served("--model", f"@{one}", f"--model=@{two}")
    for url in ["one", "two", "three"]:
        assert server.post(f"/{url}/predict/", ROW).json == ANSWER


def test_the_app_as_options(served):
    server = served(
        *(IRIS, "--app-title", "T", "--app-version=9.9", "--app-description", "D"),
        *("--app-schema", "/s/", "--app-docs", ""),
    )
    info = server.get("/s/").json["info"]
    assert info == {"title": "T", "version": "9.9", "description": "D"}
    assert server.get("/docs/").status == 404
    assert "docs" not in server.output[0]


def test_an_environment_file(served, tmp_path):
    path = tmp_path / "env"
    path.write_text("# words\n\nexport APP_TITLE='from a file'\nAPP_VERSION=2\n")
    server = served(IRIS, "--server-env-file", path, APP_VERSION="1")
    info = server.get("/schema/").json["info"]
    assert (info["title"], info["version"]) == ("from a file", "1")


def test_a_wrong_environment_file(flama, tmp_path):
    path = tmp_path / "env"
    path.write_text("A=1\nB\n")
    done = flama("serve", IRIS, "--server-env-file", path)
    assert done.returncode == 2
    assert f"'{path}' line 2 is not NAME=VALUE." in done.stderr


@pytest.mark.parametrize("level", ["warning", "error", "critical"])
def test_the_log_level(flama, level, tmp_path):
    done = flama("serve", tmp_path / "nope.flm", "--server-log-level", level)
    assert done.returncode == 1
    assert "nope.flm" in done.stderr


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection"])
def test_headers_that_frame_an_answer_are_the_servers(flama, name):
    done = flama("serve", IRIS, "--server-headers", f"{name}: 5")
    assert done.returncode == 1
    assert done.stderr == f"Error: '{name}' can't be a header of every answer\n"


def test_a_root_path_without_slash(flama):
    done = flama("serve", IRIS, "--server-root-path", "api")
    assert done.returncode == 1
    assert "the root path is 'api': a path begins with '/'" in done.stderr


def test_two_places_to_listen(flama):
    done = flama("serve", IRIS, "--server-uds", "s", "--server-fd", "3")
    assert done.returncode == 1
    assert done.stderr == "Error: 'uds' and 'fd' both say where to listen; give one.\n"


def test_trust_is_for_python(flama):
    message = said(flama("serve", FIXTURES / "legacy_pytorch.flm", "--trust"))
    assert "--trust is for apps in Python" in message
