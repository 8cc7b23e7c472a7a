"""What the README shows is what happens."""

import re
import subprocess

import pytest
from server import FLAMA, ROOT

README = (ROOT / "README.md").read_text()
MINUTE = README.split("## A first minute")[1].split("\n## ")[0]
COMMAND = re.compile(r"^    ((?:curl|echo) (?:.*\\\n)*.*)\n((?:    [\[{].*\n)?)", re.M)
COMMANDS = COMMAND.findall(MINUTE)


@pytest.fixture(scope="module")
def server(serve):
    return serve(ROOT / "examples" / "iris.flm", "--model-methods", "predict_proba")


def test_commands_are_found():
    assert len(COMMANDS) == 6


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_command(server, command, shown):
    command = command.replace("http://127.0.0.1:8000", server.url)
    command = command.replace("build/flama", FLAMA)
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout
    if shown:
        assert done.stdout.strip() == shown.strip()


def test_a_wrong_body_is_told_where(server):
    answer = server.post("/predict/", {"input": [[5.8, "x", 5.1, 2.4]]})
    assert answer.status == 400
    assert "$.input[0][1]" in answer.json["detail"]
