"""The command line: help, versions, and what is said to a wrong word."""

import os
import re
import subprocess

import pytest
from server import FLAMA, ROOT

COMMANDS = [
    [],
    ["serve"],
    ["run"],
    ["start"],
    ["model"],
    *(["model", "x.flm", inside] for inside in ["inspect", "run", "predict", "stream"]),
]


def said(done, code=2):
    """What the program says at the end, without 'Error: '."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: "), done.stderr
    return last.removeprefix("Error: ")


def test_version(flama):
    done = flama("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Flama 0.1.0\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help(flama, command):
    done = flama(*command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("Usage: flama")
    assert "  --help" in done.stdout
    assert all(len(line) < 80 and line == line.rstrip() for line in lines), done.stdout


def test_help_says_defaults_and_variables(flama):
    text = re.sub(r"\s+", " ", flama("serve", "--help").stdout)
    for wanted in [
        "--server-port INTEGER",
        "[default: 8000]",
        "--server-access-log / --server-no-access-log",
        "[default: Fire up with the flame]",
        "FLAMA_SERVER_PORT",
        "WEB_CONCURRENCY",
    ]:
        assert wanted in text


@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_the_man_page_has_every_option(flama, command):
    option = re.compile(r"--[a-z][a-z0-9-]*")
    page = (ROOT / "docs" / "flama.1").read_text().replace("\\-", "-")
    text = flama(*command, "--help").stdout.split("\nRefused")[0]
    assert not set(option.findall(text)) - set(option.findall(page))


def test_no_command(flama):
    done = flama()
    assert said(done) == "Missing command."
    assert done.stderr.startswith("Usage: flama [OPTIONS] COMMAND [ARGS]...\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x"], "No such command 'x'."),
        (["serv"], "No such command 'serv'. Did you mean 'serve'?"),
        (["--verion"], "No such option '--verion'. Did you mean '--version'?"),
        (["serve"], "Missing option '--model'."),
        (["serve", "m", "n"], "Got unexpected extra argument (n)"),
        (
            ["serve", "--server-prt", "1"],
            "No such option '--server-prt'. Did you mean '--server-port'?",
        ),
        (
            ["serve", "m", "--server-port", "x"],
            "Invalid value for '--server-port': 'x' is not a valid integer.",
        ),
        (
            ["serve", "m", "--server-headers", "a"],
            "Invalid value for '--server-headers': 'a' is not a header of the form "
            "Name:Value.",
        ),
        (
            ["serve", "m", "--server-port"],
            "Option '--server-port' requires an argument.",
        ),
        (["model"], "Missing argument 'FLAMA_MODEL_PATH'."),
        (["model", "x.flm"], "Missing command."),
        (["model", "x.flm", "runn"], "No such command 'runn'. Did you mean 'run'?"),
        (["model", "nope.flm", "run"], "Invalid value: Model file not found."),
    ],
)
def test_wrong_words(flama, words, message):
    done = flama(*words)
    assert said(done) == message
    assert done.stderr.startswith("Usage: flama")


@pytest.mark.parametrize("command", ["get", "upgrade"])
def test_commands_that_are_refused(flama, command):
    assert said(flama(command, "x")).startswith(f"'flama {command}' is not supported: ")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("loop", "uvloop"),
        ("http", "h11"),
        ("ws", "wsproto"),
        ("ws-max-size", "1"),
        ("lifespan", "on"),
        ("interface", "wsgi"),
        ("reload-dirs", "."),
        ("reload-includes", "*.py"),
        ("log-config", "log.json"),
        ("ssl-keyfile", "key.pem"),
        ("ssl-version", "2"),
        ("app-dir", "/tmp"),
        ("factory", None),
    ],
)
def test_options_that_are_refused(flama, option, value):
    words = [f"--server-{option}"] + ([value] if value else [])
    message = said(flama("serve", "m.flm", *words))
    assert message.startswith(f"--server-{option} is not supported: ")


@pytest.mark.parametrize(
    "option", ["param=a=1", "system=x", "channel=all", "transport=raw"]
)
def test_options_of_language_models_are_refused(flama, option):
    name, _, value = option.partition("=")
    message = said(flama("model", "m.flm", "run", f"--{name}", value))
    assert message == f"--{name} is not supported for ML models."
    message = said(flama("model", "--tool-parser", "auto", "m.flm", "run"))
    assert message == "--tool-parser is not supported for ML models."


def test_a_malformed_variable_is_named(flama):
    message = said(flama("serve", "m.flm", SERVER_PORT="x"))
    assert message == (
        "Invalid value for '--server-port' (variable SERVER_PORT): 'x' is not a valid "
        "integer."
    )
    message = said(flama("serve", "m.flm", WEB_CONCURRENCY="0"))
    assert "(variable WEB_CONCURRENCY): 0 is not in the range" in message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("foo=bar", "Unknown key(s): ['foo']"),
        ("url=/x/", "Missing key: 'file'"),
        ("file=", "Missing key: 'file'"),
        ("a.flm,url=/x/", "'a.flm' is not KEY=VALUE; the file is file=PATH."),
        (
            "file=a.flm,params=b",
            "params is not supported for ML models.",
        ),
        ("@nope.json", "'nope.json': No such file or directory"),
    ],
)
def test_wrong_model_specs(flama, spec, message):
    assert said(flama("serve", "--model", spec)) == (
        f"Invalid value for '--model': {message}"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "Malformed JSON"),
        ("[1]", "A model must be an object."),
        ('{"file": 1}', "'file' must be a string."),
        ('{"file": "a\\u0000b"}', "'file' must be a string."),
        ('{"path": "a.flm"}', "Unknown key(s): ['path']"),
        ('{"file": "a.flm", "serving": {}}', "serving is not supported for ML models."),
    ],
)
def test_wrong_spec_files(flama, tmp_path, text, message):
    spec = tmp_path / "spec.json"
    spec.write_text(text)
    got = said(flama("serve", "--model", f"@{spec}"))
    assert got.startswith("Invalid value for '--model': ")
    assert str(spec) in got
    assert message in got


@pytest.mark.parametrize("words", [["--help"], ["serve", "--help"], ["--version"]])
def test_a_full_disk_is_told(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [FLAMA, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "Error: can't write to standard output\n"


def test_a_reader_that_goes_away_is_told():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [FLAMA, "serve", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == "Error: can't write to standard output\n"
